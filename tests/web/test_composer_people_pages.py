"""Who may do what in the composer; two people at once; and what is out already."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from clarion.approvals.models import Request
from clarion.deliveries.models import Delivery, State
from clarion.posts.content import Content
from clarion.posts.models import Post

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


# -- who may


def test_an_outsider_sees_404_everywhere(outsider, ingrid, cityhall, halden, now):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Secret"), channels=[halden])
    delivery = Delivery.objects.schedule(post, channels=[halden], at=now, by=ingrid, now=now)[0]
    client, own = signed_in(outsider), outsider.memberships.get().workspace
    for place in (cityhall, own):
        for name, pk in (("composer", post.pk), ("post", post.pk), ("delivery", delivery.pk)):
            assert client.get(reverse(name, args=[place.pk, pk])).status_code == 404
    for name in ("composer_new", "calendar", "posts"):
        assert client.get(reverse(name, args=[cityhall.pk])).status_code == 404
    assert client.post(reverse("composer_check", args=[cityhall.pk])).status_code == 404
    assert client.post(reverse("media_add", args=[cityhall.pk])).status_code == 404


def test_channels_of_another_workspace_are_never_chosen(ingrid, outsider, halden, write, now):
    theirs = a_channel(outsider.memberships.get().workspace, now, handle="@theirs")
    client = signed_in(ingrid)
    client.post(write, {**composed(client, write, **{"text:all:0": "Hi", "channels": [str(theirs.pk)]}), "do": "save"})
    assert not Post.objects.get().channels.exists()


def test_a_viewer_cannot_write(vera, halden, write):
    client = signed_in(vera)
    assert client.get(write).status_code == 403
    assert client.post(write, {"text:all:0": "Hi", "part:all": "0", "do": "save"}).status_code == 403
    assert not Post.objects.exists()


def test_a_contributor_asks_for_a_yes_and_nothing_leaves_before_it(amir, halden, write, now):
    client = signed_in(amir)
    page = text_of(client.get(write))
    assert "Ask for approval" in page and 'value="save"' in page
    data = composed(client, write, **{"text:all:0": "Mine", "date": tomorrow(now), "time": "09:00"})
    assert client.post(write, {**data, "do": "schedule"}).status_code == 302
    assert Post.objects.get().author == amir
    assert all(one.on_request for one in Delivery.objects.all())
    assert Request.objects.waiting().get().asked_by == amir


def test_who_only_reads_writes_and_asks_nothing(vera, halden, write):
    client = signed_in(vera)
    assert client.post(write, {"text:all:0": "Mine", "do": "schedule"}).status_code == 403
    assert not Delivery.objects.exists() and not Post.objects.exists()


def test_a_contributor_cannot_change_what_is_scheduled(amir, ingrid, cityhall, halden, now):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("As agreed"), channels=[halden])
    Delivery.objects.schedule(post, channels=[halden], at=now + timedelta(days=1), by=ingrid, now=now)
    client, address = signed_in(amir), reverse("composer", args=[cityhall.pk, post.pk])
    assert client.get(address).status_code == 403
    assert client.post(address, {"version": 1, "part:all": "0", "text:all:0": "Mine", "do": "save"}).status_code == 403
    post.refresh_from_db()
    assert post.text == "As agreed"


# -- two people, and what is out already


def test_two_tabs_show_both_texts_and_lose_neither(ingrid, amir, cityhall, halden):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Before"), channels=[halden])
    address = reverse("composer", args=[cityhall.pk, post.pk])
    hers, his = signed_in(ingrid), signed_in(amir)
    her_form, his_form = composed(hers, address), composed(his, address)
    his.post(address, {**his_form, "text:all:0": "His words", "do": "save"})
    answer = hers.post(address, {**her_form, "text:all:0": "Her words", "do": "save"})
    assert answer.status_code == 409
    assert "Amir Haddad saved this post while you were writing" in text_of(answer)
    assert "His words" in text_of(answer) and form(answer)["text:all:0"] == ["Her words"]
    hers.post(address, {**form(answer), "do": "save"})
    post.refresh_from_db()
    assert post.text == "Her words"
    assert [one.whole["content"]["parts"][0]["text"] for one in post.revisions.order_by("version")] == [
        "Before",
        "His words",
        "Her words",
    ]


def test_words_for_a_post_that_was_removed_meanwhile_become_a_new_post(ingrid, cityhall, halden, now):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Before"), channels=[halden])
    client, address = signed_in(ingrid), reverse("composer", args=[cityhall.pk, post.pk])
    data = composed(client, address, **{"text:all:0": "Still wanted"})
    post.remove(by=ingrid, now=now)
    answer = client.post(address, {**data, "do": "save"})
    assert answer.status_code == 409 and form(answer)["text:all:0"] == ["Still wanted"]
    client.post(reverse("composer_new", args=[cityhall.pk]), {**form(answer), "do": "save"})
    assert Post.objects.kept().get().text == "Still wanted"


def test_where_it_is_out_its_words_stay_and_the_others_change(ingrid, cityhall, halden, sky, now):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Old"), channels=[halden, sky])
    out, waits = Delivery.objects.schedule(post, channels=[halden, sky], at=now + timedelta(days=1), by=ingrid, now=now)
    Delivery.objects.filter(pk=out.pk).update(state=State.PUBLISHED, wake_at=None)
    client, address = signed_in(ingrid), reverse("composer", args=[cityhall.pk, post.pk])
    assert "stays as it went out" in text_of(client.get(address))
    client.post(address, {**composed(client, address, **{"text:all:0": "New"}), "do": "schedule"})
    post = Post.objects.get()
    assert (post.said_on(halden).text, post.said_on(sky).text) == ("Old", "New")
    out.refresh_from_db()
    waits.refresh_from_db()
    assert (out.state, waits.state) == (State.PUBLISHED, State.SCHEDULED)


def test_nothing_can_be_changed_once_all_of_it_is_on_its_way(ingrid, cityhall, halden, now):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Old"), channels=[halden])
    Delivery.objects.schedule(post, channels=[halden], at=now + timedelta(days=1), by=ingrid, now=now)
    client, address = signed_in(ingrid), reverse("composer", args=[cityhall.pk, post.pk])
    data = composed(client, address, **{"text:all:0": "New"})
    Delivery.objects.update(state=State.PUBLISHING)
    answer = client.post(address, {**data, "do": "save"})
    assert answer.status_code == 409 and "already on its way" in text_of(answer)
    assert form(answer)["text:all:0"] == ["New"]
    assert Post.objects.get().text == "Old"


def test_editing_for_one_channel_touches_that_channel_only(ingrid, cityhall, halden, sky, now):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("w" * 310), channels=[halden, sky])
    later = now + timedelta(days=1)
    other, failed = Delivery.objects.schedule(post, channels=[halden, sky], at=later, by=ingrid, now=now)
    Delivery.objects.filter(pk=failed.pk).update(state=State.FAILED, wake_at=None)
    client, address = signed_in(ingrid), reverse("composer", args=[cityhall.pk, post.pk])
    data = composed(client, f"{address}?channel={sky.pk}", **{f"text:{sky.pk}:0": "Short"})
    client.post(address, {**data, "do": "now"})
    other.refresh_from_db()
    failed.refresh_from_db()
    assert failed.state == State.SCHEDULED and failed.due_at < later
    assert (other.state, other.due_at) == (State.SCHEDULED, later)
    assert (Post.objects.get().said_on(sky).text, Post.objects.get().said_on(halden).text) == ("Short", "w" * 310)


def test_taking_a_channel_off_takes_its_promise_back_and_an_unchanged_time_moves_nothing(
    ingrid, cityhall, halden, sky, now
):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Both"), channels=[halden, sky])
    at = (now + timedelta(days=1)).replace(second=17, microsecond=0)
    stays, goes = Delivery.objects.schedule(post, channels=[halden, sky], at=at, by=ingrid, now=now)
    client, address = signed_in(ingrid), reverse("composer", args=[cityhall.pk, post.pk])
    data = composed(client, address, **{"text:all:0": "One", "channels": [str(halden.pk)]})
    client.post(address, {**data, "do": "schedule"})
    stays.refresh_from_db()
    goes.refresh_from_db()
    assert goes.state == State.CANCELLED
    assert (stays.state, stays.due_at) == (State.SCHEDULED, at), "to the second"
