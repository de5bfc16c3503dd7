"""The month of a calendar: its weeks, and of each day the first posts and the number of the rest."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString, mark_safe

from clarion.web.besides import Besides
from clarion.web.chips import Chips
from clarion.web.entries import Entry, Found, midnight, tally

CHIPS = 4
"""So many posts of a day are drawn; of more, one less and a number that leads to the day."""


@dataclass(frozen=True)
class Day:
    date: date
    entries: tuple[Entry, ...]
    more: int
    chips: SafeString
    besides: SafeString
    bars: SafeString
    shade: str
    write: str
    in_month: bool = True
    is_past: bool = False
    is_today: bool = False

    @property
    def css(self) -> str:
        words = [
            ("past", self.is_past),
            ("today", self.is_today),
            ("other", not self.in_month),
            ("free", not (self.entries or self.besides)),
        ]
        return " ".join(word for word, holds in words if holds) + self.shade


@dataclass(frozen=True)
class Month:
    first: date
    days: tuple[Day, ...]
    total: int
    to_go: int
    is_cut: bool = False

    @cached_property
    def previous(self) -> str:
        return f"{self.first - timedelta(days=1):%Y-%m}"

    @cached_property
    def following(self) -> str:
        return f"{self.first + timedelta(days=32):%Y-%m}"


def days_of(first: date, *, starts_on: int = 0) -> list[date]:
    """The days of the weeks that hold the month of ``first``. ``starts_on``: the first day of a week, 0 is Monday."""
    weeks = calendar.Calendar(starts_on).monthdatescalendar(first.year, first.month)
    return [day for week in weeks for day in week]


def written_for(day: date, zone: ZoneInfo, home: ZoneInfo) -> str:
    """The end of the composer's address for a day; where another zone is shown, for nine o'clock of it there."""
    if zone.key == home.key:
        return f"date={day}"
    local = datetime(day.year, day.month, day.day, 9, tzinfo=zone).astimezone(home)
    return f"date={local:%Y-%m-%d}&time={local:%H:%M}"


def month(
    found: Found, *, first: date, days: list[date], today: date, chips: Chips, besides: Besides, home: ZoneInfo
) -> Month:
    """The month of ``first`` out of what was found on ``days``. ``home``: the zone in which one writes."""
    bars = {day: bar for n in range(0, len(days), 7) for day, bar in besides.bars(days[n : n + 7]).items()}
    groups = {day: found.on(day) for day in days}
    shown = {day: some if len(some) <= CHIPS else some[: CHIPS - 1] for day, some in groups.items()}
    entries = iter(found.entries(group for some in shown.values() for group in some))
    made = []
    for day, some in shown.items():
        mine = tuple(next(entries) for _group in some)
        drawn = mark_safe("".join(chips.chip(entry) for entry in mine))  # noqa: S308  chips are safe
        made.append(Day(
            day, mine, len(groups[day]) - len(mine), drawn, besides.drawn(day), bars[day], besides.shade_of(day),
            "" if day < today else written_for(day, found.zone, home), day.month == first.month, day < today,
            day == today,
        ))  # fmt: skip
    following = (first + timedelta(days=32)).replace(day=1)
    inside = found.between(midnight(first, found.zone), midnight(following, found.zone))
    return Month(first, tuple(made), *tally(inside), found.is_cut)
