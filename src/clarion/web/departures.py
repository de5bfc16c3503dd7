"""The departures board: what leaves when, one row a post and time; and the numbers above it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Min, Q
from django.utils import timezone

from clarion.approvals.progress import State as Asking
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import NEEDS_A_PERSON
from clarion.organisations.models import Workspace
from clarion.web import states, times
from clarion.web.questions import keeping, question

MOST = 300
"""So many deliveries are read for one board; a longer day says so and leads to the calendar."""


@dataclass(frozen=True)
class Departure:
    """One post at one time, with its deliveries."""

    at: datetime
    post: Any
    deliveries: tuple[Delivery, ...]
    now: datetime

    @property
    def state(self) -> str:
        return keeping(states.worst(delivery.state for delivery in self.deliveries), self._asked)

    @property
    def is_unapproved(self) -> bool:
        """Whether somebody let it go without its yes."""
        return self._asked == Asking.GLASS

    @property
    def _asked(self) -> str | None:
        return getattr(self.deliveries[0], "asked", None)

    @property
    def is_past(self) -> bool:
        return self.at <= self.now

    @property
    def aside(self) -> str:
        """What stands under the time: how late it was, or how long until it leaves."""
        lates = [delivery.lateness for delivery in self.deliveries if delivery.lateness is not None]
        if lates and self.state == State.PUBLISHED:
            return times.lateness(max(lates))
        return times.until(self.at, self.now)

    @property
    def byline(self) -> str:
        labels = [label.name for label in self.post.labels.all()]
        return " · ".join([*([str(self.post.author)] if self.post.author else []), *labels])


@dataclass(frozen=True)
class Day:
    """The departures of one local day."""

    date: Any
    rows: tuple[Departure, ...]


@dataclass(frozen=True)
class Board:
    days: tuple[Day, ...]
    is_cut: bool
    now: datetime

    @property
    def rows(self) -> list[Departure]:
        return [row for day in self.days for row in day.rows]

    @property
    def next_row(self) -> Departure | None:
        """The first row after now: the line is drawn above it."""
        return next((row for row in self.rows if not row.is_past), None)


def board(workspace: Workspace, *, now: datetime, days: int = 1) -> Board:
    """Everything that is due in the workspace's next ``days`` local days, today included; nothing cancelled."""
    start, end = workspace.day(now)
    if days > 1:
        _, end = workspace.day(end + timedelta(days=days - 2, hours=12))
    found = list(
        Delivery.objects.filter(workspace=workspace, due_at__gte=start, due_at__lt=end)
        .exclude(state=State.CANCELLED)
        .select_related("channel", "post__author")
        .prefetch_related("post__labels")
        .annotate(asked=question("post"))
        .order_by("due_at", "post_id", "id")[: MOST + 1]
    )
    rows = _rows(found[:MOST], now=now)
    by_day = groupby(rows, key=lambda row: timezone.localtime(row.at, workspace.tz).date())
    return Board(tuple(Day(date, tuple(some)) for date, some in by_day), len(found) > MOST, now)


def _rows(deliveries: Iterable[Delivery], *, now: datetime) -> list[Departure]:
    grouped = groupby(deliveries, key=lambda delivery: (delivery.due_at, delivery.post_id))
    rows = []
    for (at, _post), some in grouped:
        together = tuple(some)
        rows.append(Departure(at, together[0].post, together, now))
    return rows


@dataclass(frozen=True)
class Facts:
    """The numbers of the day: posts to go and gone, and deliveries (``copies``, ``failed``, ``waiting``, ``ever``)."""

    to_go: int = 0
    next_at: datetime | None = None
    published: int = 0
    copies: int = 0
    failed: int = 0
    waiting: int = 0
    oldest_at: datetime | None = None
    ever: int = 0


def facts(workspace: Workspace, *, now: datetime) -> Facts:
    start, end = workspace.day(now)
    going = Q(state__in=(State.SCHEDULED, State.PUBLISHING))
    waiting = Q(state__in=[state for state in NEEDS_A_PERSON if state != State.FAILED])
    out = Q(published_at__gte=start, published_at__lt=end)
    found = Delivery.objects.filter(workspace=workspace).aggregate(
        to_go=Count("post", distinct=True, filter=going & Q(due_at__lt=end)),
        next_at=Min("due_at", filter=going),
        published=Count("post", distinct=True, filter=out),
        copies=Count("pk", filter=out),
        failed=Count("pk", filter=Q(state=State.FAILED)),
        waiting=Count("pk", filter=waiting),
        oldest_at=Min("due_at", filter=waiting),
        ever=Count("pk"),
    )
    return Facts(**found)
