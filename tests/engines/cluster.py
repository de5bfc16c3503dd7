"""The throw-away PostgreSQL cluster of a test run, started once, and databases in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

SCRIPT = Path(__file__).parents[1] / "servers" / "postgresql"


class CannotBeHad(Exception):
    """PostgreSQL cannot be had on this machine; the sentence says what is missing."""


@contextmanager
def cluster() -> Iterator[str]:
    """Starts a cluster of this process's own, gives its address, and ends it."""
    end_what_was_left_behind()
    name = f"tests-{os.getpid()}"
    started = subprocess.run([sys.executable, SCRIPT, "start", "--name", name], capture_output=True, text=True)
    if started.returncode == 3:
        raise CannotBeHad(started.stderr.strip())
    if started.returncode:
        raise RuntimeError(started.stderr.strip())
    told = dict(line.split("=", 1) for line in started.stdout.splitlines())
    try:
        yield told["url"]
    finally:
        subprocess.run([sys.executable, SCRIPT, "stop", "--name", name], capture_output=True, check=True)


def end_what_was_left_behind() -> None:
    """A run that was killed could not end its cluster."""
    folder = Path(os.environ.get("CLARION_SERVERS") or SCRIPT.parents[2] / ".servers") / "run"
    for state in folder.glob("postgresql-tests-*.json"):
        name = state.stem.removeprefix("postgresql-")
        pid = name.removeprefix("tests-")
        if pid.isdigit() and not is_alive(int(pid)):
            subprocess.run([sys.executable, SCRIPT, "stop", "--name", name], capture_output=True)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def new_database(url: str, name: str) -> str:
    """An empty database in the cluster; its address."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def in_ci() -> bool:
    return os.environ.get("CI") == "true"
