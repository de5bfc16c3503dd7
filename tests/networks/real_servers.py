"""Starts what `tests/servers/` has, for a module of tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "servers"


@contextmanager
def server(script: str, *flags: str) -> Iterator[dict[str, str]]:
    """The configuration of a real server of our own; skips, loudly, only where it cannot be had. With CI=true it fails.

    One for each process of the tests: they must not clean up under each other.
    """
    name = "-".join(["tests", os.environ.get("PYTEST_XDIST_WORKER", "alone"), str(os.getpid()), *flags])
    command = [sys.executable, str(SCRIPTS / script)]
    done = subprocess.run([*command, "start", "--name", name, *flags], capture_output=True, text=True, check=False)
    if done.returncode == 3 and os.environ.get("CI") != "true":
        pytest.skip(f"THE REAL SERVER {script.upper()} WAS NOT TESTED: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, f"{script} did not start\n{done.stderr}"
    try:
        yield dict(line.split("=", 1) for line in done.stdout.splitlines())
    finally:
        subprocess.run([*command, "stop", "--name", name], check=True, capture_output=True)
