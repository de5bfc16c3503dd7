from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from .post import Post

if TYPE_CHECKING:
    from collections.abc import Mapping


class OtherPage(Exception):
    """The same person wrote more in another open page; ``current`` is the version of those words."""

    def __init__(self, current: int) -> None:
        super().__init__(f"version {current}")
        self.current = current


class WorkingQuerySet(models.QuerySet["Working"]):
    def of(self, user: Any) -> Self:
        return self.filter(user=user)

    def keep(
        self, *, post: Post, user: Any, whole: Mapping[str, Any], based_on: int, version: int, page: str, now: datetime
    ) -> Working:
        """Keeps what ``user`` is writing beside the post. ``version`` is the one that the page came with, 0 for none.

        Raises ``OtherPage`` when another page of the same person wrote since; then nothing is changed.
        """
        with transaction.atomic():
            row, made = self.select_for_update().get_or_create(
                post=post, user=user,
                defaults={"whole": dict(whole), "based_on": based_on, "page": page, "changed_at": now},
            )  # fmt: skip
            if made:
                return row
            if row.version != version and not (page and row.page == page):
                raise OtherPage(row.version)
            row.version, row.whole, row.based_on, row.page = row.version + 1, dict(whole), based_on, page
            row.changed_at = now
            row.save()
        return row


class Working(models.Model):
    """A person's words that are not in the post: of one that is promised until they are saved, or beside other hands.

    It is nobody's record: it is written with each pause in typing, and goes when its words are saved or dropped.
    ``whole`` is what the composer holds, as the composer writes it.
    """

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="workings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="workings")
    whole = models.JSONField()
    based_on = models.PositiveIntegerField()
    """The version of the post that these words began from."""
    version = models.PositiveIntegerField(default=1)
    page = models.CharField(max_length=40, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = WorkingQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("post", "user", name="working_once")]

    def __str__(self) -> str:
        return f"{self.user} on {self.post_id}"
