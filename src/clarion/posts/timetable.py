"""The timetable of a channel: the instants that its weekly slots give, in the zone of its workspace."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from clarion.channels.models import Channel

from .models import Blackout, DayOff, Level, Slot
from .when import resolve

AHEAD = timedelta(minutes=5)
"""A slot that is nearer than this is not offered any more: people need a moment."""
HORIZON = timedelta(days=366)
"""So far ahead a free slot is looked for."""


@dataclass(frozen=True)
class Timetable:
    """``slots`` are pairs of weekday (0 is Monday) and wall time; ``days_off`` are local days; ``closed`` are spans
    (from, to before) in which nothing may go out; ``categories`` are ids of those to which slots belong, by slot."""

    zone: ZoneInfo
    slots: tuple[tuple[int, time], ...]
    days_off: Collection[date] = field(default=frozenset())
    closed: Collection[tuple[datetime, datetime]] = ()
    categories: Mapping[tuple[int, time], Any] = field(default_factory=dict)

    def open_to(self, category: Any) -> Timetable:
        """The slots that a post of the category (an id, or None) may take: those of it; without such those of none."""
        own = self.only(category)
        return own if own.slots or category is None else self.only(None)

    def only(self, category: Any) -> Timetable:
        """The slots of the category alone; with None those that belong to none."""
        return replace(self, slots=tuple(one for one in self.slots if self.categories.get(one) == category))

    def category_at(self, at: datetime) -> Any:
        """The id of the category to which the slot at that instant belongs, or None."""
        local = at.astimezone(self.zone)
        return self.categories.get((local.weekday(), local.time().replace(second=0, microsecond=0)))

    def times(self, *, start: datetime, end: datetime) -> Iterator[datetime]:
        """Every slot from ``start`` (included) to before ``end``, in order, as aware UTC instants.

        Where clocks go forward, a time that does not exist moves on with them; where they go back, a time that exists
        twice is given once, the first time.
        """
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        given: datetime | None = None
        while self.slots and day <= last:
            if day not in self.days_off:
                for at in sorted(self._of(day)):
                    if start <= at < end and at != given and not any(a <= at < b for a, b in self.closed):
                        yield at
                        given = at
            day += timedelta(days=1)

    def _of(self, day: date) -> Iterator[datetime]:
        for weekday, wall in self.slots:
            if weekday == day.weekday():
                yield resolve(datetime.combine(day, wall), zone=self.zone).at


def timetables(channels: Iterable[Channel], *, zone: ZoneInfo, now: datetime) -> dict[Any, Timetable]:
    """The timetables of some channels of one workspace by channel id, in few queries. All have one; it may be empty."""
    some = list(channels)
    slots: dict[Any, list[tuple[int, time]]] = {channel.pk: [] for channel in some}
    belong: dict[Any, dict[tuple[int, time], Any]] = {channel.pk: {} for channel in some}
    rows = Slot.objects.filter(channel__in=some).values_list("channel_id", "weekday", "time", "category_id")
    for channel, weekday, wall, category in rows:
        slots[channel].append((weekday, wall))
        if category is not None:
            belong[channel][weekday, wall] = category
    off: dict[Any, set[date]] = {channel.pk: set() for channel in some}
    closed: dict[Any, list[tuple[datetime, datetime]]] = {channel.pk: [] for channel in some}
    if any(slots.values()):
        today = now.astimezone(zone).date()
        blocks = Blackout.objects.filter(
            workspace__in={channel.workspace_id for channel in some}, level=Level.BLOCK, until_day__gte=today
        )
        for block in blocks.prefetch_related("channels"):
            for key in closed.keys() & (block.channel_ids or closed.keys()):
                closed[key].append((block.starts_at(zone), block.ends_at(zone)))
        days = DayOff.objects.filter(workspace__in={channel.workspace_id for channel in some}, day__gte=today)
        for channel, day in days.values_list("channel_id", "day"):
            for key in off if channel is None else (channel,):
                if key in off:
                    off[key].add(day)
    return {
        key: Timetable(zone, tuple(slots[key]), frozenset(off[key]), tuple(closed[key]), belong[key]) for key in slots
    }
