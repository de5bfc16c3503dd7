"""The composer, as a press officer, her contributor, a viewer and an outsider meet it. No scripts run here."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clarion.deliveries.models import Delivery
from clarion.posts.content import Content, Words
from clarion.posts.models import Media, Post
from clarion.testing.pictures import png

from .desk import a_channel, composed, form, signed_in, text_of, tomorrow

pytestmark = pytest.mark.django_db


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def sky(cityhall, now):
    return a_channel(cityhall, now, network="bluesky", handle="halden.example")


@pytest.fixture
def write(cityhall):
    return reverse("composer_new", args=[cityhall.pk])


# -- writing


def test_a_press_officer_schedules_a_post_on_two_channels(ingrid, cityhall, halden, sky, write, now):
    client = signed_in(ingrid)
    data = composed(
        client,
        write,
        **{"text:all:0": "Storgata is closed.\r\nUse the bridge.", "date": tomorrow(now), "time": "09:30"},
    )
    answer = client.post(write, {**data, "do": "schedule"}, follow=True)
    post = Post.objects.get()
    deliveries = list(post.deliveries.all())
    assert {one.channel for one in deliveries} == {halden, sky}
    assert {f"{one.due_at.astimezone(cityhall.tz):%Y-%m-%d %H:%M}" for one in deliveries} == {f"{tomorrow(now)} 09:30"}
    assert post.text == "Storgata is closed.\nUse the bridge.", "line ends are those of people, not of forms"
    assert "It goes out on" in text_of(answer) and "on 2 channels" in text_of(answer)


def test_publishing_now_is_due_now(ingrid, halden, write, now):
    client = signed_in(ingrid)
    client.post(write, {**composed(client, write, **{"text:all:0": "Fire on Storgata."}), "do": "now"})
    assert abs(Delivery.objects.get().due_at - now) < timedelta(minutes=1)


def test_the_same_form_sent_twice_makes_one_post(ingrid, halden, write):
    client = signed_in(ingrid)
    data = {**composed(client, write, **{"text:all:0": "Once."}), "do": "now"}
    client.post(write, data)
    client.post(write, data)
    assert Post.objects.count() == 1
    assert Delivery.objects.count() == 1


def test_a_draft_waits_in_the_composer_and_nothing_is_promised(ingrid, cityhall, halden, write):
    client = signed_in(ingrid)
    answer = client.post(write, {**composed(client, write, **{"text:all:0": "A thought"}), "do": "save"})
    post = Post.objects.get()
    assert answer["Location"] == reverse("composer", args=[cityhall.pk, post.pk])
    assert not Delivery.objects.exists()
    assert post.wanted_at is None, "nobody chose a time"
    assert "A thought" in text_of(client.get(answer["Location"]))


def test_a_draft_begun_from_a_day_of_the_calendar_is_meant_for_that_day(ingrid, cityhall, halden, write, now):
    client = signed_in(ingrid)
    client.post(write, {**composed(client, f"{write}?date={tomorrow(now)}", **{"text:all:0": "Later"}), "do": "save"})
    assert f"{Post.objects.get().wanted_at.astimezone(cityhall.tz):%Y-%m-%d}" == tomorrow(now)


def test_a_thread_a_variant_and_a_label_survive_the_round_trip_without_scripts(
    ingrid, cityhall, halden, sky, write, now
):
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "First"})
    page = client.post(write, {**data, "do": "part:all"})
    data = {**form(page), "text:all:1": ["Second"], "new_labels": ["Traffic, Roads"]}
    page = client.post(write, {**data, "do": f"vary:{sky.pk}"})
    data = {**form(page), f"text:{sky.pk}:1": ["Second, for the sky"], "date": [tomorrow(now)], "time": ["10:00"]}
    client.post(write, {**data, "do": "schedule"})
    post = Post.objects.get()
    assert [part.text for part in post.said.parts] == ["First", "Second"]
    assert [part.text for part in post.said_on(sky).parts] == ["First", "Second, for the sky"]
    assert [label.name for label in post.labels.all()] == ["Roads", "Traffic"]
    again = form(client.get(reverse("composer", args=[cityhall.pk, post.pk])))
    assert again[f"text:{sky.pk}:1"] == ["Second, for the sky"]
    assert len(again["labels"]) == 2


def test_options_that_a_network_declares_are_kept_and_offered_again(ingrid, cityhall, halden, write):
    client = signed_in(ingrid)
    given = {"text:all:0": "A poll", "option:content_warning": "Snow", "option:visibility": "unlisted",
             "option:poll": "Yes\r\nNo\r\n", "option:poll:seconds": "3600"}  # fmt: skip
    client.post(write, {**composed(client, write, **given), "do": "save"})
    options = Post.objects.get().said.options
    assert (options["content_warning"], options["visibility"]) == ("Snow", "unlisted")
    assert options["poll"] == {"options": ["Yes", "No"], "seconds": 3600}
    page = form(client.get(reverse("composer", args=[cityhall.pk, Post.objects.get().pk])))
    assert page["option:poll"] == ["Yes", "No", "", ""], "a field for each answer, and some more"


# -- refusals: the count, in place, and nothing lost


def test_text_over_the_limit_is_refused_with_the_count_and_stays_on_the_page(ingrid, halden, write, now):
    client = signed_in(ingrid)
    long = "å" * 514
    data = composed(client, write, **{"text:all:0": long, "date": tomorrow(now), "time": "09:00"})
    answer = client.post(write, {**data, "do": "schedule"})
    assert answer.status_code == 422
    assert "514 of 500" in text_of(answer) and "14 over" in text_of(answer)
    assert form(answer)["text:all:0"] == [long]
    assert not Post.objects.exists() and not Delivery.objects.exists()


def test_a_time_in_the_gap_is_shown_with_the_time_that_is_taken(ingrid, halden, write):
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "Night shift", "date": "2035-03-25", "time": "02:30"})
    page = client.post(write, {**data, "do": "look"})
    assert "02:30 does not exist on that day" in text_of(page) and "03:30 is taken" in text_of(page)
    client.post(write, {**data, "do": "schedule"})
    assert f"{Delivery.objects.get().due_at:%Y-%m-%d %H:%M}" == "2035-03-25 01:30"


def test_a_time_that_happens_twice_may_be_the_second(ingrid, halden, write):
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "Night shift", "date": "2035-10-28", "time": "02:30"})
    page = client.post(write, {**data, "do": "look"})
    assert "happens twice" in text_of(page) and "fold" in form(page)
    client.post(write, {**data, "fold": "1", "do": "schedule"})
    assert f"{Delivery.objects.get().due_at:%H:%M}" == "01:30"


@pytest.mark.parametrize(
    ("date", "time", "sentence"),
    [
        ("2020-01-01", "09:00", "has passed"),
        ("", "", "Choose a date"),
        ("9999-12-31", "23:59", "too far"),
        ("x", "y", "Choose"),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_one_sentence(ingrid, halden, write, date, time, sentence):
    client = signed_in(ingrid)
    answer = client.post(
        write, {**composed(client, write, **{"text:all:0": "Hi", "date": date, "time": time}), "do": "schedule"}
    )
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert not Delivery.objects.exists()


def test_the_same_words_within_a_day_are_warned_of_but_not_forbidden(ingrid, cityhall, halden, write, now):
    twin = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Market  day"), channels=[halden])
    Delivery.objects.schedule(twin, channels=[halden], at=now + timedelta(hours=30), by=ingrid, now=now)
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "Market day", "date": tomorrow(now), "time": "12:00"})
    assert "has the same text already" in text_of(client.post(write, {**data, "do": "look"}))
    client.post(write, {**data, "do": "schedule"})
    assert Delivery.objects.count() == 2


def test_a_post_without_channel_cannot_be_scheduled_but_can_be_kept(ingrid, halden, write):
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "For whom?", "channels": []})
    assert client.post(write, {**data, "do": "now"}).status_code == 422
    assert client.post(write, {**data, "do": "save"}).status_code == 302


def test_a_control_character_is_refused_and_a_nul_is_not_even_kept(ingrid, halden, write):
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "ring\x07"})
    assert "control character" in text_of(client.post(write, {**data, "do": "now"}))
    data = {**data, "text:all:0": "nothing\x00"}
    answer = client.post(write, {**data, "do": "save"})
    assert answer.status_code == 422 and "control character" in text_of(answer)
    assert not Post.objects.exists()


def test_sixty_thousand_characters_do_not_break_the_page(ingrid, halden, sky, write):
    client = signed_in(ingrid)
    long = "<b>ø</b> 👩‍👩‍👧‍👧 " * 3500
    data = composed(client, write, **{"text:all:0": long[:60_000]})
    answer = client.post(write, {**data, "do": "now"})
    assert answer.status_code == 422
    assert form(answer)["text:all:0"] == [long[:60_000]]
    assert client.post(write, {**data, "do": "save"}).status_code == 302


def test_hostile_words_are_shown_as_words(ingrid, cityhall, halden, write):
    client = signed_in(ingrid)
    hostile = '</textarea><script>alert("x")</script><img src=x onerror=alert(1)>'
    client.post(write, {**composed(client, write, **{"text:all:0": hostile, "new_labels": "<i>l</i>"}), "do": "save"})
    post = Post.objects.get()
    for name in ("composer", "post"):
        page = text_of(client.get(reverse(name, args=[cityhall.pk, post.pk])))
        assert "<script>alert" not in page and "<img src=x" not in page and "<i>l</i>" not in page
        assert "&lt;script&gt;alert" in page


# -- files


def test_files_come_with_the_form_and_bad_ones_are_refused_in_place(ingrid, cityhall, halden, write):
    client = signed_in(ingrid)
    files = [
        SimpleUploadedFile("a.png", png(), "image/png"),
        SimpleUploadedFile("evil.svg", b"<svg onload='x()'/>", "image/png"),
    ]
    answer = client.post(
        write, {**composed(client, write, **{"text:all:0": "Two"}), "files:all:0": files, "do": "save"}
    )
    assert answer.status_code == 422 and "SVG drawing" in text_of(answer)
    media = Media.objects.get()
    assert form(answer)["media:all:0"] == [str(media.pk)], "the good one is kept"
    data = {**form(answer), f"alt:all:0:{media.pk}": ["A blue square"], "do": "save"}
    client.post(write, data)
    shot = Post.objects.get().said.parts[0].shots[0]
    assert (shot.media, shot.alt) == (str(media.pk), "A blue square")


def test_five_hundred_pictures_at_once_are_refused_in_one_sentence_and_no_word_is_lost(ingrid, halden, write):
    client = signed_in(ingrid)
    files = [SimpleUploadedFile(f"{n}.png", png(), "image/png") for n in range(500)]
    data = composed(client, write, **{"text:all:0": "A great many"})
    answer = client.post(write, {**data, "files:all:0": files, "do": "save"})
    assert answer.status_code == 422
    assert "<li>That is too many files at once. Choose at most 40.</li>" in text_of(answer)
    assert form(answer)["text:all:0"] == ["A great many"]
    assert not Media.objects.exists()


def test_an_uploaded_file_is_kept_and_a_corrupt_one_is_refused_with_a_sentence(ingrid, cityhall):
    client, add = signed_in(ingrid), reverse("media_add", args=[cityhall.pk])
    good = client.post(add, {"file": SimpleUploadedFile("a.png", png(), "image/png")})
    shown = client.get(good.json()["url"])
    assert (
        shown.status_code == 200
        and shown["Content-Type"] == "image/png"
        and "sandbox" in shown["Content-Security-Policy"]
    )
    bad = client.post(add, {"file": SimpleUploadedFile("b.png", png()[:40], "image/png")})
    assert bad.status_code == 422 and "b.png" in bad.json()["sentence"]
    assert client.post(add).status_code == 400


def test_an_outsider_sees_no_file_and_hangs_none_on_a_post_of_her_own(ingrid, outsider, cityhall):
    media = (
        signed_in(ingrid)
        .post(reverse("media_add", args=[cityhall.pk]), {"file": SimpleUploadedFile("a.png", png())})
        .json()
    )
    client = signed_in(outsider)
    assert client.get(media["url"]).status_code == 404
    hers = outsider.memberships.get().workspace
    assert client.get(reverse("media_file", args=[hers.pk, media["id"]])).status_code == 404
    write = reverse("composer_new", args=[hers.pk])
    data = composed(client, write, **{"text:all:0": "Mine", "media:all:0": media["id"]})
    page = client.post(write, {**data, "do": "look"})
    assert media["id"] not in text_of(page)
    client.post(write, {**data, "do": "save"})
    assert not Post.objects.get().media.exists()


def test_where_the_workspace_asks_for_descriptions_a_picture_without_one_stays(ingrid, cityhall, halden, write):
    cityhall.alt_text_required = True
    cityhall.save()
    client = signed_in(ingrid)
    files = [SimpleUploadedFile("a.png", png(), "image/png")]
    answer = client.post(write, {**composed(client, write, **{"text:all:0": "See"}), "files:all:0": files, "do": "now"})
    assert answer.status_code == 422 and "This workspace asks for one" in text_of(answer)
    media = Media.objects.get()
    client.post(write, {**form(answer), f"alt:all:0:{media.pk}": ["A blue square"], "do": "now"})
    assert Delivery.objects.count() == 1


# -- the checks while one types


def test_the_checks_answer_with_counts_and_sentences_as_one_types(ingrid, cityhall, halden, sky, write):
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "x" * 301, "option:content_warning": "Snow"})
    found = client.post(reverse("composer_check", args=[cityhall.pk]), data).json()
    assert "301 of 300" in found["checks"] and "1 over 300" in found["counts"]
    assert "has no “Content warning”: it is left out there" in found["checks"]
    assert found["stops"] and not Post.objects.exists()


def test_what_a_network_takes_stands_beside_its_preview_and_sums_the_thread(ingrid, cityhall, halden, now, write):
    paid = a_channel(cityhall, now, network="x", handle="@cityofhalden")
    client, address = signed_in(ingrid), reverse("composer_check", args=[cityhall.pk])

    def costs(**said):
        found = client.post(address, composed(client, write, channels=[str(halden.pk), str(paid.pk)], **said)).json()
        assert "Costs" not in found["checks"], "it is no trouble to be looked at"
        ours, theirs = sorted(found["previews"].split("</article>")[:2], key=lambda one: "@cityofhalden" in one)
        assert "Costs" not in ours
        return theirs, found["counts"]

    preview, counts = costs(**{"text:all:0": "Winter hours: halden.example.org/winter"})
    assert "Costs about $0.20 (a post with a link)" in preview
    assert counts.count("$0.20") == 1
    preview, _counts = costs(
        **{"part:all": ["0", "1"], "text:all:0": "Winter.", "text:all:1": "More: https://halden.example.org"}
    )
    assert "Costs about $0.215 (2 posts, 1 with a link)" in preview
    preview, counts = costs(**{"text:all:0": ""})
    assert "Costs" not in preview and "$" not in counts, "nothing is written yet"


def test_a_channel_that_needs_a_sign_in_says_so(ingrid, cityhall, now, write):
    channel = a_channel(cityhall, now, sign_in_needed_at=now)
    client = signed_in(ingrid)
    assert "sign in again" in text_of(client.get(write))
    data = composed(client, write, **{"text:all:0": "Hi", "channels": [str(channel.pk)]})
    assert "needs a sign-in first" in text_of(client.post(write, {**data, "do": "look"}))


@pytest.mark.parametrize("nonsense", ["'", "none", "0", "..", "ffffffff-ffff-4fff-bfff-ffffffffffff", "x" * 5000])
def test_nonsense_in_every_field_never_breaks_the_composer(ingrid, halden, write, nonsense):
    client = signed_in(ingrid)
    fields = composed(client, write)
    for name in [*fields, "panel", "post", "drop:all:0", "date", "fold"]:
        if name != "csrfmiddlewaretoken":
            answer = client.post(write, {**fields, "do": "schedule", name: nonsense})
            assert answer.status_code in (200, 302, 409, 422), name
    for do in (
        "save",
        "now",
        nonsense,
        f"part:{nonsense}",
        f"vary:{nonsense}",
        f"same:{nonsense}",
        f"unpart:all:{nonsense}",
    ):
        everything = {name: nonsense for name in fields if name != "csrfmiddlewaretoken"}
        assert client.post(write, {**fields, **everything, "do": do}).status_code in (200, 302, 409, 422), do


def test_words_of_a_post_are_words(ingrid, cityhall):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content((Words(""),)))
    assert "(no text)" in text_of(signed_in(ingrid).get(reverse("post", args=[cityhall.pk, post.pk])))


def test_words_of_ones_own_are_shown_beside_those_of_all(ingrid, halden, write):
    client, where = signed_in(ingrid), reverse("composer_check", args=[halden.workspace_id])
    data = composed(client, write, **{"text:all:0": "The market moves to the harbour."})
    own = form(client.post(write, {**data, "do": f"vary:{halden.pk}"}))
    assert "data-differs" not in client.post(where, own).json()["differs"], "they are alike"
    own[f"text:{halden.pk}:0"] = "The market moves to the quay."
    found = client.post(where, own).json()["differs"]
    assert f'data-differs="{halden.pk}"' in found
    assert re.search(r"<del>.*harbour</del>", found) and re.search(r"<ins>.*quay</ins>", found)
