"""Judges requests and answers by a public OpenAPI file, where that file is at hand; without it everything passes.

The files are test data that is not ours to ship: they are looked for in ``CLARION_SPECS`` or beside the checkout.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


def specs_folder() -> Path | None:
    """Where public specifications lie, if anywhere."""
    told = os.environ.get("CLARION_SPECS")
    places = [Path(told)] if told else [
        parent / "shared" / "networks" / "specs" for parent in Path(__file__).resolve().parents[4:7]
    ]  # fmt: skip
    return next((place for place in places if place.is_dir()), None)


class OpenApi:
    """One specification. ``complaints_*`` give sentences; none means that it fits (or that nobody can tell)."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415 - for tests only
        from referencing import Registry, Resource  # noqa: PLC0415 - comes with it
        from referencing.jsonschema import DRAFT202012  # noqa: PLC0415 - comes with it

        self._validator = Draft202012Validator
        document = copy.deepcopy(dict(document))
        _open_alternatives(document)
        self._registry = Registry().with_resource("urn:spec", Resource.from_contents(document, DRAFT202012))
        self._document = document
        self._paths = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + r"\Z"), path, operations)
            for path, operations in document["paths"].items()
        ]

    def operation(self, method: str, path: str) -> tuple[str, Mapping[str, Any]] | None:
        exact = [(p, o) for _m, p, o in self._paths if p == path]
        for template, operations in exact or [(p, o) for m, p, o in self._paths if m.match(path)]:
            if method.lower() in operations:
                return template, operations[method.lower()]
        return None

    def complaints_about_request(
        self, *, method: str, path: str, query: Mapping[str, Any], content_type: str, fields: Any
    ) -> list[str]:
        """``fields``: the parsed JSON, or the names of a form's fields."""
        found = self.operation(method, path)
        if found is None:
            return [f"{method} {path} is not in the specification"]
        template, operation = found
        parameters = [self._whole(p) for p in operation.get("parameters", [])]
        known = {p["name"].removesuffix("[]") for p in parameters if p.get("in") == "query"}
        said = [
            f"{method} {template}: unknown query “{name}”" for name in query if name.removesuffix("[]") not in known
        ]
        contents = operation.get("requestBody", {}).get("content", {})
        if content_type.startswith("application/json") and "application/json" in contents:
            said += self._errors(contents["application/json"]["schema"], fields, f"{method} {template}")
        elif fields:
            names: set[str] = set()
            for content in contents.values():
                names |= {n.removesuffix("[]") for n in self._whole(content.get("schema", {})).get("properties", {})}
            said += [f"{method} {template}: unknown field “{n}”" for n in fields if n.removesuffix("[]") not in names]
        return said

    def complaints_about_answer(self, *, method: str, path: str, status: int, data: Any) -> list[str]:
        found = self.operation(method, path)
        if found is None:
            return []
        content = found[1].get("responses", {}).get(str(status), {}).get("content", {}).get("application/json")
        return self._errors(content["schema"], data, f"{method} {found[0]} {status}") if content else []

    def _whole(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference within the document stands for; what is no reference as it is."""
        while isinstance(node.get("$ref"), str) and node["$ref"].startswith("#/"):
            found: Any = self._document
            for name in node["$ref"][2:].split("/"):
                found = found[name.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def _errors(self, schema: Any, data: Any, where: str) -> list[str]:
        wrapped = _absolute(schema)
        validator = self._validator(wrapped, registry=self._registry)
        return [
            f"{where}: {'/'.join(map(str, e.absolute_path))} {e.message[:200]}" for e in validator.iter_errors(data)
        ]


def _absolute(node: Any) -> Any:
    """The schema with its references made whole, so that it can stand alone."""
    if isinstance(node, Mapping):
        return {k: (f"urn:spec{v}" if k == "$ref" and v.startswith("#") else _absolute(v)) for k, v in node.items()}
    return [_absolute(item) for item in node] if isinstance(node, list) else node


def _open_alternatives(node: Any) -> None:
    """``oneOf`` becomes ``anyOf``: a status with text and media is both of two kinds that the file keeps apart."""
    if isinstance(node, dict):
        if isinstance(node.get("oneOf"), list):
            node["anyOf"] = node.pop("oneOf")
        if node.get("nullable") is True and isinstance(node.get("type"), str):
            node["type"] = [node["type"], "null"]  # OpenAPI 3.0 says it beside the type, JSON Schema within
        elif node.get("nullable") is True and isinstance(node.get("allOf"), list):
            node["anyOf"] = [{"allOf": node.pop("allOf")}, {"type": "null"}]
        if "anyOf" in node and "properties" not in node:
            node.pop("additionalProperties", None)  # beside alternatives it would forbid what each of them names
        for value in node.values():
            _open_alternatives(value)
    elif isinstance(node, list):
        for value in node:
            _open_alternatives(value)


@cache
def specification(network: str, file: str) -> OpenApi | None:
    """The specification of a network, or None where its file (or jsonschema) is not at hand."""
    folder = specs_folder()
    if folder is None or not (folder / network / file).is_file():
        return None
    try:
        return OpenApi(_document(folder / network / file))
    except ImportError:
        return None


def _document(path: Path) -> Mapping[str, Any]:
    read: Mapping[str, Any]
    if path.suffix == ".json":
        read = json.loads(path.read_text())
    else:
        import yaml  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 - for tests only

        read = yaml.safe_load(path.read_text())
    return read
