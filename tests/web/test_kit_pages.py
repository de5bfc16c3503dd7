"""The kit's pages, the composer's tools, and short links: for those who may, in their own workspace."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.posts.content import LINKS, Content
from clarion.posts.models import Link, Person, Post, Snippet, TagGroup, Template, UtmPreset, Visit
from clarion.web import assets

pytestmark = pytest.mark.django_db

SHELVES = {
    "tags": {"name": "Library", "tags": "halden, #OpenLibrary"},
    "snippets": {"name": "Closed", "text": "{street} is closed on {weekday}."},
    "people": {"name": "Kari Nordmann", "handle_0": "kari.example"},
    "utm": {"name": "Usual", "source": "{network}", "medium": "social", "campaign": "", "content": ""},
}


@pytest.fixture
def bluesky(cityhall, now):
    return Channel.objects.create(
        workspace=cityhall, network="bluesky", server="https://bsky.social", remote_id="did:1", handle="halden.example",
        connected_at=now,
    )  # fmt: skip


@pytest.mark.parametrize("shelf", SHELVES)
def test_a_thing_of_the_kit_is_made_changed_and_removed(shelf, desk, bluesky):
    assert desk.get(f"kit/{shelf}").status_code == 200
    assert desk.get(f"kit/{shelf}/new").status_code == 200
    assert desk.post(f"kit/{shelf}/new", SHELVES[shelf]).status_code == 302
    page = desk.get(f"kit/{shelf}").content.decode()
    name = SHELVES[shelf]["name"]
    assert name in page
    address = re.search(rf"kit/{shelf}/[0-9a-f-]{{36}}", page)[0]
    assert name in desk.get(address).content.decode()
    assert desk.post(address, {**SHELVES[shelf], "name": "Another"}).status_code == 302
    assert "Another" in desk.get(f"kit/{shelf}").content.decode()
    assert desk.post(f"{address}/remove").status_code == 302
    assert desk.get(address).status_code == 404


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(desk, cityhall, ingrid):
    TagGroup.objects.make(workspace=cityhall, name="Library", by=ingrid, tags="#a")
    taken = desk.post("kit/tags/new", {"name": "Library", "tags": "#b"})
    assert taken.status_code == 422
    assert "There is something of this name already" in taken.content.decode()
    assert "#b" in taken.content.decode()
    assert desk.post("kit/tags/new", {"name": "None", "tags": "1 2 3"}).status_code == 422
    strange = desk.post("kit/utm/new", {"name": "Odd", "source": "{person}"})
    assert "{person} is not known here" in strange.content.decode()
    assert desk.post("kit/people/new", {"name": "K[ari]"}).status_code == 422


def test_a_viewer_reads_the_kit_and_an_outsider_finds_none(desk, vera, outsider, cityhall, ingrid):
    group = TagGroup.objects.make(workspace=cityhall, name="Library", by=ingrid, tags="#a")
    desk.sign_in(vera)
    assert "Library" in desk.get("kit").content.decode()
    assert desk.get("links").status_code == 200
    assert desk.post("kit/tags/new", SHELVES["tags"]).status_code == 403
    assert desk.get("write/tools/tags").status_code == 403
    desk.sign_in(outsider)
    for path in ("kit", f"kit/tags/{group.pk}", "links", "links.csv", "write/tools/tags", "write/offers"):
        assert desk.get(path).status_code == 404


def test_nothing_of_another_workspace_is_reached(desk, outsider):
    other = outsider.memberships.get().workspace
    theirs = TagGroup.objects.make(workspace=other, name="Theirs", by=outsider, tags="#theirs")
    link = Link.objects.make(workspace=other, target="https://else.example", by=outsider)
    for path in (f"kit/tags/{theirs.pk}", f"links/{link.pk}"):
        assert desk.get(path).status_code == 404
    assert "else.example" not in desk.get("links").content.decode()
    assert "#theirs" not in desk.get("write/tools/tags").content.decode()


def test_the_handles_of_a_person_are_asked_for_by_network_and_by_server_where_there_are_several(desk, cityhall, now):
    for server in ("https://a.example", "https://b.example"):
        Channel.objects.create(
            workspace=cityhall, network="mastodon", server=server, remote_id=server, handle="h", connected_at=now
        )  # fmt: skip
    page = desk.get("kit/people/new").content.decode()
    labels = re.findall(r'<label for="id_handle_\d+">([^<]+?) *<', page)
    assert labels == ["Mastodon", "Mastodon at a.example", "Mastodon at b.example"]
    desk.post("kit/people/new", {"name": "Kari", "handle_0": "kari@x.example", "handle_2": "kari"})
    known = {(h.server, h.text) for h in Person.objects.get().handles.all()}
    assert known == {("", "@kari@x.example"), ("https://b.example", "@kari")}


# --- the composer's tools ---------------------------------------------------------------------------------------------


def test_the_tools_offer_what_the_kit_has_with_the_day_of_the_post(desk, cityhall, ingrid):
    Snippet.objects.make(workspace=cityhall, name="Closed", by=ingrid, text="{street}: {weekday}, {date}")
    page = desk.get("write/tools/snippets?date=2026-12-24").content.decode()
    assert 'data-put="{street}: Thursday, 24 December"' in page
    assert 'data-gap="street"' in page
    assert desk.get("write/tools/snippets?date=nonsense").status_code == 200
    TagGroup.objects.make(workspace=cityhall, name="Library", by=ingrid, tags="#Halden #Library")
    assert 'data-put="#Halden #Library"' in desk.get("write/tools/tags").content.decode()
    Person.objects.make(workspace=cityhall, name="Kari", by=ingrid, handles={("bluesky", ""): "kari.example"})
    assert 'data-put="@[Kari]"' in desk.get("write/tools/people").content.decode()
    Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("#halden #Snow"))
    offers = desk.get("write/offers").json()
    assert offers["@"] == [{"name": "Kari", "text": "@[Kari]", "about": "@kari.example"}]
    assert {one["text"]: one["about"] for one in offers["#"]} == {
        "#halden": "in 1 post", "#Snow": "in 1 post", "#Library": "Library"
    }  # fmt: skip
    assert desk.get("write/tools/nothing").status_code == 404


def form(board, **more):
    tomorrow = timezone.now() + timedelta(days=1)
    return {
        "channels": [str(board.pk)], "panel": "all", "part:all": "0", "text:all:0": "See https://halden.example/winter",
        "date": f"{tomorrow:%Y-%m-%d}", "time": "12:00", "late": "send", "late_minutes": "60", **more,
    }  # fmt: skip


def test_the_checks_show_a_short_address_of_the_right_length_before_there_is_one(desk, board, settings):
    found = desk.post("write/check", form(board, links="short")).json()
    assert f"{settings.BASE_URL}/l/zzzzzz" in found["previews"]
    assert "One link gets its short address when this is saved." in found["checks"]
    assert not Link.objects.exists()
    assert "halden.example/winter" in desk.post("write/check", form(board)).json()["previews"]


def test_the_preview_and_what_is_sent_have_the_same_short_address(desk, board, ingrid):
    desk.post("write", form(board, links="short", do="schedule"))
    post = Post.objects.get()
    link = post.links.get()
    found = desk.post("write/check", form(board, links="short", post=str(post.pk))).json()
    assert link.address in found["previews"]
    assert "gets its short address" not in found["checks"]
    assert link.address in post.draft_for(board).parts[0].text
    assert Delivery.objects.get().state == "scheduled"


def test_a_choice_of_links_that_is_none_is_left_out(desk, board):
    desk.post("write", form(board, links="long; drop table", do="save"))
    assert LINKS not in Post.objects.get().said.options


def test_who_is_mentioned_shows_by_the_name_there_and_missing_names_are_told(desk, board, bluesky, cityhall, ingrid):
    Person.objects.make(workspace=cityhall, name="Kari", by=ingrid, handles={("bluesky", ""): "kari.example"})
    words = form(board, **{"text:all:0": "With @[Kari] and @[Ola]"})
    found = desk.post("write/check", {**words, "channels": [str(board.pk), str(bluesky.pk)]}).json()
    assert "@kari.example" in found["previews"]
    assert "@[" not in found["previews"]
    assert "has no name for Kari" not in found["checks"], "the noticeboard has plain names only"
    assert "Ola is not in the kit" in found["checks"]


def test_a_network_on_which_somebody_has_no_name_is_told(desk, bluesky, cityhall, ingrid):
    Person.objects.make(workspace=cityhall, name="Kari", by=ingrid)
    words = form(bluesky, **{"text:all:0": "With @[Kari]"})
    assert "has no name for Kari: the plain name goes out there." in desk.post("write/check", words).json()["checks"]


def test_the_composer_offers_its_presets_and_tools(desk, cityhall, ingrid):
    preset = UtmPreset.objects.make(workspace=cityhall, name="Usual", by=ingrid)
    page = desk.get("write").content.decode()
    assert f'<option value="{preset.pk}"' in page
    assert re.search(r'data-from="/static/[0-9a-f]+/vendor/emoji-en.json" data-names="en"', page)


def test_new_posts_begin_with_the_usual_preset_of_which_there_is_one(desk, cityhall):
    for name in ("First", "Second"):
        desk.post("kit/utm/new", {"name": name, "source": "{network}", "is_usual": "on"})
    usual = UtmPreset.objects.get(is_usual=True)
    assert usual.name == "Second"
    page = desk.get("write").content.decode()
    assert f'<option value="{usual.pk}" selected>' in page
    assert '<details class="sheet more">' in page, "it is no reason to show all options"


# --- templates --------------------------------------------------------------------------------------------------------


def test_a_post_becomes_a_template_and_a_template_a_post(desk, board, cityhall):
    answer = desk.post("write", form(board, do="make-template", template_name="Road works", links="short"))
    assert "is a template now" in answer.content.decode()
    assert "See https://halden.example/winter" in answer.content.decode(), "the composer stays as it was"
    template = Template.objects.get()
    page = desk.get(f"write?template={template.pk}").content.decode()
    assert "See https://halden.example/winter" in page
    assert '<option value="short" selected>' in page
    assert f'value="{board.pk}" checked' in page
    assert "Write from it" in desk.get("kit/templates").content.decode()
    assert not Post.objects.exists()


def test_a_template_kept_again_takes_its_own_place_and_an_empty_one_is_refused(desk, board):
    desk.post("write", form(board, do="make-template", template_name="Road works"))
    desk.post("write", form(board, do="make-template", template_name="Road works", **{"text:all:0": "Open again"}))
    assert Template.objects.get().summary == "Open again"
    desk.post("write", form(board, do="make-template", template_name="", **{"text:all:0": "No name"}))
    desk.post("write", form(board, do="make-template", template_name="Empty", **{"text:all:0": ""}))
    assert Template.objects.count() == 1


def test_a_template_that_is_gone_or_of_others_begins_nothing(desk, outsider):
    other = outsider.memberships.get().workspace
    theirs = Template.objects.make(workspace=other, name="Theirs", by=outsider, whole={"words": {}})
    for asked in (str(theirs.pk), "nonsense"):
        assert desk.get(f"write?template={asked}").status_code == 200


def test_a_template_leaves_out_channels_that_are_gone(desk, board, bluesky, ingrid, now):
    desk.post("write", form(board, do="make-template", template_name="One", channels=[str(board.pk), str(bluesky.pk)]))
    bluesky.disconnect(by=ingrid, now=now)
    page = desk.get(f"write?template={Template.objects.get().pk}").content.decode()
    assert str(bluesky.pk) not in page


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def winter(cityhall, ingrid):
    link = Link.objects.make(workspace=cityhall, target="https://halden.example/winter", by=ingrid, slug="winter")
    today = timezone.now().astimezone(cityhall.tz).date()
    Visit.objects.count_up({(link.pk, today): 3, (link.pk, today - timedelta(days=40)): 2})
    return link


def test_links_tell_their_clicks_in_all_and_by_day(desk, winter):
    assert "5 clicks" in desk.get("links").content.decode()
    page = desk.get(f"links/{winter.pk}").content.decode()
    assert "3 clicks in 30 days" in page
    assert "5 in all" in page
    assert "winter" in desk.get("links?q=WINTER").content.decode()
    assert "No link has these letters" in desk.get("links?q=summer").content.decode()


def test_the_table_has_every_day_and_no_formula(desk, winter, cityhall):
    lines = desk.get("links.csv").content.decode().splitlines()
    assert lines[0] == "\ufeffDay,Short link,Leads to,Channel,Post,Clicks"
    assert len(lines) == 3
    assert lines[2].endswith("/l/winter,https://halden.example/winter,,,3")


def test_a_link_is_made_by_hand_and_led_elsewhere_by_who_may_publish(desk, amir, ingrid):
    assert desk.post("links/new", {"target": "https://halden.example", "slug": "Summer"}).status_code == 302
    link = Link.objects.get()
    assert link.slug == "summer"
    refused = desk.post("links/new", {"target": "https://halden.example", "slug": "summer"})
    assert (refused.status_code, "is taken" in refused.content.decode()) == (422, True)
    assert desk.post(f"links/{link.pk}", {"target": "javascript:alert(1)"}).status_code == 422
    assert desk.post(f"links/{link.pk}", {"target": "https://halden.example/2"}).status_code == 302
    desk.sign_in(amir)
    assert desk.post(f"links/{link.pk}", {"target": "https://halden.example/3"}).status_code == 403
    link.refresh_from_db()
    assert link.target == "https://halden.example/2"


def test_the_names_of_emoji_are_small_and_whole():
    for code in ("en", "fr", "de", "es"):
        found = assets.assets().files[f"vendor/emoji-{code}.json"]
        assert len(found.small) <= 40 * 1024
        groups = json.loads(found.body)["groups"]
        assert sum(len(entries) for _name, entries in groups) > 1_800
        assert all(len(entry) in (3, 4) and entry[1] for _name, entries in groups for entry in entries)
