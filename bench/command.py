"""One command on a small installation: ``clarion deliveries --json``, from the shell's side."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.house import House, texts
from bench.processes import BIN
from bench.report import Figure, Report, percentile

# A small process starts the command: one that is started by a big one inherits its peak memory.
STARTER = """
import json, os, sys, time
clock = time.perf_counter()
quiet = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet)
_, status, used = os.wait4(pid, 0)
print(json.dumps([time.perf_counter() - clock, used.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)]))
"""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--posts", type=int, default=30)
    parser.add_argument("--times", type=int, default=11)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        house.connect(house.network(accounts=3))
        house.schedule(texts(given.posts), at=datetime.now(UTC) + timedelta(days=1))
        command = [str(BIN / "clarion"), "deliveries", "--workspace", house.workspace.name, "--json"]
        helped = [_run([str(BIN / "clarion"), "--help"]) for _ in range(given.times)]
        told = [_run(command) for _ in range(given.times)]
        figures = (
            Figure("wall time, median", percentile([wall for wall, _ in told], 0.5), "s", 0.8),
            Figure("wall time, fastest", min(wall for wall, _ in told), "s"),
            Figure("peak memory (RSS)", max(size for _, size in told), "MiB", 90),
            Figure("clarion --help, median", percentile([wall for wall, _ in helped], 0.5), "s"),
        )
        return Report(
            "command", "clarion deliveries --workspace NAME --json",
            {"posts": given.posts, "times": given.times, "database": house.database}, figures, conditions=before,
        )  # fmt: skip


def _run(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak MiB."""
    starter = [sys.executable, "-I", "-S", "-c", STARTER]
    answer = subprocess.run([*starter, *command], capture_output=True, text=True, check=True)  # noqa: S603
    wall, size, status = json.loads(answer.stdout.splitlines()[-1])
    assert status == 0, f"{command} ended with {status}"
    return wall, size
