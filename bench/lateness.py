"""Posts spread over some minutes: how late each arrives at the network."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bench.house import House, texts
from bench.report import Figure, Report, percentile, progress


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--posts", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=240, help="over which they are spread")
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=1)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        network = house.network(accounts=given.channels, latency=given.latency)
        house.connect(network)
        house.serve().ready()
        chance = Random(given.seed)  # noqa: S311  not a secret
        start = datetime.now(UTC) + timedelta(seconds=4)
        due = {}
        for number, text in enumerate(texts(given.posts)):
            due[text] = start + timedelta(seconds=chance.uniform(0, given.seconds))
            channel = house.channels[number % given.channels]
            house.schedule([text], at=due[text], channels=[channel])
        wait = (max(due.values()) - datetime.now(UTC)).total_seconds()
        progress(f"the last of {given.posts} posts is due in {wait:.0f} s")
        time.sleep(max(wait, 0) + 1)
        house.settled(seconds=60)
        tally = network.tally(due)
        late = [at - due[text].timestamp() for text, at in tally.at.items()]
        figures = (
            Figure("lateness p50", percentile(late, 0.5), "s", 0.3),
            Figure("lateness p95", percentile(late, 0.95), "s", 1),
            Figure("lateness max", max(late, default=None), "s"),
            Figure("sent too early", sum(1 for seconds in late if seconds < 0), "", 0),
            Figure("lost", tally.lost, "", 0),
            Figure("doubled", tally.doubled, "", 0),
        )
        return Report(
            "lateness", f"{given.posts} posts over {given.seconds:g} s",
            {"posts": given.posts, "seconds": f"{given.seconds:g}", "channels": given.channels,
             "network_latency": f"{given.latency:g} s", "database": house.database, "seed": given.seed},
            figures, conditions=before,
        )  # fmt: skip
