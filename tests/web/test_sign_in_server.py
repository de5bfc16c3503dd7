"""Connecting a channel through the pages and the forms of a real OpenID provider (`tests/servers/oidc`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from clarion.channels.models import Channel
from clarion.networks.registry import get
from tests.example.installed import installed
from tests.networks.at_the_provider import provider

__all__ = ["installed", "provider"]
pytestmark = [
    pytest.mark.server, pytest.mark.xdist_group("oidc"), pytest.mark.django_db, pytest.mark.usefixtures("installed"),
]  # fmt: skip


@pytest.fixture
def leave(desk, provider, settings, monkeypatch) -> Callable[[], str]:
    """Ingrid, who has given the application's keys, presses Continue; gives where that leads."""
    settings.BASE_URL = provider.back.removesuffix("/connect/back")
    settings.PRIVATE_HOSTS = ("127.0.0.1",)
    monkeypatch.setenv("CLARION_PINBOARD_BASE_URL", provider.url)
    desk.post("channels/connect/pinboard/app", provider.by_form)

    def go() -> str:
        page = desk.post("channels/connect/pinboard", {"way": "0"}).text
        return unescape(re.search(r'class="button call tall" href="([^"]+)"', page).group(1))

    return go


def test_a_press_officer_connects_two_channels_by_one_sign_in(desk, client, leave, provider, cityhall, now):
    brought = provider.person_says_yes(leave())
    choice = client.get("/connect/back", brought, follow=True).text
    assert "Town hall" in choice and "Swimming pool" in choice and not Channel.objects.filter(network="pinboard")
    page = desk.post("channels/choose", {"account": ["0", "1"]}, follow=True)
    assert "Connected: Town hall (Pinboard), Swimming pool (Pinboard)." in page.text
    hall, pool = Channel.objects.filter(network="pinboard", workspace=cityhall)
    assert hall.verify(now=now) is None and pool.verify(now=now) is None
    assert (hall.state, hall.missing_scopes, hall.days_left(now)) == ("connected", [], None)


def test_the_same_way_back_twice_connects_once_and_ends_nothing(desk, client, leave, provider, now):
    """A page that is loaded again must not bring the code again: the provider would end the whole sign-in."""
    brought = provider.person_says_yes(leave())
    client.get("/connect/back", brought)
    assert "was not begun here, or was used already" in client.get("/connect/back", brought, follow=True).text
    desk.post("channels/choose", {"account": ["0"]})
    assert Channel.objects.get(network="pinboard").verify(now=now) is None


def test_a_forged_state_connects_nothing(client, leave, provider):
    brought = provider.person_says_yes(leave())
    page = client.get("/connect/back", {**brought, "state": "forged"}, follow=True)
    assert "was not begun here" in page.text
    assert "was not begun here" in client.get("/connect/back", brought, follow=True).text, "the true one is spent"
    assert not Channel.objects.filter(network="pinboard").exists()


def test_a_code_of_somebody_elses_sign_in_connects_nothing(client, leave, provider):
    """Put into our way back, it comes with our state and without their half of the secret."""
    theirs = provider.person_says_yes(leave())
    ours = provider.person_says_yes(leave())
    page = client.get("/connect/back", {**ours, "code": theirs["code"]}, follow=True)
    assert "The sign-in was not completed. Start it again." in page.text
    assert not Channel.objects.filter(network="pinboard").exists()


def test_what_was_not_allowed_is_named_at_the_channel(desk, client, leave, provider):
    client.get("/connect/back", provider.person_says_yes(leave(), without=("notes.write",)))
    page = desk.post("channels/choose", {"account": ["0"]}, follow=True)
    assert (
        "A permission is missing." in page.text and "publish and take down notes <code>notes.write</code>" in page.text
    )
    assert Channel.objects.get(network="pinboard").missing_scopes == ["notes.write"]


def test_a_no_of_the_person_is_told_as_hers(client, leave, provider):
    page = client.get("/connect/back", provider.person_says_no(leave()), follow=True)
    assert "The sign-in was declined there. Nothing was connected." in page.text


def test_a_no_of_the_provider_is_told_in_its_own_words(client, leave, provider, monkeypatch):
    monkeypatch.setattr(get("pinboard"), "pkce", False)
    page = unescape(client.get("/connect/back", provider.person_says_yes(leave()), follow=True).text)
    assert "Pinboard did not let us in. Nothing was connected." in page and "policy requires PKCE" in page
    assert "declined" not in page
