"""What a network takes: its limits and options as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from .draft import JSON
from .text import IN_A_BROWSER, UNITS, count_text
from .wording import gettext_noop


@dataclass(frozen=True)
class Text:
    """How long a part may be. ``unit`` is a key of ``clarion.networks.text.UNITS``; ``max_bytes`` counts UTF-8."""

    limit: int
    unit: str = "grapheme"
    max_bytes: int | None = None
    url_length: int = 23

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unknown text unit: {self.unit}")

    @property
    def in_a_browser(self) -> str:
        """What a page calls the unit, to count while somebody types; empty where it cannot."""
        return IN_A_BROWSER.get(self.unit, "")

    def count(self, text: str, *, warning: str = "") -> int:
        """Length of ``text`` (with a content warning, where the network counts it) in this network's unit."""
        return count_text(text, unit=self.unit, url_length=self.url_length) + (
            count_text(warning, unit=self.unit, url_length=self.url_length) if warning else 0
        )


@dataclass(frozen=True)
class Images:
    """Pictures of one part: how many, how heavy (bytes), which types, how long the alt text (characters).

    ``edge`` is the longest side in pixels that the network takes, ``smallest`` the shortest; ``ratios`` the narrowest
    and the widest shape (width divided by height). A picture that does not fit and can be made to is made to fit.
    One that moves never is; ``moving`` is its size in place of ``size``, and ``frames`` how many it may have: 1 where
    it is shown standing still.
    """

    count: int
    size: int = 16_000_000
    alt: int = 1500
    types: tuple[str, ...] = ("image/jpeg", "image/png", "image/gif", "image/webp")
    edge: int | None = None
    smallest: int | None = None
    ratios: tuple[float, float] | None = None
    moving: int | None = None
    frames: int | None = None
    required: bool = False
    """True where no post goes without a picture (or a video, where there are ``videos``)."""


@dataclass(frozen=True)
class Videos:
    """Videos of one part: how many, how heavy (bytes), how long (seconds), which shapes (as for ``Images``).

    ``captions`` are the kinds of caption files that go along, the preferred first (``vtt``, ``srt``); none: nothing
    goes along. ``captions_most``: so many of one video; ``captions_size``: so heavy may each be.
    """

    count: int = 1
    size: int = 99_000_000
    seconds: float | None = None
    shortest: float = 0.0
    ratios: tuple[float, float] | None = None
    alt: int = 0
    required: bool = False
    types: tuple[str, ...] = ("video/mp4",)
    with_images: bool = False
    captions: tuple[str, ...] = ()
    captions_most: int = 100
    captions_size: int | None = None


@dataclass(frozen=True)
class Documents:
    """Documents of one part: how many, how heavy (bytes), which types. ``with_others``: beside pictures and videos."""

    count: int = 1
    size: int = 50_000_000
    types: tuple[str, ...] = ("application/pdf",)
    with_others: bool = False


@dataclass(frozen=True)
class Polls:
    options: int = 4
    length: int = 50
    shortest: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(days=30)


LONGEST = 10 * 366 * 86_400
"""Seconds: no server's poll is open for longer."""


@dataclass(frozen=True)
class Rules:
    """The limits of one network or, after ``limits()`` asked, of one server."""

    text: Text
    images: Images | None = None
    videos: Videos | None = None
    documents: Documents | None = None
    polls: Polls | None = None
    files: int | None = None
    """Most files of one part, of all kinds together."""
    parts: int = 1
    """Longest thread; 1 means that the network has no threads."""
    text_required: bool = True
    asked_of_server: bool = False

    def told(self, limits: JSON) -> Rules:
        """These rules with what a server announced: ``{"text": {"limit": 5000}, "images": {"count": 6}, …}``."""
        changed: dict[str, Any] = {}
        for name in ("text", "images", "videos", "documents", "polls"):
            mine, theirs = getattr(self, name), limits.get(name)
            if mine is not None and theirs:
                known = {
                    k: tuple(v)
                    if isinstance(v, list)
                    else (timedelta(seconds=min(v, LONGEST)) if isinstance(getattr(mine, k), timedelta) else v)
                    for k, v in theirs.items()
                    if hasattr(mine, k) and v is not None
                }
                changed[name] = replace(mine, **known)
        return replace(self, **changed)


@dataclass(frozen=True)
class Option:
    """A choice that only this network has.

    ``kind`` is ``text``, ``lines`` (a longer text), ``choice``, ``flag``, ``language``, ``poll``, ``address``,
    ``tags`` (words apart by commas) or ``moment`` (a second of the video). ``limit`` counts characters (of tags: how
    many).
    """

    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    required: bool = False
    limit: int | None = None
    default: str = ""


FIRST_COMMENT = Option(
    "first_comment",
    gettext_noop("First comment"),
    "lines",
    help=gettext_noop("Said below the post, directly after it."),
)
"""For networks with comments: a step of its own, of the kind ``comment``, after everything else."""


@dataclass(frozen=True)
class Price:
    """What a network takes for a draft, in ``currency`` (ISO 4217). ``what``: for what, in a few words."""

    amount: Decimal
    currency: str
    what: str = ""


@dataclass(frozen=True)
class Problem:
    """Why a draft cannot go to this network as it is. ``part`` counts from 0; ``level`` is ``stop`` or ``warn``."""

    field: str
    sentence: str
    part: int = 0
    count: int | None = None
    limit: int | None = None
    level: str = "stop"
