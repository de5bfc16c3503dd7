"""One network answers after 40 s: its post appears once, and the other channels are on time."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.house import House, texts
from bench.report import Figure, Report, percentile, progress
from clarion.deliveries.models import State


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=40, help="after which the slow network answers")
    parser.add_argument("--posts", type=int, default=40, help="on the other channels, one a second")
    parser.add_argument("--channels", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--patience", type=float, default=300)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        quick = house.network(accounts=given.channels, latency=given.latency)
        slow = house.network(accounts=1, name="slow-network", ignore_keys=True)
        others, (channel,) = house.connect(quick), house.connect(slow)
        slow.arm({"kind": "late", "seconds": given.seconds, "path": "/api/v1/statuses", "times": 2})
        house.serve().ready()
        at = datetime.now(UTC) + timedelta(seconds=3)
        said, second = texts(given.posts), timedelta(seconds=1)
        slow_said = texts(2, about="The pool is open again")
        first, _ = house.schedule(slow_said, at=at, channels=[channel])
        house.schedule(said, at=at + second / 2, every=second, channels=others)
        progress(f"the slow network answers after {given.seconds:g} s; it is left alone for that long")
        time.sleep(max(given.seconds, given.posts) + 5)
        whole = house.settled(seconds=given.patience)
        first.refresh_from_db()
        tally, slow_tally = quick.tally(said), slow.tally(slow_said)
        due = {text: (at + second / 2 + second * number).timestamp() for number, text in enumerate(said)}
        late = [there - due[text] for text, there in tally.at.items()]
        copies = sum(1 for row in slow.statuses() if row["text"] == slow_said[0])
        figures = (
            Figure("copies more or fewer than one on the slow network", abs(copies - 1), "", 0),
            Figure("doubled on the slow network", slow_tally.doubled, "", 0),
            Figure("slow post not known as published", 0 if first.state == State.PUBLISHED else 1, "", 0),
            Figure("slow post known as published after", _seconds(first.published_at, at), "s"),
            Figure("other channels: lateness p50", percentile(late, 0.5), "s", 0.3),
            Figure("other channels: lateness p95", percentile(late, 0.95), "s", 1),
            Figure("other channels: lost", tally.lost, "", 0),
            Figure("stuck", 0 if whole else house.unsettled(), "", 0),
        )
        return Report(
            "slow", f"a network that answers after {given.seconds:g} s, beside {given.channels} others",
            {"answer_after": f"{given.seconds:g} s", "posts_elsewhere": given.posts,
             "network_latency": f"{given.latency:g} s",
             "keys": "ignored by the slow one", "database": house.database},
            figures, conditions=before,
        )  # fmt: skip


def _seconds(then: datetime | None, start: datetime) -> float | None:
    return None if then is None else (then - start).total_seconds()
