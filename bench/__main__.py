"""``bin/bench``: lists the benches, runs one or all, prints their figures, writes them into the page."""

from __future__ import annotations

import argparse
import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.databases import postgresql
from bench.report import conditions, write_into

NAMES = (
    "burst", "lateness", "kill", "slow", "million", "memory", "command", "calendar", "pages", "counters",
    "upload", "networks", "keystroke", "visits", "search", "links", "importing", "rules", "pause", "policy",
    "approvals",
)  # fmt: skip
ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
ALL: tuple[tuple[str, ...], ...] = (
    ("burst",), ("lateness",), ("kill",), ("kill", "--database", "postgres"),
    ("kill", "--database", "postgres", "--engine", "workers"), ("slow",), ("million",),
    ("million", "--database", "postgres"), ("memory",), ("command",), ("calendar",), ("pages",),
    ("counters",), ("upload",), ("networks",), ("keystroke",), ("visits",), ("links",), ("search",),
    ("search", "--database", "postgres"), ("importing",), ("importing", "--database", "postgres"), ("approvals",),
    ("rules",),
    ("pause", "--database", "postgres"), ("policy",),
)  # fmt: skip
"""What ``bin/bench all`` runs."""


def purpose(name: str) -> str:
    """The first line of the bench's own words; nothing of it is run."""
    tree = ast.parse((ROOT / "bench" / f"{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").splitlines()[0]


def usage() -> str:
    lines = [
        "usage: bin/bench NAME [--json] [--write PAGE] [OPTIONS OF THE BENCH]",
        "       bin/bench all [--write PAGE]",
        "",
    ]
    lines += ["Measures Clarion on real processes, on loopback, in folders that it removes again.", ""]
    lines += [f"  {name:<9} {purpose(name)}" for name in NAMES]
    return "\n".join([*lines, "", "bin/bench NAME --help tells a bench's own options.", ""])


def parser_of(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"bin/bench {name}", description=purpose(name))
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the figures into their place in this page")
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--keep", action="store_true", help="leave the data folder where it is, and name it")
    return parser


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "list"):
        sys.stdout.write(usage())
        return 0
    # Ended from outside it still ends its servers and removes its folders.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    name, *rest = arguments
    if name == "all":
        return run_all(rest)
    if name not in NAMES:
        sys.stderr.write(f"bin/bench: there is no bench “{name}”. There are: {', '.join(NAMES)}.\n")
        return 2
    return run(name, rest)


def run_all(rest: list[str]) -> int:
    """Each in a process of its own, one after the other. The worst status of all."""
    worst = 0
    for words in ALL:
        one = subprocess.Popen([sys.executable, "-m", "bench", *words, *rest])  # noqa: S603  our own interpreter
        try:
            worst = max(worst, abs(one.wait()))
        except BaseException:
            one.terminate()  # so that it ends what it has started
            one.wait()
            raise
    return worst


def run(name: str, rest: list[str]) -> int:
    """Status 1 when a figure is not what it must be."""
    parser = parser_of(name)
    before = conditions()
    with ExitStack() as ends:
        folder = Path(tempfile.mkdtemp(prefix=f"clarion-bench-{name}-"))
        asked = "postgres" if "postgres" in rest or "--database=postgres" in rest else "sqlite"
        ends.callback(lambda: shutil.rmtree(folder, ignore_errors=True) if "--keep" not in rest else None)
        url = ends.enter_context(postgresql(folder)) if asked == "postgres" and "--help" not in rest else ""
        settle(folder / "data", url)
        bench: Any = import_module(f"bench.{name}")
        bench.options(parser)
        given = parser.parse_args(rest)
        report = bench.run(given, before)
        sys.stdout.write((json.dumps(report.as_json(), ensure_ascii=False) if given.json else report.as_text()) + "\n")
        if given.write:
            write_into(given.write, report, key=report.name)
        if given.keep:
            sys.stderr.write(f"bench: the data is in {folder}\n")
    return 0 if all(figure.is_kept is not False for figure in report.figures) else 1


def settle(folder: Path, database_url: str) -> None:
    """Sets Django up for an installation in ``folder``. Nothing of the caller's own settings is used."""
    for setting in [setting for setting in os.environ if setting.startswith("CLARION_")]:
        del os.environ[setting]
    os.environ |= {
        "CLARION_DATA": str(folder), "CLARION_PRIVATE_HOSTS": "127.0.0.1", "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "clarion.config.settings",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
    }  # fmt: skip
    import_module("clarion.web.set_up").set_up()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
