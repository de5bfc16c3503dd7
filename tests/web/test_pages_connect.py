"""Choosing a network among many, and what stands on its page before anybody signs in."""

from __future__ import annotations

import re
from html import unescape

import pytest

from clarion.channels.models import App, Channel
from clarion.networks.registry import all as all_networks
from clarion.networks.registry import get, names
from clarion.web import sign_in


def tiles(page) -> dict[str, str]:
    """The networks that the page shows, by name: what is written on each tile."""
    found = re.findall(
        r'<li data-names="[^"]*"( hidden)?><a class="network" href="[^"]+/([a-z_]+)">(.*?)</a></li>', page
    )
    return {name: unescape(re.sub(r"<[^>]+>", " ", tile)) for hidden, name, tile in found if not hidden}


@pytest.fixture
def connect(desk):
    return lambda wanted="": tiles(desk.get("channels/connect", query_params={"q": wanted}).text)


def test_every_network_has_a_tile_that_says_what_it_takes(connect):
    told = connect()
    assert set(told) == set(names()) - {"noticeboard"}
    assert "Up to 100,000 characters" in told["wordpress"]
    assert "Up to 500 characters, threads" in told["mastodon"]
    assert (
        "Pictures and videos" in told["instagram"]
        and "Pictures and videos" in told["pixelfed"]
        and "Videos" in told["youtube"]
    )
    assert "Up to 1,024 bytes" in told["farcaster"], "a letter may be several"
    assert "You post; Clarion tells you when" in told["manual"]


def test_networks_stand_in_families_by_name(desk):
    page = desk.get("channels/connect").text
    headings = re.findall(r"<h2[^>]*>([^<]+)</h2>", page.partition("<main")[2].partition("</main>")[0])
    assert headings == ["Social networks", "Chats and channels", "Websites and blogs", "Without a network"]
    chats = page.split("Chats and channels")[1].split("<h2")[0]
    labels = re.findall(r"<strong>([^<]+)</strong>", chats)
    assert labels == sorted(labels, key=str.casefold) and "Slack" in labels


def test_a_network_that_needs_an_application_says_so_until_somebody_has_given_its_keys(connect, desk, cityhall):
    needed = {name for name, told in connect().items() if "Needs an application first" in told}
    assert {"facebook", "x", "youtube"} <= needed
    assert not {"mastodon", "bluesky", "slack", "wordpress", "manual"} & needed  # they have a way without one
    App.objects.keep(
        get("x"), organisation=cityhall.organisation, keys={"client_id": "a", "client_secret": "b"},
        redirect_uri=sign_in.back_address(), by=None,
    )  # fmt: skip
    assert needed - {name for name, told in connect().items() if "Needs an application first" in told} == {"x"}


def test_the_operators_keys_count_for_everybody(connect, monkeypatch):
    monkeypatch.setenv("CLARION_TUMBLR_CLIENT_ID", "ours")
    assert "application" not in connect()["tumblr"]


def test_keys_of_another_organisation_do_not_count(connect, outsider):
    theirs = outsider.memberships.get().workspace.organisation
    App.objects.keep(get("x"), organisation=theirs, keys={"client_id": "a"}, redirect_uri="", by=None)
    assert "Needs an application first" in connect()["x"]


def test_a_tile_counts_the_channels_that_are_connected_there(connect, desk, mastodon, now):
    assert "1 connected" in connect()["mastodon"]
    mastodon.disconnect(by=None, now=now)
    assert "connected" not in connect()["mastodon"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("face", {"facebook", "instagram_page"}),
        ("Twitter", {"x"}),
        ("takahe", {"mastodon"}),
        ("  DISCORD ", {"discord", "discord_webhook"}),
    ],
)
def test_without_a_script_the_form_finds_by_every_name(connect, wanted, found):
    assert set(connect(wanted)) == found


def test_a_name_that_nobody_has_leads_to_the_reasons(desk):
    page = desk.get("channels/connect?q=myspace").text
    assert tiles(page) == {}
    assert re.search(r"<p data-nothing>Nothing of that name\.", page)
    (address, *_rest) = re.findall(r'href="([^"]+/channels/about/not-now)"', page)
    reasons = desk.get(address.removeprefix(desk.home)).text
    assert "Medium archived its interface" in reasons


def test_the_reasons_are_quiet_while_something_is_found(desk):
    assert "<p hidden data-nothing>" in desk.get("channels/connect?q=face").text


# -- one network's page


@pytest.mark.parametrize("kind", list(all_networks()), ids=lambda kind: kind.name)
def test_every_permission_that_is_asked_for_is_named_and_explained(desk, kind):
    page = unescape(desk.get(f"channels/connect/{kind.name}").text)
    for way in kind.sign_in:
        for scope in way.scopes:
            assert f">{scope.rpartition('/')[2]}</code>" in page
            assert kind.purpose(scope)[1:] in page


def test_an_operator_who_names_permissions_sees_only_those(desk, monkeypatch):
    monkeypatch.setenv("CLARION_LINKEDIN_SCOPES", "openid profile w_member_social")
    asked = desk.get("channels/connect/linkedin").text.split('id="asked"')[1].split("</section>")[0]
    assert "w_member_social" in asked and "w_organization_social" not in asked


@pytest.mark.parametrize("kind", list(all_networks()), ids=lambda kind: kind.name)
def test_the_steps_stand_on_the_page_and_lead_to_everything_else(desk, kind):
    page = desk.get(f"channels/connect/{kind.name}").text
    assert "Step by step" in page
    about = desk.get(f"channels/about/{kind.name}")
    assert about.status_code == 200 and ">Once</h2>" in about.text


def test_the_redirect_address_is_exact_and_can_be_copied(desk, settings):
    settings.BASE_URL = "https://social.halden.example"
    page = desk.get("channels/connect/threads").text
    field = re.search(r'<textarea id="(back-\d)"[^>]*>([^<]*)</textarea>', page)
    assert field[2] == "https://social.halden.example/connect/back"
    assert f'data-copies="{field[1]}"' in page
    assert "begins with https" not in page
    settings.BASE_URL = "http://social.halden.example"
    assert "begins with https" in desk.get("channels/connect/threads").text


def test_keys_that_were_given_can_be_replaced(desk, cityhall):
    desk.post("channels/connect/x/app", {"client_id": "mistyped", "client_secret": "mistyped"})
    page = desk.get("channels/connect/x").text
    assert "Continue to X" in page and "New ones take their place" in page and "mistyped" not in page
    desk.post("channels/connect/x/app", {"client_id": "right", "client_secret": "right"})
    assert App.objects.get(network="x").keys["client_id"] == "right"


def test_half_of_the_keys_is_not_kept(desk):
    answer = desk.post("channels/connect/x/app", {"client_id": "only this"})
    assert answer.status_code == 422 and 'id="id_client_secret_app_error"' in answer.text
    assert not App.objects.filter(network="x").exists()


def test_what_the_network_said_of_a_sign_in_that_failed_is_told(desk, client, cityhall):
    desk.post("channels/connect/x/app", {"client_id": "a", "client_secret": "b"})
    page = desk.post("channels/connect/x", {"way": "0"}).text
    state = re.search(r"state=([\w-]+)", page)[1]
    said = {"state": state, "error": "unauthorized_scope_error", "error_description": "Scope <dm.read> is not yours"}
    back = client.get("/connect/back", said, follow=True).text
    assert "Nothing was connected. It said: “Scope &lt;dm.read&gt; is not yours”" in back


def test_channels_that_are_there_already_are_named(desk, mastodon):
    page = desk.get("channels/connect/mastodon").text
    assert "Connected already" in page and mastodon.handle in page
    assert Channel.objects.filter(network="mastodon").count() == 1


def test_nobody_signs_in_to_a_paper_notice(desk):
    page = desk.get("channels/connect/manual").text
    assert "A channel by hand" in page and "who you are" not in page and "your password" not in page
