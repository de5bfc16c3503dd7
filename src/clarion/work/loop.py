"""The embedded engine: one loop claims what is due and runs it in threads; the distributed one speaks of the same rows.

Plain Python. A ``Source`` is a kind of row that wakes (deliveries, letters); it knows the database, the loop does not.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from .lease import LENGTH, Lease, LostLease

log = logging.getLogger("clarion.work")

STUMBLED = timedelta(seconds=3)
"""How long a row rests whose run ended with a fault of ours or of the database."""


class Source(Protocol):
    """A kind of row that wakes."""

    name: str

    def claim(self, *, owner: str, now: datetime, limit: int) -> list[Lease]:
        """Claims up to ``limit`` due rows, and takes over what dead workers left."""

    def claim_one(self, id: Any, *, owner: str, now: datetime) -> Lease | None:
        """Claims one row by id, if it is due and free."""

    def run(self, lease: Lease) -> Lease | None:
        """Does what is due, without waiting; the lease of the next row of the same lane, if there is one."""

    def renew(self, leases: Sequence[Lease], *, now: datetime) -> None:
        """Extends living leases and ends those that are lost."""

    def give_back(self, lease: Lease, *, wake_at: datetime | None = None) -> None:
        """Ends a lease that is still ours; the row is due at once, or wakes at ``wake_at``."""

    def stumbled(self, lease: Lease, error: Exception, *, now: datetime) -> None:
        """A run ended with a fault of ours or of the database: the row is free again, and comes back in a moment."""

    def due_ids(self, *, now: datetime, limit: int) -> list[tuple[Any, int]]:
        """Ids and versions of due, free rows, for a distributed engine. Takes over what dead workers left."""

    def next_wake(self, *, after: datetime) -> datetime | None:
        """When the earliest row wakes that sleeps until later than ``after``."""


class Loop:
    """Ticks until stopped. ``beat`` is told of every tick (the pulse); errors of the database are survived."""

    def __init__(
        self,
        sources: Iterable[Source],
        *,
        owner: str,
        threads: int = 64,
        poll: float = 0.5,
        beat: Callable[[datetime], None] = lambda now: None,
        after: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sources = list(sources)
        self._owner = owner
        self._threads = threads
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="work")
        self._poll = poll
        self._beat = beat
        self._after = after
        self._clock = clock
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._running: dict[int, tuple[Source, Lease]] = {}
        self._running_lock = threading.Lock()
        self.ticked_at: datetime | None = None
        self.trouble: str = ""

    # -- life

    def start(self) -> None:
        for name, target in (("clarion-loop", self.run), ("clarion-heartbeat", self._heartbeat)):
            threading.Thread(target=target, name=name, daemon=True).start()

    def stop(self, *, wait: float = 20.0) -> None:
        """Claims nothing more and waits for what is on its way."""
        self._stop.set()
        self._wake.set()
        end = time.monotonic() + wait
        while time.monotonic() < end and self._running:
            time.sleep(0.05)
        self._ended.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def nudge(self) -> None:
        """Something may be due now: tick at once."""
        self._wake.set()

    # -- ticking

    def run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            self._wake.clear()
            try:
                busy = self.tick()
                failures, self.trouble = 0, ""
                pause = (
                    0.01 if busy else pause_before(self._sources, now=self.ticked_at or self._clock(), most=self._poll)
                )
            except Exception as error:
                # The database is locked, full or gone: nothing was sent, everything is tried again.
                failures += 1
                self.trouble = f"{type(error).__name__}: {error}"
                log.error("tick failed: %s", self.trouble)
                self._after()
                pause = min(0.5 * 2 ** min(failures, 5), 10.0)
            self._wake.wait(pause)
        self._after()

    def tick(self) -> int:
        """Claims what is due and starts it; how many rows were started."""
        now = self._clock()
        started = 0
        for source in self._sources:
            room = self._threads - len(self._running)
            if room <= 0:
                break
            for lease in source.claim(owner=self._owner, now=now, limit=room):
                self._start(source, lease)
                started += 1
        self.ticked_at = now
        self._beat(now)
        return started

    def _start(self, source: Source, lease: Lease) -> None:
        self._hold(source, lease)
        try:
            self._pool.submit(self._carry, source, lease)
        except RuntimeError:
            self._release(lease)
            raise

    def _hold(self, source: Source, lease: Lease) -> None:
        with self._running_lock:
            self._running[id(lease)] = (source, lease)

    def _release(self, lease: Lease) -> None:
        with self._running_lock:
            self._running.pop(id(lease), None)

    def _carry(self, source: Source, lease: Lease) -> None:
        current: Lease | None = lease
        try:
            while current is not None:
                following: Lease | None = None
                try:
                    following = source.run(current)
                    if following is not None and self._stop.is_set():
                        source.give_back(following)
                        following = None
                    if following is not None:
                        self._hold(source, following)
                except LostLease as lost:
                    log.info("left to its new holder: %s", lost)
                except Exception as error:
                    log.exception("%s %s failed", source.name, current.id)
                    self._after()
                    come_again(source, current, error, now=self._clock())
                finally:
                    self._release(current)
                current = following
        finally:
            self._after()
            self._wake.set()

    # -- heartbeat

    def _heartbeat(self) -> None:
        while not self._ended.wait(LENGTH.total_seconds() / 5):
            with self._running_lock:
                held = list(self._running.values())
            for source in self._sources:
                leases = [lease for owner, lease in held if owner is source]
                if not leases:
                    continue
                try:
                    source.renew(leases, now=self._clock())
                except Exception as error:
                    log.error("heartbeat failed: %s", error)
                    self._after()
        self._after()


def come_again(source: Source, lease: Lease, error: Exception, *, now: datetime) -> None:
    """After a run that stumbled: what it had written stays written, and the row is looked at anew in a moment.

    When even that cannot be written (the database is gone), the lease runs out and the row comes back all the same.
    """
    try:
        source.stumbled(lease, error, now=now)
    except Exception as trouble:
        log.error("%s %s waits for its lease to end: %s: %s", source.name, lease.id, type(trouble).__name__, trouble)


def pause_before(sources: Iterable[Source], *, now: datetime, most: float) -> float:
    """Seconds until the next row wakes, ``most`` at the most.

    A row that is due and was not taken waits for its lane (whose holder takes it) or for a pause to end: there is no
    hurry to look again.
    """
    wakes = [wake for source in sources if (wake := source.next_wake(after=now)) is not None and wake > now]
    if not wakes:
        return most
    return min(max((min(wakes) - now).total_seconds(), 0.01), most)


def lateness(now: datetime, due_at: datetime) -> timedelta:
    """How late it is; never negative."""
    return max(now - due_at, timedelta(0))
