from __future__ import annotations

from django.apps import AppConfig


class Deliveries(AppConfig):
    name = "clarion.deliveries"

    def ready(self) -> None:
        from clarion.channels.news import reconnected  # noqa: PLC0415  apps must be loaded first
        from clarion.organisations.news import happened  # noqa: PLC0415

        from .listening import after_reconnection, after_resume  # noqa: PLC0415

        reconnected.connect(after_reconnection, dispatch_uid="deliveries")
        happened.connect(after_resume, dispatch_uid="deliveries")
