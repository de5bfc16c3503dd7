"""An installation's terminal: every command is a process of its own, forked from one that has read Clarion already.

A new interpreter reads its imports for most of a second before it does anything, and tests say hundreds of commands.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
from pathlib import Path

from .prepared import SECONDS

PREPARED = Path(__file__).with_name("prepared.py")


class Terminal:
    """Says commands in one environment, which does not change any more."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, PREPARED], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Says ``clarion WORDS`` and waits for its end."""
        self._popen.stdin.write(json.dumps(words) + "\n")
        self._popen.stdin.flush()
        # A command that hangs is ended there; this is for the terminal itself, its imports included.
        ready, _, _ = select.select([self._popen.stdout], [], [], 2 * SECONDS)
        line = self._popen.stdout.readline() if ready else ""
        assert line, f"clarion {' '.join(words)}: the terminal does not answer"
        told = json.loads(line)
        return subprocess.CompletedProcess(words, told["code"], told["stdout"], told["stderr"])

    def close(self) -> None:
        self._popen.stdin.close()
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait(10)
        self._popen.stdout.close()
