"""Clicks on short links: counted in memory, written every few seconds, so that no reader waits for the database."""

from __future__ import annotations

import atexit
import logging
from collections import Counter
from datetime import date
from threading import Lock, Timer
from typing import Any

from django.db import DatabaseError, connection

from clarion.posts.models import Visit

log = logging.getLogger(__name__)
MOST = 10_000
"""So many pairs of link and day wait at most while the database is away; more are not counted."""


class Clicks:
    """What was counted and is not written yet. A process that dies loses at most ``every`` seconds of it."""

    def __init__(self, *, every: float = 2.0) -> None:
        self._every = every
        self._counts: Counter[tuple[Any, date]] = Counter()
        self._lock = Lock()
        self._timer: Timer | None = None

    def count(self, link: Any, day: date) -> None:
        with self._lock:
            if (link, day) in self._counts or len(self._counts) < MOST:
                self._counts[link, day] += 1
            if self._timer is None:
                self._timer = Timer(self._every, self._in_time)
                self._timer.daemon = True
                self._timer.start()

    def write(self) -> None:
        """Writes what is counted so far. What cannot be written waits for the next time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            Visit.objects.count_up(counts)
        except DatabaseError as error:
            log.warning("Clicks on links wait: %s", error)
            with self._lock:
                self._counts.update(counts)

    def _in_time(self) -> None:
        with self._lock:
            self._timer = None
        try:
            self.write()
        finally:
            connection.close()  # the thread's own


clicks = Clicks()
"""Those of this process."""
atexit.register(clicks.write)
