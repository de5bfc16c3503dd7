"""Copies of a bucket's files on this machine, because a network is handed a path. They may be deleted at any time."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .store import Folder

IN_USE = 15 * 60
"""Seconds in which a file that was used may still be read: it stays, even when the cache is too large."""
UNUSED = 7 * 24 * 3600
"""Seconds after which a file that nobody used is deleted."""
TRIM_EVERY = 60
LANES = 64


class Cache(Folder):
    """At most ``most`` bytes, but for what is in use. Processes may share it."""

    def __init__(self, root: Path, *, most: int) -> None:
        super().__init__(root)
        self.most = most
        self._trimmed = float("-inf")

    def found(self, key: str, *, size: int | None = None) -> Path | None:
        """The copy, when it is here and of this size. It counts as used now."""
        path = self.path(key)
        try:
            told = path.stat()
        except FileNotFoundError:
            return None
        if size is not None and told.st_size != size:
            return None
        if time.time() - told.st_mtime > TRIM_EVERY:
            with suppress(FileNotFoundError):
                os.utime(path)
        return path

    @contextmanager
    def lane(self, key: str) -> Iterator[None]:
        """One at a time fetches a file, over threads and processes; a few lock files serve all keys."""
        folder = self.root / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        number = int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) % LANES
        with (folder / f"{number:02}").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # freed by the system when the file is closed or the process dies
            yield

    def put(self, key: str, source: Path) -> None:
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.utime(source)
        source.replace(path)
        if time.monotonic() - self._trimmed > TRIM_EVERY:
            self._trimmed = time.monotonic()
            self.trim()

    def trim(self, *, room: int = 0) -> None:
        """Deletes what nobody used for long and then what was used longest ago, until ``room`` more bytes fit."""
        now, kept = time.time(), []
        for folder, _folders, names in os.walk(self.root):
            if Path(folder).name in ("incoming", "locks"):
                continue
            for name in names:
                path = Path(folder) / name
                with suppress(FileNotFoundError):
                    told = path.stat()
                    kept.append((told.st_mtime, told.st_size, path))
        total = sum(size for _, size, _ in kept) + room
        for used, size, path in sorted(kept):
            if now - used > UNUSED or (total > self.most and now - used > IN_USE):
                path.unlink(missing_ok=True)
                total -= size


class Lent(Path):
    """The path of a file that is brought to this machine when the system is first asked for it.

    Networks take a path, and most of those that are made are only looked at: for their name, or for a preview.
    """

    def __init__(self, *parts: Any, fetch: Callable[[], object] = lambda: None) -> None:
        super().__init__(*parts)
        self._fetch = fetch

    def with_segments(self, *parts: Any) -> Path:  # type: ignore[override]
        """What is made of it, such as its parent, is a plain path."""
        return Path(*parts)

    def __fspath__(self) -> str:
        """Everything that opens or measures a file asks for this. Raises ``StoreGone`` or ``Missing``."""
        self._fetch()
        return str(self)
