"""Rows that happen later, and the pulse of those who make them happen.

``Timed`` is the one Django part of this room that other rooms inherit: a row with a time to wake and a claim.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from .lease import LENGTH


class TimedQuerySet(models.QuerySet[Any]):
    """Claims are conditional updates: whoever changes the row has it."""

    def due(self, now: datetime) -> Self:
        return self.filter(wake_at__lte=now, lease_owner="")

    def busy(self) -> Self:
        """Those that a worker has in hand."""
        return self.exclude(lease_owner="")

    def claim(self, pk: Any, *, owner: str, now: datetime) -> bool:
        """Claims one due row and raises its fence; False when it is no longer to be had."""
        return bool(self.claim_all([pk], owner=owner, now=now))

    def claim_all(self, pks: Iterable[Any], *, owner: str, now: datetime) -> int:
        """Claims those of the rows that are due and free; how many they were."""
        return self.filter(pk__in=list(pks), wake_at__lte=now, lease_owner="").update(
            lease_owner=owner, lease_until=now + LENGTH, fence=F("fence") + 1
        )

    def renew(self, claims: Iterable[tuple[Any, int]], *, owner: str, now: datetime) -> set[Any]:
        """Moves the end of living claims; the ids that are still ours. A claim that has run out is not renewed."""
        fences = dict(claims)
        mine = self.filter(pk__in=list(fences), lease_owner=owner, lease_until__gt=now)
        kept = {pk for pk, fence in mine.values_list("pk", "fence") if fences[pk] == fence}
        if kept:
            self.filter(pk__in=list(kept), lease_owner=owner).update(lease_until=now + LENGTH)
        return kept

    def free_expired(self, now: datetime) -> int:
        """Takes rows from workers that stopped renewing. Their fence is raised, so they can settle nothing more."""
        # A lease that ends further away than a lease is long was written under a clock that has since gone back.
        stale = Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * LENGTH)
        return self.exclude(lease_owner="").filter(stale).update(lease_owner="", lease_until=None, fence=F("fence") + 1)

    def free_owner(self, prefix: str) -> int:
        """Frees at once what a dead predecessor of ours had claimed."""
        return self.filter(lease_owner__startswith=prefix).update(
            lease_owner="", lease_until=None, fence=F("fence") + 1
        )

    def next_wake(self, *, after: datetime) -> datetime | None:
        return (
            self.filter(wake_at__gt=after, lease_owner="").order_by("wake_at").values_list("wake_at", flat=True).first()
        )


class Timed(models.Model):
    """A row that wakes at ``wake_at`` (None: sleeps until somebody changes it) and is worked on by one lease holder."""

    wake_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=120, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True


class PulseQuerySet(models.QuerySet["Pulse"]):
    def beat(self, *, owner: str, kind: str, now: datetime) -> None:
        self.update_or_create(
            owner=owner, defaults={"kind": kind, "ticked_at": now}, create_defaults={
                "kind": kind, "ticked_at": now, "started_at": now,
            },
        )  # fmt: skip
        self.filter(ticked_at__lt=now - timedelta(hours=1)).delete()

    def last(self) -> Pulse | None:
        return self.order_by("-ticked_at").first()


class Pulse(models.Model):
    """One worker's last sign of life, written every few seconds."""

    owner = models.CharField(max_length=120, primary_key=True)
    kind = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    ticked_at = models.DateTimeField(db_index=True)

    objects = PulseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.owner}"
