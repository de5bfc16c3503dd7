from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.organisations.dates import written
from clarion.organisations.models import Workspace
from clarion.posts.when import BadTime

SOON = timedelta(days=7)
"""A permission that ends within this time after a post is worth a word."""


class RightsEnded(BadTime):
    """A time at which a file may not be used any more; the sentence says which, and until when it might be."""


class RightsQuerySet(models.QuerySet["Rights"]):
    def ending(self, media: Iterable[str], *, at: datetime, workspace: Workspace) -> Self:
        """Of these files, the rights that have ended by then on the workspace's clock, or end within a week of it."""
        last = (at.astimezone(workspace.tz) + SOON).date()
        return self.filter(media__in=list(media), media__workspace=workspace, until__lt=last).select_related("media")

    def refuse(self, media: Iterable[str], *, at: datetime, workspace: Workspace) -> None:
        """Raises ``RightsEnded`` when one of these files may not be used any more by then."""
        if not (media := list(media)):
            return
        for rights in self.ending(media, at=at, workspace=workspace):
            if rights.have_ended(at, workspace=workspace):
                raise RightsEnded(rights.refusal)


class Rights(models.Model):
    """Whose a picture is, and until when it may be used. ``until`` is the last day, on the workspace's clock."""

    media = models.OneToOneField("Media", primary_key=True, on_delete=models.CASCADE, related_name="rights")
    holder = models.CharField(max_length=200, blank=True)
    permission = models.TextField(blank=True)
    until = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = RightsQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("until", condition=models.Q(until__isnull=False), name="rights_end")]

    def __str__(self) -> str:
        return f"{self.holder} until {self.until or 'ever'}"

    def have_ended(self, at: datetime, *, workspace: Workspace) -> bool:
        return self.until is not None and at.astimezone(workspace.tz).date() > self.until

    @property
    def told(self) -> dict[str, str]:
        """``name`` and ``day``, as sentences about it take them."""
        return {"name": self.media.name, "day": written(self.until, "j F Y") if self.until else ""}

    @property
    def refusal(self) -> str:
        """Why nothing may be promised with it for a later day."""
        return _("“%(name)s” may be used until %(day)s. Choose another picture, or an earlier time.") % self.told

    @property
    def sentence(self) -> str:
        return _("“%(name)s” may be used until %(day)s.") % self.told
