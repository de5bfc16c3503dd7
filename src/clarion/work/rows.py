"""Kinds of rows that wake, over a model of ``Timed``: what all of them share as sources of the engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F

from .lease import LENGTH, Lease
from .loop import STUMBLED
from .models import TimedQuerySet

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
