"""Captions in the composer, with and without scripts: given by language, seen in the preview, taken away again."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clarion.deliveries.models import Delivery
from clarion.posts.models import Captions, Media, Post
from clarion.testing.videos import WORDS
from tests.deliveries.conftest import clock, worker  # noqa: F401

from .desk import a_channel, composed, form, signed_in, text_of

pytestmark = pytest.mark.django_db
SRT = b"1\n00:00:01,000 --> 00:00:04,250\nThe bridge is open.\n"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def write(cityhall):
    return reverse("composer_new", args=[cityhall.pk])


def film(name: str = "council.mp4") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"\0\0\0\x20ftypisom" + bytes(5000), "video/mp4")


def words(raw: bytes = WORDS.encode(), name: str = "council.vtt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, raw, "text/vtt")


@pytest.fixture
def council(ingrid, cityhall) -> Media:
    answer = signed_in(ingrid).post(reverse("media_add", args=[cityhall.pk]), {"file": film()})
    return Media.objects.get(pk=answer.json()["id"])


def with_film(client, write, media, **more):
    given = {"text:all:0": "See.", "media:all:0": [str(media.pk)], f"alt:all:0:{media.pk}": "The council", **more}
    return composed(client, write, **given)


# -- without scripts


def test_a_caption_file_comes_with_the_form_and_stays_when_the_post_is_kept(ingrid, board, write, council):
    client = signed_in(ingrid)
    page = client.post(write, {
        **with_film(client, write, council), f"captions:all:0:{council.pk}": words(),
        f"captions-language:all:0:{council.pk}": "nb", "do": "look",
    })  # fmt: skip
    assert "Captions: Norwegian Bokmal" in text_of(page), "the preview says it"
    assert 'value="See."' not in text_of(page) and form(page)["text:all:0"] == ["See."]
    client.post(write, {**form(page), "do": "now"})
    assert [one.language for one in Captions.objects.all()] == ["nb"] and Delivery.objects.count() == 1


def test_several_languages_and_a_new_film_come_one_after_the_other(ingrid, board, write):
    client = signed_in(ingrid)
    page = client.post(
        write, {**composed(client, write, **{"text:all:0": "See."}), "files:all:0": film(), "do": "look"}
    )
    media = Media.objects.get()
    for language, file in (("en", words(SRT, "council.srt")), ("nb", words())):
        page = client.post(write, {
            **form(page), f"captions:all:0:{media.pk}": file, f"captions-language:all:0:{media.pk}": language,
            "do": "look",
        })  # fmt: skip
    assert "Captions: English, Norwegian Bokmal" in text_of(page)


def test_a_ticked_language_is_taken_away(ingrid, board, write, council):
    client = signed_in(ingrid)
    Captions.objects.keep(media=council, file=words(), name="a.vtt", language="nb", by=ingrid)
    page = client.post(write, {**with_film(client, write, council), "do": "look"})
    assert "Remove Norwegian Bokmal" in text_of(page)
    page = client.post(write, {**form(page), "uncaption": [str(Captions.objects.get().pk)], "do": "look"})
    assert not Captions.objects.exists() and "Captions: " not in text_of(page)


@pytest.mark.parametrize(
    ("raw", "language", "sentence"),
    [
        (b"Nothing but words", "nb", "is neither WebVTT (.vtt) nor SubRip (.srt)"),
        (WORDS.encode(), "", "Say in which language “council.vtt” is."),
        (WORDS.encode(), "Klingon!", "“Klingon!” is no language"),
    ],
)
def test_bad_captions_are_one_sentence_in_place_and_nothing_is_lost(
    ingrid, board, write, council, raw, language, sentence
):
    client = signed_in(ingrid)
    data = with_film(client, write, council)
    answer = client.post(write, {
        **data, f"captions:all:0:{council.pk}": words(raw), f"captions-language:all:0:{council.pk}": language,
        "do": "now",
    })  # fmt: skip
    assert answer.status_code == 422 and sentence in text_of(answer)
    assert form(answer)["text:all:0"] == ["See."] and form(answer)["media:all:0"] == [str(council.pk)]
    assert not Captions.objects.exists() and not Post.objects.exists()


# -- what is said before it goes out


def test_a_network_without_captions_says_so_and_the_post_may_go(ingrid, cityhall, board, now, write, council):
    a_channel(cityhall, now)
    Captions.objects.keep(media=council, file=words(), name="a.vtt", language="nb", by=ingrid)
    client = signed_in(ingrid)
    page = text_of(client.post(write, {**with_film(client, write, council), "do": "look"}))
    assert "Mastodon takes no caption files: “council.mp4” goes there without its captions." in page
    assert page.count("Captions: Norwegian Bokmal") == 1, "in the preview of the noticeboard only"
    client.post(write, {**with_film(client, write, council), "do": "now"})
    assert Delivery.objects.count() == 2


def test_a_film_without_captions_is_named_where_a_network_would_take_some(ingrid, cityhall, board, write, council):
    client = signed_in(ingrid)
    page = client.post(write, {**with_film(client, write, council), "do": "look"})
    assert "One video has no captions." in text_of(page)
    Captions.objects.keep(media=council, file=words(), name="a.vtt", language="nb", by=ingrid)
    page = client.post(write, {**form(page), "do": "look"})
    assert "has no captions" not in text_of(page)


# -- with scripts


def test_captions_are_sent_by_themselves_and_the_list_comes_back(ingrid, cityhall, council):
    client = signed_in(ingrid)
    kept = client.post(reverse("media_add", args=[cityhall.pk]), {"file": film()}).json()
    assert kept["captions"] == reverse("captions_add", args=[cityhall.pk, council.pk])
    answer = client.post(kept["captions"], {"file": words(), "language": "nb"}).json()
    assert "Norwegian Bokmal" in answer["list"] and "data-uncaption" in answer["list"]
    refused = client.post(kept["captions"], {"file": words(b"x"), "language": "nb"})
    assert refused.status_code == 422 and "neither WebVTT" in refused.json()["sentence"]
    assert client.post(kept["captions"], {"language": "nb"}).status_code == 400
    gone = client.post(reverse("captions_remove", args=[cityhall.pk, Captions.objects.get().pk]))
    assert gone.json()["list"].strip() == "" and not Captions.objects.exists()


def test_the_check_while_typing_tells_the_captions_and_changes_none(ingrid, cityhall, board, write, council):
    Captions.objects.keep(media=council, file=words(), name="a.vtt", language="nb", by=ingrid)
    client = signed_in(ingrid)
    told = client.post(reverse("composer_check", args=[cityhall.pk]), with_film(client, write, council))
    assert "Captions: Norwegian Bokmal" in json.loads(told.content)["previews"]
    assert Captions.objects.count() == 1


# -- to members only


def test_a_caption_file_is_shown_to_members_and_to_nobody_else(ingrid, outsider, cityhall, council):
    one = Captions.objects.keep(media=council, file=words(SRT), name="council.srt", language="en", by=ingrid)
    address = reverse("captions_file", args=[cityhall.pk, one.pk])
    shown = signed_in(ingrid).get(address)
    assert (shown["Content-Type"], shown.content) == ("application/x-subrip; charset=utf-8", SRT)
    assert "sandbox" in shown["Content-Security-Policy"]
    hers = outsider.memberships.get().workspace
    client = signed_in(outsider)
    for place in (cityhall, hers):
        assert client.get(reverse("captions_file", args=[place.pk, one.pk])).status_code == 404
        assert client.post(reverse("captions_remove", args=[place.pk, one.pk])).status_code == 404
        add = reverse("captions_add", args=[place.pk, council.pk])
        assert client.post(add, {"file": words(), "language": "nb"}).status_code == 404
    assert Captions.objects.count() == 1


def test_an_outsiders_form_touches_no_captions_of_ours(ingrid, outsider, council):
    one = Captions.objects.keep(media=council, file=words(), name="a.vtt", language="nb", by=ingrid)
    client = signed_in(outsider)
    write = reverse("composer_new", args=[outsider.memberships.get().workspace.pk])
    page = client.post(write, {
        **with_film(client, write, council), "uncaption": [str(one.pk), "x"],
        f"captions:all:0:{council.pk}": words(SRT), f"captions-language:all:0:{council.pk}": "en", "do": "look",
    })  # fmt: skip
    assert "is gone" in text_of(page)
    assert [kept.language for kept in Captions.objects.all()] == ["nb"]


def test_who_posts_by_hand_takes_the_captions_along(ingrid, cityhall, now, council, worker):  # noqa: F811
    channel = a_channel(cityhall, now, network="manual", handle="Mayor's profile")
    Captions.objects.keep(media=council, file=words(SRT), name="council.srt", language="en", by=ingrid)
    client, write = signed_in(ingrid), reverse("composer_new", args=[cityhall.pk])
    client.post(write, {**with_film(client, write, council), "channels": [str(channel.pk)], "do": "now"})
    delivery = Delivery.objects.get(channel=channel)
    worker.work_until_settled(delivery)
    page = text_of(client.get(reverse("delivery", args=[cityhall.pk, delivery.pk])))
    assert 'download="council.srt"' in page and "Captions: English" in page
