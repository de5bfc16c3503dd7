"""A small judge for AT Protocol lexicons: does this JSON keep to the published schema? For tests only.

The lexicon files are not part of this product: give the folder that holds ``app/bsky/…`` and ``com/atproto/…``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from clarion.networks import atproto
from clarion.networks.text import graphemes

_LANGUAGE = re.compile(r"[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*")
_URI = re.compile(r"[a-z][a-z0-9.+-]*:\S+", re.IGNORECASE)


def _is_datetime(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None and "T" in text
    except ValueError:
        return False


def _is_at_uri(text: str) -> bool:
    try:
        atproto.AtUri.read(text)
    except ValueError:
        return False
    return True


_FORMATS: dict[str, Callable[[str], bool]] = {
    "datetime": _is_datetime,
    "uri": lambda text: _URI.fullmatch(text) is not None,
    "at-uri": _is_at_uri,
    "did": atproto.is_did,
    "handle": atproto.is_handle,
    "at-identifier": lambda text: atproto.is_did(text) or atproto.is_handle(text),
    "tid": atproto.is_tid,
    "record-key": atproto.is_record_key,
    "cid": lambda text: re.fullmatch(r"b[a-z2-7]{50,}", text) is not None,
    "language": lambda text: _LANGUAGE.fullmatch(text) is not None,
}


class Lexicons:
    """``problems`` of records, of what a method is given, and of what it gives back; empty: it keeps to the schema."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Any] = {}

    def record(self, value: Mapping[str, Any]) -> list[str]:
        name = str(value.get("$type") or "")
        found = self._definition(name, name)
        if found is None or found[1].get("type") != "record":
            return [f"no record type {name!r}"]
        return list(self._judge(value, found[1]["record"], name, "record"))

    def given(self, method: str, body: Any) -> list[str]:
        return self._part(method, "input", body)

    def asked(self, method: str, query: Mapping[str, list[str]]) -> list[str]:
        """What a method is asked with: parameters that it does not know are problems as well."""
        found = self._definition(method, method)
        schema = found[1].get("parameters") if found else None
        known: Mapping[str, Any] = (schema or {}).get("properties", {})
        if found is None:
            return []
        said = [f"{method}: unknown parameter {name}" for name in query if name not in known]
        told = {name: _read(values, known[name]) for name, values in query.items() if name in known}
        return [*said, *self._object(told, schema, method, "parameters")] if schema else said

    def gave(self, method: str, body: Any) -> list[str]:
        return self._part(method, "output", body)

    def _part(self, method: str, part: str, body: Any) -> list[str]:
        found = self._definition(method, method)
        schema = (found[1].get(part) or {}).get("schema") if found else None
        return list(self._judge(body, schema, method, part)) if schema else []

    def _definition(self, ref: str, base: str) -> tuple[str, Any] | None:
        """(file's name, definition) of ``app.bsky.x#y``, ``app.bsky.x`` or ``#y`` as seen from ``base``."""
        name, _, inner = ref.partition("#")
        name = name or base
        if name not in self._read:
            file = self._folder.joinpath(*name.split(".")).with_suffix(".json")
            self._read[name] = json.loads(file.read_text()) if file.exists() else None
        lexicon = self._read[name]
        found = lexicon["defs"].get(inner or "main") if lexicon else None
        return (name, found) if found else None

    def _judge(self, value: Any, schema: Mapping[str, Any], base: str, where: str) -> Iterator[str]:
        kind = schema["type"]
        if kind == "ref":
            found = self._definition(schema["ref"], base)
            if found is None:
                yield f"{where}: no lexicon for {schema['ref']}"
            else:
                yield from self._judge(value, found[1], found[0], where)
        elif kind == "union":
            yield from self._union(value, schema, base, where)
        elif kind == "object":
            yield from self._object(value, schema, base, where)
        elif kind == "array":
            if not isinstance(value, list):
                yield f"{where}: not a list"
                return
            if len(value) > schema.get("maxLength", len(value)):
                yield f"{where}: {len(value)} of {schema['maxLength']} items"
            for index, item in enumerate(value):
                yield from self._judge(item, schema["items"], base, f"{where}[{index}]")
        elif kind == "string":
            yield from self._string(value, schema, where)
        elif kind == "integer":
            if not isinstance(value, int) or isinstance(value, bool):
                yield f"{where}: not a whole number"
            elif not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                yield f"{where}: {value} is out of range"
        elif kind == "boolean":
            if not isinstance(value, bool):
                yield f"{where}: neither true nor false"
        elif kind == "blob":
            yield from self._blob(value, schema, where)
        elif kind == "unknown" and not isinstance(value, Mapping):
            yield f"{where}: not an object"

    def _object(self, value: Any, schema: Mapping[str, Any], base: str, where: str) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{where}: not an object"
            return
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{where}.{name}: missing"
        for name, inner in schema.get("properties", {}).items():
            if name in value and not (value[name] is None and name in schema.get("nullable", ())):
                yield from self._judge(value[name], inner, base, f"{where}.{name}")

    def _union(self, value: Any, schema: Mapping[str, Any], base: str, where: str) -> Iterator[str]:
        kind = value.get("$type") if isinstance(value, Mapping) else None
        if not kind:
            yield f"{where}: has no $type"
            return
        known = {ref if not ref.startswith("#") else base + ref for ref in schema["refs"]}
        if str(kind) not in known and f"{kind}#main" not in known:
            yield f"{where}: {kind} does not belong here"
            return
        found = self._definition(str(kind), base)
        if found is not None:
            yield from self._judge(value, found[1], found[0], where)

    def _string(self, value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{where}: not a text"
            return
        if len(value.encode()) > schema.get("maxLength", len(value.encode())):
            yield f"{where}: {len(value.encode())} of {schema['maxLength']} bytes"
        if "maxGraphemes" in schema and graphemes(value) > schema["maxGraphemes"]:
            yield f"{where}: {graphemes(value)} of {schema['maxGraphemes']} graphemes"
        judge = _FORMATS.get(schema.get("format", ""))
        if judge is not None and not judge(value):
            yield f"{where}: {value[:80]!r} is no {schema['format']}"

    def _blob(self, value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:
        if not isinstance(value, Mapping) or value.get("$type") != "blob" or "$link" not in (value.get("ref") or {}):
            yield f"{where}: not a blob"
            return
        accept = schema.get("accept", ["*/*"])
        mime, size = str(value.get("mimeType")), value.get("size")
        if not any(one in ("*/*", mime) or (one.endswith("/*") and mime.startswith(one[:-1])) for one in accept):
            yield f"{where}: {mime} is not accepted"
        if not isinstance(size, int) or size > schema.get("maxSize", size):
            yield f"{where}: {size} of {schema.get('maxSize')} bytes"


def _read(values: list[str], schema: Mapping[str, Any]) -> Any:
    """The value of a parameter as its schema means it."""
    if schema["type"] == "array":
        return values
    value = values[-1]
    if schema["type"] == "integer" and value.lstrip("-").isdecimal():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if schema["type"] == "boolean" else value
