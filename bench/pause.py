"""The crisis switch: everything is paused while a thousand deliveries leave through four workers, on PostgreSQL.

The clock of the network and ours are the same: a request counts as sent when its first line has arrived there. One
that was on the wire when the switch was pressed may still be answered; it is counted for itself.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from bench.house import House, texts
from bench.processes import TookTooLong, until
from bench.report import Figure, Report, progress
from clarion.deliveries.models import Delivery, State
from clarion.organisations.models import Pause


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--channels", type=int, default=40)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--after", type=int, default=60, help="so many posts are out when the switch is pressed")
    parser.add_argument("--watch", type=float, default=15, help="seconds for which the network is watched afterwards")


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    if connection.vendor == "sqlite":
        raise SystemExit("bin/bench: several workers need --database postgres.")
    with House() as house:
        network = house.network(accounts=given.channels, latency=given.latency)
        house.connect(network)
        workers = [house.worker() for _ in range(given.workers)]
        said = texts(given.posts)
        house.schedule(said, at=datetime.now(UTC) + timedelta(seconds=1))
        until(lambda: network.count() >= given.after, seconds=120, what=f"{given.after} posts are out", every=0.02)
        pressed = datetime.now(UTC)
        pause = house.workspace.organisation.pause(by=house.user, because="bench", now=pressed)
        committed = datetime.now(UTC)
        assert pause is not None
        try:
            until(lambda: _stopped(pause, given.workers), seconds=60, what="all workers have stopped", every=0.02)
        except TookTooLong as late:
            progress(str(late))
        progress(f"all have stopped; the network is watched for {given.watch:g} s")
        time.sleep(given.watch)
        arrived = sorted(network.tally(said).at.values())
        acks = list(pause.acknowledgements.all())
        seen = [(one.seen_at - pressed).total_seconds() for one in acks]
        stopped = [(one.stopped_at - pressed).total_seconds() for one in acks if one.stopped_at]
        whole = max(stopped) if len(stopped) == given.workers else None
        ends = pressed.timestamp() + (whole or 0)
        waiting = Delivery.objects.filter(state=State.SCHEDULED, due_at__lte=datetime.now(UTC)).count()
        held = Delivery.objects.filter(state=State.HELD, code="paused").count()
        house.workspace.organisation.resume(by=house.user, because="bench", now=datetime.now(UTC))
        time.sleep(3)
        later = len(network.tally(said).at)
        figures = (
            Figure("every worker has seen it after", max(seen) if len(seen) == given.workers else None, "s", 5),
            Figure("every worker has stopped after", whole, "s", 5),
            Figure("sent after that", sum(at > ends for at in arrived) if whole else None, "", 0),
            Figure("sent by itself after the pause ended", later - len(arrived), "", 0),
            Figure("in the hands of the network when it was pressed", _between(arrived, committed, ends), ""),
            Figure("out before", sum(at <= committed.timestamp() for at in arrived), ""),
            Figure("stopped in a worker's hand", held, ""),
            Figure("due, and not begun", waiting, ""),
            Figure("workers that live", sum(worker.lives for worker in workers), ""),
        )
        return Report(
            "pause", f"the crisis switch, with {given.posts} deliveries due and {given.workers} clarion worker",
            {"posts": given.posts, "channels": given.channels, "workers": given.workers,
             "network_latency": f"{given.latency:g} s", "database": house.database},
            figures, conditions=before,
        )  # fmt: skip


def _stopped(pause: Pause, workers: int) -> bool:
    return pause.acknowledgements.exclude(stopped_at=None).count() >= workers


def _between(arrived: list[float], start: datetime, end: float) -> int:
    return sum(start.timestamp() < at <= end for at in arrived)
