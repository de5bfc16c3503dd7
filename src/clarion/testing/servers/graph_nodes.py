"""Judges calls by Meta's own lists of nodes, edges, parameters and fields, where they are at hand (see ``openapi``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from .graph import split_fields
from .openapi import specs_folder

EVERYWHERE = frozenset(
    {"access_token", "appsecret_proof", "fields", "limit", "after", "before", "since", "until", "summary", "order"}
)
"""Parameters of reading and paging that belong to every edge. K: ``since``, ``until`` and ``summary`` to all."""


class Nodes:
    """The nodes of one network: ``{name: {"fields": …, "apis": …}}``."""

    def __init__(self, files: Mapping[str, Any]) -> None:
        self.fields = {name: {field["name"] for field in one.get("fields", ())} for name, one in files.items()}
        self.edges: dict[tuple[str, str, str], tuple[set[str], str]] = {}
        for name, one in files.items():
            for api in one.get("apis", ()):
                edge = api.get("endpoint") or ""
                params = {param["name"] for param in api.get("params", ())}
                self.edges[name, api["method"], edge] = (params, str(api.get("return") or ""))

    def complaints(self, method: str, node: str, edge: str, params: Mapping[str, Any]) -> list[str]:
        """``node`` must be one of ours; what it does not have is told in sentences."""
        found = self.edges.get((node, method, edge))
        where = f"{method} {node}/{edge}".rstrip("/")
        if found is None:
            return [f"{where} is not in the contract"]
        known, gives = found
        said = [
            f"{where}: unknown parameter “{name}”"
            for name, value in params.items()
            if name not in known
            and name not in EVERYWHERE
            and not name.startswith("@")
            and not isinstance(value, tuple)
        ]
        shown = gives if edge else node
        if shown in self.fields and method == "GET":
            ways = {end for name, get, end in self.edges if name == shown and get == "GET"}
            said += [
                f"{where}: {shown} has no field “{name}”"
                for name, _inner in split_fields(str(params.get("fields") or ""))
                if name not in self.fields[shown] | ways
            ]
        return said


@cache
def nodes(network: str) -> Nodes | None:
    """The lists of one network, or None where they are not at hand."""
    folder = specs_folder()
    if folder is None or not (folder / network).is_dir():
        return None
    files = {path.stem: json.loads(path.read_text()) for path in sorted((folder / network).glob("*.json"))}
    return Nodes({name: one for name, one in files.items() if isinstance(one, Mapping) and "apis" in one})
