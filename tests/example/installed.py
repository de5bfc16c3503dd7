"""The example's package as it lies after ``pip install pinboard``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clarion.networks import registry


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package and what it says of itself are on the path."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    for kept in (registry._known, registry.get):
        kept.cache_clear()
    yield
    monkeypatch.undo()
    sys.modules.pop("pinboard", None)
    for kept in (registry._known, registry.get):
        kept.cache_clear()
