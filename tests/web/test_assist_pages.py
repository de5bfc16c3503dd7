"""Writing help on the pages: set by an owner, asked by who writes, taken by a press, marked for good."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.urls import reverse

from clarion.posts.models import Assist, Media, Post
from clarion.records.models import Event
from clarion.testing.pictures import png
from clarion.testing.servers.chat_completions import KEY, MODEL, ChatCompletionsServer

from .desk import a_channel, composed, signed_in, text_of, tomorrow

pytestmark = pytest.mark.django_db


@pytest.fixture
def server():
    with ChatCompletionsServer() as running:
        yield running
        assert running.complaints == []


@pytest.fixture
def chosen(cityhall, ingrid, server):
    return Assist.objects.settle(
        cityhall.organisation, address=server.address, model=MODEL, key=KEY, takes_pictures=True, by=ingrid
    )


@pytest.fixture
def ask(cityhall):
    return reverse("assist_ask", args=[cityhall.pk])


def test_an_owner_sets_the_model_sees_no_key_and_turns_it_off(ingrid, amir, cityhall):
    page, client = reverse("assist", args=[cityhall.pk]), signed_in(ingrid)
    given = {"address": "https://models.example/v1", "model": MODEL, "key": KEY, "pictures": "on"}
    assert client.post(page, {**given, "address": "models"}).status_code == 422
    assert client.post(page, given).status_code == 302
    assert Assist.objects.get().key == KEY
    shown = text_of(client.get(page))
    assert KEY not in shown
    assert "A key is kept, sealed." in shown
    assert signed_in(amir).get(page).status_code == 403
    assert client.post(page, {"do": "off"}).status_code == 302
    assert not Assist.objects.exists()
    assert list(Event.objects.filter(verb__startswith="assist.").values_list("verb", flat=True)) == [
        "assist.settled", "assist.turned_off",
    ]  # fmt: skip


def test_until_a_model_is_chosen_there_is_no_menu_and_no_answer(ingrid, cityhall, ask):
    client = signed_in(ingrid)
    assert text_of(client.get(reverse("assist_menu", args=[cityhall.pk]))).strip() == ""
    assert "Nobody has chosen a model" in text_of(client.post(ask, {"kind": "shorten", "text": "Open."}))


def test_a_suggestion_shows_what_it_changes_and_where_it_is_still_too_long(amir, cityhall, chosen, server, ask, now):
    channel = a_channel(cityhall, now)
    client = signed_in(amir)
    assert f"Asks {MODEL} at 127.0.0.1" in text_of(client.get(reverse("assist_menu", args=[cityhall.pk])))
    server.says = lambda task: "The <b>library</b> opens. " + "x" * 500
    page = text_of(
        client.post(ask, {"kind": "tone", "tone": "warm", "text": "The house opens.", "channels": str(channel.pk)})
    )
    assert "<del>house</del>" in page
    assert "<ins>&lt;b&gt;library&lt;/b&gt;</ins>" in page
    assert "still 26 over" in page
    assert f"Suggested by {MODEL}" in page


def test_what_was_taken_is_marked_and_stays_marked(ingrid, cityhall, chosen, now):
    a_channel(cityhall, now)
    client, write = signed_in(ingrid), reverse("composer_new", args=[cityhall.pk])
    data = composed(client, write, **{"text:all:0": "Open late.", "date": tomorrow(now), "help": MODEL})
    client.post(write, {**data, "do": "save"})
    post = Post.objects.get()
    assert post.said.help == (MODEL,)
    edit = reverse("composer", args=[cityhall.pk, post.pk])
    data = composed(client, edit, **{"text:all:0": "Open very late."})
    assert data.pop("help") == [MODEL]
    assert client.post(edit, {**data, "do": "save"}).status_code == 302
    post.refresh_from_db()
    assert (post.version, post.said.help) == (2, (MODEL,))
    assert post.revisions.get(version=2).whole["content"]["help"] == [MODEL]
    page = text_of(client.get(reverse("post", args=[cityhall.pk, post.pk])))
    assert page.count(f"with help of {MODEL}") == 3


def test_every_use_on_a_post_stands_in_its_history(ingrid, cityhall, chosen, ask, now):
    a_channel(cityhall, now)
    client, write = signed_in(ingrid), reverse("composer_new", args=[cityhall.pk])
    client.post(write, {**composed(client, write, **{"text:all:0": "Open late."}), "do": "save"})
    post = Post.objects.get()
    client.post(ask, {"kind": "shorten", "text": "Open late.", "post": str(post.pk)})
    assert "asked a model for help" in text_of(client.get(reverse("post", args=[cityhall.pk, post.pk])))


def test_a_picture_is_described_by_a_model_that_takes_pictures(ingrid, cityhall, chosen, server, ask):
    media = Media.objects.keep(workspace=cityhall, file=BytesIO(png(800, 600)), name="a.png", by=ingrid)
    server.says = lambda task: "A blue field."
    client = signed_in(ingrid)
    assert "A blue field." in text_of(client.post(ask, {"kind": "alt", "text": "", "media": str(media.pk)}))
    assert server.bodies[0]["messages"][1]["content"][1]["image_url"]["url"].startswith("data:image/webp;base64,")
    assert "no picture to describe" in text_of(client.post(ask, {"kind": "alt", "media": "x"}))
    Assist.objects.update(takes_pictures=False)
    assert "takes no pictures" in text_of(client.post(ask, {"kind": "alt", "media": str(media.pk)}))


def test_an_outsider_and_a_viewer_ask_nothing(outsider, vera, cityhall, chosen, server, ask):
    assert signed_in(outsider).post(ask, {"kind": "shorten", "text": "x"}).status_code == 404
    assert signed_in(vera).post(ask, {"kind": "shorten", "text": "x"}).status_code == 403
    assert signed_in(outsider).get(reverse("assist", args=[cityhall.pk])).status_code == 404
    assert server.bodies == []
