"""All rules that hold somewhere, put together once, so that a text is read once for all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from clarion.posts.lint import language_of

from . import links, patterns, personal
from .folding import clean, standing
from .hits import Hit
from .words import Vocabulary

LOOKED_AT = 300_000
"""So many signs of one passage are judged; more than any network takes."""
MOST = 20
"""So many passages of one rule are told."""


@dataclass(frozen=True)
class Passage:
    """A piece of what goes out. ``place``: ``text``, ``alt``, ``captions``, ``mention``, ``link`` or ``option``;
    ``part`` counts from 0; ``name``: the file's id, the person's name, or the option's."""

    text: str
    place: str = "text"
    part: int = 0
    name: str = ""


@dataclass(frozen=True)
class Entry:
    """One rule as it is looked for. Of the lists only those of its kind are filled."""

    kind: str
    words: Sequence[str] = ()
    language: str = ""
    pattern: str = ""
    data: Collection[str] = ()
    countries: Collection[str] = ()
    allowed: Collection[str] = ()
    domains: Collection[str] = ()
    only: bool = False
    signs: Collection[str] = ()
    ours: Collection[str] = ()


@dataclass
class Book:
    """``region``: the country in which the workspace dials."""

    entries: Sequence[Entry]
    region: str = ""
    _vocabularies: dict[str, Vocabulary] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        many = list(enumerate(self.entries))
        spoken = {entry.language for _number, entry in many if entry.kind == "words"}
        for language in spoken:
            self._vocabularies[language] = Vocabulary(
                (number, line) for number, entry in many
                if entry.kind == "words" and entry.language == language for line in entry.words
            )  # fmt: skip
        self._patterns = [(number, patterns.ready(one.pattern)) for number, one in many if one.kind == "pattern"]
        self._links = [
            links.LinkRule(
                number, frozenset(one.domains), one.only, frozenset(one.signs), frozenset(one.ours) | (
                    frozenset(one.domains) if one.only else frozenset()
                ),
            )
            for number, one in many if one.kind == "links"
        ]  # fmt: skip
        self._personal = [
            personal.DataRule(
                number, frozenset(one.data), frozenset(one.countries),
                frozenset(personal.plain(line, region=self.region) for line in one.allowed),
            )
            for number, one in many if one.kind == "personal"
        ]  # fmt: skip

    def __bool__(self) -> bool:
        return bool(self.entries)

    @property
    def asks_links(self) -> bool:
        return bool(self._links)

    def look(self, passages: Sequence[Passage], *, language: str = "", leads: Callable[[str], str] = str) -> list[Hit]:
        """Everything that is found. ``language``: a code; empty: it is guessed. ``leads``: of our own short links."""
        found: list[Hit] = []
        counts: dict[tuple[int, int], int] = {}
        until = time.monotonic() + patterns.TOGETHER
        for number, passage in enumerate(passages):
            if not passage.text.strip():
                continue
            for hit in self._of(number, passage.text[:LOOKED_AT], language=language, leads=leads, until=until):
                counts[hit.rule, number] = counts.get((hit.rule, number), 0) + 1
                if counts[hit.rule, number] <= MOST and hit not in found:
                    found.append(hit)
        return sorted(found, key=lambda hit: (hit.rule, hit.passage, hit.start))

    def _of(self, number: int, text: str, *, language: str, leads: Callable[[str], str], until: float) -> Iterator[Hit]:
        def hit(rule: int, start: int, end: int, kind: str) -> Hit:
            return Hit(rule, number, start, end, kind, text[start:end])

        for spoken, vocabulary in self._vocabularies.items():
            if not spoken or _speaks(text, spoken, language):
                for rule, made, start, end in vocabulary.find(text):
                    yield hit(rule, *standing(text, made, start=start, end=end), "words")
        if not (self._patterns or self._personal or self._links):
            return
        cleaned = clean(text)
        for rule, start, end, late in patterns.find(self._patterns, cleaned, until=until):
            yield hit(rule, *standing(text, clean, start=start, end=end), "late" if late else "pattern")
        if self._personal:
            for rule, kind, start, end in personal.find(self._personal, cleaned, region=self.region):
                yield hit(rule, *standing(text, clean, start=start, end=end), kind)
        if self._links:
            for rule, wrong, start, end in links.find(self._links, cleaned, leads=leads):
                yield hit(rule, *standing(text, clean, start=start, end=end), wrong)


def _speaks(text: str, wanted: str, said: str) -> bool:
    """Whether the text is in that language; where it cannot be told, it may be."""
    told = (said or language_of(text)).split("-")[0].lower()
    return not told or told == wanted
