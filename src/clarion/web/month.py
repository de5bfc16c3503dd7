"""The calendar: what is due in a month, a day, or from a day on. Plain values, few queries, chips made by hand.

A month may hold thousands of deliveries: light columns of all are read, the words only of what is shown.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Substr
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import NEEDS_A_PERSON
from clarion.organisations.models import Workspace
from clarion.posts.models import Post
from clarion.web import icons, states

type Networks = Mapping[UUID, str]
"""Names of networks by channel."""

CHIPS = 4
"""So many posts of a day are drawn in the month; the rest is a number that leads to the day."""
MARKS = 3
MOST = 20_000
"""So many deliveries are read for one month; beyond it the page says so."""
FILTERS: dict[str, tuple[str, ...]] = {
    "scheduled": (State.SCHEDULED, State.PUBLISHING),
    "published": (State.PUBLISHED,),
    "needs": NEEDS_A_PERSON,
    "draft": (),
}
"""States by the words of the filter; drafts have no delivery."""


@dataclass(frozen=True)
class Wanted:
    """What the person wants to see: one channel, one label, one kind of state; empty means all."""

    channel: str = ""
    label: str = ""
    state: str = ""

    @property
    def query(self) -> str:
        return "".join(f"&{name}={value}" for name, value in vars(self).items() if value)


@dataclass(frozen=True)
class Entry:
    """One post at one local time, on the channels ``networks``. ``state`` speaks for all of them."""

    at: datetime
    post: UUID
    state: str
    networks: tuple[str, ...]
    text: str = ""


@dataclass(frozen=True)
class Day:
    date: date
    entries: tuple[Entry, ...]
    workspace: UUID
    in_month: bool = True
    is_past: bool = False
    is_today: bool = False

    @property
    def shown(self) -> tuple[Entry, ...]:
        return self.entries if len(self.entries) <= CHIPS else self.entries[: CHIPS - 1]

    @property
    def more(self) -> int:
        return len(self.entries) - len(self.shown)

    @property
    def css(self) -> str:
        words = [
            ("past", self.is_past),
            ("today", self.is_today),
            ("other", not self.in_month),
            ("empty", not self.entries),
        ]
        return " ".join(word for word, holds in words if holds)

    @property
    def chips(self) -> SafeString:
        return format_html_join("", "{}", ((chip(entry, workspace=self.workspace),) for entry in self.shown))


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


def month(
    workspace: Workspace, *, first: date, wanted: Wanted, now: datetime, networks: Networks, starts_on: int = 0
) -> Month:  # fmt: skip
    """The weeks that hold the month of ``first``. ``starts_on``: the first day of a week, 0 is Monday."""
    weeks = calendar.Calendar(starts_on).monthdatescalendar(first.year, first.month)
    days = [day for week in weeks for day in week]
    found, is_cut = entries(
        workspace, start=days[0], end=days[-1] + timedelta(days=1), wanted=wanted, networks=networks
    )
    today = now.astimezone(workspace.tz).date()
    by_day = {day: list(some) for day, some in groupby(found, key=lambda entry: entry.at.date())}
    texts = texts_of(entry for some in by_day.values() for entry in some[:CHIPS])
    made = tuple(
        Day(
            day, tuple(replace(entry, text=texts.get(entry.post, "")) for entry in by_day.get(day, ())[:CHIPS])
            + tuple(by_day.get(day, ())[CHIPS:]),
            workspace.pk, day.month == first.month, day < today, day == today,
        )
        for day in days
    )  # fmt: skip
    inside = [entry for entry in found if entry.at.month == first.month and entry.at.year == first.year]
    to_go = sum(entry.state in FILTERS["scheduled"] for entry in inside)
    return Month(first, made, len(inside), to_go, is_cut)


def entries(
    workspace: Workspace, *, start: date, end: date, wanted: Wanted, networks: Networks
) -> tuple[list[Entry], bool]:  # fmt: skip
    """Posts due on, or meant for, local days from ``start`` to before ``end``, in order; and whether any lack."""
    zone = workspace.tz
    begin, close = _midnight(start, zone), _midnight(end, zone)
    rows = [] if wanted.state == "draft" else _promised(workspace, begin, close, wanted)
    found = []
    for (at, post), some in groupby(rows, key=lambda row: row[:2]):
        together = list(some)
        found.append(Entry(
            at.astimezone(zone), post, states.worst(row[3] for row in together),
            tuple(networks[row[2]] for row in together),
        ))  # fmt: skip
    if wanted.state in ("", "draft"):
        found += [Entry(at.astimezone(zone), post, "draft", ()) for post, at in _meant(workspace, begin, close, wanted)]
        found.sort(key=lambda entry: entry.at)
    return found, len(rows) >= MOST


def _promised(workspace: Workspace, begin: datetime, close: datetime, wanted: Wanted) -> Sequence[Any]:
    rows = Delivery.objects.filter(workspace=workspace, due_at__gte=begin, due_at__lt=close)
    if wanted.state in FILTERS:
        rows = rows.filter(state__in=FILTERS[wanted.state])
    else:
        rows = rows.exclude(state=State.CANCELLED)
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    if wanted.label:
        rows = rows.filter(post__labels=wanted.label)
    return list(rows.order_by("due_at", "post_id", "id").values_list("due_at", "post_id", "channel_id", "state")[:MOST])


def _meant(workspace: Workspace, begin: datetime, close: datetime, wanted: Wanted) -> Iterable[Any]:
    promised = Delivery.objects.filter(post=OuterRef("pk")).exclude(state=State.CANCELLED)
    rows = (
        Post.objects.kept()
        .filter(workspace=workspace, wanted_at__gte=begin, wanted_at__lt=close)
        .exclude(Exists(promised))
    )
    if wanted.channel:
        rows = rows.filter(channels=wanted.channel)
    if wanted.label:
        rows = rows.filter(labels=wanted.label)
    return rows.order_by("wanted_at").values_list("pk", "wanted_at")[:MOST]


def texts_of(some: Iterable[Entry], *, longest: int = 60) -> dict[UUID, str]:
    """The first words of these posts, at most ``longest`` characters: the page cuts them with dots."""
    head = Substr(F("text"), 1, longest * 2)
    rows = Post.objects.filter(pk__in={entry.post for entry in some}).annotate(head=head)
    return {pk: " ".join(head.split())[:longest] or _("(no text)") for pk, head in rows.values_list("pk", "head")}


def chip(entry: Entry, *, workspace: UUID) -> SafeString:
    """One post in the grid: made by hand, because a month has many and a template would cost more than the queries."""
    found = states.shown(entry.state)
    picture = (
        ""
        if entry.state == State.SCHEDULED
        else format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>', found.icon)
    )
    shown = MARKS if len(entry.networks) <= MARKS else MARKS - 1  # of many, some and the number of the rest
    marks = format_html_join(
        "",
        '<svg class="mark" aria-hidden="true"><use href="#n-{}"/></svg>',
        ((name,) for name in entry.networks[:shown]),
    )
    more = f"+{len(entry.networks) - shown}" if len(entry.networks) > shown else ""
    return format_html(
        '<a class="chip {}" href="{}"><time>{}</time>{}{}{}<i class="unseen">{}</i><span>{}</span></a>',
        found.hue, _address(workspace, entry.post), f"{entry.at:%H:%M}", picture, marks, more, found.word, entry.text,
    )  # fmt: skip


def drawings(networks: Iterable[str]) -> SafeString:
    """Marks of the networks and icons of the states, drawn once: chips point at them."""
    drawn = []
    for name in sorted(set(networks)):
        found = icons.marks().get(name, {"icon": icons.STRANGER})
        if "icon" in found:
            drawn.append((f"n-{name}", "none", "currentColor", mark_safe(icons.lucide()[found["icon"]])))  # noqa: S308  ours
        else:
            drawn.append((f"n-{name}", "currentColor", "none", format_html('<path d="{}"/>', found["path"])))
    for name in sorted({one.icon for one in states.STATES.values()}):
        drawn.append((f"i-{name}", "none", "currentColor", mark_safe(icons.lucide()[name])))  # noqa: S308  ours
    symbol = '<symbol id="{}" viewBox="0 0 24 24" fill="{}" stroke="{}" stroke-width="2">{}</symbol>'
    return format_html('<svg class="unseen" aria-hidden="true">{}</svg>', format_html_join("", symbol, drawn))


def _address(workspace: UUID, post: UUID) -> str:
    """As ``reverse`` gives it; resolved once, because a month asks it often."""
    return _pattern(workspace).replace(str(NOBODY), str(post))


def _pattern(workspace: UUID) -> str:
    if workspace not in _patterns:
        _patterns.clear()
        _patterns[workspace] = reverse("post", args=[workspace, NOBODY])
    return _patterns[workspace]


NOBODY = UUID(int=0)
_patterns: dict[UUID, str] = {}


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
