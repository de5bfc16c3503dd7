"""A network of another package: loaded by its entry point, judged by the same suite, connected by the same pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clarion.networks import registry
from clarion.testing.conformance import Conformance

from .installed import installed
from .pinboard import Pinboard
from .stage import PinboardStage

__all__ = ["installed"]


class TestPinboard(Conformance):
    network = Pinboard

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[PinboardStage]:
        with PinboardStage(tmp_path) as stage:
            yield stage


def test_a_network_of_another_package_is_found_by_its_entry_point(installed):
    assert "pinboard" in registry.names()
    found = registry.get("pinboard")
    assert (found.label, found.abilities()) == ("Pinboard", ("publish", "find", "delete", "fetch"))
