"""Many posts on ten channels, all due at one moment.

The parts of one channel leave one after the other, so a channel's last post cannot be there before (posts per channel
- 1) times the latency: 3.8 s with the defaults.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.house import House, texts
from bench.processes import TookTooLong, until
from bench.report import Figure, Report, percentile, progress
from clarion.deliveries.models import Delivery, State


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--posts", type=int, default=200)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds that the network takes for each answer")
    parser.add_argument("--patience", type=float, default=120, help="seconds after which the bench gives up")


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        network = house.network(accounts=given.channels, latency=given.latency)
        house.connect(network)
        serve = house.serve()
        serve.ready()
        said = texts(given.posts)
        # Far enough away that all of them are written before the first is due.
        due = (datetime.now(UTC) + timedelta(seconds=5 + given.posts / 40)).replace(microsecond=0)
        house.schedule(said, at=due)
        spare = (due - datetime.now(UTC)).total_seconds()
        progress(f"{given.posts} posts are due in {spare:.1f} s")
        time.sleep(max(spare - 0.5, 0))
        idle = serve.cpu()
        try:
            until(lambda: network.count() >= given.posts, seconds=given.patience, what="all are there", every=0.1)
        except TookTooLong as late:
            progress(str(late))
        house.settled(seconds=given.patience)
        used = serve.cpu() - idle
        tally = network.tally(said)
        late = sorted(at - due.timestamp() for at in tally.at.values())
        told = list(Delivery.objects.filter(state=State.PUBLISHED).values_list("published_at", flat=True))
        known = max(((at - due).total_seconds() for at in told), default=None)
        figures = (
            Figure("all at the network after", None if tally.lost else late[-1], "s", 5),
            Figure("lost", tally.lost, "", 0),
            Figure("doubled", tally.doubled, "", 0),
            Figure("first at the network after", late[0] if late else None, "s"),
            Figure("median at the network after", percentile(late, 0.5), "s"),
            Figure("all known as published after", known, "s"),
            Figure("sent too early", sum(1 for seconds in late if seconds < 0), "", 0),
            Figure("processor time of serve per post", used / given.posts * 1000, "ms"),
        )
        return Report(
            "burst", f"{given.posts} posts on {given.channels} channels due at one moment",
            {"posts": given.posts, "channels": given.channels, "network_latency": f"{given.latency:g} s",
             "database": house.database},
            figures, conditions=before,
        )  # fmt: skip
