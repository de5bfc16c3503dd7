"""How posts fare: networks are asked once a day for numbers of what is out, and the best times are read from them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery, Measure, Measuring, State
from clarion.networks.base import Draft, Part
from clarion.networks.words import Failure

log = logging.getLogger("clarion.deliveries")

EVERY = timedelta(days=1)
LOOKED_AT = timedelta(days=30)
"""What is older has its numbers: it is not asked for again."""
AT_ONCE, A_DAY = 10, 40
"""So many posts are asked for in one call, and on one day; those whose numbers are oldest come first."""

SPAN = timedelta(days=90)
LEAST = 20
"""Posts of one channel in ``SPAN``: of fewer nothing is said."""
LEAST_IN_AN_HOUR = 3
BEST = 3
MOST = 5000


# --- asking the networks ----------------------------------------------------------------------------------------------


def measure(measuring: Measuring, *, now: datetime, alive: Callable[[], None]) -> int:
    """Asks for the numbers of a channel; how many posts have some now. What the network refuses waits for tomorrow."""
    channel, count = measuring.channel, 0
    if "measure" not in channel.kind.abilities():
        Measuring.objects.filter(pk=measuring.pk).update(wake_at=None)
        return 0
    if channel.is_connected and not channel.needs_sign_in and not _costs(channel):
        network: Any = channel.speak()
        due = _due(channel, now=now)
        for at in range(0, len(due), AT_ONCE):
            some = {one.remote_id: one for one in due[at : at + AT_ONCE]}
            alive()
            try:
                readings = network.measure(list(some))
            except Failure:
                break
            except Exception:  # nothing was written there: a surprise in an answer waits for tomorrow as well
                log.exception("%s stumbled over its numbers", channel.network)
                break
            for remote_id, reading in readings.items():
                if remote_id in some:
                    Measure.objects.note(some[remote_id], reading, now=now)
                    count += 1
    Measuring.objects.filter(pk=measuring.pk).update(wake_at=now + EVERY)
    return count


def _due(channel: Channel, *, now: datetime) -> list[Delivery]:
    rows = Delivery.objects.filter(
        channel=channel, state=State.PUBLISHED, removed_at=None, published_at__gte=now - LOOKED_AT
    ).exclude(remote_id="")  # fmt: skip
    return list(rows.order_by(F("measure__taken_at").asc(nulls_first=True), "-published_at")[:A_DAY])


def _costs(channel: Channel) -> bool:
    """A network that takes money for calls is not asked unbidden."""
    return channel.price(Draft(parts=(Part("."),))) is not None


# --- best times -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hour:
    """An hour of the week (0 is Monday) and what posts in it brought: the middle of ``count`` of them."""

    weekday: int
    hour: int
    median: float
    count: int

    def next_after(self, now: datetime, *, zone: ZoneInfo) -> datetime:
        """Its next beginning, as a wall time of the zone, naive."""
        local = now.astimezone(zone).replace(tzinfo=None)
        found = local.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        found += timedelta(days=(self.weekday - local.weekday()) % 7)
        return found if found > local else found + timedelta(days=7)


@dataclass(frozen=True)
class Best:
    """The best hours of one channel by its own numbers. ``count``: from so many posts, and fewer than ``LEAST`` say
    nothing; ``median``: the middle of all of them."""

    channel: Channel
    hours: tuple[Hour, ...]
    count: int
    median: float

    @property
    def is_enough(self) -> bool:
        return self.count >= LEAST

    @property
    def days(self) -> int:
        return SPAN.days


def best_times(channels: Sequence[Channel], *, zone: ZoneInfo, now: datetime) -> list[Best]:
    """For each channel the hours of the week, in the zone, in which its posts were answered most: better than the
    middle of all its posts, and of some posts at least. In one question."""
    rows = Measure.objects.filter(channel__in=list(channels), published_at__gte=now - SPAN, answers__isnull=False)
    told: dict[Any, list[tuple[datetime, int]]] = {one.pk: [] for one in channels}
    for channel, at, answers in rows.order_by("-published_at").values_list("channel_id", "published_at", "answers")[
        :MOST
    ]:
        told[channel].append((at, answers))
    return [_best(one, told[one.pk], zone=zone) for one in channels]


def _best(channel: Channel, told: Iterable[tuple[datetime, int]], *, zone: ZoneInfo) -> Best:
    cells: dict[tuple[int, int], list[int]] = {}
    for at, answers in told:
        local = at.astimezone(zone)
        cells.setdefault((local.weekday(), local.hour), []).append(answers)
    everything = [answers for some in cells.values() for answers in some]
    middle = float(median(everything)) if everything else 0.0
    if len(everything) < LEAST:
        return Best(channel, (), len(everything), middle)
    hours = [
        Hour(weekday, hour, float(median(some)), len(some))
        for (weekday, hour), some in cells.items()
        if len(some) >= LEAST_IN_AN_HOUR and median(some) > middle
    ]
    hours.sort(key=lambda one: (-one.median, -one.count, one.weekday, one.hour))
    return Best(channel, tuple(hours[:BEST]), len(everything), middle)
