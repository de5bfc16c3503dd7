"""A short link, followed: from the request to the redirect, among many links."""

from __future__ import annotations

import argparse
import http.client
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Sum
from django.test import Client

from bench.house import House
from bench.report import Figure, Report, percentile
from clarion.posts.models import Link, Visit

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
WAITS = 30.0
"""Seconds within which all clicks have to be written."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--links", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=2_000)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        _links(house, given.links)
        own = _inside(given)
        serve = house.serve()
        serve.ready()
        place = urlsplit(serve.url)
        took = []
        line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        for number in range(given.times + 20):
            clock = time.perf_counter()
            line.request("GET", f"/l/bench-{number % given.links}", headers={"User-Agent": BROWSER})
            answer = line.getresponse()
            answer.read()
            took.append((time.perf_counter() - clock) * 1000)
            assert answer.status == 302, answer.status
        took = took[20:]
        counted = _counted(given.times + 20)
        return Report(
            "links", "a short link, followed",
            {"links": given.links, "times": given.times, "database": house.database},
            [
                Figure("the server's own work p50", percentile(own, 0.5) or 0, "ms", must=5),
                Figure("the server's own work p95", percentile(own, 0.95) or 0, "ms"),
                Figure("from the request to the redirect p50", percentile(took, 0.5) or 0, "ms"),
                Figure("from the request to the redirect p95", percentile(took, 0.95) or 0, "ms"),
                Figure("clicks counted of those made", counted / (given.times + 20) * 100, "%"),
            ],
            notes=[
                "The server's own work is a whole request in one process; from the request to the redirect is over one"
                " kept connection on loopback, the client's work included, while clicks are written."
            ],
            conditions=before,
        )  # fmt: skip


def _inside(given: argparse.Namespace) -> list[float]:
    """Milliseconds of whole requests in this process, which counts no clicks."""
    client, took = Client(headers={"user-agent": "bench"}, SERVER_NAME="localhost"), []
    for number in range(given.times + 20):
        clock = time.perf_counter()
        answer = client.get(f"/l/bench-{number % given.links}")
        took.append((time.perf_counter() - clock) * 1000)
        assert answer.status_code == 302, answer.status_code
    return took[20:]


def _links(house: House, count: int) -> None:
    target, address = "https://halden.example/page/{}", "https://halden.example/l/bench-{}"
    Link.objects.bulk_create(
        Link(
            workspace=house.workspace, slug=f"bench-{number}", target=target.format(number),
            address=address.format(number),
        )
        for number in range(count)
    )  # fmt: skip


def _counted(wanted: int) -> int:
    until, found = time.monotonic() + WAITS, 0
    while found < wanted and time.monotonic() < until:
        time.sleep(0.2)
        found = Visit.objects.aggregate(sum=Sum("count", default=0))["sum"]
    return found
