"""Processes of a bench: started here, watched through /proc, and ended by their own ids only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent
TICKS = os.sysconf("SC_CLK_TCK")


class TookTooLong(Exception):
    """What was waited for did not come."""


def until(seen: Callable[[], Any], *, seconds: float, what: str, every: float = 0.05) -> Any:
    """Polls until it is true; what it then gave."""
    end = time.monotonic() + seconds
    while True:
        found = seen()
        if found:
            return found
        if time.monotonic() > end:
            raise TookTooLong(f"{what}: not within {seconds:g} s")
        time.sleep(every)


def ask(url: str, *, headers: Mapping[str, str] | None = None, body: Any = None, seconds: float = 30.0) -> bytes:
    """The answer's body as it was sent, packed or not."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=dict(headers or {}))  # noqa: S310  a loopback address
    with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
        return bytes(answer.read())


class Process:
    """One process of ours, with its log in ``folder``."""

    def __init__(self, command: Sequence[str], *, folder: Path, name: str) -> None:
        self.log = folder / f"{name}.log"
        self.started = time.monotonic()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  our own commands
                command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder
            )
        self.pid = self._process.pid

    def line(self) -> str:
        """The first line that it says. Raises RuntimeError with its log when it ends without one."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.log.stem} did not start: {self.log.read_text()[-2000:]}")
        return line.strip()

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> float:
        """kill -9; the moment (epoch seconds) after which it did nothing more."""
        self._process.kill()
        self._process.wait(timeout=30)
        return time.time()

    def end(self) -> None:
        """Asks it to end, and insists after a while."""
        if self.lives:
            self._process.terminate()
            try:
                self._process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()
        if self._process.stdout is not None:
            self._process.stdout.close()

    # -- watched

    def family(self) -> list[int]:
        """Its id and those of its children and theirs."""
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += [int(child) for child in children.read_text().split()]
        return found

    def pss(self) -> float:
        """Memory of the whole family in MiB, what is shared counted by share."""
        total = 0
        for pid in self.family():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def cpu(self) -> float:
        """Seconds of processor time that the family has used so far."""
        used = 0
        for pid in self.family():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used += int(fields[11]) + int(fields[12])
        return used / TICKS


class Serve(Process):
    """``clarion serve`` on a free port."""

    def __init__(self, *, folder: Path, number: int, workers: str = "web=1,work=1") -> None:
        super().__init__(
            [str(BIN / "clarion"), "serve", "--port", "0", "--workers", workers], folder=folder, name=f"serve-{number}"
        )
        self.url = self.line().split(" is at ")[1].split()[0]

    def ready(self, *, seconds: float = 60.0) -> float:
        """Waits until it says that it is ready; seconds since it was started."""
        until(self._is_ready, seconds=seconds, what="clarion serve is ready", every=0.01)
        return time.monotonic() - self.started

    def _is_ready(self) -> bool:
        if not self.lives:
            raise RuntimeError(f"clarion serve ended: {self.log.read_text()[-2000:]}")
        try:
            ask(f"{self.url}/health/ready", seconds=5)
        except (urllib.error.URLError, OSError):
            return False
        return True


class Worker(Process):
    """``clarion worker``."""

    def __init__(self, *, folder: Path, number: int) -> None:
        super().__init__([str(BIN / "clarion"), "worker"], folder=folder, name=f"worker-{number}")
