"""Channels: how each is, connecting by what a network declares, signing in through the browser, disconnecting."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from clarion.channels.models import App, Budget, Channel
from clarion.networks.registry import all as all_networks
from clarion.testing.servers.bluesky import Bluesky
from clarion.web import sign_in

from .desk import a_channel


def test_the_list_shows_every_channel_with_its_health(desk, board, mastodon):
    page = desk.get("channels").text
    assert mastodon.handle in page
    assert page.count("Connected</span>") == 2


def test_a_channel_that_needs_sign_in_says_why_and_what_happens_to_its_posts(desk, mastodon, now):
    mastodon.ask_for_sign_in(because="The token was <revoked>.", now=now)
    assert "Sign in again" in desk.get("channels").text
    page = desk.get(f"channels/{mastodon.pk}").text
    assert "The token was &lt;revoked&gt;." in page
    assert "none is lost" in page
    assert "Sign in again" in desk.get("").text


def test_a_sign_in_that_ends_soon_is_told_in_days(desk, mastodon, now):
    credential = mastodon.vault
    credential.expires_at = now + timedelta(days=6, hours=1)
    credential.save()
    assert "Sign-in ends soon" in desk.get("channels").text
    assert "ends in 6 days" in desk.get(f"channels/{mastodon.pk}").text


def test_the_last_day_of_a_sign_in_is_called_today(desk, mastodon, now):
    credential = mastodon.vault
    credential.expires_at = now + timedelta(hours=5)
    credential.save()
    page = desk.get("channels").text
    assert "sign in today" in page and "0 days" not in page
    assert "ends today" in desk.get(f"channels/{mastodon.pk}").text


def test_a_missing_permission_is_told_by_what_clarion_cannot_do_without_it(desk, mastodon):
    mastodon.missing_scopes = ["write:media", "write:unheard"]
    mastodon.save()
    assert "It cannot: upload pictures and videos; write:unheard" in desk.get("channels").text
    page = desk.get(f"channels/{mastodon.pk}").text
    assert "2 permissions are missing." in page
    assert "<li>upload pictures and videos <code>write:media</code></li><li><code>write:unheard</code></li>" in page


def test_budgets_are_told_in_posts_and_by_the_clock_of_the_workspace(desk, cityhall, mastodon, now):
    page = desk.get(f"channels/{mastodon.pk}").text
    assert "300 posts in 5 min" in page and "<meter" not in page
    later = now + timedelta(minutes=4)
    Budget.objects.create(channel=mastodon, name="writes", limit=300, remaining=212, resets_at=later)
    clock = date_format(later.astimezone(cityhall.tz), "H:i")
    for path in ("channels", f"channels/{mastodon.pk}"):
        page = desk.get(path).text
        assert re.search(rf"212 of 300 posts left until (\d+ \w+, )?{clock}<", page), path
        assert '<meter min="0" max="300" value="212"' in page


def test_a_budget_that_an_application_shares_says_so(desk, cityhall):
    found = a_channel(cityhall, timezone.now(), network="youtube", handle="@halden")
    page = desk.get(f"channels/{found.pk}").text
    assert "100 posts in 1 day, for all channels of the application" in page


def test_a_channel_leads_to_everything_about_its_network(desk, mastodon):
    assert f'href="{desk.home}channels/about/mastodon"' in desk.get(f"channels/{mastodon.pk}").text


def test_every_network_can_be_chosen_and_shows_the_fields_that_it_declares(desk, board):
    chooser = desk.get("channels/connect").text
    for kind in all_networks():
        page = desk.get(f"channels/connect/{kind.name}").text
        for way in kind.sign_in:
            for field in way.fields:
                assert f'name="{field.name}"' in page
                assert field.label in page
        assert (kind.label in chooser) == (not kind.own_ground)


def test_a_channel_is_connected_by_token_and_the_secret_never_comes_back(desk, board, mastodon_server, cityhall):
    fields = {"way": "1", "server": mastodon_server.url, "access_token": mastodon_server.token}
    page = desk.post("channels/connect/mastodon", fields, follow=True)
    assert page.status_code == 200
    assert "is connected." in page.text
    assert mastodon_server.token not in page.text
    assert Channel.objects.filter(workspace=cityhall, network="mastodon").count() == 1


def test_a_wrong_token_is_told_at_the_form_and_nothing_is_kept(desk, board, mastodon_server, cityhall):
    fields = {"way": "1", "server": mastodon_server.url, "access_token": "not-a-token-at-all"}
    page = desk.post("channels/connect/mastodon", fields)
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert "not-a-token-at-all" not in page.text
    assert not Channel.objects.filter(workspace=cityhall, network="mastodon").exists()


def test_a_form_that_is_not_filled_in_asks_nobody(desk, board, mastodon_server):
    page = desk.post("channels/connect/mastodon", {"way": "1", "server": mastodon_server.url})
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text


def test_an_unknown_network_is_404_and_an_unknown_way_changes_nothing(desk, board):
    assert desk.get("channels/connect/nonesuch").status_code == 404
    assert desk.post("channels/connect/mastodon", {"way": "9"}).status_code == 422


def _leave(desk, server):
    page = desk.post("channels/connect/mastodon", {"way": "0", "server": server.url})
    assert page.status_code == 200, page.text
    address = re.search(r'class="button call tall" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    return address, {key: value[0] for key, value in parse_qs(urlsplit(address).query).items()}


def test_leaving_for_the_browser_registers_once_and_carries_pkce_and_state(desk, board, mastodon_server):
    address, query = _leave(desk, mastodon_server)
    assert address.startswith(mastodon_server.url)
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"] == sign_in.back_address()
    _leave(desk, mastodon_server)
    assert App.objects.count() == 1


@pytest.mark.parametrize("answer", ["state=forged&code=x", "code=x", "state=forged&error=access_denied"])
def test_a_way_back_that_was_not_begun_here_connects_nothing(desk, client, board, mastodon_server, answer):
    _leave(desk, mastodon_server)
    page = client.get(f"/connect/back?{answer}", follow=True)
    assert page.status_code == 200
    assert "was not begun here" in page.text
    assert not Channel.objects.filter(network="mastodon").exists()


def test_coming_back_with_the_servers_yes_connects_the_channel_with_a_token_of_its_own(
    desk, client, board, mastodon_server
):
    address, query = _leave(desk, mastodon_server)
    code = mastodon_server.approve(address)
    page = client.get(f"/connect/back?state={query['state']}&code={code}", follow=True)
    assert "is connected" in page.text
    channel = Channel.objects.get(network="mastodon")
    assert channel.vault.read()["access_token"] and channel.limits
    assert channel.verify(now=channel.connected_at) is None
    again = client.get(f"/connect/back?state={query['state']}&code={code}", follow=True)
    assert "was not begun here" in again.text


def test_declining_there_is_told_and_the_state_is_spent(desk, client, board, mastodon_server):
    _, query = _leave(desk, mastodon_server)
    back = f"/connect/back?state={query['state']}&error=access_denied"
    assert "declined" in client.get(back, follow=True).text
    assert "was not begun here" in client.get(back, follow=True).text


def test_somebody_else_cannot_use_my_way_back(desk, client, board, mastodon_server, outsider):
    _, query = _leave(desk, mastodon_server)
    client.force_login(outsider)
    client.get(f"/connect/back?state={query['state']}&code=x", follow=True)
    assert not Channel.objects.filter(network="mastodon").exists()


def test_missing_keys_are_named_instead_of_a_dead_button(desk, board):
    page = desk.get("channels/connect/facebook").text
    assert "CLARION_FACEBOOK_CLIENT_ID" in page and sign_in.back_address() in page
    assert "App ID" in page and "App secret" in page
    assert "Continue to" not in page


def test_checking_asks_the_network_and_says_what_it_said(desk, mastodon):
    page = desk.post(f"channels/{mastodon.pk}/check", follow=True)
    assert "answers, and the sign-in works" in page.text


def test_disconnecting_forgets_the_secret_and_keeps_the_history(desk, mastodon):
    assert "Disconnect" in desk.get(f"channels/{mastodon.pk}").text
    desk.post(f"channels/{mastodon.pk}/disconnect")
    mastodon.refresh_from_db()
    assert not mastodon.is_connected
    assert mastodon.vault.read() == {}
    assert "Connect again" in desk.get("channels").text


def test_a_viewer_sees_the_channels_and_can_change_none(desk, mastodon, vera):
    desk.sign_in(vera)
    assert "Connect a channel" not in desk.get("channels").text
    page = desk.get(f"channels/{mastodon.pk}").text
    assert "Check now" not in page
    assert "disconnect" not in page.lower().replace("disconnected", "")
    assert desk.post(f"channels/{mastodon.pk}/disconnect").status_code == 403
    assert desk.get("channels/connect").status_code == 403


# -- a network that knows Clarion by a document of its own


@pytest.fixture
def bluesky_server(monkeypatch):
    with Bluesky() as server:
        monkeypatch.setenv("CLARION_BLUESKY_BASE_URL", server.url)
        yield server


def test_a_sign_in_that_is_begun_at_the_server_ends_in_a_channel_with_a_key_of_its_own(
    desk, client, board, bluesky_server, settings
):
    settings.BASE_URL = "http://127.0.0.1:8000"
    page = desk.post("channels/connect/bluesky", {"way": "0", "server": bluesky_server.url})
    assert page.status_code == 200, page.text
    address = re.search(r'class="button call tall" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    brought = bluesky_server.door.person_says_yes(address)
    forged = client.get("/connect/back", {**brought, "state": "forged"}, follow=True)
    assert "was not begun here" in forged.text
    page = desk.post("channels/connect/bluesky", {"way": "0", "server": bluesky_server.url})
    address = re.search(r'class="button call tall" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    done = client.get("/connect/back", bluesky_server.door.person_says_yes(address), follow=True)
    assert "is connected" in done.text
    channel = Channel.objects.get(network="bluesky")
    assert channel.handle == "cityhall.test" and "PRIVATE KEY" in channel.vault.read()["dpop_key"]
    assert "PRIVATE KEY" not in repr(dict(client.session)) + done.text
    assert channel.verify(now=channel.connected_at) is None


def test_the_document_by_which_we_are_known_is_public_and_names_the_way_back(client, db, settings):
    settings.BASE_URL = "https://social.halden.example"
    told = client.get("/connect/client/bluesky.json").json()
    assert told["client_id"] == "https://social.halden.example/connect/client/bluesky.json"
    assert told["redirect_uris"] == ["https://social.halden.example/connect/back"]
    assert client.get("/connect/client/mastodon.json").status_code == 404
    assert client.get("/connect/client/nonesuch.json").status_code == 404
