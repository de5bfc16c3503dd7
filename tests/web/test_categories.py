"""Categories and evergreen posts as pages: chosen in the composer, given slots in the queue, looked after in a pool."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clarion.deliveries.models import Delivery, Measure, State
from clarion.networks.base import Reading
from clarion.posts.content import Content
from clarion.posts.models import Campaign, Category, Evergreen, Post, Slot
from tests.web.desk import a_channel, composed, form, signed_in, text_of


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def channel(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def category(cityhall, ingrid, channel):
    made = Category.objects.make(workspace=cityhall, name="Tips", by=ingrid)
    Slot.objects.offer(channel, at=[(day, time(12)) for day in range(7)], by=ingrid, category=made)
    return made


@pytest.fixture
def green(cityhall, ingrid, channel, category, now):
    """A post that is out since forty days ago, in the pool."""
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Three bins."), channels=[channel])
    post.sort(category, by=ingrid, now=now)
    at = now - timedelta(days=40)
    Delivery.objects.schedule(post, channels=[channel], at=at, by=ingrid, now=at)
    Delivery.objects.filter(post=post).update(state=State.PUBLISHED, published_at=at, wake_at=None)
    return Evergreen.objects.begin(post, times=3, rest_days=30, by=ingrid, now=now)


def at(place, name, *more) -> str:
    return reverse(name, args=[place.pk, *more])


def test_the_composer_keeps_campaign_category_and_that_it_goes_out_again(cityhall, ingrid, category):
    advent = Campaign.objects.begin(workspace=cityhall, name="Advent", by=ingrid)
    client, new = signed_in(ingrid), at(cityhall, "composer_new")
    typed = {
        "text:all:0": "Three bins.", "do": "save", "campaign": str(advent.pk), "category": str(category.pk),
        "again": "1", "again_times": "4", "again_days": "21", "again_until": "2031-05-01",
    }  # fmt: skip
    client.post(new, composed(client, new, **typed))
    post = Post.objects.select_related("evergreen").get()
    assert (post.campaign, post.category) == (advent, category)
    assert (post.evergreen.times, post.evergreen.rest_days, f"{post.evergreen.until}") == (4, 21, "2031-05-01")
    here = at(cityhall, "composer", post.pk)
    page = text_of(client.get(here))
    assert f'value="{advent.pk}" selected' in page and 'name="again" value="1" checked' in page
    client.post(here, composed(client, here, campaign="", again="", do="save"))
    post = Post.objects.select_related("evergreen").get()
    assert post.campaign is None and post.category == category and post.evergreen.ended_at is not None


def test_a_form_that_does_not_ask_changes_nothing_of_it(cityhall, ingrid, green):
    client, here = signed_in(ingrid), at(cityhall, "composer", green.post_id)
    fields = composed(client, here, **{"text:all:0": "Three bins, again.", "do": "save"})
    for name in ("belongs", "category", "again"):
        fields.pop(name, None)
    client.post(here, fields)
    green.refresh_from_db()
    assert green.ended_at is None and Post.objects.get().category_id is not None


@pytest.mark.parametrize(
    ("typed", "sentence"), [({"category": ""}, "Choose a category"), ({"again_times": "0"}, "from 1 to 100 times")]
)
def test_what_cannot_go_out_again_is_refused_and_no_word_is_lost(cityhall, ingrid, category, typed, sentence):
    client, new = signed_in(ingrid), at(cityhall, "composer_new")
    known = {"text:all:0": "Three bins.", "do": "save", "category": str(category.pk), "again": "1"}
    answer = client.post(new, composed(client, new, **{**known, **typed}))
    assert answer.status_code == 422 and sentence in text_of(answer) and "Three bins." in text_of(answer)
    assert not Post.objects.exists()


def test_slots_are_given_to_a_category_and_to_all_again(cityhall, ingrid, channel):
    client = signed_in(ingrid)
    client.post(at(cityhall, "categories"), {"name": "Culture", "hue": "plum"})
    culture = Category.objects.get()
    slots = at(cityhall, "queue_slots", channel.pk)
    typed = {"do": "add", "weekday": ["4", "5"], "time": "17:00", "category": str(culture.pk)}
    assert "2 slots are new." in text_of(client.post(slots, typed, follow=True))
    assert set(Slot.objects.values_list("category__name", flat=True)) == {"Culture"}
    page = text_of(client.post(slots, {**typed, "weekday": ["4"], "category": ""}, follow=True))
    assert "1 slot is for all posts now." in page and "Free for Culture" in page
    assert "of this name already" in text_of(client.post(at(cityhall, "categories"), {"name": "Culture", "hue": "sea"}))


def test_the_next_slot_is_that_of_the_category(cityhall, ingrid, channel, category):
    client = signed_in(ingrid)
    asked = at(cityhall, "queue_next") + f"?channels={channel.pk}"
    assert "Next slot" not in text_of(client.get(asked)), "without a category it has none here"
    assert "12:00" in text_of(client.get(f"{asked}&category={category.pk}"))


def test_pool_queue_and_post_tell_what_comes_next_and_why(cityhall, ingrid, channel, category, green):
    client = signed_in(ingrid)
    pool = text_of(client.get(at(cityhall, "category", category.pk)))
    assert "Three bins." in pool and "0/3" in pool and "it was said longest ago" in pool
    queue = text_of(client.get(at(cityhall, "queue_channel", channel.pk)))
    assert "evergreen, if nothing of Tips comes" in queue
    own = text_of(client.get(at(cityhall, "evergreen", green.post_id)))
    assert "With one wording" in own and "0 of 3 times" in own
    assert "How it goes out again" in text_of(client.get(at(cityhall, "post", green.post_id)))


def test_other_words_are_kept_where_they_fit_every_channel(cityhall, ingrid, category, green):
    client, here = signed_in(ingrid), at(cityhall, "evergreen", green.post_id)
    typed = {"category": str(category.pk), "again_times": "3", "again_days": "30", "again_until": ""}
    answer = client.post(here, {**typed, "variation": ["Bins, sorted.", "x" * 501]})
    assert answer.status_code == 422 and "Other words 2, on @halden" in text_of(answer)
    green.refresh_from_db()
    assert green.variations == []
    client.post(here, {**typed, "variation": ["Bins, sorted.", " "]})
    green.refresh_from_db()
    assert green.variations == ["Bins, sorted."]


def test_a_pool_is_paused_and_ended_by_those_who_may_publish(cityhall, ingrid, amir, category, green):
    turn = at(cityhall, "evergreen_turn", green.post_id)
    assert signed_in(amir).post(turn, {"do": "end"}).status_code == 403
    assert signed_in(amir).post(at(cityhall, "categories"), {"name": "Mine", "hue": "sea"}).status_code == 403
    client = signed_in(ingrid)
    assert "Paused" in text_of(client.post(turn, {"do": "pause", "from": "pool"}, follow=True))
    for do, left in (("resume", False), ("end", True)):
        client.post(turn, {"do": do})
        green.refresh_from_db()
        assert (green.paused_at, green.ended_at is not None) == (None, left)
    client.post(at(cityhall, "category_remove", category.pk))
    assert not Category.objects.exists() and Slot.objects.filter(category=None).count() == 7


def test_an_outsider_finds_none_of_it(outsider, cityhall, category, green):
    client, own = signed_in(outsider), outsider.memberships.get().workspace
    for place in (cityhall, own):
        for page in (("category", category.pk), ("evergreen", green.post_id)):
            assert client.get(at(place, *page)).status_code == 404
    new = at(own, "composer_new")
    client.post(new, composed(client, new, **{"text:all:0": "Mine", "do": "save", "category": str(category.pk)}))
    assert Post.objects.get(workspace=own).category is None


def test_good_times_say_from_how_many_posts_and_set_the_time(cityhall, ingrid, channel, now):
    day = now.astimezone(cityhall.tz).replace(hour=17, minute=20) - timedelta(days=70)
    client, asked = signed_in(ingrid), at(cityhall, "queue_best") + f"?channels={channel.pk}"
    assert text_of(client.get(asked)).strip() == ""
    assert "Shown when 20 posts" in text_of(client.get(at(cityhall, "queue_channel", channel.pk)))
    for n in range(24):
        post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(f"Post {n}."))
        out = (day + timedelta(weeks=n // 3, days=0 if n % 3 == 0 else n)).replace(hour=17 if n % 3 == 0 else 9)
        (row,) = Delivery.objects.schedule(post, channels=[channel], at=out, by=ingrid, now=now)
        row.published_at = out
        Measure.objects.note(row, Reading({"likes": 30 if n % 3 == 0 else 2}), now=now)
    for page in (asked, at(cityhall, "queue_channel", channel.pk)):
        told = text_of(client.get(page))
        assert (
            "median of 30 answers, 8 posts" in told and "From 24 posts of the last 90 days, whose median is 2" in told
        )
    new = at(cityhall, "composer_new")
    turned = form(client.post(new, composed(client, new, **{"text:all:0": "Later", "do": "at:2035-06-05T17:00"})))
    assert (turned["date"], turned["time"]) == (["2035-06-05"], ["17:00"])
    assert form(client.post(new, composed(client, new, do="at:soon")))["date"] != ["soon"]
