"""What all networks together add to the start of a process: time and memory of their code."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from bench.report import Figure, Report, percentile

# What every process of Clarion has loaded anyway is loaded first.
IMPORTER = """
import json, time
from pathlib import Path
import clarion.networks.base, clarion.networks.http, clarion.networks.registry as registry

def held():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024

registry.names()
before, clock = held(), time.perf_counter()
found = list(registry.all())
print(json.dumps([time.perf_counter() - clock, held() - before, len(found)]))
"""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=11)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    told = []
    for _ in range(given.times):
        answer = subprocess.run([sys.executable, "-c", IMPORTER], capture_output=True, text=True, check=True)  # noqa: S603
        told.append(json.loads(answer.stdout))
    return Report(
        "networks", "importing every network",
        {"networks": told[0][2], "times": given.times},
        (
            Figure("time, median", percentile([one[0] for one in told], 0.5), "s", 0.3),
            Figure("time, slowest", max(one[0] for one in told), "s"),
            Figure("memory (RSS), most", max(one[1] for one in told), "MiB", 25),
        ),
        conditions=before,
    )  # fmt: skip
