"""Length of a text as X weighs it: twitter-text, configuration 3.

Written anew from the rules; the standard's own examples judge it (tests/networks/test_text_twitter.py). Everything here
is linear in the text: a pattern that looks back may take minutes over a hostile text, a counter may not.

- A text is counted in its composed form (NFC). A link counts 23 wherever it stands and however long it is.
- An emoji counts 2, its whole sequence together. Latin to Georgian and common punctuation count 1, everything else 2.
- A link needs no scheme: ``city.example`` is one when it ends in a top-level domain. Those are a fact of the internet
  (https://data.iana.org/TLD/tlds-alpha-by-domain.txt, kept as ``tlds.txt``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from unicodedata import normalize

from .text_emoji import emoji_spans

_MARKS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they only say which way the text runs
_NEVER = "\ufffe\ufeff\uffff"
_SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_NAME = rf"[^!'#%&()*+,\\\-./:;<=>?@\[\]\^_{{|}}~${_SPACES}{_NEVER}{_MARKS}]"
_NAME_OR_DASH = rf"[^!'#%&()*+,\\./:;<=>?@\[\]\^{{|}}~${_SPACES}{_NEVER}{_MARKS}]"

_RUN = re.compile(rf"(?<!{_NAME_OR_DASH}){_NAME_OR_DASH}++(?:\.{_NAME_OR_DASH}++)++")
"""Words joined by single dots: where a name of a server can stand."""
_STARTS = re.compile(_NAME)
_NOT_BEFORE = re.compile(rf"[A-Za-z0-9@＠$#＃{_NEVER}]")
_SCHEME = re.compile(r"https?://\Z", re.IGNORECASE)
_NOT_AFTER_TLD = re.compile(r"[0-9A-Za-z@+-]")
_ASCII_HEAD = re.compile(r"[0-9A-Za-z+-]+")
_CODED = re.compile(r"xn--[-0-9a-z]+\Z", re.IGNORECASE)

_LATIN = (
    "a-zA-Z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272\u0289"
    "\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_LATIN_TAIL = re.compile(rf"(?<![-{_LATIN}])[-{_LATIN}]++\Z")
_LATIN_ONLY = re.compile(rf"[-{_LATIN}]++\Z")
_PATH_PIECE = rf"[{_LATIN}\u0400-\u04ff!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_PATH_END = re.compile(rf"[{_LATIN}\u0400-\u04ff+\-=_#/)]")
_IN_BRACKETS = rf"\((?:{_PATH_PIECE}++(?:\({_PATH_PIECE}++\){_PATH_PIECE}*+)?|\({_PATH_PIECE}++\){_PATH_PIECE}*+)\)"
_PATH = re.compile(rf"/(?:{_PATH_PIECE}++|{_IN_BRACKETS})*+")
_PORT = re.compile(r":[0-9]++")
_PORT_AND_SLASH = re.compile(r"(?::[0-9]++)?/")
_QUERY_PIECE = r"[a-zA-Z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]"
_QUERY = re.compile(rf"\?{_QUERY_PIECE}++")
_QUERY_END = re.compile(r"[a-zA-Z0-9\-_&=#/]")
_SHORTENED = re.compile(rf"https?://t\.co/([a-z0-9]+)(?:\?{_QUERY_PIECE}*[a-z0-9\-_&=#/])?", re.IGNORECASE)
_LONGEST_SHORTENED, _LONGEST_LINK, _LONGEST_LABEL = 40, 4096, 63

_HEAVY = re.compile(r"[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")


@dataclass(frozen=True)
class Weighing:
    """One configuration of the standard. ``heavy``: what is not Latin counts 2; ``emoji``: a sequence counts as one."""

    limit: int = 280
    heavy: bool = True
    emoji: bool = True


class Weighed(NamedTuple):
    """A piece of the composed text and what it counts."""

    start: int
    end: int
    weight: int


V1 = Weighing(limit=140, heavy=False, emoji=False)
V2 = Weighing(emoji=False)
V3 = Weighing()


def weight(text: str, *, url_length: int = 23) -> int:
    """What ``text`` counts on X today."""
    if text.isascii() and "." not in text:
        return len(text)
    text = normalize("NFC", text)
    total, last = 0, 0
    for start, end in (*links(text), (len(text), len(text))):
        total += _plain(text[last:start]) + (url_length if end > start else 0)
        last = end
    return total


def _plain(text: str) -> int:
    if text.isascii():
        return len(text)
    spans = emoji_spans(text)
    inside = sum(end - start for start, end in spans)
    light = sum(1 for start, end in spans for letter in text[start:end] if not _HEAVY.match(letter))
    return len(text) + len(_HEAVY.findall(text)) - 2 * inside + light + 2 * len(spans)


def weighed(text: str, *, weighing: Weighing = V3, url_length: int = 23) -> Iterator[Weighed]:
    """The pieces of ``text``, which is composed (NFC) already, with what each counts: where is it too long?"""
    long, last = [], 0
    for start, end in (*links(text), (len(text), len(text))):
        if weighing.emoji:
            long += [(last + a, last + b, 2) for a, b in emoji_spans(text[last:start])]
        long.append((start, end, url_length))
        last = end
    last = 0
    for start, end, counts in long:
        for at in range(last, start):
            yield Weighed(at, at + 1, 2 if weighing.heavy and _HEAVY.match(text[at]) else 1)
        if end > start:
            yield Weighed(start, end, counts)
        last = end


def is_speakable(text: str) -> bool:
    """False for code points that the standard forbids in any text."""
    return not re.search(f"[{_NEVER}]", text)


def links(text: str) -> list[tuple[int, int]]:
    """Where X sees links in ``text``, with a scheme or without: ``(start, end)`` in code points, in order."""
    if "." not in text:
        return []
    found: list[tuple[int, int]] = []
    floor = 0  # the first place where a link, or the letter before it, may stand: behind the last one
    for run in _RUN.finditer(text):
        if run.end() <= floor:
            continue
        for name in _names(text, run.start(), run.end(), floor):
            if floor and name.first <= floor:
                continue
            floor = _end_of_path(text, name.end)
            found += _links_of(text, name, floor)
    return found


class _Name(NamedTuple):
    """A name of a server in the text. ``first`` is where its scheme begins, or ``start``."""

    first: int
    start: int
    end: int


def _names(text: str, start: int, end: int, floor: int) -> Iterator[_Name]:
    """The names in a run of words and dots, leftmost first, each as long as it can be."""
    begin = max(start, floor + 1) if floor else start
    labels = _labels(text, begin, end)
    tlds = [_tld(text, at, to) for at, to in labels]
    if not any(tlds[1:]):
        return
    reach = _reach(text, labels, tlds)
    scheme = _SCHEME.search(text, max(0, start - 8), start)
    if scheme and (_is_bad(text, scheme.start()) or (floor and scheme.start() <= floor)):
        scheme = None
    floor = begin
    for number, (at, to) in enumerate(labels):
        for first in _starts(text, max(at, floor), to):
            last = reach(number, first)
            if last is not None:
                yield _Name(scheme.start() if scheme and first == start else first, first, tlds[last])
                floor = tlds[last] + 1
                break


def _labels(text: str, start: int, end: int) -> list[tuple[int, int]]:
    labels, at = [], start
    for word in text[start:end].split("."):
        labels.append((at, at + len(word)))
        at += len(word) + 1
    return labels


def _starts(text: str, at: int, to: int) -> Iterator[int]:
    """Where a name may begin in one label: the first fit place, and the first one behind its last underscore."""
    tries = [at]
    low = text.rfind("_", at, to)
    if low >= 0:
        tries.append(low + 1)
    for begin in tries:
        for place in range(begin, to):
            if _STARTS.match(text, place) and not _is_bad(text, place):
                yield place
                break


def _is_bad(text: str, place: int) -> bool:
    return place > 0 and _NOT_BEFORE.match(text, place - 1) is not None


def _reach(text: str, labels: list[tuple[int, int]], tlds: list[int]) -> Callable[[int, int], int | None]:
    """A question: a name that begins at a place in label ``number`` reaches which label? None: it is no name."""
    count = len(labels)
    whole = [bool(_STARTS.match(text, at) and _STARTS.match(text, to - 1)) for at, to in labels]
    broken = count
    breaks = [0] * count
    for number in range(count - 1, -1, -1):
        broken = number if not whole[number] else broken
        breaks[number] = broken
    ends: list[int | None] = [None] * count
    last: int | None = None
    for number in range(1, count):
        at, to = labels[number - 1]
        if tlds[number] and whole[number - 1] and "_" not in text[at:to]:
            last = number
        ends[number] = last

    def reach(number: int, first: int) -> int | None:
        to = labels[number][1]
        if number + 1 >= count or not _STARTS.match(text, to - 1):
            return None
        furthest = ends[min(breaks[number + 1], count - 1)]
        if furthest is not None and furthest > number + 1:
            return furthest
        return number + 1 if tlds[number + 1] and "_" not in text[first:to] else None

    return reach


def _tld(text: str, at: int, to: int) -> int:
    """Where the top-level domain that ``text[at:to]`` begins with ends; 0 when it begins with none."""
    plain, others, longest = _tlds()
    head = _ASCII_HEAD.match(text, at, to)
    if head:
        word = head.group()
        if _CODED.match(word):
            return head.end()
        if word.lower() in plain and text[head.end() : head.end() + 1] not in ("@", "+"):
            return head.end()
    for end in range(min(to, at + longest), at + 1, -1):
        if text[at:end].lower() in others and not _NOT_AFTER_TLD.match(text, end):
            return end
    return 0


@cache
def _tlds() -> tuple[frozenset[str], frozenset[str], int]:
    words = files("clarion.networks").joinpath("tlds.txt").read_text(encoding="ascii").split("\n")
    names = [word for word in words if word and not word.startswith("#")]
    coded = frozenset(name[4:].encode().decode("punycode") for name in names if name.startswith("xn--"))
    return frozenset(names), coded, max(map(len, coded))


def _end_of_path(text: str, at: int) -> int:
    """Behind port, path and query of a link whose name ends at ``at``."""
    port = _PORT.match(text, at)
    at = port.end() if port else at
    path = _PATH.match(text, at)
    if path:
        end = path.end()
        while not _PATH_END.match(text, end - 1):
            end -= 1
        at = end
    query = _QUERY.match(text, at)
    if query:
        end = query.end()
        while not _QUERY_END.match(text, end - 1) and end > at + 1:
            end -= 1
        at = end if end > at + 1 else at
    return at


def _links_of(text: str, name: _Name, end: int) -> list[tuple[int, int]]:
    if name.first < name.start:
        short = _SHORTENED.match(text, name.first, end)
        if short:
            return [] if len(short.group(1)) > _LONGEST_SHORTENED else [short.span()]
        return [(name.first, end)] if _is_sendable(text, name.start, name.end, end - name.first) else []
    if name.start and text[name.start - 1] in "-_./":
        return []
    found = [span for span in _latin_names(text, name) if _is_sendable(text, *span, 8 + max(end, span[1]) - span[0])]
    has_path = _PORT_AND_SLASH.match(text, name.end)
    if found and found[-1][1] == name.end and has_path:
        found[-1] = (found[-1][0], end)
    return found


def _latin_names(text: str, name: _Name) -> list[tuple[int, int]]:
    """Without a scheme only names in Latin letters are links; several may stand in one run of another script."""
    found: list[tuple[int, int]] = []
    labels = _labels(text, name.start, name.end)
    number, floor = 0, name.start
    while number + 1 < len(labels):
        at, to = labels[number]
        tail = _LATIN_TAIL.search(text, max(at, floor), to)
        if tail is None:
            number += 1
            continue
        last, ahead = None, number
        for ahead in range(number + 1, len(labels)):
            end = _tld(text, *labels[ahead])
            last = (ahead, end) if end and end <= name.end else last
            if not _LATIN_ONLY.match(text, *labels[ahead]):
                break
        if last is None:
            number = ahead  # whatever begins before it meets the same end
            continue
        found.append((tail.start(), last[1]))
        number, floor = last
    return found


def _is_sendable(text: str, start: int, end: int, length: int) -> bool:
    """Whether the name can be asked of the internet at all: each label at most 63 letters as it is coded."""
    if length > _LONGEST_LINK:
        return False
    for label in text[start:end].split("."):
        if len(label) > _LONGEST_LABEL:
            return False
        if not label.isascii():
            try:
                label.encode("idna")
            except UnicodeError:
                return False
    return True
