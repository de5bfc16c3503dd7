"""Uploads in chunks, read from disk: asked how much has arrived, and gone on from there, also after a kill."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .bodies import Stretch
from .draft import Media, Step
from .wording import _
from .words import NotNow, Refused

IN_VAIN = 3
"""So many chunks in a row of which nothing arrives, and we come back later."""


def file_of(step: Step) -> tuple[Media, Path, int]:
    """The step's file, where it is, and its size in bytes on disk. Raises Refused when it is gone."""
    try:
        if step.media is None:
            raise FileNotFoundError
        size = step.media.path.stat().st_size
    except OSError:
        raise Refused(_("The file of this upload is gone. Attach it again."), code="file") from None
    return step.media, step.media.path, size


def send_rest(
    path: Path, *, size: int, start: int, chunk: int, send: Callable[[Stretch], int | None], label: str
) -> None:
    """Sends the file from ``start`` on. ``send`` says one chunk and gives how many bytes the server has then; None:
    it has all of them and said so. Returns when the last byte is there."""
    vain = 0
    while start < size:
        there = send(Stretch(path, start, min(chunk, size - start)))
        if there is None:
            return
        vain = 0 if there > start else vain + 1
        if vain == IN_VAIN or not 0 <= there <= size:
            sentence = _("%(network)s does not take the file in. It is tried again.")
            raise NotNow(sentence % {"network": label}, code="no_progress")
        start = there
