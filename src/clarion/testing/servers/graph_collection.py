"""Judges calls by a public collection of requests (Postman's format), where it is at hand (see ``openapi``)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from .graph import split_fields
from .openapi import specs_folder

EVERYWHERE = frozenset({"access_token", "fields", "limit", "after", "before", "since", "until"})


class Collection:
    """``paths``: method and path pattern -> the parameters that some request of it has."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.paths: dict[tuple[str, str], set[str]] = {}
        for request in _requests(document["item"]):
            url = request["url"]
            raw = str(url["raw"]).split("?")[0].removeprefix("{{api_host}}").rstrip("/")
            pattern = re.sub(r"\{\{\w+\}\}", "[^/]+", raw)
            known = self.paths.setdefault((request["method"], pattern), set())
            known |= {one["key"] for one in url.get("query", ()) if one.get("key")}
        told = {one["key"]: str(one.get("value")) for one in document.get("variable", ())}
        self.fields = {
            name for key, value in told.items() if key.startswith("fields_") for name, _in in split_fields(value)
        }
        self.metrics = {name for key, value in told.items() if key.startswith("metrics_") for name in value.split(",")}

    def complaints(self, method: str, path: str, params: Mapping[str, Any]) -> list[str]:
        exact = [key for key in self.paths if key == (method, path)]
        found = exact or [key for key in self.paths if key[0] == method and re.fullmatch(key[1], path)]
        where = f"{method} {path}"
        if not found:
            return [f"{where} is not in the collection"]
        known = set().union(*(self.paths[key] for key in found)) | EVERYWHERE
        said = [f"{where}: unknown parameter “{name}”" for name in params if name not in known and name[:1] != "@"]
        asked = split_fields(str(params.get("fields") or ""))
        said += [f"{where}: unknown field “{name}”" for name, _inner in asked if name not in self.fields]
        metrics = str(params.get("metric") or "").split(",") if params.get("metric") else []
        return said + [f"{where}: unknown metric “{name}”" for name in metrics if name not in self.metrics]


def _requests(items: Any) -> Iterator[Mapping[str, Any]]:
    for item in items:
        if "item" in item:
            yield from _requests(item["item"])
        else:
            yield item["request"]


@cache
def collection(network: str, file: str) -> Collection | None:
    """The collection of a network, or None where it is not at hand."""
    folder = specs_folder()
    if folder is None or not (folder / network / file).is_file():
        return None
    return Collection(json.loads((folder / network / file).read_text()))
