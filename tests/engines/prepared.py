"""The process behind a terminal: reads Clarion once, then forks for every command that it is told on a line of JSON.

What a command finds is what it would find in a new process: settings, a closed database, standard input at its end.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

SECONDS = 60
"""How long a command may take."""
VERBS = ("channels", "crisis", "deliveries", "doctor", "first", "importing", "networks", "posts")


def ended(say: Callable[[], None], words: Sequence[str]) -> dict[str, Any]:
    """One command in a child of this process: how it ended, and what it said."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        child = os.fork()
        if child == 0:
            signal.alarm(SECONDS)
            for number, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, stdout.fileno()), (2, stderr.fileno())):
                os.dup2(source, number)
            sys.argv = ["clarion", *words]
            say()
            sys.exit()
        _, status = os.waitpid(child, 0)
        stdout.seek(0)
        stderr.seek(0)
        said = {"stdout": stdout.read().decode(), "stderr": stderr.read().decode()}
        return {"code": os.waitstatus_to_exitcode(status), **said}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clarion.config.settings")
    import_module("clarion.web.set_up").set_up()
    for verbs in VERBS:
        import_module(f"clarion.web.commands.{verbs}")
    say = import_module("clarion.web.command_line").main
    for line in sys.stdin:
        sys.stdout.write(json.dumps(ended(say, json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
