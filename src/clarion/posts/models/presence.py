from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models

from .post import Post

HERE = timedelta(seconds=35)
"""Whoever was not seen for so long has gone; the open page tells of itself three times in it."""
WRITES = timedelta(seconds=20)


class PresenceQuerySet(models.QuerySet["Presence"]):
    def seen(self, post: Post, *, user: Any, now: datetime, writes: bool = False) -> None:
        """``user`` has the post open, and ``writes`` in it."""
        more = {"wrote_at": now} if writes else {}
        if not self.filter(post=post, user=user).update(seen_at=now, **more):
            self.bulk_create([Presence(post=post, user=user, seen_at=now, **more)], ignore_conflicts=True)

    def others(self, post: Post, *, besides: Any, now: datetime) -> list[Presence]:
        """Who else has the post open."""
        rows = self.filter(post=post, seen_at__gt=now - HERE).exclude(user=besides).select_related("user")
        return list(rows.order_by("user__name", "user_id")[:5])


class Presence(models.Model):
    """Somebody has a post open in the composer. Not a record: who was here is forgotten by the next visit."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()
    wrote_at = models.DateTimeField(null=True, blank=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("post", "user", name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.post_id}"

    def is_writing(self, now: datetime) -> bool:
        return self.wrote_at is not None and now - self.wrote_at < WRITES
