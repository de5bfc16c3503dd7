from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class Posts(AppConfig):
    name = "clarion.posts"

    def ready(self) -> None:
        from .searched import MEDIA, POSTS  # noqa: PLC0415  only here is it known that they are wanted

        for kept, name in ((POSTS, "posts"), (MEDIA, "media")):
            pre_migrate.connect(kept.before_migrations, sender=self, weak=False, dispatch_uid=f"{name} before")
            post_migrate.connect(kept.after_migrations, sender=self, weak=False, dispatch_uid=f"{name} after")
