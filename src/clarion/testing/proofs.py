"""A pytest plugin: what the conformance suite proved, as data for the feature matrix.

    pytest -p clarion.testing.proofs --write-proofs src/clarion/networks/proved.json tests/networks

The file is ``{network: {ability: {"stage": "contract", "on": "2026-11-23"}}}``. An ability is proved on a stage when
at least one of its tests passed there and none failed. What another run proved stays, unless it was on an easier stage.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest

RANKS = ("mock", "contract", "server", "live")

_passed: dict[tuple[str, str, str], int] = defaultdict(int)
_failed: set[tuple[str, str, str]] = set()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-proofs", metavar="FILE", default="", help="write what the conformance tests proved")


def pytest_configure(config: pytest.Config) -> None:
    _passed.clear()
    _failed.clear()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Runs for every report, also for those that come from other processes (xdist)."""
    for name, value in report.user_properties:
        if name != "proof":
            continue
        network, ability, stage = cast(tuple[str, str, str], tuple(cast(list[str], value)))
        if report.failed:
            _failed.add((network, ability, stage))
        elif report.when == "call" and report.passed:
            _passed[(network, ability, stage)] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    told = session.config.getoption("--write-proofs")
    if told and not hasattr(session.config, "workerinput"):
        write(Path(told), on=datetime.now(UTC).date())


def write(path: Path, *, on: date) -> None:
    """Merges what this run proved into ``path``."""
    proved: dict[str, dict[str, dict[str, Any]]] = json.loads(path.read_text()) if path.exists() else {}
    for network, ability, stage in sorted(_failed):
        if proved.get(network, {}).get(ability, {}).get("stage") == stage:
            del proved[network][ability]
    for (network, ability, stage), _count in sorted(_passed.items()):
        if (network, ability, stage) in _failed:
            continue
        known = proved.setdefault(network, {}).get(ability)
        if known is None or RANKS.index(stage) >= RANKS.index(known["stage"]):
            proved[network][ability] = {"stage": stage, "on": on.isoformat()}
    ordered = {name: dict(sorted(proved[name].items())) for name in sorted(proved)}
    path.write_text(json.dumps(ordered, indent=2) + "\n")
