from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models

from clarion.channels.models import Channel
from clarion.networks.base import Reading
from clarion.work.models import Timed, TimedQuerySet

from .delivery import Delivery

ANSWERS = frozenset(
    ("bookmarks", "clicks", "likes", "quotes", "reactions", "recasts", "replies", "reposts", "saves", "shares")
)
"""Numbers that tell that somebody did something with a post; views and reach do not."""
FIRST_AFTER = timedelta(hours=1)


class MeasureQuerySet(models.QuerySet["Measure"]):
    def note(self, delivery: Delivery, reading: Reading, *, now: datetime) -> Measure:
        """Keeps the numbers of a delivery as its network gives them now, in place of those before."""
        assert delivery.published_at is not None, "only what is out has numbers"
        numbers = {name: value for name, value in reading.numbers.items() if value is not None}
        values = {
            "channel_id": delivery.channel_id, "published_at": delivery.published_at, "taken_at": now,
            "numbers": numbers, "answers": answers_of(numbers),
        }  # fmt: skip
        return self.update_or_create(delivery=delivery, defaults=values)[0]


class Measure(models.Model):
    """The last numbers of a delivery. ``answers``: how often somebody did something with it; None: nobody counts it."""

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, related_name="measure")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    published_at = models.DateTimeField()
    taken_at = models.DateTimeField()
    numbers = models.JSONField(default=dict)
    answers = models.PositiveIntegerField(null=True)

    objects = MeasureQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["channel", "-published_at"], name="measure_newest")]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.answers}"


class MeasuringQuerySet(TimedQuerySet):
    def begin(self, channel: Channel, *, now: datetime) -> None:
        """Has the numbers of a channel asked for, if its network tells any."""
        if "measure" in channel.kind.abilities():
            self.get_or_create(channel=channel, defaults={"wake_at": now + FIRST_AFTER})

    def take(self, pk: Any, *, owner: str, now: datetime) -> Measuring | None:
        """Claims one that is due."""
        if not self.claim(pk, owner=owner, now=now):
            return None
        found: Measuring | None = self.select_related("channel__credential", "channel__workspace__organisation").get(
            pk=pk
        )
        return found


class Measuring(Timed):
    """A channel whose network is asked once a day how its posts fare."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, primary_key=True, related_name="measuring")

    objects = MeasuringQuerySet.as_manager()

    class Meta:
        indexes = [models.Index("wake_at", condition=models.Q(wake_at__isnull=False), name="measuring_wakes")]

    def __str__(self) -> str:
        return str(self.channel)


def answers_of(numbers: Mapping[str, int | None]) -> int | None:
    counted = [max(value, 0) for name, value in numbers.items() if name in ANSWERS and value is not None]
    return sum(counted) if counted else None
