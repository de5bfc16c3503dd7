"""Files that stand for videos in tests: bytes of any length, of which no two chunks are alike."""

from __future__ import annotations

import hashlib
from pathlib import Path
from random import Random

from clarion.networks.base import Captions, Media

PIECE = 1 << 20
WORDS = "WEBVTT\n\n00:01.000 --> 00:04.250\n<v Mayor>The bridge is <b>open</b> &amp; free.\n"
"""Captions of one line, as WebVTT."""


def video(folder: Path, *, size: int = 300_000, number: int = 0, seconds: float = 12.0) -> Media:
    """``size`` bytes on disk, written piece by piece; each ``number`` has its own."""
    path, digest, random = folder / f"video-{number}.mp4", hashlib.sha256(), Random(number)  # noqa: S311 - test data
    with path.open("wb") as file:
        for start in range(0, size, PIECE):
            piece = random.randbytes(min(PIECE, size - start))
            digest.update(piece)
            file.write(piece)
    return Media(
        path, "video/mp4", size, digest.hexdigest(), width=1280, height=720, duration=seconds, name=path.name
    )  # fmt: skip


def captions(folder: Path, language: str = "nb", *, label: str = "", text: str = WORDS) -> Captions:
    """A caption file on disk, as the core would hand it to a network."""
    path = folder / f"captions-{language}.{'vtt' if text.startswith('WEBVTT') else 'srt'}"
    path.write_text(text)
    return Captions(path, language, label, len(text.encode()))
