"""The rows that wake, as the engines see them: deliveries, films, recurrences, pools, numbers, news, old things."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Exists

from clarion.approvals.letters import Letter
from clarion.approvals.models import GuestLink, Request
from clarion.deliveries import evergreen, measuring, stumbling
from clarion.deliveries.arriving import carry
from clarion.deliveries.models import Delivery, Measuring
from clarion.deliveries.polling import poll
from clarion.deliveries.recurring import come
from clarion.deliveries.run import Run
from clarion.notifications.sources import Announcements, Tellings
from clarion.organisations.models import Pause
from clarion.posts.models import Arrival, Category, Conversion, Feed, Recurrence, Removal, Upload
from clarion.work.lease import Lease
from clarion.work.question import Question
from clarion.work.rows import Rows, Sweeping


class Deliveries(Rows):
    """Deliveries: a lane a channel, in due order."""

    name = "delivery"

    def objects(self) -> Any:
        return Delivery.objects.all()

    def claim(self, *, owner: str, now: datetime, limit: int) -> list[Lease]:
        return [
            self._lease(row, owner=owner, now=now)
            for row in self.objects().claim_due(owner=owner, now=now, limit=limit)
        ]

    def claim_one(self, id: Any, *, owner: str, now: datetime) -> Lease | None:
        if not self.objects().ready(now).filter(pk=id).exists():
            return None
        return super().claim_one(id, owner=owner, now=now)

    def due_ids(self, *, now: datetime, limit: int) -> list[tuple[Any, int]]:
        """One a lane: the others follow in its wake."""
        self.objects().free_expired(now)
        lanes: dict[Any, tuple[Any, int]] = {}
        for pk, fence, channel in (
            self.objects().ready(now).order_by("due_at", "id").values_list("pk", "fence", "channel_id")[: limit * 8]
        ):
            lanes.setdefault(channel, (pk, fence))
        return list(lanes.values())[:limit]

    def stumbled(self, lease: Lease, error: Exception, *, now: datetime) -> None:
        if isinstance(error, stumbling.OUTSIDE):
            super().stumbled(lease, error, now=now)
        else:
            stumbling.stumbled(lease, error, now=now)

    def run(self, lease: Lease) -> Lease | None:
        delivery = self._row(lease)
        Run(delivery, lease=lease, clock=self._clock).carry()
        return self._next_in_lane(delivery.channel_id, owner=lease.owner)

    def _next_in_lane(self, channel_id: Any, *, owner: str) -> Lease | None:
        now = self._clock()
        found = _FOLLOWING.first(channel=channel_id, now=now)
        if found is None:
            return None
        following, is_paused = found
        if is_paused:  # somewhere: whether it stops any of these is a longer question
            lane = self.objects().ready(now).filter(channel_id=channel_id).order_by("due_at", "id")
            following = lane.values_list("pk", flat=True).first()
        return super().claim_one(following, owner=owner, now=now) if following is not None else None


def _following(channel: UUID, now: datetime) -> Any:
    """The next of a lane, unless another worker has taken the lane; and whether anything at all is paused."""
    busy, pauses = Delivery.objects.busy().values("channel_id"), Pause.objects.running().filter(stops=True)
    lane = Delivery.objects.due(now).filter(channel=channel).exclude(channel_id__in=busy)
    return lane.order_by("due_at", "id").values_list("pk", Exists(pauses))[:1]


_FOLLOWING = Question(_following, channel=models.UUIDField, now=models.DateTimeField)


class Films(Rows):
    """Videos that are made fit for a network: one at a time, beside everything else."""

    name = "film"
    together = 1

    def objects(self) -> Any:
        return Conversion.objects.all()

    def due_ids(self, *, now: datetime, limit: int) -> list[tuple[Any, int]]:
        due = super().due_ids(now=now, limit=1)
        return due if due and not self.objects().filter(lease_until__gt=now).exclude(lease_owner="").exists() else []

    def run(self, lease: Lease) -> Lease | None:
        self._row(lease).make(alive=lease.check)
        return None


class Recurrences(Rows):
    """Posts that come again: made ahead of their time, one rule after the other."""

    name = "recurrence"

    def objects(self) -> Any:
        return Recurrence.objects.all()

    def run(self, lease: Lease) -> Lease | None:
        come(self._row(lease), now=self._clock(), alive=lease.check)
        return None


class Uploads(Sweeping):
    """Uploads that nobody went on with."""

    name = "upload"

    def objects(self) -> Any:
        return Upload.objects.all()

    def run(self, lease: Lease) -> Lease | None:
        self._row(lease).sweep(alive=lease.check)
        return None


class Removals(Sweeping):
    """Files that were taken out of the library long enough ago."""

    name = "removal"

    def objects(self) -> Any:
        return Removal.objects.all()

    def run(self, lease: Lease) -> Lease | None:
        self._row(lease).carry_out(now=self._clock(), alive=lease.check)
        return None


class Categories(Rows):
    """Pools of evergreen posts: slots that stayed free are given to them, a day ahead."""

    name = "category"

    def objects(self) -> Any:
        return Category.objects.all()

    def run(self, lease: Lease) -> Lease | None:
        evergreen.fill(self._row(lease), now=self._clock(), alive=lease.check)
        return None


class Measurings(Rows):
    """Channels whose networks are asked once a day how their posts fare."""

    name = "measuring"

    def objects(self) -> Any:
        return Measuring.objects.all()

    def run(self, lease: Lease) -> Lease | None:
        measuring.measure(self._row(lease), now=self._clock(), alive=lease.check)
        return None


class Arrivals(Rows):
    """Imports: one piece after the other, two imports beside each other at most."""

    name = "arrival"
    together = 2

    def objects(self) -> Any:
        return Arrival.objects.all()

    def run(self, lease: Lease) -> Lease | None:
        carry(self._row(lease), now=self._clock(), alive=lease.check)
        return None


class Feeds(Rows):
    """Feeds: looked at when their time comes, a few beside each other, one of a server at a time."""

    name = "feed"
    together = 4

    def objects(self) -> Any:
        return Feed.objects.all()

    def run(self, lease: Lease) -> Lease | None:
        poll(self._row(lease), now=self._clock(), alive=lease.check)
        return None


class Requests(Rows):
    """Questions that wait for a yes: who is asked is reminded, and others are asked where nobody answers."""

    name = "request"
    together = 4

    def objects(self) -> Any:
        return Request.objects.all()

    def run(self, lease: Lease) -> Lease | None:
        self._row(lease).come(now=self._clock())
        return None


class GuestLinks(Rows):
    """Letters to guests, each with a link that nobody else has seen."""

    name = "guest_link"
    together = 4

    def objects(self) -> Any:
        return GuestLink.objects.all()

    def run(self, lease: Lease) -> Lease | None:
        Letter(self._row(lease), clock=self._clock).send()
        return None


def every() -> list[Rows]:
    """All that wakes here, for an engine."""
    return [
        Deliveries(), Films(), Recurrences(), Categories(), Measurings(), Arrivals(), Feeds(), Requests(), GuestLinks(),
        Tellings(), Announcements(), Uploads(), Removals(),
    ]  # fmt: skip
