"""A week or a day as a grid of time: hours downwards, days across, posts at their time and side by side.

On the days when clocks change, the hour that is missing is shown as missing, and the one that comes twice has two rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from html import escape
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from clarion.web.besides import Besides
from clarion.web.chips import Chips
from clarion.web.entries import Entry, Found, midnight, tally
from clarion.web.groups import Groups
from clarion.web.month import written_for

LANES, LANES_OF_A_DAY = 3, 8
"""So many posts stand side by side; of more, one less and the number of the rest."""
LENGTH = 45
"""Minutes that a post takes up in the drawing: as high as two lines of words."""
NIGHT = frozenset((*range(7), *range(20, 24)))
"""Hours that are drawn small when nothing stands in them."""
QUARTERS = (0, 15, 30, 45)
HOUR = timedelta(hours=1)

type Row = tuple[int, int]
"""An hour of the clock, and 1 when it is that hour for the second time."""


@dataclass(frozen=True)
class Column:
    date: date
    hours: SafeString
    is_past: bool
    is_today: bool
    is_empty: bool
    write: str
    besides: SafeString
    bars: SafeString

    @property
    def css(self) -> str:
        words = (("past", self.is_past), ("today", self.is_today), ("free", self.is_empty))
        return "".join(f" {word}" for word, holds in words if holds)


@dataclass(frozen=True)
class Week:
    """``rows``: the hours at the side, each with whether it is drawn small."""

    rows: tuple[tuple[Row, bool], ...]
    columns: tuple[Column, ...]
    total: int
    to_go: int


@dataclass(slots=True)
class _Place:
    """Where one post of a day stands, by its number: its row, its minute and its lane."""

    number: int
    row: Row
    minute: int
    lane: int


@dataclass
class _Lot:
    """Posts that overlap, one with the next: they share the width of their day. ``rest``: first minute and number of
    those for which there was no room, by row."""

    places: list[_Place] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    rest: dict[Row, list[int]] = field(default_factory=dict)


class Grid:
    """Draws a week. ``home``: the zone in which one writes, whatever zone is shown. ``lanes``: see ``LANES``. ``more``
    makes the address where the rest of a day is seen; ``write`` is the composer's, empty for who may not write."""

    def __init__(
        self, found: Found, *, now: datetime, chips: Chips, besides: Besides, home: ZoneInfo, lanes: int, more: str,
        write: str,
    ) -> None:  # fmt: skip
        self._found, self._zone, self._now, self._chips, self._besides = found, found.zone, now, chips, besides
        self._home, self._lanes, self._more, self._write = home, lanes, more, escape(write)

    def week(self, days: Sequence[date]) -> Week:
        rows = rows_of(days, self._zone)
        groups = {day: self._found.on(day) for day in days}
        lots = {day: self._placed(day, some, rows) for day, some in groups.items()}
        places = [(groups[day], place) for day, some in lots.items() for lot in some for place in lot.places]
        busy = _reached(rows, (place for _day, place in places))
        small = {row: row[0] in NIGHT and row not in busy for row in rows}
        longest = 60 if len(days) > 1 else 160
        entries = iter(self._found.entries((day[place.number] for day, place in places), longest=longest))
        bars = self._besides.bars(days)
        columns = tuple(self._column(day, some, entries, small, bars[day]) for day, some in lots.items())
        whole = self._found.between(midnight(days[0], self._zone), midnight(days[-1] + timedelta(days=1), self._zone))
        return Week(tuple(small.items()), columns, *tally(whole))

    def _placed(self, day: date, groups: Groups, rows: list[Row]) -> list[_Lot]:
        """Gives each post the first free lane; a lot with more than there are lanes keeps its last one for the rest."""
        above = {row: number for number, row in enumerate(rows)}
        clock = _clock(day, self._zone)
        lots: list[_Lot] = []
        until = 0
        for number, at in enumerate(groups.times):
            row, minute = clock(at)
            start = above[row] * 60 + minute
            if not lots or start >= until:
                lots.append(_Lot())
            ends = lots[-1].ends
            for lane, end in enumerate(ends):
                if end <= start:
                    ends[lane] = start + LENGTH
                    break
            else:
                lane = len(ends)
                if lane <= self._lanes:  # beyond it is the rest, whatever its lane
                    ends.append(start + LENGTH)
            until = max(until, start + LENGTH)
            lots[-1].places.append(_Place(number, row, minute, lane))
        for lot in lots:
            self._cut(lot)
        return lots

    def _cut(self, lot: _Lot) -> None:
        if len(lot.ends) <= self._lanes:
            return
        for place in lot.places:
            if place.lane >= self._lanes - 1:
                lot.rest.setdefault(place.row, [place.minute, 0])[1] += 1
        lot.places = [place for place in lot.places if place.lane < self._lanes - 1]
        lot.ends = lot.ends[: self._lanes]

    def _column(
        self, day: date, lots: list[_Lot], entries: Iterator[Entry], small: dict[Row, bool], bars: SafeString
    ) -> Column:
        drawn: dict[Row, list[str]] = {row: [] for row in small}
        words = escape(_("more at this time"))
        for lot in lots:
            of = f" of{len(lot.ends)}" if len(lot.ends) > 1 else ""
            for place in lot.places:
                where = f" {_minute(place.minute)}{of}{f' l{place.lane}' if place.lane else ''}"
                drawn[place.row].append(self._chips.chip(next(entries), more=where))
            for row, (minute, rest) in lot.rest.items():
                drawn[row].append(
                    f'<a class="more {_minute(minute)}{of} l{self._lanes - 1}" href="{self._more}&amp;day={day}">'
                    f'+{rest}<span class="unseen"> {words}</span></a>'
                )
        today = self._now.astimezone(self._zone)
        if day == today.date():
            line = f'<i class="now {_minute(today.minute)}" aria-hidden="true"></i>'
            drawn[(today.hour, today.fold)].append(line)
        hours = mark_safe("".join(self._hour(day, row, is_small, drawn[row]) for row, is_small in small.items()))  # noqa: S308  ours
        over = midnight(day + timedelta(days=1), self._zone) <= self._now.timestamp()
        write = "" if over else written_for(day, self._zone, self._home)
        return Column(day, hours, over, day == today.date(), not lots, write, self._besides.drawn(day), bars)

    def _hour(self, day: date, row: Row, is_small: bool, drawn: list[str]) -> str:
        """One hour of one day; where it has not passed, with a way to write for its beginning."""
        is_there, begins = exists(day, row, self._zone), _instant(day, row, self._zone)
        start = int(begins.timestamp())
        css = (" small" if is_small else "") + (self._besides.shade(start, start + 3600) if is_there else " void")
        slot = self._slot(begins) if self._write and is_there and begins + HOUR > self._now else ""
        fold = ' data-fold="1"' if row[1] else ""
        return f'<div class="hour{css}" data-hour="{row[0]}"{fold}>{slot}{"".join(drawn)}</div>'

    def _slot(self, begins: datetime) -> str:
        local = begins.astimezone(self._home)
        when = f"date={local.date()}&amp;time={local.hour:02}:{local.minute:02}"
        return f'<a class="slot" href="{self._write}?{when}" tabindex="-1" aria-hidden="true"></a>'


def _clock(day: date, zone: ZoneInfo) -> Callable[[int], tuple[Row, int]]:
    """What a clock shows on that day, row and minute, at an instant in seconds."""
    start = midnight(day, zone)

    def counted(at: int) -> tuple[Row, int]:
        hour, minute = divmod((at - start) // 60, 60)
        return (hour, 0), minute

    def asked(at: int) -> tuple[Row, int]:
        local = datetime.fromtimestamp(at, zone)
        return (local.hour, local.fold), local.minute

    # A week has thousands of posts, and few days on which the clock does not simply go on.
    return asked if _changes(day, zone) else counted


def _drawn(minute: int) -> int:
    """Where it stands within the hour, to five minutes."""
    return minute // 5 * 5


def _minute(minute: int) -> str:
    return f"m{_drawn(minute):02}"


def _reached(rows: list[Row], places: Iterable[_Place]) -> set[Row]:
    """The rows in which a post stands, and those into which one reaches from the row before."""
    below = dict(pairwise(rows))
    reached = set()
    for place in places:
        reached.add(place.row)
        if _drawn(place.minute) + LENGTH > 60 and place.row in below:
            reached.add(below[place.row])
    return reached


def _instant(day: date, row: Row, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, row[0], fold=row[1], tzinfo=zone).astimezone(UTC)


def rows_of(days: Sequence[date], zone: ZoneInfo) -> list[Row]:
    """The hours of all these days: 24, and those that come twice on one of them."""
    again = {(hour, 1) for day in days for hour in range(24) if _twice(day, hour, zone)}
    return sorted({(hour, 0) for hour in range(24)} | again)


def _twice(day: date, hour: int, zone: ZoneInfo) -> bool:
    return _changes(day, zone) and any(
        _offset(day, hour, minute, 0, zone) > _offset(day, hour, minute, 1, zone) for minute in QUARTERS
    )


def exists(day: date, row: Row, zone: ZoneInfo) -> bool:
    """Whether the clock shows this hour on that day at all."""
    hour, fold = row
    if fold:
        return _twice(day, hour, zone)
    # In a gap the offset before the change is smaller than the one after it.
    return not _changes(day, zone) or any(
        _offset(day, hour, minute, 0, zone) >= _offset(day, hour, minute, 1, zone) for minute in QUARTERS
    )


@lru_cache(maxsize=64)
def _changes(day: date, zone: ZoneInfo) -> bool:
    """Whether the clock is put forward or back on that day."""
    following = day + timedelta(days=1)
    return _offset(day, 0, 0, 0, zone) != _offset(following, 0, 0, 0, zone)


def _offset(day: date, hour: int, minute: int, fold: int, zone: ZoneInfo) -> timedelta:
    return datetime(day.year, day.month, day.day, hour, minute, fold=fold, tzinfo=zone).utcoffset() or timedelta(0)
