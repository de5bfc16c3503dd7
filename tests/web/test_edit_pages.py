"""Pictures edited for one post, as the composer's page speaks of them; shapes by what networks declare; covers."""

from __future__ import annotations

import io
import json

import pytest
from django.urls import reverse
from PIL import Image

from clarion.deliveries.models import Delivery
from clarion.networks.editing import Edit
from clarion.posts.content import Content, Shot
from clarion.posts.models import Media, Post
from clarion.web.shapes import shapes

from .desk import a_channel, composed, form, signed_in, text_of

pytestmark = pytest.mark.django_db
HALF = {"crop": [0, 0, 5000, 10000]}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def kept(workspace, image: Image.Image, name: str, **options) -> Media:
    out = io.BytesIO()
    image.save(out, **options)
    out.seek(0)
    return Media.objects.keep(workspace=workspace, file=out, name=name, alt="The bridge")


@pytest.fixture
def bridge(cityhall) -> Media:
    return kept(cityhall, Image.effect_noise((400, 300), 90).convert("RGB"), "bridge.png", format="PNG")


@pytest.fixture
def client(ingrid):
    return signed_in(ingrid)


def edit(media: Media) -> str:
    return reverse("media_edit", args=[media.workspace_id, media.pk])


def names(channels) -> dict[str, int]:
    return {one.name: one.whole for one in shapes(channels)}


def test_shapes_are_those_that_the_chosen_networks_show_whole(cityhall, now):
    mastodon, reel = a_channel(cityhall, now), a_channel(cityhall, now, network="tiktok", handle="@reel")
    assert names([mastodon])["1:1"] == 1 and "9:16" not in names([mastodon])
    assert names([reel]) == {"9:16": 1}
    assert names([mastodon, reel])["9:16"] == 1
    assert [one.sentence for one in shapes([mastodon, reel])][:1] == ["shown whole on 1 of 2 channels"]
    assert {one.sentence for one in shapes([mastodon])} == {"shown whole everywhere"}
    assert len(names([])) == 9 and {one.sentence for one in shapes([])} == {""}


def test_the_dialog_offers_the_shapes_of_the_channels_and_the_picture_whole(client, bridge, cityhall, now):
    reel = a_channel(cityhall, now, network="tiktok", handle="@reel")
    page = client.get(edit(bridge), {"channels": [str(reel.pk), "nonsense"]}).text
    assert ">9:16 " in page and ">1:1" not in page
    assert reverse("media_file", args=[cityhall.pk, bridge.pk]) in page


def test_what_was_done_is_answered_as_it_was_understood(client, bridge):
    said = {**HALF, "turn": 90, "mirror": True, "focus": [1, 2], "more": "nonsense"}
    told = client.post(edit(bridge), {"edit": json.dumps(said)}).json()
    assert json.loads(told["edit"]) == {"turn": 90, "mirror": True, "crop": [0, 0, 5000, 10000], "focus": [1, 2]}
    assert (told["width"], told["height"]) == (150, 400)
    assert client.get(told["small"]).status_code == 200
    back = client.post(edit(bridge), {"edit": "{}"}).json()
    assert (back["edit"], back["width"], str(bridge.pk) in back["small"]) == ("", 400, True)
    assert client.post(edit(bridge), {"edit": "[" * 400}).json()["edit"] == ""


def test_what_moves_is_no_picture_to_edit(client, cityhall):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    moving = kept(cityhall, frames[0], "wave.gif", format="GIF", save_all=True, append_images=frames[1:])
    assert client.get(edit(moving)).status_code == 404
    Media.objects.filter(pk=moving.pk).update(frames=0)  # kept before frames were counted
    answer = client.post(edit(moving), {"edit": json.dumps(HALF)})
    assert answer.status_code == 422 and "“wave.gif” cannot be edited here" in answer.json()["sentence"]


def test_only_who_may_write_edits(vera, outsider, bridge):
    for person, status in ((vera, 403), (outsider, 404)):
        assert signed_in(person).get(edit(bridge)).status_code == status
        assert signed_in(person).post(edit(bridge), {"edit": json.dumps(HALF)}).status_code == status


def test_the_form_keeps_it_and_everything_shows_it(client, bridge, board, cityhall, ingrid):
    write = reverse("composer_new", args=[cityhall.pk])
    done = json.dumps({**HALF, "focus": [2500, 10000]})
    given = {
        "text:all:0": "The bridge.", "media:all:0": [str(bridge.pk)], f"alt:all:0:{bridge.pk}": "Half of it",
        f"edit:all:0:{bridge.pk}": done,
    }  # fmt: skip
    page = client.post(write, {**composed(client, write, **given), "do": "look"})
    half = Media.objects.get(source=bridge)
    assert form(page)[f"edit:all:0:{bridge.pk}"] == [done]
    assert page.text.count(reverse("media_file", args=[cityhall.pk, half.pk])) == 2, "on its tile and in the preview"
    assert 'class="x-5 y-10"' in page.text
    client.post(write, {**composed(client, write, **given), "do": "now"})
    post = Post.objects.get()
    assert post.said.parts[0].shots == (Shot(str(bridge.pk), "Half of it", Edit.read(json.loads(done))),)
    assert Delivery.objects.get().post_id == post.pk
    shown = client.get(reverse("post", args=[cityhall.pk, post.pk])).text
    assert reverse("media_file", args=[cityhall.pk, half.pk]) in shown
    assert [one.name for one in Media.objects.on_show()] == ["bridge.png"]


def test_an_edit_that_cannot_be_done_stops_the_post_with_its_reason(client, board, cityhall):
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    moving = kept(cityhall, frames[0], "wave.gif", format="GIF", save_all=True, append_images=frames[1:])
    write = reverse("composer_new", args=[cityhall.pk])
    given = {
        "text:all:0": "A wave.", "media:all:0": [str(moving.pk)], f"alt:all:0:{moving.pk}": "A wave",
        f"edit:all:0:{moving.pk}": json.dumps(HALF),
    }  # fmt: skip
    page = client.post(write, {**composed(client, write, **given), "do": "now"})
    assert "“wave.gif” cannot be turned or cut" in text_of(page)
    assert not Delivery.objects.exists()


def test_the_history_says_that_a_picture_was_edited(client, bridge, cityhall, ingrid):
    plain = Content.of("x", Shot(str(bridge.pk), "The bridge"))
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=plain)
    edited = Content.of("x", Shot(str(bridge.pk), "The bridge", Edit.read(HALF)))
    post.edit(by=ingrid, version=1, content=edited)
    page = text_of(client.get(reverse("post_history", args=[cityhall.pk, post.pk])))
    assert "bridge.png (edited): The bridge" in page


def test_where_a_network_asks_for_a_moment_it_is_chosen_in_the_video(client, cityhall, now):
    a_channel(cityhall, now, network="instagram", handle="@city")
    page = client.get(reverse("composer_new", args=[cityhall.pk])).text
    assert 'data-moment="option-cover_at"' in page and 'name="option:cover_at"' in page
