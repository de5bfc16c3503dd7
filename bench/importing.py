"""A table of ten thousand posts: read, checked, brought in by a running server, and undone."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from bench.house import House, texts
from bench.processes import until
from bench.report import Figure, Report
from clarion.deliveries.models import Delivery
from clarion.posts.columns import recognised
from clarion.posts.models import Arrival, Fate
from clarion.posts.sheets import read


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--channels", type=int, default=10)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        channels = house.connect(house.network(accounts=given.channels))
        serve = house.serve()
        serve.ready()
        data, now = _file(given.rows, [one.handle for one in channels]), datetime.now(UTC)
        began = time.monotonic()
        arrival = Arrival.objects.receive(data, name="plan.csv", workspace=house.workspace, by=house.user)
        columns = recognised(read(data, name="plan.csv"))
        reading = time.monotonic() - began
        arrival.examine(columns=columns, order="", channels=[], drafts=False, by=house.user, now=now)
        checking = _until_is(arrival, "checked")
        arrival.come(whole=True, by=house.user, now=datetime.now(UTC))
        coming = _until_is(arrival, "came")
        promised = Delivery.objects.filter(state="scheduled").count()
        arrival.undo(by=house.user, now=datetime.now(UTC))
        undoing = _until_is(arrival, "undone")
        figures = (
            Figure("read, checked and imported", reading + checking + coming, "s", 15),
            Figure("of it reading the file", reading, "s"),
            Figure("of it checking every row", checking, "s"),
            Figure("of it writing posts and promises", coming, "s"),
            Figure("posts promised", promised, ""),
            Figure("undone again", undoing, "s"),
            Figure("rows not taken back", given.rows - arrival.counts()[Fate.GONE], "", 0),
        )
        return Report(
            f"importing-{connection.vendor}", f"a CSV file of {given.rows:,} rows",
            {"rows": given.rows, "channels": given.channels, "database": house.database}, figures,
            notes=["Checking and writing are done by the running server; waiting until it begins is counted."],
            conditions=before,
        )  # fmt: skip


def _file(rows: int, handles: list[str]) -> bytes:
    first = datetime.now(UTC) + timedelta(days=2)
    lines = [
        f'{first + timedelta(minutes=5 * number):%Y-%m-%dT%H:%M:%SZ},"{text}",{handles[number % len(handles)]}'
        for number, text in enumerate(texts(rows))
    ]
    return "\n".join(["at,text,channel", *lines]).encode()


def _until_is(arrival: Arrival, stage: str) -> float:
    """Seconds until the import has come so far."""

    def there() -> bool:
        arrival.refresh_from_db(fields=["stage", "done", "fence"])
        return arrival.stage == stage

    began = time.monotonic()
    until(there, seconds=300, what=f"the import is {stage}", every=0.1)
    return time.monotonic() - began
