"""Judges requests and answers by Google's discovery documents, where they are at hand; without them everything passes.

The files are test data that is not ours to ship: they are looked for as ``openapi.specs_folder`` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from .openapi import specs_folder

_SHAPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "boolean": (bool,), "integer": (int,), "number": (int, float),
    "array": (list,), "object": (dict,),
}  # fmt: skip


class Discovery:
    """One API. ``complaints_*`` give sentences; none means that it fits."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Any] = document.get("schemas", {})
        self._common = set(document.get("parameters", {}))
        self._methods = list(_methods(document))

    def operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        """The method that answers this call; a fixed path comes before one with names in it."""
        found = [
            operation for verb, pattern, operation in self._methods if verb == method and pattern.fullmatch(path)
        ]  # fmt: skip
        return min(found, key=lambda operation: operation["path"].count("{"), default=None)

    def complaints_about_request(
        self, *, method: str, path: str, query: Mapping[str, list[str]], data: Any
    ) -> list[str]:
        """``data``: the parsed JSON; None for no body or bytes."""
        operation = self.operation(method, path)
        if operation is None:
            return [f"{method} {path} is not in the discovery document"]
        where, parameters = operation["id"], operation.get("parameters", {})
        said = [f"{where}: unknown query “{name}”" for name in query if name not in {*parameters, *self._common}]
        for name, rule in parameters.items():
            if rule.get("location") != "query":
                continue
            if rule.get("required") and name not in query:
                said.append(f"{where}: “{name}” is missing")
            for value in query.get(name, []):
                values = value.split(",") if rule.get("repeated") else [value]
                said += [
                    f"{where}: {name} cannot be “{one}”" for one in values if one not in rule.get("enum", [one])
                ]  # fmt: skip
        wanted = operation.get("request", {}).get("$ref")
        if data is not None:
            said += self._errors({"$ref": wanted}, data, where) if wanted else [f"{where} takes no body"]
        return said

    def complaints_about_answer(self, *, method: str, path: str, data: Any) -> list[str]:
        operation = self.operation(method, path)
        wanted = operation and operation.get("response", {}).get("$ref")
        return self._errors({"$ref": wanted}, data, f"{method} {path}") if wanted else []

    def _errors(self, schema: Mapping[str, Any], data: Any, where: str) -> list[str]:
        schema = self._schemas.get(schema["$ref"], {}) if "$ref" in schema else schema
        shape = schema.get("type")
        wrong = shape in _SHAPES and not isinstance(data, _SHAPES[shape])
        if wrong or (isinstance(data, bool) and shape in ("integer", "number")):
            return [f"{where}: is {type(data).__name__}, not {shape}"]
        if "enum" in schema and data not in schema["enum"]:
            return [f"{where}: cannot be “{data}”"]
        if isinstance(data, list):
            return [one for index, item in enumerate(data) for one in self._errors(schema.get("items", {}), item,
                                                                                   f"{where}[{index}]")]  # fmt: skip
        known = schema.get("properties")
        if not isinstance(data, Mapping) or known is None:
            return []
        said: list[str] = []
        for name, value in data.items():
            inside = f"{where}.{name}"
            said += self._errors(known[name], value, inside) if name in known else [f"{inside}: there is no such field"]
        return said


def _methods(
    node: Mapping[str, Any], base: str | None = None
) -> Iterator[tuple[str, re.Pattern[str], Mapping[str, Any]]]:
    base = "/" + node.get("servicePath", "") if base is None else base
    for method in node.get("methods", {}).values():
        paths = [base + method.get("flatPath", method["path"])]  # the flat one says how many segments a name has
        paths += [way["path"] for way in method.get("mediaUpload", {}).get("protocols", {}).values()]
        for path in paths:
            yield method["httpMethod"], _pattern(path), method
    for inner in node.get("resources", {}).values():
        yield from _methods(inner, base)


def _pattern(path: str) -> re.Pattern[str]:
    """``v1/{+name}/x``: a name with a plus may hold slashes."""
    pieces = re.split(r"(\{\+?\w+\})", path)
    return re.compile("".join(
        (".+" if piece.startswith("{+") else "[^/]+") if piece.startswith("{") else re.escape(piece) for piece in pieces
    ))  # fmt: skip


@cache
def discovery(network: str, file: str) -> Discovery | None:
    """The document of an API, or None where its file is not at hand."""
    folder = specs_folder()
    if folder is None or not (folder / network / file).is_file():
        return None
    return Discovery(json.loads((folder / network / file).read_text()))
