"""Hashtags: capitals let a screen reader say the words apart, and at the end they keep out of the sentence's way."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from clarion.networks.wording import _

from .finding import Finding
from .texts import LINK, MENTION, TAG, WORD
from .vocabulary import words

ASK_FROM = 13
"""A tag of small letters with so many of them is hardly one word, and is asked about."""
ASK_FROM_JOINED = 24
"""So many where words are written together (German, Dutch, the north)."""
LONG_JOINED = 16
"""Two words that are written as one in such a language are left alone below so many letters."""
JOINS = frozenset({"de", "nl", "sv", "nb", "nn", "no", "da", "fi", "hu", "is"})
_LONGEST = 40


def look(text: str, *, known: frozenset[str], language: str) -> Iterator[Finding]:
    spelled = {one.lstrip("#＃").lower(): one.lstrip("#＃") for one in known}
    tags = list(TAG.finditer(text))
    for tag in tags:
        said = tag.group()[1:]
        better = spelled.get(said.lower()) or _better(said, language)
        if better is None or better == said:
            continue
        if better:
            sentence = _("#%(tag)s reads better as #%(better)s: screen readers then say the words apart.")
            values = {"tag": said, "better": better}
            yield Finding("hashtag_capitals", sentence % values, tag.start(), tag.end(), tag.group()[0] + better)
        else:
            sentence = _("#%(tag)s may be several words. Begin each of them with a capital letter.")
            yield Finding("hashtag_capitals", sentence % {"tag": said}, tag.start(), tag.end())
    yield from _places(text)


def _better(said: str, language: str) -> str | None:
    """The tag with capitals; "" where only a person can tell the words apart; None where nothing is to be said."""
    letters = said.replace("_", "")
    if "_" in said or not (letters.islower() or (letters.isupper() and len(letters) > 5)):
        return None
    small = said.lower()
    ways = split(small)
    if (small,) in ways:
        return None
    joined = language in JOINS
    if len(ways) == 1 and joined and len(ways[0]) == 2 and len(small) < LONG_JOINED:
        return None  # one word there, said as one
    if len(ways) == 1:
        return "".join(word if word.isdigit() else word[0].upper() + word[1:] for word in ways[0])
    limit = ASK_FROM_JOINED if joined else ASK_FROM
    return "" if ways or len(small) >= limit else None


@lru_cache(maxsize=2048)
def split(small: str) -> tuple[tuple[str, ...], ...]:
    """Every way (at most three) to read the small letters as known words; digits are words of their own."""
    if len(small) > _LONGEST:
        return ()
    known = words()
    ways: list[list[tuple[str, ...]]] = [[()]] + [[] for _letter in small]
    for end in range(1, len(small) + 1):
        for start in range(max(0, end - 18), end):
            piece = small[start:end]
            is_number = piece.isdigit() and not (start and small[start - 1].isdigit())
            is_number = is_number and not small[end : end + 1].isdigit()
            if is_number or piece in known:
                ways[end] += [(*way, piece) for way in ways[start]]
        ways[end] = ways[end][:3]
    return tuple(ways[-1])


def _places(text: str) -> Iterator[Finding]:
    """Tags after which the sentence goes on."""
    inside = []
    for line_start, line in _lines(text):
        tags = list(TAG.finditer(line))
        for tag in tags:
            rest = line[tag.end() :]
            for kind in (LINK, TAG, MENTION):
                rest = kind.sub(" ", rest)
            if WORD.search(rest) and WORD.search(line[: tag.start()]):
                inside.append((line_start + tag.start(), line_start + tag.end()))
    if inside:
        start, end = inside[0]
        sentence = _("%(tag)s stands in the middle of a sentence. Put hashtags at the end.") % {"tag": text[start:end]}
        yield Finding("hashtag_place", sentence, start, end, calm=True)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.split("\n"):
        yield at, line
        at += len(line) + 1
