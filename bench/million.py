"""A million deliveries in the far future: does what is due today still leave on time?"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, models

from bench.house import House, texts
from bench.processes import Serve
from bench.report import Figure, Report, percentile, progress
from clarion.deliveries.models import Delivery
from clarion.deliveries.sources import Deliveries
from clarion.posts.models import Post
from clarion.web.serving import started_up


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--idle", type=float, default=20, help="seconds over which an idle serve is watched")
    parser.add_argument("--due", type=int, default=10, help="posts that become due, one every two seconds")
    parser.add_argument("--rounds", type=int, default=300, help="of claiming one delivery on each channel")


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        network = house.network(accounts=given.channels, latency=given.latency)
        house.connect(network)
        began = time.monotonic()
        _fill(house, rows=given.rows, channels=given.channels)
        progress(f"{given.rows} rows were made in {time.monotonic() - began:.0f} s")
        serve = house.serve()
        ready = serve.ready()
        busy = _idle(serve, seconds=given.idle)
        due, late = _leave(house, network, posts=given.due)
        serve.end()
        empty, full = _claim(house, rounds=given.rounds)
        figures = (
            Figure("due post at the network after, at most", max(late, default=None), "s", 1),
            Figure("due post at the network after, median", percentile(late, 0.5), "s"),
            Figure("due posts not there", due - len(late), "", 0),
            Figure("idle processor use", busy, "%", 2),
            Figure("claim p99, nothing due", percentile(empty, 0.99), "ms", 50),
            Figure("claim p99, one on each channel due", percentile(full, 0.99), "ms", 50),
            Figure("start to ready", ready, "s"),
        )
        return Report(
            f"million-{connection.vendor}", f"{Delivery.objects.count():,} deliveries",
            {"rows": given.rows, "channels": given.channels, "network_latency": f"{given.latency:g} s",
             "watched_idle": f"{given.idle:g} s", "rounds_of_claims": given.rounds, "database": house.database},
            figures, conditions=before,
        )  # fmt: skip


# -- the rows, made by the database itself from one of each


def _fill(house: House, *, rows: int, channels: int) -> None:
    """``rows`` deliveries over the ten years after next week, a tenth as many posts, each on every channel."""
    far = datetime.now(UTC) + timedelta(days=7)
    (like,) = house.schedule(["A post of the far future."], at=far, channels=house.channels[:1])
    posts = rows // channels
    id_of = "lower(hex(randomblob(16)))" if connection.vendor == "sqlite" else "gen_random_uuid()"
    number = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s)"
    _copy(Post, like.post_id, {"id": id_of, "key": "NULL"}, "n", number, [posts])
    key = "lower(hex(randomblob(16)))" if connection.vendor == "sqlite" else "md5(random()::text || p.id || c.id)"
    if connection.vendor == "sqlite":
        at = (
            f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', t.due_at, '+' || (abs(random()) %% {10 * 365 * 86400}) || ' seconds')"
        )
    else:
        at = f"t.due_at + random() * {10 * 365 * 86400} * interval '1 second'"
    source = "posts_post p CROSS JOIN channels_channel c"
    where = "WHERE c.network = 'mastodon' AND p.id <> t.post_id"
    given = {"id": id_of, "key": key, "post_id": "p.id", "channel_id": "c.id", "due_at": at}
    _copy(Delivery, like.pk, given, source, "", [], where)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE deliveries_delivery SET wake_at = due_at")
        cursor.execute("ANALYZE")


def _copy(
    model: type[models.Model],
    pk: Any,
    given: Mapping[str, str],
    source: str,
    head: str,
    values: list[Any],
    where: str = "",
) -> None:
    """Rows like the one with ``pk``, with the ``given`` columns computed for each row of ``source``."""
    columns = [field.column for field in model._meta.local_concrete_fields if field.column != "id" or "id" in given]
    chosen = ", ".join(given.get(column, f't."{column}"') for column in columns)
    named = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'{head} INSERT INTO "{table}" ({named}) SELECT {chosen} '  # noqa: S608  names from the models
            f'FROM {source} JOIN "{table}" t ON t.id = %s {where}',
            [*values, model._meta.pk.get_db_prep_value(pk, connection)],
        )


# -- measured


def _idle(serve: Serve, *, seconds: float) -> float:
    """Per cent of one processor that a serve uses which has nothing to do."""
    time.sleep(3)
    used, clock = serve.cpu(), time.monotonic()
    time.sleep(seconds)
    return (serve.cpu() - used) / (time.monotonic() - clock) * 100


def _leave(house: House, network: Any, *, posts: int) -> tuple[int, list[float]]:
    """Seconds from due to arrival of some posts among the million."""
    said = texts(posts, about="The bridge is open")
    at = datetime.now(UTC) + timedelta(seconds=3.37)
    every = timedelta(seconds=2)
    house.schedule(said, at=at, every=every)
    time.sleep(3.37 + 2 * posts)
    house.settled(seconds=60)
    there = network.tally(said).at
    return posts, [there[text] - (at + every * number).timestamp() for number, text in enumerate(said) if text in there]


def _claim(house: House, *, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds of single claims, with nothing due and with one delivery due on each channel."""
    source, empty, full = Deliveries(), [], []
    started_up()  # as a serve and a worker do

    def claim() -> tuple[float, list[Any]]:
        clock = time.perf_counter()
        leases = source.claim(owner="bench", now=datetime.now(UTC), limit=64)
        return (time.perf_counter() - clock) * 1000, leases

    empty = [claim()[0] for _ in range(rounds * 5)]
    lanes = len(house.channels)
    house.schedule(texts(rounds * lanes, about="The tower is shut"), at=datetime.now(UTC))
    for _ in range(rounds):
        took, leases = claim()
        assert len(leases) == lanes, f"claimed {len(leases)} of {lanes}"
        full.append(took)
        for lease in leases:
            source.give_back(lease)
        Delivery.objects.filter(pk__in=[lease.id for lease in leases]).update(wake_at=None)
    return empty, full
