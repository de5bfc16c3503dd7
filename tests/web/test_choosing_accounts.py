"""A network that wants an application of the organisation's own, and a sign-in that may speak for several accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from clarion.channels.models import App, Channel
from clarion.records.models import Event
from tests.example.installed import installed
from tests.example.server import APP, PinboardServer

__all__ = ["installed"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("installed")]


@pytest.fixture
def server(monkeypatch, settings) -> Iterator[PinboardServer]:
    settings.PRIVATE_HOSTS = ("127.0.0.1",)
    with PinboardServer() as server:
        monkeypatch.setenv("CLARION_PINBOARD_BASE_URL", server.url)
        yield server


@pytest.fixture
def at_the_board(desk, server, client):
    """Ingrid has given the keys and comes back from the network's own page, where she said yes."""
    desk.post("channels/connect/pinboard/app", APP)
    page = desk.post("channels/connect/pinboard", {"way": "0"}).text
    address = unescape(re.search(r'href="([^"]+/oauth/authorise[^"]+)"', page).group(1))
    said = server.person_says_yes(address)
    return client.get("/connect/back", said, follow=True)


def test_what_is_missing_is_said_with_the_address_to_copy(desk, server):
    page = desk.get("channels/connect/pinboard").text
    assert "an application of your own" in page and "/connect/back" in page
    assert "CLARION_PINBOARD_CLIENT_ID" in page and "Continue to" not in page


def test_the_keys_are_kept_sealed_and_the_sign_in_opens(desk, server, cityhall):
    desk.post("channels/connect/pinboard/app", APP)
    app = App.objects.get(network="pinboard")
    assert app.organisation == cityhall.organisation and app.keys == APP
    assert APP["client_secret"] not in app.sealed
    assert Event.objects.get(verb="app.kept").after == {"network": "pinboard", "names": ["client_id", "client_secret"]}
    assert "Continue to Pinboard" in desk.get("channels/connect/pinboard").text


def test_an_organisation_never_speaks_with_the_keys_of_another(desk, server, client, outsider):
    desk.post("channels/connect/pinboard/app", APP)
    theirs = outsider.memberships.get().workspace
    client.force_login(outsider)
    page = client.get(f"/w/{theirs.pk}/channels/connect/pinboard").text
    assert "an application of your own" in page and "Continue to Pinboard" not in page


def test_keys_that_are_missing_are_asked_for_in_place(desk, server):
    answer = desk.post("channels/connect/pinboard/app", {"client_id": ""})
    assert answer.status_code == 422 and "This field is required" in answer.text


def test_only_an_owner_gives_keys(desk, server, vera):
    desk.sign_in(vera)
    assert desk.post("channels/connect/pinboard/app", APP).status_code == 403
    assert not App.objects.filter(network="pinboard").exists()


def test_the_person_chooses_which_boards_become_channels(desk, server, at_the_board, cityhall):
    assert "Town hall" in at_the_board.text and "Swimming pool" in at_the_board.text
    assert not Channel.objects.filter(network="pinboard").exists()
    page = desk.post("channels/choose", {"account": ["1"]}, follow=True)
    assert "Swimming pool (Pinboard) is connected." in page.text
    made = Channel.objects.get(network="pinboard", workspace=cityhall)
    assert (made.remote_id, made.missing_scopes) == ("b2", ["notes.write"])
    assert made.vault.read()["refresh_token"]
    assert made.speak().whoami().handle == "Swimming pool"


def test_both_of_them_at_once(desk, server, at_the_board):
    desk.post("channels/choose", {"account": ["0", "1"]})
    assert Channel.objects.filter(network="pinboard").count() == 2


def test_nothing_chosen_is_asked_again_and_a_second_use_finds_nothing(desk, server, at_the_board):
    again = desk.post("channels/choose", {})
    assert again.status_code == 422 and "Choose at least one account." in again.text
    desk.post("channels/choose", {"account": ["0"]})
    assert "Start the sign-in again" in desk.post("channels/choose", {"account": ["1"]}, follow=True).text
    assert Channel.objects.filter(network="pinboard").count() == 1


def test_no_token_lies_open_in_the_session(desk, server, client, at_the_board):
    kept = str(dict(client.session.items()))
    assert "sealed" in kept
    for token in (*server.tokens, *server.refreshes):
        assert token not in kept


def test_one_board_alone_is_connected_without_a_question(desk, server, client):
    server.boards.pop("b2")
    desk.post("channels/connect/pinboard/app", APP)
    page = desk.post("channels/connect/pinboard", {"way": "0"}).text
    address = unescape(re.search(r'href="([^"]+/oauth/authorise[^"]+)"', page).group(1))
    page = client.get("/connect/back", server.person_says_yes(address), follow=True)
    assert "Town hall (Pinboard) is connected." in page.text
