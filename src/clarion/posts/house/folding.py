"""One reading of a text, whatever signs it is written with.

NFKC and case folding (Unicode Standard Annex 15; section 3.13), without what is invisible; and beside it the readings
in which letters of other alphabets stand for the Latin ones that they look like (a light form of UTS 39, section 4).
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import regex

_CLUSTER = regex.compile(r"\X")

# Default ignorable code points, and combining marks that no composed letter took: they only overlay.
_GONE = re.compile(
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u3164\ufeff\uffa0\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\U000e0000-\U000e0fff]+"
)
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+")
_SMALLS = (
    ("аеорсухіјѕԁһԛԝӏкոս", "aeopcyxijsdhqwlknu"),  # Cyrillic and Armenian
    ("αορντυχικ", "aopvtuxik"),  # Greek
    ("ɑɡıᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ", "agiabcdeghijklmnoprtuvwyz"),  # Latin of other kinds
)
_CAPITALS = (("АВЕЅІЈКМНОРСТУХ", "abesijkmhopctyx"), ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "abezhikmnoptyx"))


def _pairs(some: Iterable[tuple[str, str]]) -> dict[int, int]:
    return {ord(one): ord(other) for alike, latin in some for one, other in zip(alike, latin, strict=True)}


class _Table(dict[int, int]):
    """For ``str.translate``: what is not in it stays, and is found there the next time, for a miss is slow."""

    def __missing__(self, letter: int) -> int:
        self[letter] = letter
        return letter


_SMALL = _Table(_pairs(_SMALLS))
_LARGE = _Table(_pairs(_SMALLS + _CAPITALS))
_MIXED = regex.compile(r"[\p{Cyrillic}\p{Greek}\p{Armenian}" + "".join(alike for alike, _latin in _SMALLS) + "]")


def clean(text: str) -> str:
    """Composed, compatible forms in place of fancy ones, nothing invisible; capitals stay. Digits are 0 to 9."""
    if text.isascii():
        return text
    text = _seen(unicodedata.normalize("NFKC", _seen(text)))
    return "".join(_plain_digit(letter) for letter in text) if _OTHER_DIGIT.search(text) else text


_OTHER_DIGIT = regex.compile(r"[\p{Nd}--0-9]", regex.V1)


def _plain_digit(letter: str) -> str:
    return str(unicodedata.digit(letter)) if letter.isdecimal() else letter


def fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _seen(text)).casefold())
    return _MARKS.sub("", _seen(text))


def _seen(text: str) -> str:
    return _GONE.sub("", text)


def small(text: str) -> str:
    """With Latin letters in place of small ones that look like them."""
    return unicodedata.normalize("NFKC", fold(text).translate(_SMALL))


def large(text: str) -> str:
    """The same, asked of capitals as well: what looks like one as a capital need not as a small letter."""
    text = text if text.isascii() else unicodedata.normalize("NFKC", _seen(text))
    return fold(text.translate(_LARGE))


Reading = Callable[[str], str]


def readings(text: str) -> Iterator[tuple[Reading, str]]:
    """Every way in which the text can be read, with how it was made."""
    folded = fold(text)
    yield fold, folded
    if not text.isascii() and _MIXED.search(unicodedata.normalize("NFKC", text)):
        yield small, small(text)
        yield large, large(text)


def standing(text: str, made: Reading, *, start: int, end: int) -> tuple[int, int]:
    """Where in ``text`` the signs ``start`` to ``end`` of ``made(text)`` stand; all of it where that cannot be told."""
    if text.isascii():
        return start, end
    origins = _origins(text, made)
    if origins is None:
        return 0, len(text)
    return origins[0][start], origins[1][end - 1]


@lru_cache(maxsize=4)
def _origins(text: str, made: Reading) -> tuple[Sequence[int], Sequence[int]] | None:
    """For each sign of the reading where its cluster begins in the text, and where it ends; None: it cannot be told."""
    whole = made(text)
    if len(whole) == len(text) == len(unicodedata.normalize("NFKC", text)) and not _GONE.search(text):
        return range(len(text)), range(1, len(text) + 1)  # sign by sign
    begins, ends = array("I"), array("I")
    for found in _CLUSTER.finditer(text):
        for _letter in _piece(made, found.group()):
            begins.append(found.start())
            ends.append(found.end())
    return (begins, ends) if len(begins) == len(whole) else None


@lru_cache(maxsize=4096)
def _piece(made: Reading, cluster: str) -> str:
    return made(cluster)
