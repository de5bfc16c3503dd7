"""Whether a text reads well for everybody: a screen reader's user, who is new to the language, who is in a hurry.

Plain functions over plain data; what is found is a ``Finding`` with a sentence, the passage and, where one exists, the
words that one press puts in its place. Sources: WCAG 2.2 (1.1.1 alternatives, 2.4.4 link purpose, 3.1.4 abbreviations,
3.1.5 reading level, https://www.w3.org/TR/WCAG22/) and the guides on accessible social media of public offices.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from . import emoji, hashtags, letters, pictures, plain
from .finding import RULES, Finding, Picture
from .plain import Reading, read
from .texts import language_of

MOST = 60
"""So many findings of one part are told; who has more has seen enough."""

LOOKED_AT = 20_000
"""So many characters of a part are looked at."""


def look(
    text: str, pictures_: Sequence[Picture] = (), *, known: Collection[str] = (), language: str = "",
    rules: Collection[str] | None = None,
) -> tuple[Finding, ...]:  # fmt: skip
    """Everything that is found in one part. ``known``: abbreviations and hashtags that its readers know, as written.

    ``language`` is a code such as ``de``; empty: it is guessed from the words. ``rules``: only these are asked.
    """
    found: list[Finding] = []
    for one in _all(text[:LOOKED_AT], pictures_, known=frozenset(known), language=language):
        if rules is None or one.rule in rules:
            found.append(one)
            if len(found) == MOST:
                break
    return tuple(found)


def _all(text: str, pictures_: Sequence[Picture], *, known: frozenset[str], language: str) -> Iterator[Finding]:
    language = (language or language_of(text)).split("-")[0].lower()
    yield from pictures.look(text, pictures_)
    if not text.strip():
        return
    yield from hashtags.look(text, known=known, language=language)
    yield from letters.look(text, known=known, language=language)
    yield from emoji.look(text)
    yield from plain.look(text, known=known, language=language)


__all__ = ["RULES", "Finding", "Picture", "Reading", "language_of", "look", "read"]
