"""A store keeps files under keys such as ``library/WORKSPACE/HASH.jpg``. What lies under a key never changes.

A file is written to the path that ``received`` gives, then ``put`` keeps it.
"""

from __future__ import annotations

import errno
import os
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext as _

from clarion.networks.words import NotNow

INCOMING = "incoming"
FORGOTTEN = 24 * 3600
"""Seconds after which a file that never arrived whole is swept away: its writer has died."""


class StoreGone(NotNow):
    """The store does not answer, refuses us, or is full. Nothing is lost: for a delivery it is “not now”.

    ``what`` is the sentence by itself, for somebody who sends nothing just now.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what + " " + _("Nothing was sent; it is tried again by itself."), code="media_store")
        self.what = what


class Missing(FileNotFoundError):
    """Nothing lies under this key."""

    def __init__(self, key: str) -> None:
        super().__init__(errno.ENOENT, "not in the media store", key)


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


class Store(ABC):
    """Every verb raises ``StoreGone`` when the store is away, and OSError when the disk of this machine says no."""

    @abstractmethod
    def received(self) -> AbstractContextManager[Path]:
        """An empty file on this machine to write to; it is gone afterwards, unless it was put."""

    @abstractmethod
    def put(self, key: str, source: Path) -> None:
        """Keeps a received file: whole or not at all. The file is taken away."""

    @abstractmethod
    def size(self, key: str) -> int | None:
        """Bytes under the key; None: there is nothing."""

    @abstractmethod
    def local(self, key: str, *, size: int | None = None, sha256: str = "") -> Path:
        """The file on this machine, brought here when it is elsewhere and then judged by ``sha256``. Or ``Missing``."""

    @abstractmethod
    def lent(self, key: str, *, size: int | None = None, sha256: str = "") -> Path:
        """A path for those who only know paths. The file is brought here when the path is first used, not before."""

    @abstractmethod
    def open(self, key: str, *, first: int = 0, last: int | None = None) -> Readable:
        """The bytes from ``first``, at least to ``last`` (included) or the end. Raises ``Missing``."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """Takes away what lies under the key; nothing there is as good. Only for what no row names any more."""

    @abstractmethod
    def trouble(self) -> str:
        """Why nothing can be kept now, as a sentence; empty when all is well."""


class Folder(Store):
    """Files in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, key: str) -> Path:
        if ".." in key.split("/") or key.startswith("/"):
            raise ValueError(f"no key: {key}")
        return self.root / key

    @contextmanager
    def received(self) -> Iterator[Path]:
        folder = self.root / INCOMING
        folder.mkdir(parents=True, exist_ok=True)
        self._sweep(folder)
        handle, name = tempfile.mkstemp(dir=folder)
        os.close(handle)
        path = Path(name)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    @staticmethod
    def _sweep(folder: Path) -> None:
        for left in folder.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > FORGOTTEN:
                    left.unlink()

    def put(self, key: str, source: Path) -> None:
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as file:
            os.fsync(file.fileno())  # the row that names it survives a power cut, so it must
        source.replace(path)

    def size(self, key: str) -> int | None:
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            return None

    def local(self, key: str, *, size: int | None = None, sha256: str = "") -> Path:
        path = self.path(key)
        if not path.is_file():
            raise Missing(key)
        return path

    def lent(self, key: str, *, size: int | None = None, sha256: str = "") -> Path:
        return self.path(key)

    def open(self, key: str, *, first: int = 0, last: int | None = None) -> Readable:
        file = self.local(key).open("rb")
        file.seek(first)
        return file

    def remove(self, key: str) -> None:
        path = self.path(key)
        path.unlink(missing_ok=True)
        with suppress(OSError):
            path.parent.rmdir()  # when it was the last in its folder

    def trouble(self) -> str:
        folder = self.root
        while not folder.exists():
            folder = folder.parent
        if os.access(folder, os.W_OK | os.X_OK):
            return ""
        return _("The media folder cannot be written. Check that the data folder is yours.")
