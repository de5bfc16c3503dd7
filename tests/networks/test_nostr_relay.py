"""Nostr against a real relay (`tests/servers/nostr_relay`), behind a proxy that can lose what is said."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.nostr_event import public_of
from clarion.networks.words import Published, Unknown
from clarion.testing.nostr import NostrStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.nostr import RelayProxy

from .real_servers import server
from .test_nostr import NostrSuite

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("nostr_relay")]


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with server("nostr_relay") as told:
        yield told["url"]


class RealRelay(NostrStage):
    """A key pair is an account: each stage has two new ones on the same relay."""

    kind = "server"
    counts_as_documented = False  # each relay has a limit of its own; this one counts characters, not bytes
    relay: RelayProxy

    def __init__(self, folder: Path, upstream: str) -> None:
        self.upstream = upstream
        super().__init__(folder)

    def new_relay(self) -> RelayProxy:
        return RelayProxy(self.upstream)

    def keys(self) -> tuple[str, str]:
        return secrets.token_hex(32), secrets.token_hex(32)

    def held(self) -> Sequence[Mapping[str, Any]]:
        wanted = {"authors": [public_of(self.ours), public_of(self.theirs)]}
        said = self.relay.said_there(["REQ", "held", wanted])
        assert said[-1][0] == "EOSE"
        return sorted((one[2] for one in said[:-1]), key=lambda event: self.relay.order.index(event["id"]))

    def tell(self, event: Mapping[str, Any]) -> None:
        assert self.relay.said_there(["EVENT", event])[-1][2] is True


@pytest.fixture
def stage(upstream: str, tmp_path: Path) -> Iterator[RealRelay]:
    with RealRelay(tmp_path, upstream) as stage:
        yield stage


class TestNostrRelay(NostrSuite):
    __test__ = True


def test_the_same_event_again_is_taken_and_stands_once(stage: RealRelay) -> None:
    rehearsal = Rehearsal(stage.network(), stage.draft("The bridge is open."))
    step = rehearsal.step(rehearsal.line)
    for _ in range(3):
        stage.network().publish(step, key=rehearsal.line.key)
    assert [post.text for post in stage.posts()] == ["The bridge is open."]


def test_a_lost_answer_is_found_by_the_id_that_we_knew_before(stage: RealRelay) -> None:
    rehearsal = Rehearsal(stage.network(), stage.draft("The bridge is open."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    found = rehearsal.look()
    assert isinstance(found, Published) and [found.remote_id] == [post.remote_id for post in stage.posts()]
