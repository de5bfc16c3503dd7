"""Memory of an idle ``clarion serve``, before and after its pages were opened, and its start."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.desk import Desk, addresses
from bench.house import House, texts
from bench.processes import Serve
from bench.report import Figure, Report, percentile


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--starts", type=int, default=5)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        network = house.network(accounts=3)
        house.connect(network)
        house.schedule(texts(30), at=datetime.now(UTC) + timedelta(days=1))
        house.serve().end()  # the first start compiles and migrates
        starts: list[float] = []
        for _ in range(given.starts):
            serve = house.serve()
            starts.append(serve.ready())
            serve.end()
        serve = house.serve()
        serve.ready()
        time.sleep(3)
        fresh, processes = serve.pss(), len(serve.family())
        house.schedule(texts(10, about="The market is open"), at=datetime.now(UTC))
        house.settled(seconds=60)
        time.sleep(2)
        published = serve.pss()
        opened = _open_pages(house, serve)
        figures = (
            Figure("memory (PSS) after start", fresh, "MiB", 130),
            Figure("memory (PSS) after ten posts left", published, "MiB", 130),
            Figure("memory (PSS) after pages were opened", serve.pss(), "MiB", 130),
            Figure("processes", processes),
            Figure("start to ready, median", percentile(starts, 0.5), "s", 2.5),
            Figure("start to ready, slowest", max(starts), "s"),
        )
        return Report(
            "memory", "an idle clarion serve",
            {"starts": given.starts, "pages_opened": opened, "database": house.database},
            figures, conditions=before,
        )  # fmt: skip


def _open_pages(house: House, serve: Serve) -> int:
    desk, opened = Desk(house), 0
    for _ in range(10):
        for address in addresses(house).values():
            desk.sent(serve, address)
            opened += 1
    time.sleep(3)
    return opened
