"""Makes `tests/data/VERSION.sql.gz`: a small installation of the present version, for later versions to open.

    .venv/bin/python -m tests.engines.old_installation

Run once for each release, and committed with it. What is in it is told in `test_upgrade.py`.
"""

from __future__ import annotations

import gzip
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import clarion

from .installation import Installation, until

DATA = Path(__file__).parents[1] / "data"
KEYS = "test:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
"""The key that seals credentials in these files. It has never sealed anything else."""
LATER = datetime(2036, 6, 1, 9, tzinfo=UTC)
PUBLISHED, WAITING, UNSENT = ["Storgata is closed.", "Storgata is open again."], "The pool opens.", "Out of time."


def make(folder: Path) -> Iterator[str]:
    """The statements of a database with published, waiting, refused and cancelled deliveries."""
    place = Installation(folder)
    place.environment["CLARION_ENCRYPTION_KEYS"] = KEYS
    place.found()
    try:
        town = place.town()
        channel = place.connect(town)
        place.serve()
        place.promise({channel: PUBLISHED})
        until(lambda: place.all_published(channel), seconds=30, what="both are published")
        place.promise({channel: [WAITING]}, at=LATER)
        town.refuses("Validation failed: not today")
        place.promise({channel: [UNSENT]})
        until(lambda: "failed" in place.states(channel), seconds=30, what="one is refused")
        place.promise({channel: ["Taken back."]}, at=LATER)
        *_, last = place.ask("deliveries", "--workspace", "Press office", "--state", "scheduled")
        place.ask("deliveries", "cancel", last["id"], "--because", "a mistake")
    finally:
        place.end()
    with closing(sqlite3.connect(folder / "clarion.sqlite3")) as database:
        yield from dumped(database)


def dumped(database: sqlite3.Connection) -> Iterator[str]:
    """The whole database as statements. FTS5 tables are made from what they lie over: Python cannot dump them."""
    over = dict(database.execute("SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"))
    for statement in database.iterdump():
        is_fts = any(name in statement for name in over) and not statement.startswith("CREATE TRIGGER")
        if not is_fts and "writable_schema" not in statement:
            yield statement
    for name, sql in over.items():
        yield f"{sql};\nINSERT INTO {name}({name}) VALUES ('rebuild');"


def main() -> None:
    DATA.mkdir(exist_ok=True)
    file = DATA / f"{clarion.__version__}.sql.gz"
    with tempfile.TemporaryDirectory() as folder:
        told = "\n".join(make(Path(folder) / "data")) + "\n"
    file.write_bytes(gzip.compress(told.encode(), mtime=0))
    sys.stdout.write(f"{file.name}: {file.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
