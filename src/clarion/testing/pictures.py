"""Small pictures for tests, made without an imaging library."""

from __future__ import annotations

import hashlib
import struct
import zlib
from pathlib import Path

from clarion.networks.base import Media


def png(width: int = 8, height: int = 6, colour: tuple[int, int, int] = (32, 96, 160)) -> bytes:
    """A one-coloured PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\x00" + bytes(colour) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def picture(folder: Path, *, alt: str = "", number: int = 0) -> Media:
    """A picture on disk, each ``number`` with its own colour, as the core would hand it to a network."""
    raw = png(colour=(32 + number % 200, 96, 160))
    path = folder / f"picture-{number}.png"
    path.write_bytes(raw)
    digest = hashlib.sha256(raw).hexdigest()
    return Media(path, "image/png", len(raw), digest, alt=alt, width=8, height=6, name=path.name)
