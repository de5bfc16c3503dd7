"""clarion networks, clarion count."""

from __future__ import annotations

import dataclasses
import json as jsonlib
import sys
from datetime import timedelta
from importlib.resources import files
from typing import Any

from clarion.networks import registry
from clarion.networks.base import Network
from clarion.web.commands.asked import answer
from clarion.web.said import Said


def proofs() -> dict[str, dict[str, dict[str, str]]]:
    """What the conformance suite proved, by network and ability, as the last run wrote it."""
    path = files("clarion.networks").joinpath("proved.json")
    proved: dict[str, dict[str, dict[str, str]]] = jsonlib.loads(path.read_text()) if path.is_file() else {}
    return proved


def described(kind: type[Network], proved: dict[str, dict[str, str]]) -> dict[str, Any]:
    """A network as the command line and the docs show it: derived from the code and the last results."""
    rules = kind.rules
    limits: dict[str, Any] = {"text": rules.text.limit, "unit": rules.text.unit, "parts": rules.parts}
    if rules.text.max_bytes:
        limits["bytes"] = rules.text.max_bytes
    for name in ("images", "videos", "polls"):
        rule = getattr(rules, name)
        limits[name] = None if rule is None else {k: _plain(v) for k, v in dataclasses.asdict(rule).items()}
    return {
        "name": kind.name, "label": kind.label, "once": kind.once.kind, "abilities": list(kind.abilities()),
        "limits": limits, "asked_of_server": rules.asked_of_server, "proved": proved,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return value.total_seconds() if isinstance(value, timedelta) else value


def show(*, json: bool) -> None:
    proved = proofs()
    for kind in registry.all():
        line = described(kind, proved.get(kind.name, {}))
        answer(
            line,
            json=json,
            human=f"{kind.name:<12} {line['once']:<7} {kind.rules.text.limit} {kind.rules.text.unit}: "
            + ", ".join(line["abilities"]),
        )


def count(*, network: str, json: bool) -> None:
    text = registry.get(network).rules.text
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            said = jsonlib.loads(line)["text"]
        except (ValueError, KeyError, TypeError):
            raise Said(f'Line {number} is not JSON like {{"text": "…"}}.') from None
        if not isinstance(said, str):
            raise Said(f"Line {number}: text is not a string.")
        size = text.count(said)
        fits = size <= text.limit and (
            text.max_bytes is None or len(said.encode(errors="surrogatepass")) <= text.max_bytes
        )
        answer({"count": size, "limit": text.limit, "unit": text.unit, "fits": fits}, json=True)
