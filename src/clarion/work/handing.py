"""The distributed engine: Procrastinate on PostgreSQL carries what is due; our lease and fence decide in the end.

Only rows that are due now are handed over, each as a job ``(source, id, version)``: nothing else is in its arguments.
The handing loop is also the sweeper: a due row without a waiting job gets one, so a job that is lost loses nothing.

What is not used of Procrastinate, and why: its ``lock`` (a future job that holds one blocks ready ones, its issue
1599), its retries (our rows know when to try again, and when to give up), and its retry of stalled jobs (one that waits
already for the same row makes it fail, its issue 1543): a dead worker's job is deleted, and its row handed over anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Status

from .lease import LENGTH, Lease, LostLease
from .loop import Source, come_again, pause_before

log = logging.getLogger("clarion.work")

QUEUE = "clarion"
TASK = "clarion.carry"
BEATS = 5.0
"""Seconds between a worker's signs of life to Procrastinate, and between clearing away what dead ones left."""
STALLED = LENGTH.total_seconds()
AT_ONCE = 500
"""Rows that one round hands over at most: the engine never holds more than about a few rounds of them."""


class Distributed:
    """One worker process: hands over what is due, and carries what it is given.

    ``open_app`` makes a closed ``procrastinate.App`` for carrying, anew after each failure of the database; ``desk`` is
    one that defers over the thread's own Django connection. ``beat`` is told of every round while jobs are taken;
    ``after`` gives the thread's database connection back.
    """

    def __init__(
        self, open_app: Callable[[], App], sources: Iterable[Source], *, desk: App, owner: str, concurrency: int,
        beat: Callable[[datetime], None], after: Callable[[], None], every: float = 0.4,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._open_app, self._desk = open_app, desk
        self._sources = {source.name: source for source in sources}
        self._owner, self._concurrency = owner, concurrency
        self._beat, self._after, self._every, self._clock = beat, after, every, clock
        self._stop, self._ended = threading.Event(), threading.Event()
        self._carries = threading.Event()
        self._working: asyncio.Task[None] | None = None
        self._held: dict[int, tuple[Source, Lease]] = {}
        self._held_lock = threading.Lock()

    def run(self) -> None:
        """Works until SIGTERM or SIGINT, and then finishes what is on its way."""
        for target in (self._hand_over, self._heartbeat):
            threading.Thread(target=target, name=target.__name__.strip("_"), daemon=True).start()
        try:
            asyncio.run(self._work())
        finally:
            self._stop.set()
            self._ended.set()

    # -- carrying

    async def _work(self) -> None:
        """Takes jobs for as long as it may. The database may go away meanwhile: we are back as soon as it is."""
        loop = asyncio.get_running_loop()
        # Procrastinate runs plain functions in the loop's own threads, of which there would be a handful.
        loop.set_default_executor(ThreadPoolExecutor(self._concurrency + 2, thread_name_prefix="work"))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._asked_to_stop)
        failures = 0
        while not self._stop.is_set():
            self._working = asyncio.create_task(self._take_jobs())
            try:
                await self._working
                failures = 0
            except asyncio.CancelledError:
                break
            except Exception as error:
                failures += 1
                log.error("the engine stopped, and is started again: %s: %s", type(error).__name__, error)
            await asyncio.sleep(min(0.5 * 2 ** min(failures, 4), 5.0))

    def _asked_to_stop(self) -> None:
        self._stop.set()
        if self._working is not None:
            self._working.cancel()

    async def _take_jobs(self) -> None:
        app = self._open_app()
        app.task(name=TASK, queue=QUEUE)(self.carry)
        try:
            await app.open_async()
            clearing = asyncio.create_task(self._clear_away(app))
            self._carries.set()
            try:
                await app.run_worker_async(
                    queues=[QUEUE], name=self._owner, concurrency=self._concurrency, fetch_job_polling_interval=1.0,
                    delete_jobs="always", install_signal_handlers=False, update_heartbeat_interval=BEATS,
                    stalled_worker_timeout=STALLED, shutdown_graceful_timeout=STALLED,
                )  # fmt: skip
            finally:
                self._carries.clear()
                clearing.cancel()
        finally:
            with contextlib.suppress(ConnectorException):
                await app.close_async()

    async def _clear_away(self, app: App) -> None:
        """Deletes the jobs of workers that give no more sign of life; their rows come back when the lease runs out."""
        while True:
            try:
                for job in await app.job_manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED):
                    log.warning("a worker died over %s: it is handed over anew", job.queueing_lock)
                    with contextlib.suppress(ConnectorException):  # another worker was quicker
                        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
                await app.job_manager.prune_stalled_workers(STALLED)
            except ConnectorException as error:
                log.error("clearing away failed: %s", error.__cause__ or error)
            await asyncio.sleep(BEATS)

    def carry(self, source: str, id: str, version: int) -> None:
        """The job: claims the row, if it is still due and free, and the rest of its lane in its wake."""
        rows = self._sources[source]
        try:
            lease = rows.claim_one(UUID(id) if "-" in id else int(id), owner=self._owner, now=self._clock())
            while lease is not None:
                lease = self._carry_one(rows, lease)
        finally:
            self._after()

    def _carry_one(self, rows: Source, lease: Lease) -> Lease | None:
        with self._held_lock:
            self._held[id(lease)] = (rows, lease)
        following = None
        try:
            following = rows.run(lease)
        except LostLease as lost:
            log.info("left to its new holder: %s", lost)
        except Exception as error:
            log.exception("%s %s failed", rows.name, lease.id)
            self._after()
            come_again(rows, lease, error, now=self._clock())
        finally:
            with self._held_lock:
                self._held.pop(id(lease), None)
        if following is not None and self._stop.is_set():
            rows.give_back(following)
            return None
        return following

    # -- handing over

    def _hand_over(self) -> None:
        pause = 0.0
        while not self._stop.wait(pause):
            pause = self._every
            try:
                now = self._clock()
                for source in self._sources.values():
                    self.hand_over(source, now=now)
                if self._carries.is_set():
                    self._beat(now)
                pause = pause_before(self._sources.values(), now=now, most=self._every)
            except Exception as error:
                log.error("handing over failed: %s: %s", type(error).__name__, error)
                pause = 1.0
                self._after()
        self._after()

    def hand_over(self, source: Source, *, now: datetime) -> int:
        """Gives every due row that has no waiting job one; how many were given."""
        due = {f"{source.name}:{id}": (id, version) for id, version in source.due_ids(now=now, limit=AT_ONCE)}
        if not due:
            return 0
        known = self._desk.connector.execute_query_all(
            "SELECT queueing_lock FROM procrastinate_jobs WHERE status = 'todo' AND queueing_lock = ANY(%(locks)s)",
            locks=list(due),
        )
        for row in known:
            due.pop(row["queueing_lock"], None)
        given = 0
        for lock, (id, version) in due.items():
            job = self._desk.configure_task(TASK, queue=QUEUE, queueing_lock=lock)
            with contextlib.suppress(AlreadyEnqueued):  # another worker was quicker
                job.defer(source=source.name, id=str(id), version=version)
                given += 1
        return given

    # -- heartbeat

    def _heartbeat(self) -> None:
        """Moves the ends of our leases for as long as anything is carried, also after we were asked to stop."""
        while not self._ended.wait(STALLED / 5):
            with self._held_lock:
                held = list(self._held.values())
            for source in self._sources.values():
                leases = [lease for rows, lease in held if rows is source]
                try:
                    if leases:
                        source.renew(leases, now=self._clock())
                except Exception as error:
                    log.error("heartbeat failed: %s: %s", type(error).__name__, error)
                finally:
                    self._after()
