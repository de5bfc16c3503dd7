from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class Approvals(AppConfig):
    name = "clarion.approvals"

    def ready(self) -> None:
        from clarion.organisations.news import left  # noqa: PLC0415  apps must be loaded first
        from clarion.posts.news import unlabelling  # noqa: PLC0415

        from . import news  # noqa: PLC0415
        from .guarded import GUARD  # noqa: PLC0415
        from .listening import after_leaving, bound_labels  # noqa: PLC0415
        from .models.guest import after_begin  # noqa: PLC0415

        news.began.connect(after_begin, dispatch_uid="approvals")
        left.connect(after_leaving, dispatch_uid="approvals")
        unlabelling.connect(bound_labels, dispatch_uid="approvals")
        pre_migrate.connect(GUARD.before_migrations, sender=self, weak=False, dispatch_uid="approvals before")
        post_migrate.connect(GUARD.after_migrations, sender=self, weak=False, dispatch_uid="approvals after")
