from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class Deliveries(AppConfig):
    name = "clarion.deliveries"

    def ready(self) -> None:
        from clarion.approvals.news import settled  # noqa: PLC0415
        from clarion.channels.news import reconnected  # noqa: PLC0415  apps must be loaded first
        from clarion.organisations.news import left, resumed  # noqa: PLC0415
        from clarion.posts.models import Link  # noqa: PLC0415
        from clarion.posts.news import edited, meant_otherwise  # noqa: PLC0415

        from .asking import after_edit, after_yes  # noqa: PLC0415
        from .listed import DELIVERIES  # noqa: PLC0415
        from .listening import (  # noqa: PLC0415
            after_another_meaning,
            after_leaving,
            after_reconnection,
            after_resume,
            before_a_link_is_led,
        )  # fmt: skip

        reconnected.connect(after_reconnection, dispatch_uid="deliveries")
        left.connect(after_leaving, dispatch_uid="deliveries")
        resumed.connect(after_resume, dispatch_uid="deliveries")
        settled.connect(after_yes, dispatch_uid="deliveries")
        edited.connect(after_edit, dispatch_uid="deliveries")
        meant_otherwise.connect(before_a_link_is_led, sender=Link, dispatch_uid="deliveries: a link is led")
        meant_otherwise.connect(after_another_meaning, dispatch_uid="deliveries")
        pre_migrate.connect(DELIVERIES.before_migrations, sender=self, weak=False, dispatch_uid="deliveries before")
        post_migrate.connect(DELIVERIES.after_migrations, sender=self, weak=False, dispatch_uid="deliveries after")
