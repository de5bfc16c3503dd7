"""The distributed engine: Procrastinate on PostgreSQL carries what is due; our lease and fence decide in the end.

Only rows that are due now are handed over, each as a job ``(source, id)``. The handing loop is also the sweeper: a due
row without a live job gets one, so a job that is lost loses nothing. No secret is ever in a job's arguments.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from .lease import LENGTH, Lease, LostLease
from .loop import Source

log = logging.getLogger("clarion.work")

QUEUE = "clarion"
TASK = "clarion.carry"


class Distributed:
    """One worker process: hands over what is due, and carries what it is given.

    ``app`` is a ``procrastinate.App``; ``beat`` is told of every round of the handing loop; ``after`` gives back the
    thread's database connection.
    """

    def __init__(
        self, app: Any, sources: Iterable[Source], *, owner: str, concurrency: int,
        beat: Callable[[datetime], None], after: Callable[[], None], every: float = 0.5,
    ) -> None:  # fmt: skip
        self._app = app
        self._sources = {source.name: source for source in sources}
        self._owner = owner
        self._concurrency = concurrency
        self._beat, self._after, self._every = beat, after, every
        self._stop = threading.Event()
        self._held: dict[int, tuple[Source, Lease]] = {}
        self._lock = threading.Lock()
        self._task = app.task(name=TASK, queue=QUEUE)(self.carry)

    def run(self) -> None:
        """Works until interrupted."""
        for target in (self._hand_over, self._heartbeat):
            threading.Thread(target=target, daemon=True).start()
        try:
            with self._app.open():
                asyncio.run(self._work())
        finally:
            self._stop.set()

    async def _work(self) -> None:
        async with self._app.open_async():
            await self._app.run_worker_async(
                queues=[QUEUE], concurrency=self._concurrency, fetch_job_polling_interval=1.0,
                delete_jobs="always", install_signal_handlers=True, update_heartbeat_interval=5.0,
                stalled_worker_timeout=20.0, shutdown_graceful_timeout=20.0,
            )  # fmt: skip

    # -- handing over

    def _hand_over(self) -> None:
        while not self._stop.wait(self._every):
            try:
                now = datetime.now(UTC)
                for source in self._sources.values():
                    for id, version in source.due_ids(now=now, limit=500):
                        self.defer(source.name, id, version)
                self._beat(now)
            except Exception as error:
                log.error("handing over failed: %s: %s", type(error).__name__, error)
            finally:
                self._after()

    def defer(self, source: str, id: Any, version: int) -> None:
        """One job for one row; a row that has one already is left alone."""
        from procrastinate.exceptions import AlreadyEnqueued  # noqa: PLC0415  an extra

        try:
            self._task.configure(queueing_lock=f"{source}:{id}").defer(source=source, id=str(id), version=version)
        except AlreadyEnqueued:
            return

    # -- carrying

    def carry(self, source: str, id: str, version: int) -> None:
        """The job: claims the row, if it is still due and free, and the rest of its lane in its wake."""
        rows = self._sources[source]
        try:
            lease = rows.claim_one(UUID(id) if "-" in id else int(id), owner=self._owner, now=datetime.now(UTC))
            while lease is not None:
                self._hold(rows, lease)
                try:
                    following = rows.run(lease)
                except LostLease as lost:
                    log.info("left to its new holder: %s", lost)
                    following = None
                finally:
                    self._release(lease)
                lease = following
        finally:
            self._after()

    def _hold(self, source: Source, lease: Lease) -> None:
        with self._lock:
            self._held[hash(lease.id) ^ lease.fence] = (source, lease)

    def _release(self, lease: Lease) -> None:
        with self._lock:
            self._held.pop(hash(lease.id) ^ lease.fence, None)

    def _heartbeat(self) -> None:
        while not self._stop.wait(LENGTH.total_seconds() / 5):
            with self._lock:
                held = list(self._held.values())
            for source in self._sources.values():
                leases = [lease for owner, lease in held if owner is source]
                try:
                    if leases:
                        source.renew(leases, now=datetime.now(UTC))
                except Exception as error:
                    log.error("heartbeat failed: %s", error)
                finally:
                    self._after()
