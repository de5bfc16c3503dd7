"""The list of posts, one post, and its verbs."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from clarion.deliveries.models import Delivery, State
from clarion.posts.content import Content, Words
from clarion.posts.models import Label, Post
from clarion.records.models import Event

from .desk import a_channel, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def sky(cityhall, now):
    return a_channel(cityhall, now, network="bluesky", handle="halden.example")


@pytest.fixture
def post(cityhall, ingrid, halden, sky):
    content = Content((Words("Storgata is closed"), Words("Use the bridge")))
    return Post.objects.write(
        workspace=cityhall,
        by=ingrid,
        content=content,
        channels=[halden, sky],
        variants={sky.pk: Content.of("Closed: Storgata")},
    )


@pytest.fixture
def scheduled(post, halden, sky, ingrid, now):
    Delivery.objects.schedule(post, channels=[halden, sky], at=now + timedelta(days=1), by=ingrid, now=now)
    return post


def address(name, post, **more):
    return reverse(name, args=[post.workspace_id, post.pk])


def at(date):
    return {"date": date, "time": "12:00"}


def test_the_page_shows_the_words_of_all_and_of_each_channel_and_the_history(ingrid, scheduled, sky):
    page = text_of(signed_in(ingrid).get(address("post", scheduled)))
    assert "Storgata is closed" in page and "Use the bridge" in page
    assert "Only on halden.example" in page and "Closed: Storgata" in page
    assert "Ingrid Solberg</strong> wrote it" in page


def test_a_post_is_moved_on_every_channel_that_has_not_left(ingrid, scheduled, halden):
    out = scheduled.deliveries.get(channel=halden)
    Delivery.objects.filter(pk=out.pk).update(state=State.PUBLISHED)
    answer = signed_in(ingrid).post(
        address("post_move", scheduled), {"date": "2035-06-01", "time": "12:00"}, follow=True
    )
    assert "It has another time" in text_of(answer)
    waits = scheduled.deliveries.exclude(channel=halden).get()
    assert f"{waits.due_at:%Y-%m-%d %H:%M}" == "2035-06-01 10:00"
    assert scheduled.deliveries.get(channel=halden).due_at == out.due_at


def test_a_move_into_the_past_says_so_and_changes_nothing(ingrid, scheduled):
    before = list(scheduled.deliveries.values_list("due_at", flat=True))
    answer = signed_in(ingrid).post(
        address("post_move", scheduled), {"date": "2020-06-01", "time": "12:00"}, follow=True
    )
    assert "has passed" in text_of(answer)
    assert list(scheduled.deliveries.values_list("due_at", flat=True)) == before


def test_a_post_is_taken_back_with_a_reason(ingrid, scheduled):
    answer = signed_in(ingrid).post(address("post_cancel", scheduled), {"because": "wrong street"}, follow=True)
    assert "Taken back on 2 channels" in text_of(answer)
    assert set(scheduled.deliveries.values_list("state", flat=True)) == {State.CANCELLED}
    assert Event.objects.filter(verb="delivery.cancelled", because="wrong street").count() == 2


def test_removing_takes_back_what_waits_and_keeps_the_record(ingrid, cityhall, scheduled):
    client = signed_in(ingrid)
    client.post(address("post_remove", scheduled))
    assert set(scheduled.deliveries.values_list("state", flat=True)) == {State.CANCELLED}
    assert "Storgata" not in text_of(client.get(reverse("posts", args=[cityhall.pk])))
    page = client.get(address("post", scheduled))
    assert page.status_code == 200 and "took it off the desk" in text_of(page)


def test_what_is_on_its_way_cannot_be_removed(ingrid, scheduled):
    scheduled.deliveries.update(state=State.UNKNOWN)
    answer = signed_in(ingrid).post(address("post_remove", scheduled), follow=True)
    assert "on its way out" in text_of(answer)
    assert Post.objects.kept().filter(pk=scheduled.pk).exists()


def test_a_copy_is_a_draft_with_the_same_words(ingrid, scheduled, sky):
    signed_in(ingrid).post(address("post_duplicate", scheduled))
    copy = Post.objects.exclude(pk=scheduled.pk).get()
    assert copy.said == scheduled.said and copy.said_on(sky).text == "Closed: Storgata"
    assert not copy.deliveries.exists()


@pytest.mark.parametrize("verb", ["post_move", "post_cancel", "post_remove", "post_duplicate"])
def test_a_viewer_presses_nothing_and_an_outsider_finds_nothing(vera, outsider, scheduled, verb):
    assert signed_in(vera).post(address(verb, scheduled)).status_code == 403
    assert signed_in(outsider).post(address(verb, scheduled)).status_code == 404
    assert signed_in(vera).get(address("post", scheduled)).status_code == 200
    assert set(scheduled.deliveries.values_list("state", flat=True)) == {State.SCHEDULED}


def test_a_contributor_neither_moves_nor_removes_what_is_scheduled(amir, scheduled):
    for verb in ("post_move", "post_cancel", "post_remove"):
        assert signed_in(amir).post(address(verb, scheduled)).status_code == 403
    assert "Go on writing" not in text_of(signed_in(amir).get(address("post", scheduled)))


def test_verbs_are_post_only(ingrid, scheduled):
    for verb in ("post_move", "post_cancel", "post_remove", "post_duplicate"):
        assert signed_in(ingrid).get(address(verb, scheduled)).status_code == 405


def test_one_returns_to_where_one_came_from_but_never_elsewhere(ingrid, cityhall, scheduled):
    client, today = signed_in(ingrid), f"/w/{cityhall.pk}/"
    assert client.post(address("post_cancel", scheduled), {"next": today})["Location"] == today
    for elsewhere in (
        "https://evil.example/",
        "//evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ):
        answer = client.post(address("post_cancel", scheduled), {"next": elsewhere})
        assert answer["Location"] == address("post", scheduled)


def test_shelves_and_search_find_posts(ingrid, cityhall, scheduled, halden, now):
    Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("100% of an idea"))
    sick = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("It failed"), channels=[halden])
    one = Delivery.objects.schedule(sick, channels=[halden], at=now, by=ingrid, now=now)[0]
    Delivery.objects.filter(pk=one.pk).update(state=State.FAILED)
    client, where = signed_in(ingrid), reverse("posts", args=[cityhall.pk])

    def seen(**wanted):
        page = text_of(client.get(where, wanted))
        return [words in page for words in ("Storgata is closed", "100% of an idea", "It failed")]

    assert seen() == [True, True, True]
    assert seen(shelf="drafts") == [False, True, False]
    assert seen(shelf="scheduled") == [True, False, False]
    assert seen(shelf="needs") == [False, False, True]
    assert seen(q="storGATA") == [True, False, False]
    assert seen(q="100%") == [False, True, False]
    assert seen(q="\x00", shelf="nonsense", page="x") == [True, True, True]


def test_the_list_is_narrowed_by_channel_label_author_and_time(ingrid, amir, cityhall, halden, sky, now):
    traffic = Label.objects.create(workspace=cityhall, name="Traffic")
    one = Post.objects.write(
        workspace=cityhall, by=ingrid, content=Content.of("Bridge up"), channels=[halden], labels=[traffic]
    )
    two = Post.objects.write(workspace=cityhall, by=amir, content=Content.of("Bridge down"), channels=[sky])
    at = datetime(2035, 6, 1, 22, 30, tzinfo=UTC)  # the second of June in Oslo
    Delivery.objects.schedule(one, channels=[halden], at=at, by=ingrid, now=now)
    two.want(datetime(2035, 7, 1, 9, tzinfo=UTC))
    Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Bridge some day"))
    client, where = signed_in(ingrid), reverse("posts", args=[cityhall.pk])

    def seen(**wanted):
        return re.findall(r">Bridge ([a-z ]+)<", text_of(client.get(where, wanted)))

    assert seen() == ["some day", "down", "up"]
    assert seen(channel=halden.pk) == seen(label=traffic.pk) == ["up"]
    assert seen(author=amir.pk) == ["down"]
    assert seen(author=ingrid.pk, q="bridge") == ["some day", "up"]
    assert seen(since="2035-01-01") == ["down", "up"]  # the latest first, and nothing without a time
    assert seen(since="2035-06-02", until="2035-06-02") == ["up"]
    assert seen(since="2035-06-01", until="2035-06-01") == []
    assert seen(channel=sky.pk, shelf="drafts", since="2035-01-01", q="brid") == ["down"]
    assert seen(channel=sky.pk, label=traffic.pk) == []
    assert "2 Jun 2035" in text_of(client.get(where))


@pytest.mark.parametrize("name", ["channel", "label", "author", "since", "until", "after", "shelf", "q"])
@pytest.mark.parametrize("value", ["x", "'", "0", "99999999999999999999", "2035-13-99", "2035-06-01~x", "~", "\x00"])
def test_a_mistyped_address_is_never_an_error(ingrid, scheduled, name, value):
    answer = signed_in(ingrid).get(reverse("posts", args=[scheduled.workspace_id]), {name: value})
    assert answer.status_code == 200


@pytest.mark.parametrize("order", [{}, {"since": "2030-01-01"}])
@pytest.mark.parametrize("after", ["{pk}", "2035-06-01~{pk}", "2035-06-01T12:00:00+00:00~{pk}"])
def test_a_mark_of_another_order_begins_anew(ingrid, scheduled, halden, order, after):
    wanted = {**order, "after": after.format(pk=scheduled.pk.hex), "channel": halden.pk, "q": "storgata"}
    assert signed_in(ingrid).get(reverse("posts", args=[scheduled.workspace_id]), wanted).status_code == 200


def test_of_another_workspace_nothing_is_listed(outsider, ingrid, scheduled, sky):
    theirs = outsider.memberships.get().workspace
    where = reverse("posts", args=[theirs.pk])
    for wanted in ({}, {"q": "storgata"}, {"channel": sky.pk}, {"author": ingrid.pk}, {"shelf": "scheduled"}):
        assert "Storgata" not in text_of(signed_in(outsider).get(where, wanted))


def test_a_long_list_is_paged_and_keeps_its_filter(ingrid, cityhall):
    for n in range(45):
        Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(f"Notice number {n}"))
    client, where = signed_in(ingrid), reverse("posts", args=[cityhall.pk])
    first = client.get(where, {"q": "notice "})
    assert "Notice number 44<" in text_of(first) and "Notice number 4<" not in text_of(first)
    (older,) = re.findall(r'rel="next" href="\?(q=notice\+&amp;after=[0-9a-f]{32})"', text_of(first))
    second = text_of(client.get(f"{where}?{html.unescape(older)}"))
    assert [f"Notice number {n}<" in second for n in (5, 4, 0)] == [False, True, True]
    assert 'rel="next"' not in second and 'rel="first" href="?q=notice+"' in second


def test_the_list_asks_the_same_number_of_questions_for_one_post_and_for_forty(
    ingrid, cityhall, halden, now, django_assert_max_num_queries
):
    for n in range(40):
        post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(f"Notice {n}"), channels=[halden])
        Delivery.objects.schedule(post, channels=[halden], at=now + timedelta(hours=n + 1), by=ingrid, now=now)
    client = signed_in(ingrid)
    with django_assert_max_num_queries(14):
        client.get(reverse("posts", args=[cityhall.pk]))
