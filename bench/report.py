"""What a bench says: the machine, the parameters, the figures with what they must be."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Figure:
    """``must``: the most that it may be; None where nothing was promised."""

    name: str
    value: float | None
    unit: str = ""
    must: float | None = None

    @property
    def is_kept(self) -> bool | None:
        """None where nothing was promised."""
        return None if self.must is None else self.value is not None and self.value <= self.must

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "value": self.value, "unit": self.unit, "must": self.must, "kept": self.is_kept}


@dataclass(frozen=True)
class Report:
    name: str
    title: str
    parameters: Mapping[str, Any]
    figures: Sequence[Figure]
    notes: Sequence[str] = ()
    conditions: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "bench": self.name, "title": self.title, "conditions": dict(self.conditions),
            "parameters": dict(self.parameters), "figures": [figure.as_json() for figure in self.figures],
            "notes": list(self.notes),
        }  # fmt: skip

    def as_text(self) -> str:
        lines = [f"{self.name}: {self.title}", f"  {told(self.conditions)}", f"  {told(self.parameters)}"]
        wide = max((len(figure.name) for figure in self.figures), default=0)
        lines += [f"  {figure.name:<{wide}}  {shown(figure):>10}  {_kept(figure)}".rstrip() for figure in self.figures]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def as_markdown(self) -> str:
        lines = ["| figure | measured | must |", "|---|---|---|"]
        for figure in self.figures:
            must = "–" if figure.must is None else f"≤ {figure.must:g}{'' if figure.is_kept else ' (missed)'}"
            lines.append(f"| {figure.name} | {shown(figure)} | {must} |")
        lines += ["", f"Parameters: {told(self.parameters)}.", "", f"Conditions: {told(self.conditions)}."]
        return "\n".join([*lines, *(f"\n{note}" for note in self.notes)])


def shown(figure: Figure) -> str:
    if figure.value is None:
        return "not seen"
    number = f"{figure.value:.0f}" if float(figure.value).is_integer() else f"{figure.value:.3g}"
    return f"{number} {figure.unit}".strip()


def _kept(figure: Figure) -> str:
    return "" if figure.is_kept is None else f"must <= {figure.must:g}: {'kept' if figure.is_kept else 'MISSED'}"


def told(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())


def conditions() -> dict[str, Any]:
    """The machine at this moment. ``load`` is the average of the last minute, before the bench adds its own."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": len(os.sched_getaffinity(0)), "memory": f"{memory:.1f} GiB", "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "Python": platform.python_version(), "SQLite": sqlite3.sqlite_version,
        "on": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }  # fmt: skip


def percentile(values: Iterable[float], share: float) -> float | None:
    """The value that ``share`` (0 to 1) of them do not exceed; None without values."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None


def progress(sentence: str) -> None:
    """A line for whoever waits; never on standard output, which is the answer's."""
    sys.stderr.write(f"bench: {sentence}\n")
    sys.stderr.flush()


def write_into(page: Path, report: Report, *, key: str) -> None:
    """Puts the report between ``<!-- bench KEY -->`` and ``<!-- end -->`` of the page. Raises LookupError without."""
    text = page.read_text(encoding="utf-8")
    block = re.compile(rf"(<!-- bench {re.escape(key)} -->\n).*?(<!-- end -->)", re.DOTALL)
    changed, found = block.subn(lambda part: f"{part[1]}\n{report.as_markdown()}\n\n{part[2]}", text)
    if not found:
        raise LookupError(f"{page} has no place for the figures of {key}.")
    page.write_text(changed, encoding="utf-8")
