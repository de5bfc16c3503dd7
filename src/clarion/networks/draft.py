"""What is said: drafts, their parts and files, and the steps in which a network publishes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

JSON = Mapping[str, Any]


@dataclass(frozen=True)
class Captions:
    """The captions of a video in one language (BCP 47): a WebVTT or SubRip file in UTF-8, which a player can show.

    ``label`` is the language's own name for itself; ``size`` in bytes, 0 where it is not known.
    """

    path: Path
    language: str
    label: str = ""
    size: int = 0


@dataclass(frozen=True)
class Media:
    """One file to publish. ``path`` is readable and already cleaned; sizes in bytes, pixels, seconds."""

    path: Path
    mime: str
    size: int
    sha256: str
    alt: str = ""
    width: int = 0
    height: int = 0
    duration: float = 0.0
    name: str = ""
    captions: tuple[Captions, ...] = ()
    """Of a video, one for each language."""
    frames: int = 0
    """Of a picture, where they were counted: more than one, and it moves."""
    focus: tuple[float, float] | None = None
    """Of a picture: the point that matters, across and down, from 0 to 1. Whoever crops it should keep that."""

    @property
    def is_image(self) -> bool:
        return self.mime.startswith("image/")

    @property
    def is_video(self) -> bool:
        return self.mime.startswith("video/")

    @property
    def moves(self) -> bool:
        """A GIF whose frames were not counted is taken for one that moves."""
        return self.frames > 1 or (not self.frames and self.mime == "image/gif")

    @property
    def is_document(self) -> bool:
        return not self.is_image and not self.is_video


@dataclass(frozen=True)
class Part:
    """One part of a thread (a post without a thread has one part)."""

    text: str
    media: tuple[Media, ...] = ()


@dataclass(frozen=True)
class Draft:
    """What one channel shall say. ``options`` are the network's own declared options (``Option``), by name."""

    parts: tuple[Part, ...]
    options: JSON = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One thing said to the network.

    ``payload`` is JSON made by ``plan`` and completed by ``prepare`` before the first byte leaves. ``earlier`` are the
    settled steps before it, in order. ``public`` is False for steps that show nothing (uploads): they may simply be
    repeated. ``since`` is when the intent was first written, ``taken`` the remote ids that belong to other deliveries.
    """

    kind: str
    number: int
    part: int = 0
    public: bool = True
    payload: JSON = field(default_factory=dict)
    media: Media | None = None
    earlier: tuple[Settled, ...] = ()
    since: datetime | None = None
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Settled:
    """A step that is done, as later steps see it. ``media`` is its file again: some networks take it with the post."""

    kind: str
    part: int
    remote_id: str = ""
    url: str = ""
    handle: JSON = field(default_factory=dict)
    payload: JSON = field(default_factory=dict)
    media: Media | None = None
