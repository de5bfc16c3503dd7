"""One installation as an operator runs it: a data folder, the command line, and processes that may be killed."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from .terminal import Terminal


def until(condition: Callable[[], Any], *, seconds: float, what: str = "") -> Any:
    """Polls until the condition holds and gives what it gave; fails with ``what`` when the time is over."""
    end = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:.0f} s: {what or condition.__name__}")
        time.sleep(0.05)


class Process:
    """A process of ours, and nobody else's."""

    def __init__(self, command: Sequence[str], *, name: str, environment: dict[str, str], log: Path) -> None:
        self.name, self.log, self._asked = name, log, False
        with log.open("ab") as file:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", *command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=file, text=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self.popen.pid

    def first_line(self) -> str:
        line = self.popen.stdout.readline()
        assert line, f"it ended at once: {self.log.read_text()[-3000:]}"
        return line.strip()

    def kill(self) -> None:
        """kill -9: no handler runs, nothing is tidied up."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(10)

    def sleep(self) -> None:
        self.popen.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self.popen.send_signal(signal.SIGCONT)

    def ask_to_end(self) -> None:
        if self.popen.poll() is None and not self._asked:
            self.popen.send_signal(signal.SIGCONT)
            self.popen.send_signal(signal.SIGTERM)
            self._asked = True

    def end(self) -> int:
        """Asks it to stop and waits; a process that does not is killed, and that is said by the exit status."""
        if self.popen.poll() is None:
            self.ask_to_end()
            try:
                self.popen.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        self.popen.stdout.close()
        return self.popen.returncode


class Town:
    """A Mastodon-compatible server in a process of its own, which ignores Idempotency-Key; two accounts."""

    def __init__(self, process: Process) -> None:
        self.process = process
        told = json.loads(process.first_line())
        self.url, self.tokens = told["url"], (told["token"], told["other_token"])

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers={"content-type": "application/json"})
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return json.load(answer)

    def takes(self, seconds: float) -> None:
        self._ask("/_stand/faults", {"latency": seconds})

    def answers_late(self, seconds: float, *, times: int = 1) -> None:
        """The next posts are taken at once, and answered after so many seconds."""
        fault = {"kind": "late", "seconds": seconds, "method": "POST", "path": "/api/v1/statuses", "times": times}
        self._ask("/_stand/faults", fault)

    def holds_answers(self, *, times: int = 1, seconds: float = 0.0) -> None:
        """The next posts are taken at once, and answered so many seconds after it lets them go."""
        fault = {"kind": "held", "seconds": seconds, "method": "POST", "path": "/api/v1/statuses", "times": times}
        self._ask("/_stand/faults", fault)

    def lets_go(self) -> None:
        self._ask("/_stand/faults", {"let_go": True})

    def refuses(self, sentence: str) -> None:
        """The next post is refused with this sentence."""
        body = json.dumps({"error": sentence})
        fault = {"kind": "answer", "status": 422, "body": body, "method": "POST", "path": "/api/v1/statuses"}
        self._ask("/_stand/faults", fault)

    @property
    def texts(self) -> list[str]:
        """What the public reads, one line a status: a doubled one is there twice."""
        return [re.sub(r"<[^>]+>", "", str(status.get("text") or status["content"])) for status in self._statuses()]

    def _statuses(self) -> list[dict[str, Any]]:
        return self._ask("/_stand/statuses")


class Installation:
    def __init__(self, folder: Path, *, database_url: str = "") -> None:
        self.folder, self.database_url = folder, database_url
        self.environment = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ} | {
            "CLARION_DATA": str(folder), "CLARION_PRIVATE_HOSTS": "127.0.0.1", "CLARION_LOG": "console",
            "DATABASE_URL": database_url, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }  # fmt: skip
        self.processes: list[Process] = []
        self._terminal: Terminal | None = None
        self._numbers = iter(range(1, 1000))

    @property
    def is_postgresql(self) -> bool:
        return bool(self.database_url)

    # -- command line

    def say(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command in a new interpreter, as an operator says it."""
        return subprocess.run(
            [sys.executable, "-m", "clarion", *words], env=self.environment, capture_output=True, text=True, timeout=240
        )

    def terminal(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same, in a process that need not read its imports: for commands that are only a means."""
        if self._terminal is None:
            self._terminal = Terminal(self.environment)
        return self._terminal(*words)

    def ask(self, *words: str) -> list[dict[str, Any]]:
        """One command with --json at the terminal; its lines."""
        done = self.terminal(*words, "--json")
        assert done.returncode == 0, f"clarion {' '.join(words)}: {done.stderr}"
        return [json.loads(line) for line in done.stdout.splitlines()]

    def found(self) -> Installation:
        done = self.say(
            "init", "--organisation", "City of Halden", "--workspace", "Press office", "--email",
            "ingrid@halden.example", "--password", "correct horse 7", "--zone", "Europe/Oslo",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return self

    def connect(self, town: Town, *, account: int = 0) -> str:
        """The id of a channel on the town's server."""
        fields = (f"server={town.url}", f"access_token={town.tokens[account]}")
        (told,) = self.ask("channels", "connect", "mastodon", "--workspace", "Press office", *fields)
        return told["id"]

    def promise(self, texts: dict[str, Sequence[str]], *, at: datetime | None = None) -> None:
        """Schedules texts by channel id, in turns: all for one moment, which is now unless one is given.

        They are written in one transaction: however long that takes, no worker sees some of them before the others.
        """
        due = at.isoformat() if at else "now"
        rows = [
            {"at": due, "text": text, "channel": channel}
            for turn in zip(*_padded(list(texts.values())), strict=True)
            for channel, text in zip(texts, turn, strict=True)
            if text
        ]
        assert len(rows) <= 100, "more than an import writes together"
        file = self.folder / f"posts-{next(self._numbers)}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        self.ask("posts", "import", str(file), "--workspace", "Press office")

    # -- processes

    def serve(self) -> Process:
        process = self._start(["clarion", "serve", "--port", "0"], "serve")
        assert "http://" in process.first_line()
        return process

    def worker(self, *, concurrency: int = 8) -> Process:
        return self._start(["clarion", "worker", "--concurrency", str(concurrency)], "worker")

    def town(self, *, takes: float = 0.0) -> Town:
        command = ["clarion.testing.servers.mastodon", "--ignore-keys", "--print-json", "--latency", str(takes)]
        return Town(self._start(command, "town"))

    def _start(self, command: list[str], name: str) -> Process:
        log = self.folder / f"{name}-{next(self._numbers)}.log"
        process = Process(command, name=name, environment=self.environment, log=log)
        self.processes.append(process)
        return process

    def rest(self) -> None:
        """Ends its processes: all are asked at once, then waited for. Commands can still be said."""
        for process in self.processes:
            process.ask_to_end()
        while self.processes:
            self.processes.pop().end()

    def end(self) -> None:
        self.rest()
        if self._terminal is not None:
            self._terminal.close()
            self._terminal = None

    # -- what the rows say

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Reads or changes rows directly, as nobody should; ``?`` stands for a value."""
        if self.is_postgresql:
            import psycopg

            with psycopg.connect(self.database_url) as database:
                cursor = database.execute(statement.replace("?", "%s"), values)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self.folder / "clarion.sqlite3", timeout=30)) as database, database:
            return database.execute(statement, values).fetchall()

    def key(self, id: str) -> str:
        """An id as the database keeps it."""
        return id if self.is_postgresql else id.replace("-", "")

    def states(self, *channels: str) -> list[str]:
        marks = ",".join("?" for _ in channels)
        found = self.rows(
            f"SELECT state FROM deliveries_delivery WHERE channel_id IN ({marks})", *(self.key(c) for c in channels)
        )
        return sorted(state for (state,) in found)

    def all_published(self, *channels: str) -> bool:
        return set(self.states(*channels)) == {"published"}

    def holder(self, *channels: str) -> str:
        """The worker that has one of these channels' deliveries now, or nothing."""
        marks = ",".join("?" for _ in channels)
        found = self.rows(
            f"SELECT lease_owner FROM deliveries_delivery WHERE lease_owner <> '' AND channel_id IN ({marks})",
            *(self.key(c) for c in channels),
        )
        return found[0][0] if found else ""

    def held_by(self, *channels: str) -> Process | None:
        """The process that has one of these channels' deliveries now."""
        pid = self.holder(*channels).rpartition(":")[2]
        return next((process for process in self.processes if str(process.pid) == pid), None)

    def struck_off(self) -> bool:
        """Whether the engine holds no job any more, and knows of no worker but those that live."""
        ((jobs,),) = self.rows("SELECT count(*) FROM procrastinate_jobs")
        ((workers,),) = self.rows("SELECT count(*) FROM procrastinate_workers")
        living = [process for process in self.processes if process.name == "worker" and process.popen.poll() is None]
        return jobs == 0 and workers == len(living)

    def ticks(self, *, since: datetime, workers: int = 1) -> bool:
        """Whether so many workers have given a sign of life since then."""
        stamp = since if self.is_postgresql else since.strftime("%Y-%m-%d %H:%M:%S.%f")
        ((count,),) = self.rows("SELECT count(*) FROM work_pulse WHERE ticked_at >= ?", stamp)
        return count >= workers


def _padded(columns: list[Sequence[str]]) -> list[list[str]]:
    longest = max(len(column) for column in columns)
    return [[*column, *[""] * (longest - len(column))] for column in columns]
