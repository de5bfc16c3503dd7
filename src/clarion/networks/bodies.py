"""What a request carries: JSON, a form, a form with files, or raw bytes, always with a known length and never in memory
twice. Only the file parts are read from disk, piece by piece, while they leave."""

from __future__ import annotations

import json as json_module
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

PIECE = 64 * 1024


@dataclass(frozen=True)
class Stretch:
    """``length`` bytes of a file from ``start`` on: a chunk of an upload that is never in memory whole."""

    path: Path
    start: int
    length: int


Content = bytes | str | Path | Stretch | IO[bytes]
File = Content | tuple[str, Content] | tuple[str, Content, str]
"""Content, ``(file name, content)`` or ``(file name, content, type)``."""


@dataclass(frozen=True)
class Body:
    """``pieces`` gives the bytes anew at each call; ``excerpt`` is what a person may later read of it, unredacted."""

    pieces: Callable[[], Iterator[bytes]]
    length: int
    content_type: str = ""
    excerpt: str = ""


def body_of(
    *,
    json: Any = None,
    data: Mapping[str, Any] | None = None,
    files: Mapping[str, File] | Sequence[tuple[str, File]] | None = None,
    content: Content | None = None,
) -> Body | None:
    """The body of a request; None when it has none. At most one of ``json``, ``content`` and (``data``, ``files``).

    Raises OSError when a file cannot be read: nothing has been sent then.
    """
    if sum(given for given in (json is not None, content is not None, bool(data or files))) > 1:
        raise ValueError("give one of json, content, or data with files")
    if json is not None:
        text = json_module.dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return _plain(text.encode(), "application/json", text)
    if content is not None:
        length, pieces = _measured(content)
        return Body(pieces, length, "", f"({length} bytes)")
    if files:
        return _multipart(data or {}, files)
    if data is not None:
        text = urlencode(data, doseq=True)
        return _plain(text.encode(), "application/x-www-form-urlencoded", text)
    return None


def _plain(raw: bytes, content_type: str, excerpt: str) -> Body:
    return Body(lambda: iter((raw,)), len(raw), content_type, excerpt)


def _measured(content: Content) -> tuple[int, Callable[[], Iterator[bytes]]]:
    if isinstance(content, str):
        content = content.encode()
    if isinstance(content, bytes):
        raw = content
        return len(raw), lambda: (raw[i : i + PIECE] for i in range(0, len(raw), PIECE))
    if isinstance(content, Path):
        path = content
        length = path.stat().st_size
        path.open("rb").close()  # an unreadable file is found before anything is sent
        return length, lambda: _from_path(path)
    if isinstance(content, Stretch):
        stretch = content
        if stretch.path.stat().st_size < stretch.start + stretch.length:
            raise OSError("the file has become shorter")
        stretch.path.open("rb").close()
        return stretch.length, lambda: _from_stretch(stretch)
    handle = content
    start = handle.tell()
    length = handle.seek(0, 2) - start
    return length, lambda: _from_handle(handle, start)


def _from_path(path: Path) -> Iterator[bytes]:
    with path.open("rb") as handle:
        yield from iter(lambda: handle.read(PIECE), b"")


def _from_stretch(stretch: Stretch) -> Iterator[bytes]:
    with stretch.path.open("rb") as handle:
        handle.seek(stretch.start)
        left = stretch.length
        while left and (piece := handle.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def _from_handle(handle: IO[bytes], start: int) -> Iterator[bytes]:
    handle.seek(start)
    yield from iter(lambda: handle.read(PIECE), b"")


def _multipart(data: Mapping[str, Any], files: Mapping[str, File] | Sequence[tuple[str, File]]) -> Body:
    boundary = secrets.token_hex(16)
    sources: list[Callable[[], Iterator[bytes]]] = []
    length, lines = 0, []

    def add(raw: bytes) -> None:
        nonlocal length
        length += len(raw)
        sources.append(lambda: iter((raw,)))

    for name, value in data.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            text = str(one)
            add(f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{text}\r\n'.encode())
            lines.append(f"{name}={text}")
    for name, file in files.items() if isinstance(files, Mapping) else files:
        filename, content, kind = _file(file)
        size, pieces = _measured(content)
        add(
            f"--{boundary}\r\n"
            f'Content-Disposition: form-data; name="{_quoted(name)}"; filename="{_quoted(filename)}"\r\n'
            f"Content-Type: {kind}\r\n\r\n".encode()
        )
        length += size
        sources.append(pieces)
        add(b"\r\n")
        lines.append(f"{name}=({filename}, {kind}, {size} bytes)")
    add(f"--{boundary}--\r\n".encode())

    def whole() -> Iterator[bytes]:
        for source in sources:
            yield from source()

    return Body(whole, length, f"multipart/form-data; boundary={boundary}", "\n".join(lines))


def _file(file: File) -> tuple[str, Content, str]:
    if not isinstance(file, tuple):
        return (file.name if isinstance(file, Path) else "file"), file, "application/octet-stream"
    if len(file) == 2:
        return file[0], file[1], "application/octet-stream"
    return file


def _quoted(name: str) -> str:
    """A name inside a part's header, as browsers write it: a quote or a line end would end the header."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
