"""Which networks there are: the entry points of the group ``clarion.networks``, ours and those of other packages.

A network's code is imported when it is asked for by name, so a broken or heavy one costs only those who use it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from .base import Network

GROUP = "clarion.networks"


class NoSuchNetwork(LookupError):
    """Nobody has this name. The message lists those that are known."""


class NotANetwork(TypeError):
    """An entry point leads to something that is not a network, or that calls itself by another name."""


@cache
def _known() -> dict[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


def names() -> tuple[str, ...]:
    """The names of all networks, in alphabetical order. Imports none of them."""
    return tuple(_known())


@cache
def get(name: str) -> type[Network]:
    """The network of this name. Raises NoSuchNetwork (a LookupError) or NotANetwork (a TypeError)."""
    point = _known().get(name)
    if point is None:
        raise NoSuchNetwork(f"There is no network “{name}”. Known: {', '.join(names())}.")
    found = point.load()
    if not (isinstance(found, type) and issubclass(found, Network)):
        raise NotANetwork(f"{point.value} is not a network.")
    if found.name != name:
        raise NotANetwork(f"{point.value} calls itself “{found.name}”, but is registered as “{name}”.")
    return found


def all() -> Iterator[type[Network]]:
    """All networks, in the order of ``names()``."""
    return (get(name) for name in names())
