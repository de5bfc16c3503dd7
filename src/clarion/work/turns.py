"""Transactions of one process's workers, one after the other where the database takes one writer only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from django.db import connection, transaction

_turn = threading.Lock()
_mine = threading.local()


@contextmanager
def writing() -> Iterator[None]:
    """A transaction; within another ``writing`` a part of it. On SQLite the threads of this process take turns.

    SQLite lets one of them write at a time anyway, but makes the others look again in naps of up to 100 ms
    (https://sqlite.org/c3ref/busy_timeout.html), so with ten threads most of the time nobody would write. Pages do not
    stand in this line; SQLite itself keeps them and us apart. Nothing waits inside for anything but the database.
    """
    if getattr(_mine, "turn", False):
        yield
        return
    with _turn if connection.vendor == "sqlite" else nullcontext():
        _mine.turn = True
        try:
            with transaction.atomic():
                yield
        finally:
            _mine.turn = False
