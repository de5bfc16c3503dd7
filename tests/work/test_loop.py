"""The embedded loop over rows of no database: what it survives, and what it leaves behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from clarion.work.backoff import backoff
from clarion.work.lease import LENGTH, Lease, LostLease
from clarion.work.loop import STUMBLED, Loop, pause_before


def until(condition: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.005)


class Errands:
    """Rows that wake, in memory. ``troubles`` are raised by the next claims; ``work`` is what a run does."""

    name = "errand"

    def __init__(self, *due: int, work: Callable[[int], None] = lambda id: None) -> None:
        self.due, self.work = list(due), work
        self.troubles: list[Exception] = []
        self.done: list[int] = []
        self.given_back: list[tuple[int, datetime | None]] = []
        self.renewed: list[int] = []
        self.behind: list[int] = []
        self.claims = 0

    def lease(self, id: int, now: datetime) -> Lease:
        return Lease(self.name, id, "me", 1, now + LENGTH, lambda: datetime.now(UTC))

    def claim(self, *, owner: str, now: datetime, limit: int) -> list[Lease]:
        self.claims += 1
        if self.troubles:
            raise self.troubles.pop(0)
        taken, self.due = self.due[:limit], self.due[limit:]
        return [self.lease(id, now) for id in taken]

    def run(self, lease: Lease) -> Lease | None:
        self.work(lease.id)
        self.done.append(lease.id)
        return self.lease(self.behind.pop(0), datetime.now(UTC)) if self.behind else None

    def give_back(self, lease: Lease, *, wake_at: datetime | None = None) -> None:
        self.given_back.append((lease.id, wake_at))

    def stumbled(self, lease: Lease, error: Exception, *, now: datetime) -> None:
        self.give_back(lease, wake_at=now + STUMBLED)

    def renew(self, leases, *, now: datetime) -> None:
        self.renewed += [lease.id for lease in leases]

    def next_wake(self, *, after: datetime) -> datetime | None:
        return None


@pytest.fixture
def started() -> Iterator[Callable[..., Loop]]:
    loops = []

    def start(source: Errands, **options: object) -> Loop:
        loops.append(Loop([source], owner="me", poll=0.02, **options))
        loops[-1].start()
        return loops[-1]

    yield start
    for loop in loops:
        loop.stop(wait=5)


@pytest.mark.parametrize("trouble", ["database is locked", "database or disk is full", "server closed the connection"])
def test_a_database_in_trouble_is_survived_and_no_sign_of_life_is_given_meanwhile(started, trouble):
    errands, beats, connections = Errands(1), [], []
    errands.troubles = [OperationalError(trouble)]
    loop = started(errands, beat=beats.append, after=lambda: connections.append("given back"))
    until(lambda: loop.trouble)
    assert trouble in loop.trouble
    assert beats == [], "readiness must not be told that all is well"
    until(lambda: connections)  # a broken connection is not used again
    until(lambda: errands.done == [1])
    until(lambda: not loop.trouble and beats)


def test_a_run_that_stumbles_comes_again_in_a_moment_and_stops_nobody(started):
    def stumble(id: int) -> None:
        if id == 1:
            raise OperationalError("database is locked")

    errands = Errands(1, 2, work=stumble)
    began = datetime.now(UTC)
    started(errands)
    until(lambda: errands.done == [2] and errands.given_back)
    ((id, wake_at),) = errands.given_back
    assert id == 1
    assert wake_at is not None and wake_at > began


def test_a_run_that_lost_its_lease_gives_nothing_back(started):
    def lose(id: int) -> None:
        raise LostLease("taken over")

    errands = Errands(1, work=lose)
    loop = started(errands)
    until(lambda: errands.claims > 3 and not loop._running)
    assert errands.given_back == []


def test_stopping_finishes_what_is_on_its_way_and_begins_nothing_new():
    going, may_end = threading.Event(), threading.Event()

    def work(id: int) -> None:
        going.set()
        assert may_end.wait(10)

    errands = Errands(1, work=work)
    errands.behind = [2]
    loop = Loop([errands], owner="me", poll=0.02)
    loop.start()
    assert going.wait(10)
    stopping = threading.Thread(target=loop.stop)
    stopping.start()
    errands.due = [3]
    may_end.set()
    stopping.join(10)
    until(lambda: errands.given_back)
    assert errands.done == [1]
    assert errands.given_back == [(2, None)], "the next of the lane is free for others at once"
    assert errands.due == [3]


def test_it_carries_no_more_at_a_time_than_it_has_threads(started):
    lock, may_end, now, most = threading.Lock(), threading.Event(), [0], [0]

    def work(id: int) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        may_end.wait(10)
        with lock:
            now[0] -= 1

    errands = Errands(*range(12), work=work)
    started(errands, threads=3)
    until(lambda: now[0] == 3)
    claims = errands.claims
    until(lambda: errands.claims == claims or len(errands.due) == 9)
    assert len(errands.due) == 9, "what cannot be begun is not claimed"
    may_end.set()
    until(lambda: len(errands.done) == 12)
    assert most[0] == 3


def test_a_nudge_is_answered_at_once():
    errands = Errands()
    loop = Loop([errands], owner="me", poll=30)
    loop.start()
    until(lambda: errands.claims == 1)
    errands.due = [1]
    loop.nudge()
    until(lambda: errands.done == [1], seconds=10)
    loop.stop()


class Sleeper(Errands):
    def __init__(self, wake: datetime | None) -> None:
        super().__init__()
        self.wake = wake

    def next_wake(self, *, after: datetime) -> datetime | None:
        return self.wake


def test_the_pause_ends_when_the_next_row_wakes():
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    soon, late, none = Sleeper(now + timedelta(seconds=0.1)), Sleeper(now + timedelta(days=1)), Sleeper(None)
    assert pause_before([none, late, soon], now=now, most=0.25) == pytest.approx(0.1)
    assert pause_before([late, none], now=now, most=0.25) == 0.25


def test_what_is_overdue_and_was_not_taken_makes_nobody_spin():
    """A row behind a busy lane or of a paused organisation."""
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert pause_before([Sleeper(now - timedelta(minutes=5))], now=now, most=0.25) == 0.25


def test_a_lease_ends_by_the_clock_and_not_before():
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    hands = [now]
    lease = Lease("errand", 1, "me", 1, now + LENGTH, lambda: hands[0])
    hands[0] = now + LENGTH - timedelta(milliseconds=1)
    lease.check()
    hands[0] = now + LENGTH
    with pytest.raises(LostLease):
        lease.check()
    lease.extend(hands[0] + LENGTH)
    lease.check()
    lease.lose()
    with pytest.raises(LostLease):
        lease.check()


def test_waits_double_up_to_the_most_and_never_come_all_together():
    waits = [[backoff(attempt).total_seconds() for _ in range(50)] for attempt in (1, 2, 5, 100)]
    for seconds, middle in zip(waits, (2, 4, 32, 300), strict=True):
        assert all(middle * 0.75 <= one <= middle * 1.25 for one in seconds)
        assert len(set(seconds)) > 1
