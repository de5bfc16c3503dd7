"""A claim on a row: who holds it, until when, and the fence that voids every older claim."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

LENGTH = timedelta(seconds=20)
"""How long a claim holds without a heartbeat; a dead worker's rows are taken over after at most this long."""


class LostLease(Exception):
    """The row is no longer ours: another worker took it, or a person changed it. Nothing may be sent."""


@dataclass
class Lease:
    """``until`` is moved by the loop's heartbeat while the worker lives."""

    source: str
    id: Any
    owner: str
    fence: int
    until: datetime
    clock: Callable[[], datetime]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def check(self) -> None:
        """Raises ``LostLease`` when our time is over. Cheap: called directly before each byte that leaves."""
        with self._lock:
            if self.clock() >= self.until:
                raise LostLease(f"{self.source} {self.id}: the lease ended at {self.until:%H:%M:%S}")

    def extend(self, until: datetime) -> None:
        with self._lock:
            self.until = until

    def lose(self) -> None:
        with self._lock:
            self.until = datetime.min.replace(tzinfo=self.until.tzinfo)
