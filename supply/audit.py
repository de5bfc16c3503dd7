"""usage: bin/audit [--lock FILE]

Asks an advisory database about every pinned package and every vendored one, in one question. A known weakness is a
failure, unless pyproject.toml accepts it with a reason. When the database cannot be asked, that is said, and it is no
failure: whoever has no way out checks elsewhere. Takes no longer than 20 seconds.
  --lock FILE   which packages; without it: requirements-dev.lock, which holds what runs and what tests it
CLARION_ADVISORIES names another database that speaks as OSV does (https://google.github.io/osv.dev/post-v1-querybatch/).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import sys
import tomllib
import urllib.request
from collections.abc import Sequence
from typing import Any

from supply.parts import ROOT, Part, all_parts

DATABASE = "https://api.osv.dev"
SECONDS = 18
KINDS = {"pypi": "PyPI", "npm": "npm"}


class CannotAsk(Exception):
    """There was no answer, or none that could be understood."""


def advisories(parts: Sequence[Part], *, database: str) -> dict[str, list[str]]:
    """Ids of the known weaknesses, by the part's address. Raises ``CannotAsk``."""
    asked = [{"package": {"name": one.name, "ecosystem": KINDS[one.kind]}, "version": one.version} for one in parts]
    request = urllib.request.Request(  # noqa: S310  the operator's own choice
        f"{database}/v1/querybatch", data=json.dumps({"queries": asked}).encode(),
        headers={"content-type": "application/json", "user-agent": "clarion-audit"},
    )  # fmt: skip
    signal.signal(signal.SIGALRM, _too_late)  # a time-out of the socket alone would let an answer trickle
    signal.alarm(SECONDS)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            told = json.load(answer)["results"]
        found = [[str(weak["id"]) for weak in one.get("vulns", ())] for one in told]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotAsk(type(error).__name__) from error
    finally:
        signal.alarm(0)
    if len(found) != len(parts):
        raise CannotAsk("it answered about other packages")
    return {part.purl: ids for part, ids in zip(parts, found, strict=True) if ids}


def _too_late(*told: object) -> None:
    raise TimeoutError


def accepted() -> dict[str, str]:
    """Weaknesses that do not reach us, each with the reason."""
    told: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return dict(told.get("tool", {}).get("clarion", {}).get("accepted-advisories", {}))


def main() -> int:
    asked = argparse.ArgumentParser(prog="bin/audit", usage="bin/audit [--lock FILE]")
    asked.add_argument("--lock", default="requirements-dev.lock", metavar="FILE", help="which packages")
    parts = all_parts(asked.parse_args().lock)
    database = os.environ.get("CLARION_ADVISORIES") or DATABASE
    try:
        found = advisories(parts, database=database)
    except CannotAsk as error:
        sys.stdout.write(
            f"bin/audit: advisories could not be asked ({error}): whether the {len(parts)} packages have known "
            "weaknesses is NOT known.\n"
        )
        return 0
    reasons, bad = accepted(), 0
    for purl, ids in found.items():
        for one in ids:
            bad += one not in reasons
            sys.stdout.write(f"{purl}: {one}{f', accepted: {reasons[one]}' if one in reasons else ''}\n")
    sys.stdout.write(f"bin/audit: {len(parts)} packages, {bad} known weaknesses\n" if bad else
                     f"bin/audit: {len(parts)} packages, no known weakness\n")  # fmt: skip
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
