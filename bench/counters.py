"""Ten thousand drafts through every counter that a network may declare."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from random import Random
from typing import Any

from bench.report import Figure, Report
from clarion.networks.text import UNITS, count_text

SENTENCES = (
    "Am Samstag öffnet das Rathaus um zehn Uhr seine Türen.",
    "The library is closed on Monday; the one in the old town is open.",
    "Програма фестивалю: city.example/fest",
    "Straßenfest ab 18 Uhr 🎉👩‍👩‍👧‍👦 Eintritt frei!",
    "More at https://city.example/news/2026/summer-programme?lang=en#tickets and at www.city.de.",
    "市役所は土曜日も開いています。",
    "Thank you @press@city.example and @[City of Example](urn:li:organization:123) #council",
    "Ab morgen fährt die Linie 7 wieder – auch nachts. 🚋",
)


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--drafts", type=int, default=10_000)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    chance = Random(7)  # noqa: S311  the same drafts at every run
    drafts = [" ".join(chance.choices(SENTENCES, k=chance.randint(1, 6))) for _ in range(given.drafts)]
    seconds: dict[str, float] = {}
    for unit in UNITS:
        clock = time.perf_counter()
        for draft in drafts:
            count_text(draft, unit=unit)
        seconds[unit] = time.perf_counter() - clock
    figures = (
        Figure("all counters", sum(seconds.values()), "s", 2),
        *(Figure(unit, spent, "s") for unit, spent in seconds.items()),
    )
    letters = sum(map(len, drafts)) / max(len(drafts), 1)
    return Report(
        "counters", f"{given.drafts} drafts through {len(UNITS)} counters",
        {"drafts": given.drafts, "characters of a draft (mean)": round(letters)}, figures,
        notes=["Each counter counts each draft once; the first of a kind loads its tables within the time."],
        conditions=before,
    )  # fmt: skip
