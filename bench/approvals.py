"""The list of what waits for a yes, with ten thousand posts, for whom all of them are asked; and words in them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from bench.calendar import fill
from bench.desk import Desk, Took
from bench.house import House
from bench.report import Figure, Report
from clarion.approvals.models import Asked, Request, Stage
from clarion.approvals.seal import Promise, Sealing
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member, User
from clarion.posts.content import hash_of


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--channels", type=int, default=4)
    parser.add_argument("--times", type=int, default=60)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        house.connect(house.network(accounts=given.channels))
        serve = house.serve()
        serve.ready()
        desk = Desk(house)
        first = (datetime.now(UTC) + timedelta(days=20)).replace(hour=5, minute=0, second=0, microsecond=0)
        fill(house, given.posts, first=first)
        wait(house)
        address = reverse("approvals", args=[house.workspace.pk])
        found = {
            "for me": desk.opened(serve, address, times=given.times),
            "all that wait": desk.opened(serve, f"{address}?shelf=all", times=given.times),
        }
        figures = [
            figure for what, opened in found.items() for figure in (
                Figure(f"{what}: server p50", opened.median, "ms", 60), Figure(f"{what}: server p95", opened.p95, "ms"),
                Figure(f"{what}: queries", opened.queries, "", 12),
            )
        ]  # fmt: skip
        shelf = f"{reverse('posts', args=[house.workspace.pk])}?{urlencode({'shelf': 'waits', 'q': 'Storgata '})}"
        figures += _searched("a word of every post, of those that wait", desk.took(shelf, times=given.times))
        fill(house, given.posts, first=first + timedelta(days=28))
        figures += _searched("the same, below as many that do not", desk.took(shelf, times=given.times))
        return Report(
            "approvals", f"the list of approvals with {given.posts} posts that wait for a yes",
            {"posts": given.posts, "channels": given.channels, "times": given.times, "database": house.database},
            tuple(figures), notes=["The time is that of the whole request inside the server, without the network."],
            conditions=before,
        )  # fmt: skip


def _searched(what: str, took: Took) -> tuple[Figure, ...]:
    return Figure(f"{what}: server p50", took.median, "ms", 100), Figure(f"{what}: queries", took.queries)


def wait(house: House) -> None:
    """A question about each post, asked by one person of another, as asking leaves them."""
    writer = User.objects.create_user("writer@halden.example", None, name="Amir Haddad")
    Member.objects.join(workspace=house.workspace, user=writer, role="contributor")
    stages, now, requests = [Stage("Desk").as_json], datetime.now(UTC), []
    for one in Delivery.objects.filter(workspace=house.workspace).select_related("post__workspace", "channel"):
        seal = Sealing(one.post).seal(Promise(one.channel, one.due_at, one.late_limit), window="exact")
        pk = str(one.channel_id)
        requests.append(Request(
            workspace=house.workspace, post=one.post, version=1, asked_by=writer, asked_at=now, window="exact",
            sha256=hash_of({pk: seal.sha256}), seals={pk: seal.sha256}, said={pk: dict(seal.whole)}, stages=stages,
            stage_began_at=now, due_at=one.due_at, until=one.late_limit,
        ))  # fmt: skip
    Request.objects.bulk_create(requests, batch_size=500)
    Asked.objects.bulk_create(
        (Asked(request=one, stage=0, person=house.user, asked_at=now) for one in requests), batch_size=500
    )
