from __future__ import annotations

from django.apps import AppConfig


class Notifications(AppConfig):
    name = "clarion.notifications"

    def ready(self) -> None:
        from clarion.channels.news import reconnected, sign_in_needed  # noqa: PLC0415  apps must be loaded first
        from clarion.organisations.news import happened  # noqa: PLC0415

        from .listening import after_coming, after_pause, after_reconnection, when_sign_in_is_needed  # noqa: PLC0415

        sign_in_needed.connect(when_sign_in_is_needed, dispatch_uid="notifications")
        reconnected.connect(after_reconnection, dispatch_uid="notifications")
        happened.connect(after_pause, dispatch_uid="notifications")
        happened.connect(after_coming, dispatch_uid="notifications of people")
