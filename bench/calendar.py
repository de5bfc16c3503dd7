"""The calendar of a month with a thousand scheduled posts."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.urls import reverse

from bench.desk import Desk
from bench.house import House, texts
from bench.report import Figure, Report


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--times", type=int, default=60)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        house.connect(house.network(accounts=given.channels))
        # The whole of the next month, evenly.
        first = (
            datetime.now(UTC).replace(day=1, hour=5, minute=0, second=0, microsecond=0) + timedelta(days=32)
        ).replace(day=1)
        house.schedule(texts(given.posts), at=first, every=timedelta(days=28) / given.posts)
        address = reverse("calendar", args=[house.workspace.pk]) + f"?month={first:%Y-%m}"
        serve = house.serve()
        serve.ready()
        opened = Desk(house).opened(serve, address, times=given.times)
        figures = (
            Figure("server time p50", opened.median, "ms", 60),
            Figure("server time p95", opened.p95, "ms"),
            Figure("queries", opened.queries, "", 12),
            Figure("page as sent (gzip)", opened.bytes / 1024, "KiB", 90),
        )
        return Report(
            "calendar", f"a month with {given.posts} scheduled posts",
            {"posts": given.posts, "channels": given.channels, "times": given.times, "database": house.database},
            figures,
            notes=["The time is that of the whole request inside the server, without the network."], conditions=before,
        )  # fmt: skip
