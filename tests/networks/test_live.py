"""The real networks, with keys from the environment: ``bin/test --live NETWORK``. What it says, it takes down."""

from __future__ import annotations

import os
from dataclasses import replace
from uuid import uuid4

import pytest

from clarion.networks import registry
from clarion.networks.words import Absent, Published
from clarion.testing.live import NoKeys, connected, draft
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.mastodon import MastodonServer

WANTED = os.environ.get("CLARION_LIVE", "")


def round_trip(us, folder, proved, environment=os.environ) -> None:
    """Says something, looks for it, reads it, counts it, changes it, takes it down; each as far as the network can."""
    abilities, mark = us.abilities(), uuid4().hex[:8]
    rehearsal = Rehearsal(us, draft(us, f"Clarion tries its connection ({mark}).", folder, environment), patience=300)
    settled = rehearsal.rest()[-1]
    proved("publish")
    try:
        line = rehearsal.lines[-1]
        if "find" in abilities:
            found = us.find(replace(rehearsal.step(line), taken=frozenset()), key=line.key)
            assert isinstance(found, Published) and found.remote_id == settled.remote_id
            proved("find")
        if "fetch" in abilities:
            seen = us.fetch(settled.remote_id)
            assert seen is not None and mark in seen.text
            proved("fetch")
        if "measure" in abilities:
            assert settled.remote_id in us.measure([settled.remote_id])
            proved("measure")
        if "measure_account" in abilities:
            assert us.measure_account().numbers
            proved("measure_account")
        if "edit" in abilities:
            us.edit(settled.remote_id, draft(us, f"Clarion tried its connection ({mark}).", folder, environment))
            proved("edit")
    finally:
        if "delete" in abilities:
            us.delete(settled.remote_id)
    if "delete" in abilities:
        if "fetch" in abilities:
            assert us.fetch(settled.remote_id) is None
        if "find" in abilities:
            gone = us.find(replace(rehearsal.step(line), taken=frozenset()), key=line.key)
            assert gone is None or isinstance(gone, Absent)
        proved("delete")


@pytest.mark.live
@pytest.mark.skipif(not WANTED, reason="bin/test --live NETWORK")
def test_the_real_network_takes_a_post_and_gives_it_back(request, tmp_path):
    us = connected(registry.get(WANTED))
    assert us.account.handle
    round_trip(us, tmp_path, lambda name: request.node.user_properties.append(("proof", (us.name, name, "live"))))


# -- the same on a server of ours, so that it works on the day when somebody has keys


@pytest.fixture
def environment():
    with_server = MastodonServer(dialect="mastodon").start()
    yield {
        "CLARION_LIVE_MASTODON_SERVER": with_server.url, "CLARION_LIVE_MASTODON_ACCESS_TOKEN": with_server.token,
        "CLARION_PRIVATE_HOSTS": "127.0.0.1",
    }  # fmt: skip
    assert with_server.statuses == {}, "it leaves nothing behind"
    with_server.stop()


def test_a_round_trip_proves_what_it_saw(tmp_path, environment):
    proved: list[str] = []
    us = connected(registry.get("mastodon"), environment)
    round_trip(us, tmp_path, proved.append, environment)
    assert {"publish", "find", "fetch", "edit", "delete"} <= set(proved)


def test_missing_keys_are_named(environment):
    with pytest.raises(NoKeys, match="CLARION_LIVE_MASTODON_SERVER, CLARION_LIVE_MASTODON_ACCESS_TOKEN"):
        connected(registry.get("mastodon"), {})
    with pytest.raises(NoKeys, match="CLARION_LIVE_YOUTUBE_SECRETS"):
        connected(registry.get("youtube"), {})
