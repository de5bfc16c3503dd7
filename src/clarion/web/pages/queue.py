"""The queue of a channel: the coming slots, what took them, and the week that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from random import SystemRandom
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from clarion.approvals.progress import State as Asking
from clarion.channels.models import Channel
from clarion.deliveries.evergreen import Turn, plan
from clarion.deliveries.measuring import LEAST, Best, Hour, best_times
from clarion.deliveries.models import Delivery
from clarion.deliveries.progress import TooLate
from clarion.deliveries.queue import (
    arrange,
    next_slots,
    pause_day,
    queued,
    shuffled,
    taken,
)
from clarion.organisations.ids import is_id
from clarion.posts.models import Category, DayOff, Evergreen, Post, Slot
from clarion.posts.models.slot import TooManySlots
from clarion.posts.timetable import AHEAD, timetables
from clarion.posts.when import BadTime
from clarion.web.place import in_workspace, refuse
from clarion.web.questions import keeping, question

DAYS = 14
"""So many days of slots are shown; what is queued later follows them."""
PRESETS = {
    "office": (gettext_lazy("Weekdays at 9, 12 and 16"), range(5), (time(9), time(12), time(16))),
    "daily": (gettext_lazy("Every day at 10"), range(7), (time(10),)),
    "weekly": (gettext_lazy("Mondays at 9"), range(1), (time(9),)),
}
SALT = "queue.order"


@dataclass(frozen=True)
class Place:
    """One slot of the coming days. ``local`` is the wall time of the workspace, naive.

    ``delivery`` holds it; ``is_busy``: something else is due then, or it is too near to be given. ``category``: only
    its posts take it; ``turn``: what its pool says then if nothing else comes.
    """

    at: datetime
    local: datetime
    delivery: Delivery | None = None
    is_busy: bool = False
    category: Category | None = None
    turn: Turn | None = None


@dataclass(frozen=True)
class Day:
    date: date
    places: tuple[Place, ...]
    off: DayOff | None = None

    @property
    def is_used(self) -> bool:
        return any(place.delivery for place in self.places)


@require_safe
@in_workspace()
def queue(request: HttpRequest, channel: UUID | None = None) -> HttpResponse:
    return _page(request, _channel(request, channel) if channel else None)


@require_safe
@in_workspace("write")
def following(request: HttpRequest) -> HttpResponse:
    """What the composer's button says: when the next free slot of the chosen channels is."""
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    ids = [pk for pk in request.GET.getlist("channels") if is_id(pk)]
    channels = list(Channel.objects.for_posts().filter(workspace=workspace, pk__in=ids).select_related("workspace"))
    category = Category.objects.filter(workspace=workspace, pk=_id(request.GET.get("category", ""))).first()
    slots = next_slots(channels, now=now, category=category and category.pk)
    lacking = len(slots) < len(channels)
    at = None if lacking or not slots else min(slots.values())
    context = {"at": at, "soon": at and at.astimezone(workspace.tz).date() == now.astimezone(workspace.tz).date()}
    return render(request, "parts/composer_slot.html", context)


@require_safe
@in_workspace("write")
def best(request: HttpRequest) -> HttpResponse:
    """Good times for the chosen channels, by their own numbers, for the composer; empty where too little is known."""
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    ids = [pk for pk in request.GET.getlist("channels") if is_id(pk)][:20]
    channels = list(Channel.objects.for_posts().filter(workspace=workspace, pk__in=ids))
    found = [one for one in best_times(channels, zone=workspace.tz, now=now) if one.hours]
    return render(request, "parts/composer_best.html", {"bests": [good_times(one, workspace.tz, now) for one in found]})


@require_POST
@in_workspace("publish", somewhere=True)
def slots(request: HttpRequest, channel: UUID) -> HttpResponse:
    """Adds and removes times of the week, takes a preset, or copies the week to another channel."""
    one, by, do = _own(request, channel), request.user, request.POST.get("do", "")
    try:
        if do == "add":
            said = _added(one, request.POST, by=by)
        elif do == "remove":
            weekday, _colon, wall = request.POST.get("slot", "").partition(" ")
            gone = Slot.objects.withdraw(one, at=_times([weekday], wall), by=by)
            said = _("The slot is gone. What was queued keeps its time.") if gone else ""
        elif do == "copy":
            other = _own(request, request.POST.get("to", ""))
            count = Slot.objects.copy(one, to=other, by=by)
            said = ngettext("%(n)d slot is new on %(channel)s.", "%(n)d slots are new on %(channel)s.", count)
            said = said % {"n": count, "channel": other.handle}
        elif do in PRESETS:
            _word, weekdays, walls = PRESETS[do]
            count = Slot.objects.offer(one, at=[(day, wall) for day in weekdays for wall in walls], by=by)
            said = ngettext("%(n)d slot is new.", "%(n)d slots are new.", count) % {"n": count}
        else:
            said = ""
        if said:
            messages.success(request, said)
    except (TooManySlots, BadSlot) as error:
        messages.error(request, str(error))
    return redirect("queue_channel", one.workspace_id, one.pk)


class BadSlot(ValueError):
    """What was typed is no time of the week."""


def _added(channel: Channel, typed: QueryDict, *, by: Any) -> str:
    """New slots; those that were there belong to the category that was chosen, or to all posts."""
    at = _times(typed.getlist("weekday"), typed.get("time", ""))
    if not at:
        raise BadSlot(_("Choose at least one day, and a time such as 09:00."))
    chosen = _id(typed.get("category", ""))
    category = Category.objects.filter(workspace=channel.workspace_id, pk=chosen).first() if chosen else None
    with transaction.atomic():
        count = Slot.objects.offer(channel, at=at, by=by, category=category)
        devoted = Slot.objects.devote(channel, at=at, category=category, by=by) if "category" in typed else 0
    if count:
        return ngettext("%(n)d slot is new.", "%(n)d slots are new.", count) % {"n": count}
    if devoted and category is not None:
        sentence = ngettext(
            "%(n)d slot belongs to “%(category)s” now.", "%(n)d slots belong to “%(category)s” now.", devoted
        )
        return sentence % {"n": devoted, "category": category}
    if devoted:
        sentence = ngettext("%(n)d slot is for all posts now.", "%(n)d slots are for all posts now.", devoted)
        return sentence % {"n": devoted}
    return _("These slots were there already.")


def _times(weekdays: list[str], typed: str) -> list[tuple[int, time]]:
    try:
        wall = datetime.strptime(typed, "%H:%M").time()
    except ValueError:
        return []
    return [(int(day), wall) for day in dict.fromkeys(weekdays) if day in {"0", "1", "2", "3", "4", "5", "6"}]


@require_POST
@in_workspace("publish", somewhere=True)
def order(request: HttpRequest, channel: UUID) -> HttpResponse:
    """Moves one delivery in the queue, takes it out, mixes all, or puts the order back that was before."""
    one, by, now, do = _own(request, channel), request.user, timezone.now(), request.POST.get("do", "")
    waiting = [str(row.pk) for row in queued(one, now=now)]
    chosen = request.POST.get("delivery", "")
    try:
        if do == "shuffle":
            before = shuffled(one, by=by, now=now, random=SystemRandom())
            messages.success(request, _("The queue is mixed."))
            request.session[f"queue.{one.pk}"] = signing.dumps(before, salt=SALT)
        elif do == "undo":
            before = signing.loads(request.session.pop(f"queue.{one.pk}", ""), salt=SALT)
            arrange(one, order=before, by=by, now=now)
            messages.success(request, _("The order is as it was before."))
        elif chosen in waiting and do == "out":
            _take_out(chosen, by=by, now=now)
            messages.success(request, _("It is out of the queue, and a draft again. Its slot is free."))
        elif chosen in waiting:
            arrange(one, order=moved(waiting, chosen, do=do, to=request.POST.get("to", "")), by=by, now=now)
    except (TooLate, BadTime) as error:
        messages.error(request, str(error))
    except signing.BadSignature:
        messages.error(request, _("There is nothing to undo any more. Nothing was changed."))
    return redirect("queue_channel", one.workspace_id, one.pk)


def moved(waiting: list[str], chosen: str, *, do: str, to: str = "") -> list[str]:
    """The order after ``do``: first, earlier, later; or to the place that ``to`` has now."""
    at, rest = waiting.index(chosen), [pk for pk in waiting if pk != chosen]
    place = {"first": 0, "earlier": max(at - 1, 0), "later": at + 1}.get(do, at)
    if to in waiting:
        place = waiting.index(to)
    return [*rest[:place], chosen, *rest[place:]]


def _take_out(pk: str, *, by: Any, now: datetime) -> None:
    row = Delivery.objects.select_related("post", "channel", "workspace").get(pk=pk)
    row.cancel(by=by, now=now, because=_("taken out of the queue"))


@require_POST
@in_workspace("publish", somewhere=True)
def day(request: HttpRequest, channel: UUID) -> HttpResponse:
    """Pauses a day of the channel, or of all channels, or ends the pause."""
    one, by, now = _own(request, channel), request.user, timezone.now()
    workspace, chosen = request.member.workspace, _date(request.POST.get("day", ""))  # type: ignore[attr-defined]
    if chosen is None:
        messages.error(request, _("That is not a day. Nothing was changed."))
    elif request.POST.get("do") == "resume":
        if DayOff.objects.filter(workspace=workspace, day=chosen, channel=None).exists():
            _refuse_all(request)
        for off in DayOff.objects.filter(workspace=workspace, day=chosen, channel__in=[one]):
            off.end(by=by)
        for off in DayOff.objects.filter(workspace=workspace, day=chosen, channel=None):
            off.end(by=by)
        messages.success(request, _("The day gives its slots again. What had moved on stays where it is."))
    else:
        whole = request.POST.get("for") == "all"
        if whole:
            _refuse_all(request)
        because = request.POST.get("because", "").strip()[:200]
        some = pause_day(workspace, day=chosen, channel=None if whole else one, by=by, now=now, because=because)
        said = ngettext(
            "The day is paused. %(n)d post moved on to a later slot.",
            "The day is paused. %(n)d posts moved on to later slots.", len(some),
        )  # fmt: skip
        messages.success(request, said % {"n": len(some)} if some else _("The day is paused."))
    return redirect("queue_channel", one.workspace_id, one.pk)


# --- what the page shows ----------------------------------------------------------------------------------------------


def _page(request: HttpRequest, chosen: Channel | None) -> HttpResponse:
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    channels = list(Channel.objects.for_posts().filter(workspace=workspace).select_related("workspace"))
    counts = dict(_counts(channels, now=now))
    if chosen is None and channels:
        chosen = max(channels, key=lambda one: counts.get(one.pk, 0))
    context: dict[str, Any] = {"here": "queue", "channels": channels, "channel": chosen}
    context["tabs"] = [(one, counts.get(one.pk, 0)) for one in channels]
    if chosen is not None:
        days, later = _days(chosen, now=now)
        week = list(Slot.objects.filter(channel=chosen).select_related("category"))
        (numbers,) = best_times([chosen], zone=workspace.tz, now=now)
        context |= {
            "good": good_times(numbers, workspace.tz, now), "least": LEAST,
            "days": days, "later": later, "now": now, "presets": [(key, row[0]) for key, row in PRESETS.items()],
            "week": [(number, WEEKDAYS[number], [s for s in week if s.weekday == number]) for number in range(7)],
            "has_slots": bool(week), "others": [one for one in channels if one != chosen],
            "categories": list(Category.objects.filter(workspace=workspace)[:500]),
            "can_undo": f"queue.{chosen.pk}" in request.session, "waiting": counts.get(chosen.pk, 0),
        }  # fmt: skip
    return render(request, "queue.html", context)


def _counts(channels: list[Channel], *, now: datetime) -> Iterator[tuple[Any, int]]:
    rows = Delivery.objects.filter(channel__in=channels, slot_at__gt=now, state__in=("scheduled", "held"))
    for channel, some in groupby(sorted(rows.values_list("channel_id", flat=True))):
        yield channel, len(list(some))


@dataclass(frozen=True)
class GoodTimes:
    """The best hours of a channel, each with the next time that it comes: a wall time of the workspace, naive."""

    best: Best
    hours: tuple[tuple[Hour, datetime], ...]


def good_times(best: Best, zone: ZoneInfo, now: datetime) -> GoodTimes:
    return GoodTimes(best, tuple((hour, hour.next_after(now, zone=zone)) for hour in best.hours))


def _days(channel: Channel, *, now: datetime) -> tuple[list[Day], list[Delivery]]:
    """The coming days with their slots, and what is queued beyond them."""
    workspace, zone = channel.workspace, channel.workspace.tz
    end = now + timedelta(days=DAYS)
    waiting = {row.slot_at: row for row in _asked_about(queued(channel, now=now))}
    busy = taken([channel], since=now, until=end)[channel.pk]
    table = timetables([channel], zone=zone, now=now)[channel.pk]
    free = set(table.times(start=now, end=end))
    instants = sorted(free | {at for at in waiting if at is not None and at < end})
    offs = {
        off.day: off
        for off in DayOff.objects.filter(workspace=workspace, day__gte=now.astimezone(zone).date())
        if off.channel_id in (None, channel.pk)
    }
    categories = Category.objects.in_bulk(set(table.categories.values()))
    pools = set(
        Evergreen.objects.alive().filter(post__category__in=categories).values_list("post__category", flat=True)
    )
    turns = _turns(channel, [categories[pk] for pk in pools], now=now, until=end)
    places = [
        Place(
            at, at.astimezone(zone).replace(tzinfo=None), waiting.get(at),
            is_busy=at not in waiting and (at in busy or at < now + AHEAD),
            category=categories.get(table.category_at(at)), turn=turns.get(at),
        )
        for at in instants
    ]  # fmt: skip
    by_day = {key: tuple(some) for key, some in groupby(places, key=lambda place: place.local.date())}
    last = end.astimezone(zone).date()
    days = sorted(by_day.keys() | {key for key in offs if key <= last})
    later = [row for at, row in sorted(waiting.items(), key=lambda pair: str(pair[0])) if at and at >= end]
    return [Day(key, by_day.get(key, ()), offs.get(key)) for key in days], later


def _asked_about(rows: list[Any]) -> list[Any]:
    """With the state in which each is shown: what waits for its yes does not leave at its time."""
    asked = dict(Post.objects.filter(pk__in={row.post_id for row in rows}).values_list("pk", question()))
    for row in rows:
        row.shown, row.is_unapproved = keeping(row.state, asked[row.post_id]), asked[row.post_id] == Asking.GLASS
    return rows


def _turns(channel: Channel, categories: Iterable[Category], *, now: datetime, until: datetime) -> dict[datetime, Turn]:
    """What pools would say in the channel's free slots, by instant."""
    found: dict[datetime, Turn] = {}
    for category in categories:
        category.workspace = channel.workspace
        found |= {turn.at: turn for turn in plan(category, now=now, until=until, channels=[channel])}
    return found


def _channel(request: HttpRequest, pk: Any) -> Channel:
    rows = Channel.objects.for_posts().filter(workspace=request.member.workspace)  # type: ignore[attr-defined]
    return get_object_or_404(rows.select_related("workspace"), pk=pk if is_id(str(pk)) else None)


def _own(request: HttpRequest, pk: Any) -> Channel:
    """The channel, on which the person may publish."""
    found = _channel(request, pk)
    refuse(request.member, [found])  # type: ignore[attr-defined]
    return found


def _refuse_all(request: HttpRequest) -> None:
    """What holds on all channels takes the right on each of them."""
    member = request.member  # type: ignore[attr-defined]
    refuse(member, Channel.objects.connected().filter(workspace=member.workspace))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _id(text: str) -> str | None:
    """The text, if it is an id."""
    return text if is_id(text) else None
