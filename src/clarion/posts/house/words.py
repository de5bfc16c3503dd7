"""Blocked words and phrases: as whole words, or with a star for any beginning or any ending."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import regex

from .folding import Reading, fold, large, readings, small

WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_BETWEEN = r"[^\p{L}\p{M}\p{N}]{1,3}"
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
"""Scripts that write without spaces between words: a word of them is found anywhere."""


class Vocabulary:
    """Many words of many rules, looked for together: the cost is that of the text, not that of the list.

    ``lines`` are pairs of a rule's number and a word or phrase.
    """

    def __init__(self, lines: Iterable[tuple[int, str]]) -> None:
        self._read: dict[Reading, _Index] = {made: _Index() for made in (fold, small, large)}
        for rule, line in lines:
            for made, index in self._read.items():
                index.add(rule, made(line.strip()))

    def find(self, text: str) -> Iterator[tuple[int, Reading, int, int]]:
        """The rule's number, the reading in which it is found, and where in that."""
        for made, read in readings(text):
            for rule, start, end in self._read[made].find(read):
                yield rule, made, start, end


class _Index:
    """One reading of the words. A phrase lies under its first word; what has a star under its first or last signs."""

    def __init__(self) -> None:
        self._whole: dict[str, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
        self._starts: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._ends: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._inside: list[tuple[str, int]] = []
        self._others: list[tuple[regex.Pattern[str], int]] = []

    def add(self, rule: int, line: str) -> None:
        bare = line.strip("*")
        words = tuple(WORD.findall(bare))
        opens, closes = line.startswith("*"), line.endswith("*")
        if not bare:
            return
        if _UNSPACED.search(bare) or (opens and closes and words == (bare,)):
            self._inside.append((bare, rule))
        elif words != (bare,) and not _is_phrase(bare):
            before = "" if opens or not WORD.match(bare[0]) else r"(?<![\p{L}\p{M}\p{N}])"
            after = "" if closes or not WORD.match(bare[-1]) else r"(?![\p{L}\p{M}\p{N}])"
            self._others.append((regex.compile(before + regex.escape(bare) + after), rule))
        elif not opens and not closes:
            self._whole[words[0]].append((words, rule))
        elif len(words) == 1:
            (self._ends if opens else self._starts)[bare[-2:] if opens else bare[:2]].append((bare, rule))
        else:
            before, after = "" if opens else r"(?<![\p{L}\p{M}\p{N}])", "" if closes else r"(?![\p{L}\p{M}\p{N}])"
            inside = _BETWEEN.join(map(regex.escape, words))
            self._others.append((regex.compile(before + inside + after), rule))

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        found: list[tuple[int, int, int]] = []  # the rule, its first word by number, its last
        whole, starts, ends, words = self._whole, self._starts, self._ends, WORD.findall(text)
        for number, word in enumerate(words):
            if word in whole:
                for wanted, rule in whole[word]:
                    last = number + len(wanted) - 1
                    if len(wanted) == 1 or tuple(words[number : last + 1]) == wanted:
                        found.append((rule, number, last))
            if starts and (known := starts.get(word[:2])):
                found += [(rule, number, number) for bare, rule in known if word.startswith(bare)]
            if ends and (known := ends.get(word[-2:])):
                found += [(rule, number, number) for bare, rule in known if word.endswith(bare)]
        if found:
            spans = [one.span() for one in WORD.finditer(text)]
            yield from ((rule, spans[first][0], spans[last][1]) for rule, first, last in found)
        for bare, rule in self._inside:
            at = text.find(bare)
            while at >= 0:
                yield rule, at, at + len(bare)
                at = text.find(bare, at + len(bare))
        for pattern, rule in self._others:
            yield from ((rule, *one.span()) for one in pattern.finditer(text))


def _is_phrase(bare: str) -> bool:
    """Words with nothing between them but spaces, hyphens and apostrophes."""
    return bool(regex.fullmatch(r"[\p{L}\p{M}\p{N}]+(?:[\s\-'’‐‑]+[\p{L}\p{M}\p{N}]+)*", bare))
