"""The suite for all networks, with Bluesky on its contract stage."""

import pytest

from clarion.networks.bluesky import Bluesky
from clarion.testing.bluesky import BlueskyContract
from clarion.testing.conformance import Conformance

from .bluesky_films import Films


class TestBluesky(Films, Conformance):
    network = Bluesky

    @pytest.fixture
    def stage(self, tmp_path):
        with BlueskyContract(tmp_path) as stage:
            yield stage
