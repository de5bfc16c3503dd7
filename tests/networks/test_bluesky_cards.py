"""The card under a post with a link: read from the page, as typed, or left out; never the end of a post."""

from datetime import UTC, datetime

import pytest

from clarion.networks.atproto import AtUri
from clarion.networks.base import Draft, Part
from clarion.networks.http import Http
from clarion.testing.bluesky import BlueskyContract
from clarion.testing.pictures import png
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Asked, Said, StandIn

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def stage(tmp_path):
    with BlueskyContract(tmp_path) as stage:
        yield stage
        assert stage.server.unlawful == [], "something was said against the official lexicons"


@pytest.fixture
def network(stage):
    return stage.network()


def publish(network, *texts, **options):
    rehearsal = Rehearsal(network, Draft(tuple(Part(text) for text in texts), options))
    rehearsal.rest()
    return rehearsal


def record_of(stage, uri):
    at = AtUri.read(uri)
    return stage.server.cityhall.records[(at.collection, at.rkey)].value


class Site(StandIn):
    """A newspaper's web site."""

    page = (
        "<html><head><title>Plain</title><meta property='og:title' content='Bridge &amp; river'>"
        "<meta name=description content='It is open.'><meta property='og:image' content='/b.png'></head></html>"
    )
    picture = png()

    def handle(self, asked: Asked) -> Said:
        if asked.path == "/b.png":
            return Said(200, self.picture, {"content-type": "image/png"})
        return Said(200, self.page.encode(), {"content-type": "text/html; charset=utf-8"})


@pytest.fixture
def site():
    with Site() as site:
        yield site


def card_of(stage, rehearsal):
    return record_of(stage, rehearsal.posts[0].remote_id).get("embed", {}).get("external")


def test_a_link_gets_a_card_from_the_page_itself(stage, network, site):
    card = card_of(stage, publish(network, f"Read {site.url}/story today"))
    assert (card["uri"], card["title"], card["description"]) == (f"{site.url}/story", "Bridge & river", "It is open.")
    assert card["thumb"]["mimeType"] == "image/png"


def test_a_card_as_typed_asks_nobody(stage, network, site):
    card = card_of(stage, publish(network, f"{site.url}/story", link_title="Our story", link_description="Short"))
    assert (card["title"], card["description"]) == ("Our story", "Short")
    assert site.asked == 0


def test_a_page_that_is_gone_costs_the_card_and_not_the_post(stage, network, site):
    address = site.url
    site.stop()
    assert card_of(stage, publish(network, f"Read {address}/story")) is None
    assert len(stage.posts()) == 1


def test_a_page_on_a_private_network_is_never_asked(stage, site):
    network = stage.network()
    network.http = Http(private_hosts=[stage.url.removeprefix("http://")])
    assert card_of(stage, publish(network, f"Read {site.url}/story")) is None
    assert site.asked == 0


@pytest.mark.parametrize("off", [False, "off", "no", "0"])
def test_a_card_can_be_left_out(stage, network, site, off):
    assert card_of(stage, publish(network, f"Read {site.url}/story", link_card=off)) is None
    assert site.asked == 0


def test_a_heavy_picture_is_left_off_the_card(stage, network, site):
    site.picture = b"x" * 1_000_001
    assert "thumb" not in card_of(stage, publish(network, f"Read {site.url}/story"))
