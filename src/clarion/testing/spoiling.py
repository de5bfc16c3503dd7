"""Answers as no network should give them: empty, cut, huge, of wrong types, field by field, lists without an end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from .servers.base import Said

HUGE = 40_000_000
"""Bytes of an answer that nobody has to read whole."""


def data(body: bytes) -> Said:
    return Said(200, body, {"content-type": "application/json"})


SAYS_NOTHING: Mapping[str, Said] = {
    "null": data(b"null"),
    "a word": data(b'"yes"'),
    "a number": data(b"7"),
    "a page": Said.html("Sign in to the guest network", 200),
    "an empty answer": Said(200),
    "no content": Said(204),
    "half an answer": data(b'{"id": "1", "data": [{"id'),
    "no UTF-8": data(b'{"id": "\xff\xfe", "data": "\xc3"}'),
    "deep": data(b"[" * 100_000),
}
"""Answers of success in which nobody can read anything."""
OTHER_SHAPES: Mapping[str, Said] = {
    "a list": data(b"[]"),
    "a list of nothing": data(b"[null]"),
    "a list of words": data(b'["yes", 7, []]'),
    "no data": data(b'{"data": null}'),
    "an object for an id": data(b'{"id": {}, "data": {"id": []}, "result": {"id": {}}}'),
    "wrong types": data(b'{"id": [1], "data": "no", "ok": "maybe", "result": 5, "errors": {}, "error": [[]]}'),
}
"""Answers of success that are data, but not those of this network."""


def _leaves(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def twisted(data: Any) -> Any:
        if isinstance(data, dict):
            return {name: twisted(value) for name, value in data.items()}
        return [twisted(value) for value in data] if isinstance(data, list) else change(data)

    return twisted


def _nodes(kind: type, change: Callable[[Any], Any], *, depth: int = 1) -> Callable[[Any], Any]:
    """Changes every ``kind`` (dict or list) so deep or deeper."""

    def twisted(data: Any, at: int = 0) -> Any:
        if isinstance(data, kind) and at >= depth:
            return change(data)
        if isinstance(data, dict):
            return {name: twisted(value, at + 1) for name, value in data.items()}
        return [twisted(value, at + 1) for value in data] if isinstance(data, list) else data

    return twisted


TWISTS: Mapping[str, Callable[[Any], Any]] = {
    "nothing is told": _leaves(lambda value: None),
    "texts are numbers": _leaves(lambda value: 7 if isinstance(value, str) else value),
    "texts are endless numbers": _leaves(lambda value: 10**30 if isinstance(value, str) else value),
    "texts are empty": _leaves(lambda value: "" if isinstance(value, str) else value),
    "numbers are words": _leaves(lambda value: "many" if isinstance(value, int | float) else value),
    "numbers are endless": _leaves(lambda value: 10**30 if isinstance(value, int) else value),
    "values are objects": _leaves(lambda value: {}),
    "values are lists": _leaves(lambda value: [[]]),
    "objects are empty": _nodes(dict, lambda value: {}),
    "objects are lists": _nodes(dict, lambda value: [value]),
    "objects are words": _nodes(dict, lambda value: "yes"),
    "objects are missing": _nodes(dict, lambda value: None),
    "lists are objects": _nodes(list, lambda value: {"0": value}, depth=0),
    "lists are missing": _nodes(list, lambda value: None, depth=0),
    "lists hold nothing": _nodes(list, lambda value: [None, *value], depth=0),
    "lists hold words": _nodes(list, lambda value: ["yes", 7, []], depth=0),
}
"""How the network's own answer, as it should be, is made wrong."""


ONWARD = frozenset({
    "after", "bookmark", "cursor", "end", "endCursor", "next", "nextPageToken", "next_batch", "next_cursor",
    "next_from",
})  # fmt: skip
"""Fields by which networks name the next page."""


def endless(data: Any) -> Any:
    """The same page again is said to be the next one."""
    if isinstance(data, list):
        return [endless(one) for one in data]
    if not isinstance(data, dict):
        return data
    told = {name: endless(value) for name, value in data.items()}
    told |= {name: "again" for name in ONWARD & told.keys() if not isinstance(told[name], dict)}
    return {**told, **({"hasNextPage": True} if "hasNextPage" in told else {})}


def leads_on(data: Any) -> Any:
    """``endless``, also where the answer named no next page."""
    if not isinstance(data, dict):
        return data
    more = {"cursor": "again", "nextPageToken": "again", "bookmark": "again", "next": {"cursor": "again"},
            "response_metadata": {"next_cursor": "again"},
            "paging": {"next": "https://again.example/", "cursors": {"after": "again"}}}  # fmt: skip
    told = endless(data)
    return {**more, **{name: value for name, value in told.items() if name not in ("next", "paging")}}


GONE = object()
SPOILS: Mapping[str, Any] = {
    "gone": GONE, "null": None, "an object": {}, "a list": [[]], "a word": "yes", "a number": 7, "endless": 10**30,
    "half an address": "https://[half",
}  # fmt: skip
"""What a single field is made, while all the others are as they should be."""


def fields_in(data: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to each field; ``*`` is each item of a list."""
    inner = data.items() if isinstance(data, dict) else (("*", one) for one in data) if isinstance(data, list) else ()
    for name, value in inner:
        yield (*at, name)
        yield from fields_in(value, (*at, name))


def spoiled(path: tuple[str, ...], value: Any) -> Callable[[Any], Any]:
    """Puts ``value`` at each place that ``path`` leads to."""

    def change(data: Any) -> Any:
        name, rest = path[0], path[1:]
        if isinstance(data, list) and name == "*":
            made = [spoiled(rest, value)(one) if rest else value for one in data]
            return [one for one in made if one is not GONE]
        if not isinstance(data, dict) or name not in data:
            return data
        made = spoiled(rest, value)(data[name]) if rest else value
        return {n: made if n == name else v for n, v in data.items() if n != name or made is not GONE}

    return change


def twisted(change: Callable[[Any], Any]) -> Callable[[bytes], bytes]:
    def twist(body: bytes) -> bytes:
        try:
            return json.dumps(change(json.loads(body))).encode()
        except ValueError:
            return body  # no data: nothing to be twisted

    return twist


@cache
def huge() -> bytes:
    """Data, and far too much of it."""
    return b'{"id": "1", "data": [' + b"0," * (HUGE // 2) + b"0]}"


def fields_of(body: bytes) -> list[tuple[str, ...]]:
    try:
        return list(dict.fromkeys(fields_in(json.loads(body))))
    except ValueError:
        return []
