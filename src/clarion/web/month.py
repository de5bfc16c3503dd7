"""The month of a calendar: its weeks, and of each day the first posts and the number of the rest."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from itertools import islice
from zoneinfo import ZoneInfo

from django.utils.formats import localize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from clarion.organisations.dates import written
from clarion.web.besides import Besides
from clarion.web.chips import Chips
from clarion.web.entries import Entry, Found, midnight, tally
from clarion.web.icons import icon

CHIPS = 4
"""So many posts of a day are drawn; of more, one less and a number that leads to the day."""


@dataclass(frozen=True)
class Month:
    """``names``: of the days of a week, short. ``cells``: its days, drawn."""

    first: date
    names: tuple[str, ...]
    cells: SafeString
    total: int
    to_go: int
    is_cut: bool = False


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


class Cells:
    """Draws the days of one page, by hand as its chips. ``write``: the composer's address, empty for who may not write.
    ``query``: what is wanted, behind the address of a day. ``home``: the zone in which one writes."""

    def __init__(
        self, days: Sequence[date], *, first: date, today: date, chips: Chips, besides: Besides, zone: ZoneInfo,
        home: ZoneInfo, write: str, query: str,
    ) -> None:  # fmt: skip
        self._first, self._today, self._chips, self._besides = first, today, chips, besides
        self._zone, self._home, self._write, self._query = zone, home, escape(write), escape(query)
        weeks = [days[n : n + 7] for n in range(0, len(days), 7)]
        self._bars = {day: bar for week in weeks for day, bar in besides.bars(week).items()}
        # Words are looked up once a page.
        self._weekdays = {day.weekday(): written(day, "l") for day in days[:7]}
        self._months = {day.month: written(day, "M") for week in weeks for day in (week[0], week[-1])}
        self._invites, self._rest = _("Write for %(date)s"), _("%(n)s more")

    def cell(self, day: date, entries: Sequence[Entry], more: int) -> str:
        """One day with its first posts. ``more``: how many others it has."""
        besides, name = self._besides.drawn(day), written(day, "j F")
        words = (
            ("past", day < self._today), ("today", day == self._today), ("other", not self._is_inside(day)),
            ("free", not (entries or besides)),
        )  # fmt: skip
        css = " ".join(word for word, holds in words if holds) + self._besides.shade_of(day)
        current = ' aria-current="date"' if day == self._today else ""
        return (
            f'<div class="{css}" data-day="{day}">{self._invitation(day, name)}\n'
            f'<h2 class="day"{current}><span class="weekday">{self._weekdays[day.weekday()]} </span>{day.day}'
            f'<span class="{"unseen" if self._is_inside(day) else ""}"> {self._months[day.month]}</span></h2>\n'
            f"{self._bars[day]}{besides}{''.join(map(self._chips.chip, entries))}"
            f"{self._others(day, name, more) if more else ''}</div>\n"
        )

    def _is_inside(self, day: date) -> bool:
        return day.month == self._first.month

    def _invitation(self, day: date, name: str) -> str:
        if not self._write or day < self._today:
            return ""
        address = f"{self._write}?{escape(written_for(day, self._zone, self._home))}"
        label = escape(self._invites % {"date": name})
        return f'<a class="open" href="{address}" aria-label="{label}">{icon("plus", "small")}</a>'

    def _others(self, day: date, name: str, number: int) -> str:
        words = escape(self._rest % {"n": localize(number)})
        address = f"?view=day&amp;day={day}{self._query}"
        return f'<a class="more" href="{address}">{words}<span class="unseen"> {escape(name)}</span></a>'


def month(found: Found, cells: Cells, *, first: date, days: Sequence[date]) -> Month:
    """The month of ``first`` out of what was found on ``days``."""
    groups = {day: found.on(day) for day in days}
    shown = {day: some if len(some) <= CHIPS else some[: CHIPS - 1] for day, some in groups.items()}
    entries = iter(found.entries(group for some in shown.values() for group in some))
    drawn = [
        cells.cell(day, list(islice(entries, len(some))), len(groups[day]) - len(some)) for day, some in shown.items()
    ]
    following = (first + timedelta(days=32)).replace(day=1)
    inside = found.between(midnight(first, found.zone), midnight(following, found.zone))
    names = tuple(written(day, "D") for day in days[:7])
    return Month(first, names, mark_safe("".join(drawn)), *tally(inside), found.is_cut)  # noqa: S308  cells are safe
