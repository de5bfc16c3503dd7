"""What changed between versions of a post, for people: words, pictures, options, and where a channel says its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any

from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.posts.content import LINKS, Content, Shot, Words
from clarion.posts.diff import Piece, pieces, words
from clarion.posts.models import Media, Post
from clarion.web.forms.composition import declared, shot_told
from clarion.web.forms.spoken import OURS, links_said

AROUND = 10
"""So many equal words stand beside a change."""


@dataclass(frozen=True)
class Version:
    """One version. ``content`` and ``variants`` (by channel id) are its words; ``number`` counts as the post does."""

    number: int
    content: Content
    variants: Mapping[str, Content]
    by: str
    at: datetime
    is_now: bool = False

    @property
    def panels(self) -> dict[str, Content]:
        return {"": self.content, **self.variants}


@dataclass(frozen=True)
class Change:
    """One thing that changed: ``title`` says where; ``pieces`` are the way from the old words to the new ones."""

    title: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Entry:
    """A version with what it changed of the one before it. Without ``changes`` it is the first, or changed no word."""

    version: Version
    changes: tuple[Change, ...]
    is_first: bool = False


def versions(post: Post, *, before: int = 0, count: int) -> list[Version]:
    """The newest first, at most ``count``; ``before`` a number, or from now on."""
    rows = post.revisions.select_related("by").order_by("-version")
    found = [
        Version(row.version, *_whole(row.whole), by=str(row.by) if row.by else "Clarion", at=row.at)
        for row in (rows.filter(version__lt=before) if before else rows)[:count]
    ]
    if not before and (not found or found[0].number < post.version):
        variants = {str(one.channel_id): one.content for one in post.variants.all()}
        by = str(post.changed_by) if post.changed_by else "Clarion"
        whole = _whole({"content": post.content, "variants": variants})
        found = [Version(post.version, *whole, by=by, at=post.changed_at), *found][:count]
    if not before and found:
        first = found[0]
        found[0] = Version(first.number, first.content, first.variants, first.by, first.at, is_now=True)
    return found


def entries(found: Sequence[Version], *, channels: Iterable[Channel], shown: int) -> list[Entry]:
    """The first ``shown`` of the versions, each against the one that comes after it in the list, which is older."""
    tell = _Telling(found, channels)
    return [
        Entry(new, tuple(tell.changes(old, new)) if old else (), is_first=old is None)
        for new, old in zip_longest(found[:shown], found[1 : shown + 1])
        if new is not None
    ]  # fmt: skip


def compared(old: Version, new: Version, *, channels: Iterable[Channel]) -> list[Change]:
    return list(_Telling([old, new], channels).changes(old, new))


def _whole(whole: Mapping[str, Any]) -> tuple[Content, dict[str, Content]]:
    variants = {pk: Content.from_json(said) for pk, said in whole.get("variants", {}).items()}
    return Content.from_json(whole["content"]), variants


class _Telling:
    """Knows what channels, files and options are called."""

    def __init__(self, found: Iterable[Version], channels: Iterable[Channel]) -> None:
        channels = list(channels)
        ids = {pk for version in found for content in version.panels.values() for pk in content.media_ids}
        self._files = dict(Media.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
        self._channels = {str(one.pk): one.handle for one in channels}
        self._options = OURS | {name: option.label for name, (option, _who) in declared(channels).items()}

    def changes(self, old: Version, new: Version) -> Iterator[Change]:
        for key in {**new.panels, **old.panels}:
            mine, theirs = old.panels.get(key), new.panels.get(key)
            title = _("Only on %(name)s") % {"name": self._channels.get(key, _("a channel"))} if key else ""
            if mine is None or theirs is None:
                sentence = _("has words of its own") if mine is None else _("says what all say again")
                kind = "ins" if mine is None else "del"
                text = (theirs or mine or Content()).text
                yield Change(" ".join([title, sentence]), (Piece(kind, text),))
            elif mine != theirs:
                yield from self._of_content(mine, theirs, title)

    def _of_content(self, old: Content, new: Content, where: str) -> Iterator[Change]:
        count = max(len(old.parts), len(new.parts))
        for number, (before, after) in enumerate(zip_longest(old.parts, new.parts, fillvalue=Words())):
            part = _("Part %(n)d") % {"n": number + 1} if count > 1 else ""
            title = " · ".join(filter(None, (where, part)))
            if before.text != after.text:
                yield Change(title, _short(pieces(before.text, after.text)))
            if before.shots != after.shots:
                yield Change(
                    " · ".join(filter(None, (title, _("Pictures")))), tuple(self._of_shots(before.shots, after.shots))
                )  # fmt: skip
        for name in {**old.options, **new.options}:
            values = [_said(some.options.get(name), name) for some in (old, new)]
            if values[0] != values[1]:
                told = [Piece(kind, text) for kind, text in zip(("del", "ins"), values, strict=True) if text]
                yield Change(" · ".join(filter(None, (where, self._options.get(name, name)))), tuple(told))

    def _of_shots(self, old: Sequence[Shot], new: Sequence[Shot]) -> Iterator[Piece]:
        before, after = [self._lines(old), self._lines(new)]
        if sorted(before) == sorted(after):
            yield Piece("same", _("in another order") + "\n")
            return
        for line in before:
            if line not in after:
                yield Piece("del", line)
        for line in after:
            if line not in before:
                yield Piece("ins", line)

    def _lines(self, shots: Sequence[Shot]) -> list[str]:
        names = {str(pk): name for pk, name in self._files.items()}
        return [shot_told(shot, names.get(shot.media, "")) + "\n" for shot in shots]


def _short(found: Sequence[Piece]) -> tuple[Piece, ...]:
    """Equal words far from any change are left out."""
    told = []
    for index, piece in enumerate(found):
        some = words(piece.text)
        if piece.kind != "same" or len(some) <= 2 * AROUND + 2:
            told.append(piece)
            continue
        head = "".join(some[:AROUND]) if index else ""
        tail = "".join(some[-AROUND:]) if index < len(found) - 1 else ""
        told.append(Piece("same", f"{head.rstrip()} … {tail}" if head else f"… {tail}"))
    return tuple(told)


def _said(value: Any, name: str = "") -> str:
    if name == LINKS:
        return links_said(value)
    if isinstance(value, Mapping):
        return ", ".join(str(one) for one in value.get("options", ()))
    return "" if value in (None, "") else _("yes") if value is True else _("no") if value is False else str(value)
