"""One process that serves pages and carries deliveries, and owns its data folder while it lives."""

from __future__ import annotations

import fcntl
import gc
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from clarion.deliveries import saying
from clarion.deliveries.sources import every
from clarion.organisations.models import Pause
from clarion.web.said import Said
from clarion.work.loop import Loop
from clarion.work.models import Pulse

BEAT = timedelta(seconds=5)


def node() -> str:
    """The name of this data folder's worker: the same after a restart, so a successor knows what was its own."""
    return f"serve-{settings.ENVIRONMENT.kept_secret('node', os.urandom(6).hex())[:12]}"


class Folder:
    """The lock on the data folder. It is freed by the system when the process dies, however it dies."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None

    def own(self) -> None:
        path = Path(settings.DATA) / "lock"
        self._file = path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            raise Said(
                f"Another clarion serve (process {self._file.read().strip() or '?'}) already owns {settings.DATA}. "
                "Stop it first, or use another data folder."
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()


class Beat:
    """Writes the pulse every few seconds, and at every tick that it has seen a pause."""

    def __init__(self, *, owner: str, kind: str) -> None:
        self._owner, self._kind = owner, kind
        self._last = datetime.min.replace(tzinfo=UTC)

    def __call__(self, now: datetime) -> None:
        if abs(now - self._last) >= BEAT:
            Pulse.objects.beat(owner=self._owner, kind=self._kind, now=now)
            self._last = now
        Pause.objects.acknowledge(self._owner, clock=timezone.now, is_saying=saying.against)


def close_connection() -> None:
    """After a piece of work: gives a broken or pooled connection back."""
    for alias in connections:
        if connection.vendor != "sqlite":
            connections[alias].close()
        else:
            connections[alias].close_if_unusable_or_obsolete()


def embedded_loop(*, threads: int = 64) -> Loop:
    """The loop of this installation. What a dead predecessor had claimed is freed first: we own the folder."""
    owner = f"{node()}:{os.getpid()}"
    rows = every()
    for one in rows:
        one.objects().free_owner(node())
    return Loop(
        rows, owner=owner, threads=threads,
        beat=Beat(owner=owner, kind="embedded"), after=close_connection,
    )  # fmt: skip


def started_up() -> None:
    """What start-up made lives as long as the process: the collector need not walk over it again and again.

    A full collection stops every thread; with some 400,000 such objects for about 100 ms, now for a few.
    """
    gc.collect()
    gc.freeze()


def listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise Said(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from None
    listener.listen(512)
    listener.set_inheritable(True)
    return listener
