from __future__ import annotations

from django.db import models

from clarion.work.models import Timed, TimedQuerySet

from .media import Media


class RemovalQuerySet(TimedQuerySet):
    pass


class Removal(Timed):
    """A file that was taken out of the library. At ``wake_at`` it is deleted, unless some post has it."""

    media = models.OneToOneField(Media, primary_key=True, on_delete=models.CASCADE, related_name="removal")

    objects = RemovalQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("wake_at", condition=models.Q(wake_at__isnull=False), name="removal_wakes")]

    def __str__(self) -> str:
        return f"{self.media} at {self.wake_at}"
