from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from clarion.files.place import store
from clarion.files.small import ENDING as SMALL
from clarion.records.models import Event
from clarion.work.models import Timed, TimedQuerySet

if TYPE_CHECKING:
    from .media import Media

LATER = timedelta(days=1)
"""What somebody is writing with goes when those words are dropped."""
YOUNGER_FIRST = timedelta(minutes=10)
"""The first version of a thing goes when the later ones have gone."""


class RemovalQuerySet(TimedQuerySet):
    def take(self, pk: Any, *, owner: str, now: datetime) -> Removal | None:
        """Claims one whose time has come."""
        return self.select_related("media__workspace").get(pk=pk) if self.claim(pk, owner=owner, now=now) else None


class Removal(Timed):
    """A file that was taken out of the library. At ``wake_at`` it is deleted, unless a post has ever had it."""

    media = models.OneToOneField("Media", primary_key=True, on_delete=models.CASCADE, related_name="removal")

    objects = RemovalQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("wake_at", condition=models.Q(wake_at__isnull=False), name="removal_wakes")]

    def __str__(self) -> str:
        return f"{self.media_id} at {self.wake_at}"

    def carry_out(self, *, now: datetime, alive: Callable[[], None]) -> None:
        """Deletes the file with what was made of it; one that the record needs only stops waiting.

        Raises ``StoreGone`` and OSError when the files' place does not answer: it is tried again.
        """
        media = self.media
        if media.versions().filter(used_at__isnull=False).exists():
            self._rest(None)
            return
        if media.is_held():
            self._rest(now + LATER)
            return
        if media.later.exists():
            self._rest(now + YOUNGER_FIRST)
            return
        alive()
        edited = list(media.fitted.all())
        made = [*type(media).objects.filter(source__in=edited), *edited]
        keys = [key for one in (*made, media) for key in _keys(one)]
        with transaction.atomic():
            Event.objects.write(
                "media.deleted", subject=media, workspace=media.workspace, before={"name": media.name},
                after={"sha256": media.sha256},
            )  # fmt: skip
            media.conversions.all().delete()
            for one in (*made, media):
                one.delete()
        for key in keys:
            store().remove(key)

    def _rest(self, until: datetime | None) -> None:
        mine = type(self).objects.filter(pk=self.pk, fence=self.fence, lease_owner=self.lease_owner)
        mine.update(wake_at=until, lease_owner="", lease_until=None)


def _keys(media: Media) -> list[str]:
    base = media.key.rsplit(".", 1)[0]
    return [media.key, base + ".original", base + SMALL]
