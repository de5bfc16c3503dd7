"""The calendar in the workspace's zone, its filters, its days, and its leanness."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clarion.deliveries.models import Delivery, State
from clarion.deliveries.models.delivery import new_key
from clarion.organisations.models import Member, Workspace
from clarion.posts.content import Content
from clarion.posts.models import Label, Post

from .desk import a_channel, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def planned(cityhall, ingrid, halden, now):
    def make(text, at, *, channels=(), labels=()):
        post = Post.objects.write(
            workspace=cityhall, by=ingrid, content=Content.of(text), channels=[halden], labels=labels
        )
        return Delivery.objects.schedule(post, channels=channels or [halden], at=at, by=ingrid, now=now)[0]

    return make


def test_a_post_stands_on_the_day_of_the_workspaces_zone(ingrid, cityhall, planned):
    planned("Late news", datetime(2035, 6, 30, 22, 30, tzinfo=UTC))
    client, address = signed_in(ingrid), reverse("calendar", args=[cityhall.pk])
    july = text_of(client.get(address, {"month": "2035-07"}))
    assert "Late news" in july and "<time>00:30</time>" in july
    assert "1 post, 1 still to go" in july
    assert "Late news" in text_of(client.get(address, {"day": "2035-07-01"}))
    assert "Late news" not in text_of(client.get(address, {"day": "2035-06-30"}))


def test_one_post_on_two_channels_is_one_chip_that_says_the_worse_state(ingrid, cityhall, halden, planned, now):
    other = a_channel(cityhall, now, network="bluesky", handle="halden.example")
    first = planned("Twice carried", datetime(2035, 6, 10, 9, tzinfo=UTC), channels=[halden, other])
    Delivery.objects.filter(pk=first.pk).update(state=State.FAILED)
    page = text_of(signed_in(ingrid).get(reverse("calendar", args=[cityhall.pk]), {"month": "2035-06"}))
    assert page.count("Twice carried") == 1
    assert "#n-mastodon" in page and "#n-bluesky" in page
    assert 'class="chip wrong"' in page and ">Failed</i>" in page, "never by colour alone"


def test_a_full_day_shows_a_few_and_leads_to_the_rest(ingrid, cityhall, planned):
    for minute in range(7):
        planned(f"Notice {minute}", datetime(2035, 6, 12, 9, minute, tzinfo=UTC))
    client, address = signed_in(ingrid), reverse("calendar", args=[cityhall.pk])
    page = text_of(client.get(address, {"month": "2035-06"}))
    assert "4 more" in page and "Notice 6" not in page
    assert "Notice 6" in text_of(client.get(address, {"view": "day", "day": "2035-06-12"}))


def test_drafts_meant_for_a_day_stand_there_and_cancelled_ones_do_not(ingrid, cityhall, planned, now):
    draft = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("An idea"))
    draft.want(datetime(2035, 6, 3, 9, tzinfo=UTC))
    planned("Called off", datetime(2035, 6, 4, 9, tzinfo=UTC)).cancel(by=ingrid, now=now)
    Post.objects.filter(text="Called off").update(wanted_at=None)
    page = text_of(signed_in(ingrid).get(reverse("calendar", args=[cityhall.pk]), {"month": "2035-06"}))
    assert "An idea" in page and 'class="chip draft"' in page
    assert "Called off" not in page


def test_the_filters_show_channels_labels_people_and_states(ingrid, amir, cityhall, halden, planned, now):
    other, label = a_channel(cityhall, now, handle="@other"), Label.objects.create(workspace=cityhall, name="Roads")
    planned("On halden", datetime(2035, 6, 3, 9, tzinfo=UTC), labels=[label])
    done = planned("On other", datetime(2035, 6, 4, 9, tzinfo=UTC), channels=[other])
    Delivery.objects.filter(pk=done.pk).update(state=State.PUBLISHED)
    client, address = signed_in(ingrid), reverse("calendar", args=[cityhall.pk])

    other_label = Label.objects.create(workspace=cityhall, name="Schools")
    amirs = Member.objects.join(workspace=cityhall, user=amir, role="contributor").user
    Post.objects.filter(text="On other").update(author=amirs)

    def seen(**wanted):
        page = text_of(client.get(address, {"month": "2035-06", **wanted}))
        return ["On halden" in page, "On other" in page]

    assert seen() == [True, True]
    assert seen(channel=str(other.pk)) == [False, True]
    assert seen(label=str(label.pk)) == [True, False]
    assert seen(channel=[str(other.pk), str(halden.pk)]) == [True, True]
    assert seen(label=[str(label.pk), str(other_label.pk)]) == [True, False]
    assert seen(author=str(amir.pk)) == [False, True]
    assert seen(author=[str(amir.pk), str(ingrid.pk)]) == [True, True]
    assert seen(state="published") == [False, True]
    assert seen(state=["published", "scheduled"]) == [True, True]
    assert seen(state="draft") == [False, False]
    assert seen(state="needs") == [False, False]
    assert seen(channel="'; --", label="x", state="?", author="me", zone="../etc") == [True, True]


@pytest.mark.parametrize("month", ["", "2035-13", "0000-01", "9999-12", "now", "2035-06-06", "-1", "１２３４-01"])
@pytest.mark.parametrize("view", ["", "list", "week", "day", "year"])
def test_a_month_that_does_not_exist_is_this_month(ingrid, cityhall, month, view):
    answer = signed_in(ingrid).get(
        reverse("calendar", args=[cityhall.pk]), {"month": month, "view": view, "day": month, "page": month}
    )
    assert answer.status_code == 200


def test_the_clocks_going_forward_lose_no_day(ingrid, cityhall, planned):
    planned("Sunday", datetime(2035, 3, 25, 12, tzinfo=UTC))
    page = text_of(signed_in(ingrid).get(reverse("calendar", args=[cityhall.pk]), {"month": "2035-03"}))
    assert page.count('<h2 class="day"') == 35 and "<time>14:00</time>" in page


def test_only_those_who_write_are_offered_an_empty_day(ingrid, vera, cityhall):
    address = reverse("calendar", args=[cityhall.pk])
    assert 'class="open"' in text_of(signed_in(ingrid).get(address, {"month": "2035-06"}))
    assert 'class="open"' not in text_of(signed_in(vera).get(address, {"month": "2035-06"}))
    past = text_of(signed_in(ingrid).get(address, {"month": "2020-06"}))
    assert 'class="open"' not in past, "nothing can be planned for yesterday"


def test_hostile_words_are_words_in_a_chip(ingrid, cityhall, planned):
    planned("<script>alert(1)</script>", datetime(2035, 6, 3, 9, tzinfo=UTC))
    page = text_of(signed_in(ingrid).get(reverse("calendar", args=[cityhall.pk]), {"month": "2035-06"}))
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_month_with_a_thousand_posts_takes_twelve_queries_and_ninety_kibibytes(
    ingrid, cityhall, halden, django_assert_max_num_queries
):
    start = datetime(2035, 6, 1, 5, tzinfo=UTC)
    posts = [
        Post(workspace=cityhall, author=ingrid, content=Content.of(f"Post {n}").as_json(), text=f"Post {n}")
        for n in range(1000)
    ]
    Post.objects.bulk_create(posts)
    Delivery.objects.bulk_create(
        Delivery(
            workspace=cityhall, post=post, channel=halden, due_at=start + timedelta(minutes=42 * n), key=new_key(),
            late="send", late_minutes=360, text_sha256="",
        )
        for n, post in enumerate(posts)
    )  # fmt: skip
    client, address = signed_in(ingrid), reverse("calendar", args=[cityhall.pk])
    with django_assert_max_num_queries(12):
        answer = client.get(address, {"month": "2035-06"}, headers={"accept-encoding": "gzip"})
    assert b"1000 posts" in gzip.decompress(answer.content)
    assert len(gzip.decompress(answer.content)) < 90 * 1024, "even before it is packed"
    listed = text_of(client.get(address, {"month": "2035-06", "view": "list", "page": "10"}))
    assert "Page 10 of 10" in listed and "Post 999" in listed


def test_another_workspaces_posts_never_show(ingrid, cityhall, outsider, planned, now):
    planned("Ours", datetime(2035, 6, 3, 9, tzinfo=UTC))
    client = signed_in(outsider)
    own = outsider.memberships.get().workspace
    assert "Ours" not in text_of(client.get(reverse("calendar", args=[own.pk]), {"month": "2035-06"}))
    assert "Ours" not in text_of(client.get(reverse("posts", args=[own.pk])))
    second = Workspace.objects.open(organisation=cityhall.organisation, name="Second", zone="UTC")
    Member.objects.join(workspace=second, user=ingrid, role="owner")
    assert "Ours" not in text_of(signed_in(ingrid).get(reverse("calendar", args=[second.pk]), {"month": "2035-06"}))


def test_today_is_marked(ingrid, cityhall):
    page = text_of(signed_in(ingrid).get(reverse("calendar", args=[cityhall.pk])))
    assert page.count('aria-current="date"') == 1
    assert f"{timezone.now().astimezone(cityhall.tz):%B}" in page


def test_the_filters_are_a_form_that_needs_no_script(ingrid, cityhall, halden):
    client, address = signed_in(ingrid), reverse("calendar", args=[cityhall.pk])
    page = text_of(client.get(address, {"month": "2035-06", "view": "list", "channel": str(halden.pk)}))
    assert f'name="channel" value="{halden.pk}" checked' in page
    assert '<input type="hidden" name="view" value="list">' in page
    assert '<input type="hidden" name="month" value="2035-06">' in page
    assert ">Show</button>" in page and ">Everything</a>" in page


def test_another_zone_shows_the_same_posts_at_its_own_times(ingrid, cityhall, planned):
    planned("Late news", datetime(2035, 6, 30, 22, 30, tzinfo=UTC))
    client, address = signed_in(ingrid), reverse("calendar", args=[cityhall.pk])
    page = text_of(client.get(address, {"month": "2035-06", "zone": "America/New_York"}))
    assert "<time>18:30</time>" in page and "Times are shown in America/New_York" in page
    assert "zone=America%2FNew_York" in page, "it stays so on the way to other months"
    assert Delivery.objects.get().due_at == datetime(2035, 6, 30, 22, 30, tzinfo=UTC)
    listed = text_of(client.get(address, {"month": "2035-06", "view": "list", "zone": "America/New_York"}))
    assert ">18:30</time>" in listed
