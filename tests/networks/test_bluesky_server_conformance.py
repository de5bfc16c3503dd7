"""The suite for all networks, with Bluesky's own server."""

import os

import pytest

from clarion.networks.bluesky import Bluesky
from clarion.testing.conformance import Conformance

from .bluesky_stages import BlueskyServer, started, stopped


@pytest.fixture(scope="module")
def config():
    name = f"suite-{os.getpid()}"
    yield started(name)
    stopped(name)


@pytest.mark.server
@pytest.mark.xdist_group("bluesky")
class TestBlueskyServer(Conformance):
    network = Bluesky

    @pytest.fixture
    def stage(self, config, tmp_path):
        with BlueskyServer(tmp_path, config) as stage:
            yield stage
