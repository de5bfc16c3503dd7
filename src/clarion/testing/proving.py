"""What a test proves: the mark that the suite and the tests of single networks share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from clarion.networks.base import ABILITIES

Test = TypeVar("Test", bound=Callable[..., Any])


def proves(*abilities: str) -> Callable[[Test], Test]:
    """Marks a test as the proof of these abilities; it is skipped for a network that does not declare all of them."""
    unknown = set(abilities) - set(ABILITIES)
    if unknown:
        raise ValueError(f"no such ability: {', '.join(sorted(unknown))}")

    def keep(test: Test) -> Test:
        test.proves = abilities  # type: ignore[attr-defined]
        return test

    return keep
