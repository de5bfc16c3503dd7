from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class Approvals(AppConfig):
    name = "clarion.approvals"

    def ready(self) -> None:
        from . import news  # noqa: PLC0415  apps must be loaded first
        from .guarded import GUARD  # noqa: PLC0415
        from .models.guest import after_begin  # noqa: PLC0415
        from .telling import tell_of_begin, tell_of_end, tell_of_time  # noqa: PLC0415

        news.began.connect(after_begin, dispatch_uid="approvals")
        news.began.connect(tell_of_begin, dispatch_uid="approvals tell")
        news.settled.connect(tell_of_end, dispatch_uid="approvals tell")
        news.came.connect(tell_of_time, dispatch_uid="approvals tell")
        pre_migrate.connect(GUARD.before_migrations, sender=self, weak=False, dispatch_uid="approvals before")
        post_migrate.connect(GUARD.after_migrations, sender=self, weak=False, dispatch_uid="approvals after")
