"""Mastodon and Pixelfed on the contract stage, in every dialect that was observed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clarion.networks.base import Network
from clarion.networks.mastodon import Mastodon
from clarion.networks.pixelfed import Pixelfed
from clarion.testing.conformance import Conformance
from clarion.testing.conformance_shapes import READS
from clarion.testing.mastodon import MastodonStage
from clarion.testing.servers.mastodon_dialects import DIALECTS
from clarion.testing.stages import Stage


class TestMastodon(Conformance):
    network = Mastodon

    @pytest.fixture(params=["mastodon", "gotosocial", "takahe", "snac"])
    def stage(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MastodonStage]:
        with MastodonStage(tmp_path, dialect=request.param) as stage:
            yield stage

    @pytest.mark.parametrize("ability", READS)
    def test_an_answer_with_one_wrong_field_is_a_word_or_understood(
        self, stage: Stage, us: Network, ability: str
    ) -> None:
        assert isinstance(stage, MastodonStage)
        if stage.server.dialect is not DIALECTS["mastodon"]:
            pytest.skip("every dialect has the same fields")
        super().test_an_answer_with_one_wrong_field_is_a_word_or_understood(stage, us, ability)


class TestPixelfed(Conformance):
    network = Pixelfed

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[MastodonStage]:
        with MastodonStage(tmp_path, dialect="pixelfed") as stage:
            yield stage
