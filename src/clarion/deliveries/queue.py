"""The queue of a channel: what took one of its slots, in order. A verb here is one transaction, and only one at a time
gives the slots of a channel: two people never get the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.deliveries.asking import ask_for_yes
from clarion.deliveries.models import Delivery, State
from clarion.organisations.models import Workspace
from clarion.posts.models import DayOff, Post
from clarion.posts.timetable import AHEAD, HORIZON, Timetable, timetables
from clarion.records.models import Event

WAITING = (State.SCHEDULED, State.HELD)
"""States in which a delivery still holds its slot."""


class NoFreeSlot(Exception):
    """A channel has no slot that is free; the sentence says which, and what to do."""


# --- asking -----------------------------------------------------------------------------------------------------------


def queued(channel: Channel, *, now: datetime) -> list[Delivery]:
    """What waits in the channel's queue, in the order of its slots."""
    rows = Delivery.objects.filter(channel=channel, slot_at__gt=now, state__in=WAITING)
    return list(rows.select_related("post", "channel", "workspace").order_by("slot_at", "id"))


def taken(channels: Iterable[Channel], *, since: datetime, until: datetime) -> dict[Any, set[datetime]]:
    """Instants, to the minute, at which something is due on each channel: its slots there are not free."""
    found: dict[Any, set[datetime]] = {channel.pk: set() for channel in channels}
    rows = Delivery.objects.filter(channel__in=list(found), due_at__gte=since, due_at__lt=until)
    for channel, at in rows.exclude(state=State.CANCELLED).values_list("channel_id", "due_at"):
        found[channel].add(at.replace(second=0, microsecond=0))
    return found


def free(timetable: Timetable, *, taken: Collection[datetime], now: datetime) -> Iterator[datetime]:
    """Free slots from a few minutes ahead on, for a year."""
    for at in timetable.times(start=now + AHEAD, end=now + HORIZON):
        if at not in taken:
            yield at


def next_slots(
    channels: Sequence[Channel], *, now: datetime, together: bool = False, category: Any = None
) -> dict[Any, datetime]:
    """The next free slot of each channel by its id, for a post of the ``category`` (an id); channels without one are
    left out.

    ``together``: the first instant at which all of them have a free slot, for all; nothing where there is none.
    """
    if not channels:
        return {}
    whole = timetables(channels, zone=channels[0].workspace.tz, now=now)
    tables = {key: table.open_to(category) for key, table in whole.items()}
    if not any(table.slots for table in tables.values()):
        return {}
    busy = taken(channels, since=now, until=now + HORIZON)
    opens = {key: free(table, taken=busy[key], now=now) for key, table in tables.items()}
    if not together:
        return {key: at for key, times in opens.items() if (at := next(times, None)) is not None}
    shared = set.intersection(*(set(times) for times in opens.values()))
    return dict.fromkeys(tables, min(shared)) if shared else {}


# --- verbs ------------------------------------------------------------------------------------------------------------


def enqueue(
    post: Post, *, channels: Sequence[Channel], by: Any, now: datetime, together: bool = False
) -> list[Delivery]:
    """Promises the post on each channel at its next free slot. Raises ``NoFreeSlot``; nothing is promised then."""
    with transaction.atomic():
        alone(channels)
        slots = next_slots(channels, now=now, together=together, category=post.category_id)
        for channel in channels:
            if channel.pk not in slots:
                raise NoFreeSlot(_no_slot(channel, together=together))
        made = []
        for channel in channels:
            made += Delivery.objects.schedule(
                post, channels=[channel], at=slots[channel.pk], by=by, now=now, slot_at=slots[channel.pk]
            )
    return made


def arrange(channel: Channel, *, order: Sequence[Any], by: Any, now: datetime) -> None:
    """Gives what waits in the queue its slots anew, in the ``order`` of these delivery ids.

    Ids that are not in the queue any more are passed over; those not named keep their order behind the named. A slot
    of a category goes to a post that holds such a slot now.
    """
    with transaction.atomic():
        alone([channel])
        waiting = queued(channel, now=now)
        known = {str(one.pk): one for one in waiting}
        named = [known.pop(str(pk)) for pk in dict.fromkeys(map(str, order)) if str(pk) in known]
        table = timetables([channel], zone=channel.workspace.tz, now=now)[channel.pk]
        slots: dict[Any, list[datetime]] = {}
        for one in waiting:
            slots.setdefault(table.category_at(_slot_of(one)), []).append(_slot_of(one))
        ordered = [*named, *known.values()]
        _give(ordered, [slots[table.category_at(_slot_of(one))].pop(0) for one in ordered], by=by, now=now)


def shuffled(channel: Channel, *, by: Any, now: datetime, random: Random) -> list[str]:
    """Mixes the queue; gives the ids in the order before, so that ``arrange`` can undo it."""
    before = [str(one.pk) for one in queued(channel, now=now)]
    order = list(before)
    random.shuffle(order)
    arrange(channel, order=order, by=by, now=now)
    return before


def pause_day(
    workspace: Workspace, *, day: Any, channel: Channel | None, by: Any, now: datetime, because: str = ""
) -> list[Delivery]:
    """Gives no slots on that local day. What was queued there moves on to the next free slots, in order.

    What finds no other slot is held, and says why.
    """
    channels = [channel] if channel else list(Channel.objects.for_posts().filter(workspace=workspace))
    moved = []
    with transaction.atomic():
        alone(channels)
        DayOff.objects.take(workspace=workspace, day=day, channel=channel, by=by, because=because)
        tables = timetables(channels, zone=workspace.tz, now=now)
        busy = taken(channels, since=now, until=now + HORIZON)
        for one in channels:
            for delivery in on_day(one, day=day, now=now):
                opens = free(tables[one.pk].open_to(delivery.post.category_id), taken=busy[one.pk], now=now)
                at = next((at for at in opens if at > delivery.due_at), None)
                busy[one.pk] |= {at} if at else set()
                if at is None:
                    delivery.hold(by=by, because=_no_slot(one, together=False), code="no_slot")
                else:
                    delivery.reschedule(at=at, by=by, now=now, because=because, slot_at=at)
                moved.append(delivery)
    return moved


def on_day(channel: Channel, *, day: Any, now: datetime) -> list[Delivery]:
    """What waits in the channel's queue on a local day."""
    zone = channel.workspace.tz
    return [
        one for one in queued(channel, now=now)
        if _slot_of(one).astimezone(zone).date() == day and one.state == State.SCHEDULED
    ]  # fmt: skip


# --- inside -----------------------------------------------------------------------------------------------------------


def alone(channels: Sequence[Channel]) -> None:
    """Holds the rows of the channels, in one order for all: who comes second waits. SQLite writes alone anyway."""
    list(Channel.objects.select_for_update().filter(pk__in=[one.pk for one in channels]).order_by("pk"))


def _give(some: Sequence[Delivery], slots: Sequence[datetime], *, by: Any, now: datetime) -> None:
    moving = [(one, at) for one, at in zip(some, slots, strict=True) if one.slot_at != at]
    # A slot is held once: all let go before each takes its new one.
    Delivery.objects.filter(pk__in=[one.pk for one, _at in moving]).update(slot_at=None)
    for one, at in moving:
        if one.state == State.HELD:
            Delivery.objects.filter(pk=one.pk).update(slot_at=at, due_at=at)
            Event.objects.write("delivery.rescheduled", subject=one, by=by, after={"due_at": at.isoformat()})
            ask_for_yes(one.post, by=by, now=now)
        else:
            one.reschedule(at=at, by=by, now=now, slot_at=at)


def _slot_of(delivery: Delivery) -> datetime:
    assert delivery.slot_at is not None, "asked only of what is queued"
    return delivery.slot_at


def _no_slot(channel: Channel, *, together: bool) -> str:
    if together:
        return _("These channels have no free slot in common. Choose a time, or let each take its own.")
    return _("%(channel)s has no free slot. Add slots to its queue, or choose a time.") % {"channel": channel}


__all__ = [
    "WAITING", "NoFreeSlot", "alone", "arrange", "enqueue", "free", "next_slots", "on_day", "pause_day", "queued",
    "shuffled", "taken",
]  # fmt: skip
