"""What an MP4 file says of its video: how long, how large. Read from its boxes; the film itself is never opened.

A box is four bytes of length, four of type, and its content; ``moov`` holds ``mvhd`` (the clock) and one ``trak`` for
picture, sound and so on, each with a ``tkhd`` (its sides). ISO/IEC 14496-12.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PIECE = 1024 * 1024
ADOBE = (bytes.fromhex("be7acfcb97a942e89c71999491e3afac"),)
"""The ``uuid`` under which XMP lies in a film."""
MOST = 16 * 1024 * 1024
"""Bytes of ``moov`` that are read: the index of hours of film stays below."""


@dataclass(frozen=True)
class Film:
    """Seconds and pixels as a player shows them, turned as the file asks; 0: the file does not say."""

    seconds: float = 0.0
    width: int = 0
    height: int = 0


def film(path: Path) -> Film:
    """What the file says. A file that says it badly says nothing: the network decides."""
    try:
        with path.open("rb") as file:
            moov = _moov(file)
        return _told(moov) if moov else Film()
    except (struct.error, ValueError, IndexError):
        return Film()


def without_place(path: Path, target: Path) -> bool:
    """Copies the film to ``target`` without what it tells of the place and the maker, where it tells any.

    What a camera or a phone writes beside the film (``udta``, ``meta``, Adobe's ``uuid``) becomes empty space of the
    same length, so nothing else in the file moves. False: there was nothing, and nothing was written.
    """
    with path.open("rb") as file:
        found = list(_telling(file, 0, os.fstat(file.fileno()).st_size, depth=0))
    if not found:
        return False
    shutil.copyfile(path, target)
    with target.open("r+b") as file:
        for start, head, length in found:
            file.seek(start + 4)
            file.write(b"free")
            file.seek(start + head)
            for left in range(length - head, 0, -PIECE):
                file.write(bytes(min(PIECE, left)))
    return True


def _telling(file: IO[bytes], at: int, end: int, *, depth: int) -> Iterator[tuple[int, int, int]]:
    """Start, head and length of each box that tells about people, wherever such boxes may lie."""
    while at + 8 <= end:
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if length == 1:
            more = file.read(8)
            if len(more) < 8:
                return
            (length,) = struct.unpack(">Q", more)
            head = 16
        length = length or end - at
        if length < head or at + length > end:
            return
        if kind in (b"udta", b"meta") or (kind == b"uuid" and file.read(16) in ADOBE):
            yield at, head, length
        elif kind in (b"moov", b"trak", b"moof", b"traf") and depth < 3:
            yield from _telling(file, at + head, at + length, depth=depth + 1)
        at += length


def _moov(file: IO[bytes]) -> bytes:
    end, at = os.fstat(file.fileno()).st_size, 0
    while at + 8 <= end:
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            head = 16
        length = length or end - at
        if length < head:
            break
        if kind == b"moov":
            return file.read(min(length - head, MOST))
        at += length
    return b""


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        length = length or len(data) - at
        if length < head:
            return
        yield kind, data[at + head : at + length]
        at += length


def _told(moov: bytes) -> Film:
    seconds, sides = 0.0, (0, 0)
    for kind, box in _boxes(moov):
        if kind == b"mvhd":
            scale, ticks = struct.unpack_from(">IQ", box, 20) if box[0] == 1 else struct.unpack_from(">II", box, 12)
            unknown = ticks == (0xFFFFFFFFFFFFFFFF if box[0] == 1 else 0xFFFFFFFF)
            seconds = ticks / scale if scale and not unknown else 0.0
        elif kind == b"trak":
            found = next((_sides(inner) for name, inner in _boxes(box) if name == b"tkhd"), (0, 0))
            sides = max(sides, found, key=lambda pair: pair[0] * pair[1])
    return Film(round(seconds, 3), *sides)


def _sides(tkhd: bytes) -> tuple[int, int]:
    at = 52 if tkhd[0] == 1 else 40
    turns = struct.unpack_from(">9i", tkhd, at)
    width, height = (side >> 16 for side in struct.unpack_from(">II", tkhd, at + 36))
    is_on_its_side = turns[0] == 0 and turns[4] == 0 and turns[1] != 0
    return (height, width) if is_on_its_side else (width, height)
