from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from clarion.files.place import store
from clarion.networks.fitting import CannotFit
from clarion.networks.fitting_videos import ENDING, TYPE, VideoRecipe, convert
from clarion.organisations.ids import new_id
from clarion.posts.videos import film
from clarion.records.models import Event
from clarion.work.models import Timed, TimedQuerySet

from .media import Media, hash_of_file, stored_under

log = logging.getLogger("clarion.posts")


class ConversionQuerySet(TimedQuerySet):
    def of(self, source: Media, recipe: VideoRecipe) -> Conversion | None:
        """What is known of this video under this recipe."""
        found: Conversion | None = (
            self.filter(source=source, recipe=recipe.name).select_related("source", "result").first()
        )
        return found

    def ask(self, source: Media, recipe: VideoRecipe, *, now: datetime) -> Conversion:
        """Has the video made fit, unless it is already, or was tried in vain."""
        made: Conversion = self.get_or_create(
            source=source, recipe=recipe.name,
            defaults={"size": recipe.size, "ratios": list(recipe.ratios or ()), "wake_at": now},
        )[0]  # fmt: skip
        return made

    def take(self, pk: Any, *, owner: str, now: datetime) -> Conversion | None:
        """Claims one row, unless another is being worked on: one film at a time keeps a small server usable."""
        if self.filter(lease_until__gt=now).exclude(lease_owner="").exists() or not self.claim(
            pk, owner=owner, now=now
        ):
            return None
        found: Conversion | None = self.select_related("source").get(pk=pk)
        return found


class Conversion(Timed):
    """A video that is made fit for a network, ahead of time and beside everything else: it can take minutes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    source = models.ForeignKey(Media, on_delete=models.CASCADE, related_name="conversions")
    recipe = models.CharField(max_length=12)
    size = models.PositiveBigIntegerField()
    ratios = models.JSONField(default=list)
    result = models.ForeignKey(Media, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    failed = models.TextField(blank=True)
    asked_at = models.DateTimeField(default=timezone.now)

    objects = ConversionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("source", "recipe", name="conversion_once")]
        indexes = [models.Index("wake_at", condition=models.Q(wake_at__isnull=False), name="conversion_wakes")]

    def __str__(self) -> str:
        return f"{self.source} {self.recipe}"

    def make(self, *, alive: Callable[[], None]) -> None:
        """Makes the video and keeps it beside its source; ``alive`` raises when it is no longer ours to make.

        Raises ``StoreGone`` and OSError when the files' place does not take it now: it is tried again.
        """
        source, place = self.source, store()
        recipe = VideoRecipe((TYPE,), self.size, (self.ratios[0], self.ratios[1]) if self.ratios else None)
        with place.received() as target:
            try:
                convert(source.shown(""), target, recipe=recipe, alive=alive)
            except CannotFit as error:
                log.warning("a video could not be made fit: %s", error)
                self._settle(failed=str(error)[:500])
                return
            told, clean, size = film(target), hash_of_file(target), target.stat().st_size
            key = Media.objects.key_of(source, recipe.name)
            alive()
            place.put(stored_under(source.workspace_id, key) + ENDING, target)
        with transaction.atomic():
            row, is_new = Media.objects.get_or_create(
                workspace_id=source.workspace_id, sha256=key,
                defaults={
                    "source": source, "name": source.name, "alt": source.alt, "mime": TYPE, "ending": ENDING,
                    "size": size, "width": told.width, "height": told.height, "duration": told.seconds,
                    "clean_sha256": clean,
                },
            )  # fmt: skip
            if is_new:
                Event.objects.write("media.fitted", subject=row, after={"source": source.sha256, "changes": "video"})
            self._settle(result=row)

    def _settle(self, **changes: Any) -> None:
        changes |= {"wake_at": None, "lease_owner": "", "lease_until": None}
        type(self).objects.filter(pk=self.pk, fence=self.fence, lease_owner=self.lease_owner).update(**changes)
