"""Mastodon and Pixelfed on the contract stage, in every dialect that was observed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clarion.networks.mastodon import Mastodon
from clarion.networks.pixelfed import Pixelfed
from clarion.testing.conformance import Conformance
from clarion.testing.mastodon import MastodonStage


class TestMastodon(Conformance):
    network = Mastodon

    @pytest.fixture(params=["mastodon", "gotosocial", "takahe", "snac"])
    def stage(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MastodonStage]:
        with MastodonStage(tmp_path, dialect=request.param) as stage:
            yield stage


class TestPixelfed(Conformance):
    network = Pixelfed

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[MastodonStage]:
        with MastodonStage(tmp_path, dialect="pixelfed") as stage:
            yield stage
