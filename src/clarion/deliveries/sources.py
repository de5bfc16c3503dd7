"""The rows that wake, as the engines see them: deliveries, films, recurrences, pools, numbers, alerts, old things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F

from clarion.approvals.models import Request
from clarion.deliveries import evergreen, measuring, stumbling
from clarion.deliveries.arriving import carry
from clarion.deliveries.mail import Mail
from clarion.deliveries.models import Alert, Delivery, Measuring
from clarion.deliveries.polling import poll
from clarion.deliveries.recurring import come
from clarion.deliveries.run import Run
from clarion.posts.models import Arrival, Category, Conversion, Feed, Recurrence, Removal, Upload
from clarion.work.lease import LENGTH, Lease
from clarion.work.loop import STUMBLED
from clarion.work.models import TimedQuerySet

AT_ONCE, NOW_AND_THEN = 4, timedelta(seconds=30)
"""So many things are swept at a time, by one worker; when there was nothing, it is looked for after so long."""


def _clock() -> datetime:
    return datetime.now(UTC)


class Rows:
    """What all kinds of rows share. ``together``: so many are taken at once, at most; None: as many as asked for."""

    name: str
    together: int | None = None

    def __init__(self, *, clock: Callable[[], datetime] = _clock) -> None:
        self._clock = clock
        self._held: dict[Any, Any] = {}

    def objects(self) -> TimedQuerySet:
        raise TypeError("a kind of row says where it lies")

    def _lease(self, row: Any, *, owner: str, now: datetime) -> Lease:
        self._held[row.pk, row.fence] = row
        return Lease(self.name, row.pk, owner, row.fence, now + LENGTH, self._clock)

    def claim(self, *, owner: str, now: datetime, limit: int) -> list[Lease]:
        due = self.due_ids(now=now, limit=min(limit, self.together or limit))
        return [lease for pk, _fence in due if (lease := self.claim_one(pk, owner=owner, now=now)) is not None]

    def claim_one(self, id: Any, *, owner: str, now: datetime) -> Lease | None:
        row = self.objects().take(id, owner=owner, now=now)  # type: ignore[attr-defined]
        return self._lease(row, owner=owner, now=now) if row is not None else None

    def _row(self, lease: Lease) -> Any:
        return self._held.pop((lease.id, lease.fence))

    def give_back(self, lease: Lease, *, wake_at: datetime | None = None) -> None:
        self._held.pop((lease.id, lease.fence), None)
        mine = self.objects().filter(pk=lease.id, fence=lease.fence, lease_owner=lease.owner)
        later = {"wake_at": wake_at} if wake_at else {}
        mine.update(lease_owner="", lease_until=None, fence=F("fence") + 1, **later)

    def stumbled(self, lease: Lease, error: Exception, *, now: datetime) -> None:
        self.give_back(lease, wake_at=now + STUMBLED)

    def renew(self, leases: Sequence[Lease], *, now: datetime) -> None:
        kept = self.objects().renew([(lease.id, lease.fence) for lease in leases], owner=leases[0].owner, now=now)
        for lease in leases:
            if lease.id in kept:
                lease.extend(now + LENGTH)
            else:
                lease.lose()  # whatever our clock says: the row is somebody else's

    def next_wake(self, *, after: datetime) -> datetime | None:
        return self.objects().next_wake(after=after)

    def due_ids(self, *, now: datetime, limit: int) -> list[tuple[Any, int]]:
        self.objects().free_expired(now)
        return list(self.objects().due(now).order_by("wake_at").values_list("pk", "fence")[:limit])


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
        following = (
            self.objects()
            .ready(now)
            .filter(channel_id=channel_id)
            .order_by("due_at", "id")
            .values_list("pk", flat=True)
            .first()
        )
        return super().claim_one(following, owner=owner, now=now) if following is not None else None


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


class Sweeping(Rows):
    """What nobody wants any more: looked for now and then, a few at a time, beside everything that is waited for."""

    def __init__(self, *, clock: Callable[[], datetime] = _clock) -> None:
        super().__init__(clock=clock)
        self._look_again = datetime.min.replace(tzinfo=UTC)

    def due_ids(self, *, now: datetime, limit: int) -> list[tuple[Any, int]]:
        if now < self._look_again:
            return []
        due = super().due_ids(now=now, limit=min(limit, AT_ONCE))
        self._look_again = now if due else now + NOW_AND_THEN
        return due

    def next_wake(self, *, after: datetime) -> datetime | None:
        return None  # nobody waits for it


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


class Alerts(Rows):
    """Alerts: one e-mail at a time for each person, gathering what has come together."""

    name = "alert"

    def objects(self) -> Any:
        return Alert.objects.all()

    def claim(self, *, owner: str, now: datetime, limit: int) -> list[Lease]:
        if self.objects().exclude(lease_owner="").filter(lease_until__lte=now).exists():
            self.objects().free_expired(now)
        leases, people = [], set()
        for pk, person in self.objects().due(now).order_by("wake_at").values_list("pk", "person_id")[: limit * 4]:
            if person in people:
                continue
            people.add(person)
            if (lease := self.claim_one(pk, owner=owner, now=now)) is not None:
                leases.append(lease)
        return leases[:limit]

    def run(self, lease: Lease) -> Lease | None:
        Mail(self._row(lease), clock=self._clock).send()
        return None


def every() -> list[Rows]:
    """All that wakes here, for an engine."""
    return [
        Deliveries(), Films(), Recurrences(), Categories(), Measurings(), Arrivals(), Feeds(), Requests(), Alerts(),
        Uploads(), Removals(),
    ]  # fmt: skip
