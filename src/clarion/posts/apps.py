from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate

from clarion.organisations.news import happened


class Posts(AppConfig):
    name = "clarion.posts"

    def ready(self) -> None:
        from .listening import after_opening  # noqa: PLC0415  models are there by now
        from .searched import MEDIA, POSTS  # noqa: PLC0415  only here is it known that they are wanted

        happened.connect(after_opening, dispatch_uid="posts: a workspace is opened")
        for kept, name in ((POSTS, "posts"), (MEDIA, "media")):
            pre_migrate.connect(kept.before_migrations, sender=self, weak=False, dispatch_uid=f"{name} before")
            post_migrate.connect(kept.after_migrations, sender=self, weak=False, dispatch_uid=f"{name} after")
