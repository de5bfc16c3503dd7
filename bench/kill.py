"""kill -9 at random while two-step deliveries leave, with lost answers and a network that ignores keys."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django.db import connection

from bench.house import House, texts
from bench.network import Network
from bench.processes import Process, TookTooLong, until
from bench.report import Figure, Report, progress
from clarion.deliveries.models import Attempt, Delivery, State


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", choices=("serve", "workers"), default="serve", help="workers: two, on PostgreSQL")
    parser.add_argument("--posts", type=int, default=500)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--kills", type=int, default=None, help="default: 6, with workers 2")
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--lose", type=float, default=0.1, help="share of answers to writes that are lost")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=300)


@dataclass
class Deaths:
    """What was seen at each kill."""

    again: list[float] = field(default_factory=list)
    """Seconds from the restart to the next post at the network."""
    taken: list[float] = field(default_factory=list)
    """Seconds from the kill until another worker had begun with the last of what the dead one held."""
    caught: int = 0
    """Deliveries that were claimed by the killed process."""


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    workers = given.engine == "workers"
    if workers and connection.vendor == "sqlite":
        raise SystemExit("bin/bench: two workers need --database postgres.")
    kills = given.kills if given.kills is not None else (2 if workers else 6)
    chance = Random(given.seed)  # noqa: S311  not a secret
    with House() as house:
        network = house.network(
            accounts=given.channels, latency=given.latency, lose=given.lose, ignore_keys=True, seed=given.seed
        )
        house.connect(network)
        said = texts(given.posts)
        house.schedule(said, at=datetime.now(UTC) + timedelta(seconds=1), shots=(house.picture(),))
        began, deaths = time.monotonic(), Deaths()
        kill = _kill_workers if workers else _kill_serve
        kill(house, network, deaths, kills=kills, chance=chance, posts=given.posts)
        whole = house.settled(seconds=given.patience)
        took = time.monotonic() - began
        tally = network.tally(said)
        states = dict.fromkeys(State.values, 0)
        for state in Delivery.objects.values_list("state", flat=True):
            states[state] += 1
        figures = (
            Figure("lost", tally.lost, "", 0),
            Figure("doubled", tally.doubled, "", 0),
            Figure("stuck", house.unsettled(), "", 0),
            Figure("not known as published", given.posts - states[State.PUBLISHED], "", 0),
            Figure("claimed by the killed process, all kills", deaths.caught),
            Figure("other worker has begun with all of it after, at most", max(deaths.taken, default=None), "s", 30)
            if workers
            else Figure("first publish after restart, at most", max(deaths.again, default=None), "s", 5),
            Figure("answers that were lost and looked up", _looks()),
            Figure("all settled after", took if whole else None, "s"),
        )
        return Report(
            f"kill-{connection.vendor}{'-workers' if workers else ''}",
            f"kill -9 at random, {given.posts} two-step deliveries, {given.lose:.0%} of answers lost, keys ignored",
            {"posts": given.posts, "channels": given.channels, "kills": kills,
             "network_latency": f"{given.latency:g} s", "lost_answers": f"{given.lose:.0%}", "keys": "ignored",
             "database": house.database,
             "engine": "two clarion worker" if workers else "clarion serve", "seed": given.seed},
            figures, conditions=before,
        )  # fmt: skip


def _looks() -> int:
    return Attempt.objects.filter(purpose=Attempt.Purpose.LOOK).values("step").distinct().count()


def _held(process: Process) -> list[Any]:
    return list(Delivery.objects.filter(lease_owner__endswith=f":{process.pid}").values_list("pk", flat=True))


def _next_post(network: Network, *, than: int, posts: int) -> bool:
    """Waits for one more status at the network; False when there are none left to come."""
    if than >= posts:
        return False
    try:
        until(lambda: network.count() > than, seconds=60, what="one more post", every=0.01)
    except TookTooLong as late:
        progress(str(late))
        return False
    return True


def _kill_serve(house: House, network: Network, deaths: Deaths, *, kills: int, chance: Random, posts: int) -> None:
    serve = house.serve()
    _next_post(network, than=0, posts=posts)
    for number in range(kills):
        time.sleep(chance.uniform(0.3, 2.0))
        serve.kill()
        deaths.caught += len(_held(serve))
        there, restarted = network.count(), time.monotonic()
        serve = house.serve()
        if _next_post(network, than=there, posts=posts):
            deaths.again.append(time.monotonic() - restarted)
            progress(f"kill {number + 1}: {there} of {posts} were there, the next came {deaths.again[-1]:.2f} s after")


def _kill_workers(house: House, network: Network, deaths: Deaths, *, kills: int, chance: Random, posts: int) -> None:
    pair = [house.worker(), house.worker()]
    _next_post(network, than=0, posts=posts)
    for number in range(kills):
        time.sleep(chance.uniform(1.0, 3.0))
        # The one that holds something: a death that catches nothing proves nothing.
        victim = max(pair, key=lambda worker: len(_held(worker)))
        victim.kill()
        killed, clock = datetime.now(UTC), time.monotonic()
        held = _held(victim)
        deaths.caught += len(held)
        if held:
            until(lambda held=held, killed=killed: _begun(held, since=killed), seconds=90, what="the other takes over")
            deaths.taken.append(time.monotonic() - clock)
            progress(f"kill {number + 1}: {len(held)} were held, all taken over after {deaths.taken[-1]:.1f} s")
        pair.remove(victim)
        pair.append(house.worker())


def _begun(held: list[Any], *, since: datetime) -> bool:
    """Each has a new attempt, or is done."""
    rows = Delivery.objects.filter(pk__in=held)
    begun = set(Attempt.objects.filter(delivery__in=held, began_at__gt=since).values_list("delivery_id", flat=True))
    return all(row.pk in begun or row.state == State.PUBLISHED for row in rows)
