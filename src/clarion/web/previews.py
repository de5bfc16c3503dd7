"""How a composition will look on one channel: everything comes from what the network declares of its look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from clarion.channels.models import Channel
from clarion.networks.base import Draft
from clarion.networks.look import Look
from clarion.networks.text import links
from clarion.posts.content import Content, Shot, Words
from clarion.posts.fitting import used
from clarion.posts.lint.texts import MENTION, TAG
from clarion.posts.models import LinkCard, Media
from clarion.posts.models.card import first_link

SHOWN = 4_000
"""So many characters of a part are shown."""
RATIOS = (40, 50, 56, 67, 75, 80, 100, 120, 133, 150, 178, 191, 220, 240, 300)
"""The shapes that the style sheet knows, in hundredths."""
SPECIAL = ("title", "content_warning", "poll", "first_comment")
"""Options that have a place of their own in a preview; the others are told in small print."""


@dataclass(frozen=True)
class Piece:
    """``kind``: empty, ``link``, ``tag`` or ``mention``."""

    kind: str
    text: str


@dataclass(frozen=True)
class Tile:
    """``shape`` names a ratio of the style sheet. ``cropped``: ``sides``, ``ends`` (above and below) or empty.
    ``kept``: the point around which it is cropped, across and down, in tenths."""

    media: Media
    alt: str
    shape: int
    cropped: str = ""
    kept: tuple[int, ...] = (5, 5)


@dataclass(frozen=True)
class Shown:
    """One part. ``folded`` is behind "more"; ``rest`` counts characters that are not shown at all."""

    pieces: tuple[Piece, ...]
    folded: tuple[Piece, ...]
    rest: int
    tiles: tuple[Tile, ...]
    hidden: int
    link: str
    card: LinkCard | None
    captions: str = ""
    """The languages of the caption files that go along, in words."""

    @property
    def is_empty(self) -> bool:
        return not self.pieces and not self.tiles

    @property
    def cropped(self) -> str:
        return next((tile.cropped for tile in self.tiles if tile.cropped), "")


@dataclass(frozen=True)
class Preview:
    """The whole. ``others`` are options that have no place in the picture, as people read them."""

    look: Look
    parts: tuple[Shown, ...]
    title: str = ""
    warning: str = ""
    answers: tuple[str, ...] = ()
    comment: str = ""
    others: tuple[tuple[str, str], ...] = ()


def preview(
    channel: Channel, said: Content, *, draft: Draft, rows: Mapping[str, Media], cards: Mapping[str, LinkCard],
    shown: Iterable[tuple[str, str, str]], captions: Sequence[str] = (), written: Content | None = None,
) -> Preview:  # fmt: skip
    """``written`` is what ``said`` was before people and links got their names there: a card is of the link as written.
    ``draft`` has the options that the network will see; ``shown`` are those as (name, label, value); ``captions``
    names, for each part, the languages of the caption files that go along."""
    look, options = channel.kind.seen_as(), draft.options
    poll = options.get("poll")
    parts = [
        _shown(words, before.text, look=look, rows=rows, cards=cards, has_poll=bool(poll))
        for words, before in zip(said.parts, (written or said).parts, strict=True)
    ]
    told = zip(parts, captions or [""] * len(parts), strict=True)
    return Preview(
        look, tuple(replace(part, captions=languages) for part, languages in told),
        title=str(options.get("title") or ""), warning=str(options.get("content_warning") or ""),
        answers=tuple(str(one) for one in poll.get("options", ())) if isinstance(poll, Mapping) else (),
        comment=str(options.get("first_comment") or ""),
        others=tuple((label, value) for name, label, value in shown if name not in SPECIAL),
    )  # fmt: skip


def wanted(contents: Iterable[Content], channels: Iterable[Channel]) -> set[str]:
    """The links of which a card would be shown."""
    if not any(channel.kind.seen_as().card != "none" for channel in channels):
        return set()
    return {link for content in contents for words in content.parts if (link := first_link(words.text[:SHOWN]))}


def _shown(
    words: Words, written: str, *, look: Look, rows: Mapping[str, Media], cards: Mapping[str, LinkCard], has_poll: bool
) -> Shown:
    text = words.text[:SHOWN].strip()
    seen, folded = look.folded(text)
    shots = [shot for shot in words.shots if shot.media in rows]
    files = list(zip(used(rows, shots), shots, strict=True))
    has_card = look.card != "none" and not has_poll and not (files and not look.card_with_pictures)
    link = first_link(written[:SHOWN]) if has_card else ""
    card = cards.get(link)
    has_nothing = card is not None and not card.title
    return Shown(
        tuple(pieces(seen, live=look.links)), tuple(pieces(folded, live=look.links)), max(len(words.text) - SHOWN, 0),
        tuple(_tile(media, shot, look=look, alone=len(files) == 1) for media, shot in files[: look.most]),
        max(len(files) - look.most, 0), "" if has_nothing else link, None if has_nothing else card,
    )  # fmt: skip


def _tile(media: Media, shot: Shot, *, look: Look, alone: bool) -> Tile:
    own = media.width / media.height if media.width and media.height else 1.0
    kept = tuple(round(part * 10) for part in shot.edit.centre or (0.5, 0.5))
    if not alone and look.tiles == "grid":
        return Tile(media, shot.alt, _nearest(look.many), kept=kept)
    low, high = look.single if alone or look.tiles == "stack" else (look.many, look.many)
    cropped = "sides" if own > high * 1.03 else "ends" if own < low * 0.97 else ""
    return Tile(media, shot.alt, _nearest(min(max(own, low), high)), cropped, kept)


def _nearest(ratio: float) -> int:
    return min(RATIOS, key=lambda known: abs(known - ratio * 100))


_PARTS = re.compile(f"(?P<tag>{TAG.pattern})|(?P<mention>{MENTION.pattern})")


def pieces(text: str, *, live: bool = True) -> Iterable[Piece]:
    """The text in its pieces. ``live``: links lead somewhere there."""
    at = 0
    for start, end in links(text) if live else ():
        yield from _named(text[at:start])
        yield Piece("link", text[start:end])
        at = end
    yield from _named(text[at:])


def _named(text: str) -> Iterable[Piece]:
    at = 0
    for found in _PARTS.finditer(text):
        if found.start() > at:
            yield Piece("", text[at : found.start()])
        yield Piece(found.lastgroup or "", found.group())
        at = found.end()
    if at < len(text):
        yield Piece("", text[at:])
