"""A content as it is judged: everything in it that people will read, hear described, or be led to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from html import unescape
from typing import Any
from uuid import UUID

from django.db.models import Q

from clarion.files.place import store
from clarion.files.store import StoreGone
from clarion.organisations.models import Workspace
from clarion.posts.content import LINKS, Content, hash_of
from clarion.posts.house import Passage

from .captions import Captions
from .link import Link, names_in
from .mention import MARK, Person

_CUES = re.compile(r"^(?:\ufeff?WEBVTT.*|\d+\s*|.*-->.*)$", re.MULTILINE)
_MARKS = re.compile(r"<[^<>\n]*>")


class Judged:
    """``channel``: where it would go out; None: anywhere."""

    def __init__(self, content: Content, *, workspace: Workspace, channel: Any = None) -> None:
        self._content, self._workspace, self._channel = content, workspace, channel

    @property
    def language(self) -> str:
        return str(self._content.options.get("language") or "")

    @property
    def sha256(self) -> str:
        """The hash of exactly these words, files, descriptions, options and captions, of what is called by its name in
        them, and of where a person has led their links."""
        beside = {
            "captions": [[str(one.media_id), one.language, one.sha256] for one in self._captions],
            "called": _handles(self._people), "leads": self._led(),
        }  # fmt: skip
        return hash_of({"content": self._content.as_json(), **{name: some for name, some in beside.items() if some}})

    def passages(self, *, links: bool) -> list[Passage]:
        """``links``: where the post's own short links lead is wanted, too."""
        found = []
        for number, part in enumerate(self._content.parts):
            found.append(Passage(_bare(part.text), "text", number))
            found += [Passage(_bare(shot.alt), "alt", number, shot.media) for shot in part.shots if shot.alt]
        for name, value in self._content.options.items():
            if name != LINKS:
                found += [Passage(_bare(text), "option", 0, name) for text in _texts(value)]
        found += [Passage(text, "captions", 0, str(one.media_id)) for one in self._captions if (text := _said(one))]
        for person in self._people:
            found += [Passage(text, "mention", 0, person.name) for text in self._called(person)]
        if links:
            found += [Passage(target, "link") for target in self._targets]
        return found

    def leads(self, url: str) -> str:
        """Where an address leads: one of our short ones by its target, any other by itself. Whose it is does not
        matter: readers follow it."""
        names = names_in(url)
        return (
            next(iter(Link.objects.filter(slug__in=names).values_list("target", flat=True)[:1]), url) if names else url
        )

    @cached_property
    def _people(self) -> list[Person]:
        """Those whom the workspace knows by a name that is mentioned."""
        names = named_in([self._content])
        return list(Person.objects.named(self._workspace, names).values()) if names else []

    def _called(self, person: Person) -> list[str]:
        """What readers get in place of the name: on the channel, or else on any."""
        if self._channel is not None:
            return [text] if (text := person.handle_on(self._channel)) else []
        return list(dict.fromkeys(one.text for one in person.handles.all()))

    def _led(self) -> list[list[str]]:
        """The short links that people have written, and those of the post that they have led elsewhere."""
        which = Q(slug__in=names_in(f"{self._content.text} {self._content.options}"))
        if self._content.post and self._content.options.get(LINKS):
            which |= Q(post=self._content.post, is_led=True)
        return [list(one) for one in Link.objects.filter(which).order_by("slug").values_list("slug", "target")]

    @cached_property
    def _captions(self) -> list[Captions]:
        ids = self._content.media_ids
        if not ids:
            return []
        rows = Captions.objects.filter(media__in=ids, media__workspace=self._workspace).select_related("media")
        return list(rows.order_by("media", "language"))

    @property
    def _targets(self) -> list[str]:
        """Where its short links lead now: a person may have said so after it was written."""
        if not self._content.post or not self._content.options.get(LINKS):
            return []
        mine = Link.objects.filter(post=self._content.post)
        mine = mine.filter(channel=self._channel) if self._channel is not None else mine
        return list(mine.order_by("pk").values_list("target", flat=True))


@dataclass(frozen=True)
class Beside:
    """What a post shows and leads to that its own version does not tell: the captions of its files (``media``: their
    ids), what those are called whom it mentions (``people``: names), and where short links lead: those in its words
    (``names``), and its own (``has_links``)."""

    post: UUID
    workspace: UUID
    media: frozenset[str]
    people: frozenset[str]
    names: frozenset[str]
    has_links: bool

    @classmethod
    def of(cls, contents: Sequence[Content], *, post: UUID, workspace: UUID) -> Beside:
        return cls(
            post, workspace, frozenset(pk for one in contents for pk in one.media_ids), frozenset(named_in(contents)),
            frozenset(name for one in contents for name in names_in(f"{one.text} {one.options}")),
            any(bool(one.options.get(LINKS)) for one in contents),
        )  # fmt: skip

    @property
    def sha256(self) -> str:
        """The hash of it as it is now. Asks only where there is any."""
        found: dict[str, Any] = {}
        if self.media:
            told = Captions.objects.filter(media__in=self.media).order_by("media", "language")
            found["captions"] = [[str(pk), *more] for pk, *more in told.values_list("media", "language", "sha256")]
        if self.people:
            found["called"] = _handles(Person.objects.named(self.workspace, set(self.people)).values())
        if self.names or self.has_links:
            mine = Link.objects.filter(Q(post=self.post) | Q(slug__in=self.names)).order_by("slug")
            found["leads"] = [list(one) for one in mine.values_list("slug", "target")]
        return hash_of(found)


def named_in(contents: Iterable[Content]) -> set[str]:
    """Who is mentioned, in a text or in an option."""
    texts = (text for one in contents for text in (*(part.text for part in one.parts), *_texts(dict(one.options))))
    return {name for text in texts if "@[" in text for name in MARK.findall(text)}


def _handles(people: Iterable[Person]) -> list[list[str]]:
    return sorted([one.name, each.network, each.server, each.text] for one in people for each in one.handles.all())


def _bare(text: str) -> str:
    return MARK.sub(r"\1", text) if "@[" in text else text


def _texts(value: Any) -> Iterator[str]:
    """Every text within an option: of a poll its question and its answers."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _said(captions: Captions) -> str:
    try:
        return _read(captions.key, captions.size, captions.sha256)
    except (StoreGone, OSError):
        return ""  # what cannot be read cannot go out either: the delivery waits for the store


@lru_cache(maxsize=64)
def _read(key: str, size: int, sha256: str) -> str:
    """What is said in a file of captions, without its times and marks."""
    text = store().lent(key, size=size, sha256=sha256).read_text(encoding="utf-8", errors="replace")
    return unescape(_MARKS.sub("", _CUES.sub("", text)))
