"""What differs between texts, word by word: between two, and between two that began from a third.

A word is taken with the white space before it, so that nothing is lost when passages are put together again. Scripts
that write no spaces between words (Han, Kana, Thai, …) are compared letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# Han, Kana, Thai, Lao, Myanmar, Khmer
_DENSE = "\u2e80-\u9fff\uf900-\ufaff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\U00020000-\U0003ffff"
_WORD = re.compile(rf"\s*(?:[{_DENSE}]|(?:(?![{_DENSE}])\w)+(?:['’](?:(?![{_DENSE}])\w)+)*|[^\w\s]+)|\s+")
_LINE = re.compile(r"(?:[^\S\n]*\n\s*)?[^\n]*?(?=[^\S\n]*\n|\Z)")

MANY = 4_000
"""More words than this, and whole lines are compared first: time grows with the square."""
NEAR = 2
"""Passages with so few equal words between them are one passage to a reader."""


@dataclass(frozen=True)
class Piece:
    """``kind`` is ``same``, ``del`` (only in the old text) or ``ins`` (only in the new one)."""

    kind: str
    text: str


@dataclass(frozen=True)
class Passage:
    """A stretch of two texts. Where they agree ``mine == theirs``; ``by`` says who changed it: ``mine``, ``theirs`` or
    ``both``; empty where they agree."""

    mine: str
    theirs: str
    by: str = ""

    @property
    def is_same(self) -> bool:
        return self.mine == self.theirs


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def pieces(old: str, new: str) -> list[Piece]:
    """The way from one text to the other. The texts of ``same`` and ``ins`` together are ``new``."""
    a, b, found = words(old), words(new), []
    for i, j, k, m, is_same in _stretches(a, b):
        if is_same:
            found.append(Piece("same", "".join(a[i:j])))
            continue
        if j > i:
            found.append(Piece("del", "".join(a[i:j])))
        if m > k:
            found.append(Piece("ins", "".join(b[k:m])))
    return found


def passages(mine: str, theirs: str, *, base: str | None = None) -> list[Passage]:
    """Two texts side by side. ``base`` is what both began from: then it is known who changed what."""
    if base is None:
        base = theirs
    b, m, t = words(base), words(mine), words(theirs)
    found: list[Passage] = []
    for kept, own, other, is_stable in _chunks(b, m, t):
        texts = "".join(kept), "".join(own), "".join(other)
        if is_stable or texts[1] == texts[2]:
            found.append(Passage(texts[1], texts[2]))
        else:
            by = "theirs" if texts[0] == texts[1] else "mine" if texts[0] == texts[2] else "both"
            found += _trimmed(own, other, by)
    return list(_gathered(found))


def joined(found: Sequence[Passage], choices: Sequence[str]) -> str:
    """One text of all passages. ``choices`` are those for the passages that differ, in order: ``mine``, ``theirs`` or
    ``both`` (theirs, then mine); where one is missing, who changed it is believed, and two changes stand both."""
    chosen, told = iter(choices), []
    for one in found:
        if one.is_same:
            told.append(one.mine)
            continue
        choice = next(chosen, "") or one.by
        if choice == "both":
            is_apart = not one.theirs or not one.mine or one.theirs[-1].isspace() or one.mine[0].isspace()
            gap = "" if is_apart else " "
            told.append(one.theirs + gap + one.mine)
        else:
            told.append(one.theirs if choice == "theirs" else one.mine)
    return "".join(told)


# -- the comparing


def _stretches(a: Sequence[str], b: Sequence[str]) -> Iterator[tuple[int, int, int, int, bool]]:
    """``a[i:j]`` against ``b[k:m]``, in order, and whether they are equal."""
    i = k = 0
    for block in _matches(a, b):
        if block[0] > i or block[1] > k:
            yield i, block[0], k, block[1], False
        if block[2]:
            yield block[0], block[0] + block[2], block[1], block[1] + block[2], True
        i, k = block[0] + block[2], block[1] + block[2]


def _matches(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int]]:
    """Equal runs ``(in a, in b, how long)`` in order, the last one empty at the ends. What is equal at both ends is
    taken off first: people change a little in the middle."""
    start, end = 0, 0
    least = min(len(a), len(b))
    while start < least and a[start] == b[start]:
        start += 1
    while end < least - start and a[-1 - end] == b[-1 - end]:
        end += 1
    found = [(0, 0, start)] if start else []
    inner = a[start : len(a) - end], b[start : len(b) - end]
    look = _by_lines if max(map(len, inner)) > MANY else _by_words
    found += [(i + start, k + start, n) for i, k, n in look(*inner) if n]
    if end:
        found.append((len(a) - end, len(b) - end, end))
    return [*found, (len(a), len(b), 0)]


def _by_words(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int]]:
    return [tuple(one) for one in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()]


def _by_lines(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int]]:
    """Equal lines of very long texts; what stands between them is a change as a whole."""
    lines = [[line for line in _LINE.findall("".join(some)) if line] for some in (a, b)]
    counts = [[len(words(line)) for line in some] for some in lines]
    starts = [[sum_ - n for sum_, n in zip(_sums(some), some, strict=True)] for some in counts]
    if [sum(some) for some in counts] != [len(a), len(b)]:  # white space over a line's end: one word, two lines
        return []
    blocks = SequenceMatcher(None, *lines, autojunk=True).get_matching_blocks()
    return [
        (starts[0][i], starts[1][k], sum(counts[0][i : i + n])) for i, k, n in blocks if n
    ]  # fmt: skip


def _sums(numbers: Sequence[int]) -> list[int]:
    total, found = 0, []
    for number in numbers:
        total += number
        found.append(total)
    return found


def _chunks(
    base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[Sequence[str], Sequence[str], Sequence[str], bool]]:
    """The three texts cut where all agree: words of each, and whether they are the same in all."""
    in_mine, in_theirs = (
        {i + n: k + n for i, k, count in _matches(base, other) for n in range(count)} for other in (mine, theirs)
    )
    at = own = other = 0
    index = 0
    while index <= len(base):
        is_end = index == len(base)
        if is_end or (index in in_mine and index in in_theirs):
            k, m = (len(mine), len(theirs)) if is_end else (in_mine[index], in_theirs[index])
            if index > at or k > own or m > other:
                yield base[at:index], mine[own:k], theirs[other:m], False
            if is_end:
                return
            run = 1
            while in_mine.get(index + run) == k + run and in_theirs.get(index + run) == m + run:
                run += 1
            yield base[index : index + run], mine[k : k + run], theirs[m : m + run], True
            at, own, other = index + run, k + run, m + run
            index = at
        else:
            index += 1


def _trimmed(mine: Sequence[str], theirs: Sequence[str], by: str) -> list[Passage]:
    """A passage without what both wrote alike at its beginning and its end."""
    least = min(len(mine), len(theirs))
    start = next((n for n in range(least) if mine[n] != theirs[n]), least)
    end = next((n for n in range(least - start) if mine[-1 - n] != theirs[-1 - n]), least - start)
    ends = len(mine) - end, len(theirs) - end
    head, tail = "".join(mine[:start]), "".join(mine[ends[0] :])
    middle = Passage("".join(mine[start : ends[0]]), "".join(theirs[start : ends[1]]), by)
    return [one for one in (Passage(head, head), middle, Passage(tail, tail)) if one.mine or one.theirs]


def _gathered(found: Sequence[Passage]) -> Iterator[Passage]:
    """Neighbours that agree become one; changes with only a word or two between them as well."""
    held: list[Passage] = []
    for one in found:
        if one.is_same and held and held[-1].is_same:
            held[-1] = Passage(held[-1].mine + one.mine, held[-1].theirs + one.theirs)
        elif not one.is_same and len(held) >= 2 and held[-1].is_same and len(words(held[-1].mine)) <= NEAR:
            between, before = held.pop(), held.pop()
            by = before.by if before.by == one.by else "both"
            held.append(
                Passage(
                    before.mine + between.mine + one.mine, before.theirs + between.theirs + one.theirs, by
                )
            )  # fmt: skip
        else:
            held.append(one)
    yield from held
