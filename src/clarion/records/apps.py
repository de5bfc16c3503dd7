from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class Records(AppConfig):
    name = "clarion.records"

    def ready(self) -> None:
        from clarion.organisations.news import happened  # noqa: PLC0415  apps must be loaded first

        from .models import Event  # noqa: PLC0415

        def write(sender: Any, *, verb: str, subject: Any, signal: Any = None, **fields: Any) -> None:
            Event.objects.write(verb, subject=subject, **fields)

        happened.connect(write, weak=False, dispatch_uid="records")
