"""The calendar of a month with a thousand scheduled posts, and with ten thousand; and its busiest week and day."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.urls import reverse

from bench.desk import Desk, Opened
from bench.house import House, texts
from bench.report import Figure, Report
from clarion.deliveries.models import Delivery
from clarion.deliveries.models.delivery import new_key
from clarion.posts.content import Content
from clarion.posts.models import Almanac, Blackout, Campaign, Note, Post, Recurrence
from clarion.posts.rules import Rule


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--many", type=int, default=10_000)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--times", type=int, default=60)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        house.connect(house.network(accounts=given.channels))
        serve = house.serve()
        serve.ready()
        desk = Desk(house)
        # The whole of a month to come, evenly: the next one with some posts, the one after it with many.
        some, many = _first(1), _first(2)
        fill(house, given.posts, first=some)
        stands_around(house, some)
        few = desk.opened(serve, _address(house, some), times=given.times)
        fill(house, given.many, first=many)
        full = desk.opened(serve, _address(house, many), times=given.times)
        week = desk.opened(serve, _address(house, many, "week"), times=given.times)
        day = desk.opened(serve, _address(house, many, "day"), times=given.times)
        figures = (
            *_of("month", few, must=40), *_of(f"month of {given.many}", full, must=80),
            *_of(f"week of {given.many}", week, must=80), *_of(f"day of {given.many}", day, must=80),
        )  # fmt: skip
        return Report(
            "calendar", f"a month with {given.posts} scheduled posts, and one with {given.many}",
            {
                "posts": given.posts, "many": given.many, "channels": given.channels, "times": given.times,
                "database": house.database,
            },
            figures,
            notes=[
                "The time is that of the whole request inside the server, without the network.",
                "Both months have holidays and what ten weekly rules will bring; the first has notes, a blackout and a "
                "campaign as well.",
            ],
            conditions=before,
        )  # fmt: skip


def fill(house: House, count: int, *, first: datetime) -> None:
    """So many scheduled posts over four weeks, each on one channel in turn: as scheduling leaves them."""
    times = [first + timedelta(days=28) / count * number for number in range(count)]
    posts = [
        Post(workspace=house.workspace, author=house.user, content=Content.of(text).as_json(), text=text, wanted_at=at)
        for text, at in zip(texts(count), times, strict=True)
    ]
    Post.objects.bulk_create(posts, batch_size=500)
    Delivery.objects.bulk_create(
        (
            Delivery(
                workspace=house.workspace, post=post, channel=house.channels[number % len(house.channels)], due_at=at,
                wake_at=at, key=new_key(), late=post.late, late_minutes=post.late_minutes, text_sha256="",
            )
            for number, (post, at) in enumerate(zip(posts, times, strict=True))
        ),
        batch_size=500,
    )  # fmt: skip


def stands_around(house: House, first: datetime) -> None:
    """What a calendar shows besides posts, so that it is paid for."""
    workspace, by, day = house.workspace, house.user, first.date()
    Almanac(workspace=workspace).keep(by=by, country="NO", subdivision="", week_starts=None)
    Campaign.objects.begin(workspace=workspace, name="Advent", by=by, starts=day, ends=day + timedelta(days=20))
    Blackout.objects.declare(
        workspace=workspace, name="Election", by=by, from_day=day, until_day=day, channels=house.channels[:1]
    )
    for number in range(10):
        text = f"Comes again {number}."
        post = Post.objects.write(workspace=workspace, content=Content.of(text), channels=house.channels[:3], by=by)
        rule = Rule.of(first.replace(tzinfo=None) + timedelta(hours=number), every=1, unit="week")
        Recurrence.objects.begin(post, rule=rule, by=by, now=datetime.now(UTC))
    for number in range(20):
        Note.objects.put(workspace=workspace, text=f"Note {number}", day=day + timedelta(days=number), by=by)


def _first(months: int) -> datetime:
    """Five o'clock of the first day of a month to come."""
    first = datetime.now(UTC).replace(day=1, hour=5, minute=0, second=0, microsecond=0)
    for _month in range(months):
        first = (first + timedelta(days=32)).replace(day=1)
    return first


def _address(house: House, first: datetime, view: str = "month") -> str:
    when = f"month={first:%Y-%m}" if view == "month" else f"view={view}&day={first + timedelta(days=14):%Y-%m-%d}"
    return reverse("calendar", args=[house.workspace.pk]) + f"?{when}"


def _of(what: str, opened: Opened, *, must: float) -> tuple[Figure, ...]:
    return (
        Figure(f"{what}: server p50", opened.median, "ms", must), Figure(f"{what}: server p95", opened.p95, "ms"),
        Figure(f"{what}: queries", opened.queries, "", 12), Figure(f"{what}: sent", opened.bytes / 1024, "KiB", 90),
    )  # fmt: skip
