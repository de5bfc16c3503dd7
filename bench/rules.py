"""A text of 500 words, judged against the rules of a house."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Mapping
from typing import Any

from bench.report import Figure, Report, percentile
from clarion.posts.house import COUNTRIES, DATA, SIGNS, Book, Entry, Passage

LETTERS = "abcdefghijklmnopqrstuvwxyzæøåäöüßéñ"
TEXTS = {
    "of plain letters": "the ferry to the island leaves at nine from the new quay and the library opens its doors",
    "with accents": "die Fähre zur Insel fährt um neun vom neuen Kai ab und die Bücherei öffnet am Samstag für alle",
    "in Cyrillic": "паром на остров отходит в девять от нового причала а библиотека открывает двери в субботу",
}
AND = " +47 69 17 45 00 https://halden.example/a"
"""What rules of personal data and of links look at."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--times", type=int, default=200)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    began = time.perf_counter()
    book = _book(given.rules)
    figures = [Figure("the rules, read and put together", (time.perf_counter() - began) * 1000, "ms")]
    for name, sentence in TEXTS.items():
        words = sentence.split()
        passages = [Passage(" ".join((words * (500 // len(words) + 1))[:494]) + AND)]
        took = []
        for _time in range(given.times + 5):
            clock = time.perf_counter()
            book.look(passages)
            took.append((time.perf_counter() - clock) * 1000)
        must = 2 if name == "of plain letters" else None
        figures.append(Figure(f"a text {name} p50", percentile(took[5:], 0.5) or 0, "ms", must=must))
        figures.append(Figure(f"a text {name} p95", percentile(took[5:], 0.95) or 0, "ms"))
    return Report(
        "rules", "a text of 500 words, judged", {"rules": given.rules, "times": given.times}, figures,
        notes=[
            "Of 20 rules 15 are lists of 20 words and phrases, 3 patterns, 1 is of personal data, 1 of links. In"
            " other alphabets a text is read three times: as it is, and with look-alike letters taken for Latin ones."
        ],
        conditions=before,
    )  # fmt: skip


def _book(many: int) -> Book:
    chance = random.Random(7)  # noqa: S311  the same words each time

    def word() -> str:
        return "".join(chance.choices(LETTERS, k=chance.randint(4, 12)))

    entries = []
    for number in range(many):
        if number % 20 == 0:
            entries.append(Entry("personal", data=list(DATA), countries=list(COUNTRIES), allowed=["@halden.example"]))
        elif number % 20 == 1:
            entries.append(Entry("links", domains=[f"{word()}.example" for _ in range(50)], signs=list(SIGNS)))
        elif number % 20 < 5:
            entries.append(Entry("pattern", pattern=rf"\b{word()}-\d{{4}}/\d{{2}}\b"))
        else:
            lines = [f"{word()}*" if at % 5 == 0 else word() if at % 5 else f"{word()} {word()}" for at in range(20)]
            entries.append(Entry("words", words=lines))
    return Book(entries, region="NO")
