"""The pages that are used most: server time, queries, bytes."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.desk import Desk, addresses
from bench.house import House, texts
from bench.report import Figure, Report
from clarion.channels.models import Channel


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--posts", type=int, default=300, help="scheduled ones; a tenth as many are published first")
    parser.add_argument("--times", type=int, default=40)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        house.connect(house.network(accounts=5))
        board = next(
            channel for channel in Channel.objects.filter(workspace=house.workspace) if channel.kind.own_ground
        )
        serve = house.serve()
        serve.ready()
        for channels in (house.channels, [board]):
            about = "The market is open" if channels is house.channels else "The council meets"
            house.schedule(texts(given.posts // 10, about=about), at=datetime.now(UTC), channels=channels)
        house.settled(seconds=120)
        at = datetime.now(UTC) + timedelta(hours=1)
        house.schedule(texts(given.posts), at=at, every=timedelta(days=28) / given.posts)
        desk, figures = Desk(house), []
        for name, address in addresses(house).items():
            opened = desk.opened(serve, address, times=given.times)
            figures += [
                Figure(f"{name}: server time p50", opened.median, "ms"),
                Figure(f"{name}: queries", opened.queries),
                Figure(f"{name}: page as sent (gzip)", opened.bytes / 1024, "KiB"),
            ]
        return Report(
            "pages", "the pages that are used most",
            {"posts": given.posts, "times": given.times, "database": house.database}, figures,
            notes=["The time is that of the whole request inside the server, without the network."], conditions=before,
        )  # fmt: skip
