"""Evergreen posts: what the pool of a category says again in slots of the category that nothing else took.

Slots are given a day ahead, so that fresh posts come first and people still see what is coming. A slot of a channel is
held once, and a post that takes one has its key: whoever dies in between makes no second.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, prefetch_related_objects

from clarion.channels.models import Channel
from clarion.channels.rights import refused_later, said_later
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.queue import alone, taken
from clarion.deliveries.run import DUPLICATE
from clarion.posts.models import Category, Evergreen, Gated, InBlackout, Post, RightsEnded
from clarion.posts.timetable import AHEAD, timetables
from clarion.records.models import Event

BEFORE = timedelta(days=1)
"""So long before its time a slot that is still free is given to the pool."""
AGAIN = timedelta(minutes=15)
"""A pool is looked after so often."""

UNSAID = (State.CANCELLED, State.FAILED, State.MISSED)


@dataclass
class Told:
    """How often an evergreen post went out on one channel. ``first_at``: when it did so as itself, None: never;
    ``last_text``: the hash of the words of the last time; ``refused``: the network said that it had seen them before.
    """

    first_at: datetime | None = None
    used: int = 0
    last_at: datetime | None = None
    last_text: str = ""
    refused: bool = False
    keys: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Turn:
    """One slot and the evergreen post that has it by turns. ``number`` is that of its wording, 0 for its own words;
    ``last_at`` is when it was last said there."""

    at: datetime
    channel: Channel
    evergreen: Evergreen
    number: int
    last_at: datetime

    @property
    def wording(self) -> int:
        """Which of its wordings, from 1."""
        return self.number + 1


# --- asking -----------------------------------------------------------------------------------------------------------


def plan(
    category: Category, *, now: datetime, until: datetime, channels: Collection[Channel] | None = None
) -> list[Turn]:
    """What the pool would say in the free slots from now to before ``until`` if no fresh post took them, in order.

    The one that was said longest ago comes first.
    """
    if channels is None:
        rows = Channel.objects.for_posts().filter(workspace=category.workspace_id, sign_in_needed_at=None)
        channels = list(rows.filter(slots__category=category).distinct().select_related("workspace"))
    zone = category.workspace.tz
    opens = [
        (at, one)
        for one, table in _tables(category, channels, now=now)
        for at in table.times(start=now + AHEAD, end=until)
    ]
    if not opens:
        return []
    pool = list(Evergreen.objects.alive().filter(post__category=category).select_related("post__workspace"))
    prefetch_related_objects(pool, "post__variants")
    busy, histories = taken(channels, since=now, until=until), told(pool, channels)
    found = []
    for at, channel in sorted(opens, key=lambda pair: (pair[0], str(pair[1].pk))):
        if at in busy[channel.pk]:
            continue
        ready = [
            one for one in pool
            if _may(one, histories.get((one.pk, channel.pk)), at=at, day=at.astimezone(zone).date(), channel=channel)
        ]  # fmt: skip
        if ready:
            one = min(ready, key=lambda one: (histories[one.pk, channel.pk].last_at, one.begun_at))
            mine = histories[one.pk, channel.pk]
            assert mine.last_at is not None, "it may only go out again where it has been"
            number, text = _following(one, channel, after=mine.last_text)
            found.append(Turn(at, channel, one, number, mine.last_at))
            mine.used, mine.last_at, mine.last_text, mine.refused = mine.used + 1, at, text, False
    return found


def told(pool: Iterable[Evergreen], channels: Iterable[Channel]) -> dict[tuple[Any, Any], Told]:
    """By the ids of evergreen post and channel. What was not said is no use, but it is a last time."""
    pks = [one.pk for one in pool]
    found: dict[tuple[Any, Any], Told] = {}
    rows = Delivery.objects.filter(channel__in=list(channels))
    rows = rows.filter(Q(post__evergreen__in=pks) | Q(post__again_of__in=pks))
    rows = rows.annotate(first=F("post__evergreen")).order_by("due_at")
    names = ("channel_id", "state", "code", "due_at", "first", "post__again_of", "post__key", "text_sha256")
    for channel, state, code, at, first, again_of, key, text in rows.values_list(*names):
        mine = found.setdefault((again_of or first, channel), Told())
        if again_of is None:
            mine.first_at = at if state == State.PUBLISHED else None
            if state == State.CANCELLED:
                continue
        else:
            mine.used += state not in UNSAID
            mine.refused = state == State.FAILED and code.startswith(DUPLICATE)
            mine.keys.add(key or "")
        mine.last_at, mine.last_text = at, text
    return found


def _following(one: Evergreen, channel: Channel, *, after: str) -> tuple[int, str]:
    """The wording that has its turn after the one with this hash, and its own hash."""
    hashes = [one.words(channel, number=number).text_sha256 for number in range(one.wordings)]
    number = (hashes.index(after) + 1) % len(hashes) if after in hashes else len(hashes) > 1
    return int(number), hashes[number]


def _tables(category: Category, channels: Collection[Channel], *, now: datetime) -> list[tuple[Channel, Any]]:
    tables = timetables(channels, zone=category.workspace.tz, now=now)
    return [(one, tables[one.pk].only(category.pk)) for one in channels]


def _may(one: Evergreen, mine: Told | None, *, at: datetime, day: Any, channel: Channel) -> bool:
    """Where it is out itself, as often and as far apart as was said. A slot that a person refused is
    not tried again, nor are the only words there are where the network refused them."""
    return (
        mine is not None and mine.first_at is not None and mine.last_at is not None and mine.used < one.times
        and at >= mine.last_at + timedelta(days=one.rest_days) and (one.until is None or day <= one.until)
        and one.key_of(channel, at) not in mine.keys and not (mine.refused and one.wordings == 1)
    )  # fmt: skip


# --- doing ------------------------------------------------------------------------------------------------------------


def fill(category: Category, *, now: datetime, alive: Callable[[], None]) -> list[Post]:
    """Gives the slots of the coming day that are free to the pool. ``alive`` raises when the row is no longer ours."""
    made = []
    for turn in plan(category, now=now, until=now + BEFORE):
        alive()
        try:
            with transaction.atomic():
                if (post := _take(turn, now=now)) is not None:
                    made.append(post)
        except (IntegrityError, InBlackout):
            continue  # the slot, or the turn, is somebody else's by now; or nothing may go out then
        except (Gated, RightsEnded, NoRight) as why:
            turn.evergreen.pause(by=None, now=now, because=str(why))
    some = Evergreen.objects.alive().filter(post__category=category).exists()
    category.rest(wake_at=now + AGAIN if some else None)
    return made


class NoRight(Exception):
    """Who keeps it evergreen may no longer publish there."""


def _take(turn: Turn, *, now: datetime) -> Post | None:
    channel, at, one = turn.channel, turn.at, turn.evergreen
    if refused_later(one.by, [channel], workspace=channel.workspace):
        raise NoRight(said_later(one.by, [channel]))
    alone([channel])
    if at in taken([channel], since=at, until=at + timedelta(minutes=1))[channel.pk]:
        return None
    post = one.write(channel, at=at, number=turn.number)
    Delivery.objects.schedule(post, channels=[channel], at=at, by=one.by, now=now, slot_at=at)
    Event.objects.write("evergreen.came", subject=one, after={"post": str(post.pk), "at": at.isoformat()})
    return post
