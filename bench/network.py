"""The network of the benches: the Mastodon contract server of ``clarion.testing`` in a process of its own, with as many
accounts as channels are wanted. What it holds is read from the other side."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import Process, ask
from clarion.testing.servers.base import Asked, Said
from clarion.testing.servers.mastodon import MastodonServer
from clarion.testing.servers.mastodon_entities import Person


class Town(MastodonServer):
    """``accounts`` desks, each with its token."""

    def __init__(self, *, accounts: int, **options: Any) -> None:
        super().__init__(**options)
        self.tokens = [f"tok-desk-{number}" for number in range(accounts)]
        for number, token in enumerate(self.tokens):
            self.people[token] = Person(str(100 + number), f"desk{number}", f"Desk {number}")

    def stand(self, asked: Asked) -> Said:
        if asked.path == "/_stand/count":
            return Said.json({"statuses": len(self.statuses)})
        return super().stand(asked)


@dataclass(frozen=True)
class Tally:
    """What became of the posts, by the network's own book. ``at``: epoch second of arrival, by text."""

    lost: int
    doubled: int
    at: dict[str, float]


class Network(Process):
    """Its process, seen from the bench."""

    def __init__(
        self, *, folder: Path, accounts: int, latency: float = 0.0, lose: float = 0.0, ignore_keys: bool = False,
        seed: int = 1, name: str = "network",
    ) -> None:  # fmt: skip
        command = [sys.executable, "-m", "bench.network", "--accounts", str(accounts), "--latency", str(latency)]
        command += ["--lose", str(lose), "--seed", str(seed), *(["--ignore-keys"] if ignore_keys else [])]
        super().__init__(command, folder=folder, name=name)
        told = json.loads(self.line())
        self.url: str = told["url"]
        self.tokens: list[str] = told["tokens"]

    def count(self) -> int:
        return int(json.loads(ask(f"{self.url}/_stand/count"))["statuses"])

    def arm(self, fault: dict[str, Any]) -> None:
        """A fault as ``clarion.testing.servers.base`` takes it from outside."""
        ask(f"{self.url}/_stand/faults", body=fault)

    def statuses(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(ask(f"{self.url}/_stand/statuses"))
        return rows

    def tally(self, texts: Iterable[str]) -> Tally:
        rows = sorted(self.statuses(), key=lambda row: float(row["at"]))
        there = Counter(row["text"] for row in rows)
        first: dict[str, float] = {}
        for row in rows:
            first.setdefault(row["text"], float(row["at"]))
        asked = set(texts)
        return Tally(
            lost=sum(1 for text in asked if not there[text]),
            doubled=sum(there[text] - 1 for text in asked if there[text]),
            at={text: at for text, at in first.items() if text in asked},
        )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.network")
    parser.add_argument("--accounts", type=int, default=1)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--lose", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ignore-keys", action="store_true")
    given = parser.parse_args()
    town = Town(
        accounts=given.accounts, latency=given.latency, lose=given.lose, seed=given.seed,
        honour_keys=False if given.ignore_keys else None,
    )  # fmt: skip
    town.start()
    sys.stdout.write(json.dumps({"url": town.url, "tokens": town.tokens}) + "\n")
    sys.stdout.flush()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    town.stop()


if __name__ == "__main__":
    main()
