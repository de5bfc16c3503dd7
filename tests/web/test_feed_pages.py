"""Incoming feeds: followed, changed, paused and ended; who may let something go out by itself."""

from __future__ import annotations

import pytest

from clarion.posts.models import Feed, FeedItem
from tests.web.desk import a_channel, signed_in, text_of

RULE = {"url": "https://news.example/rss", "target": "idea", "template": "{title}\n\n{link}", "every": "60"}


@pytest.fixture
def channel(cityhall, now):
    return a_channel(cityhall, now)


def test_a_feed_is_followed_changed_paused_and_ended(desk):
    page = text_of(desk.post("incoming/new", {**RULE, "labels": "news, city"}, follow=True))
    feed = Feed.objects.get()
    assert "The first look is about to happen" in page and feed.every == 60 and feed.wake_at
    other = {**RULE, "url": "https://other.example", "target": "draft", "template": "{title}"}
    desk.post(f"incoming/{feed.pk}/edit", other)
    feed.refresh_from_db()
    assert (feed.target, feed.template, feed.url) == ("draft", "{title}", RULE["url"])
    desk.post(f"incoming/{feed.pk}/do", {"do": "pause"})
    assert Feed.objects.get().wake_at is None and "Paused" in text_of(desk.get("incoming"))
    desk.post(f"incoming/{feed.pk}/do", {"do": "go_on"})
    assert Feed.objects.get().wake_at
    desk.post(f"incoming/{feed.pk}/do", {"do": "remove"})
    assert not Feed.objects.exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"url": "not an address"}, "not an address"), ({"url": "ftp://x.example/f"}, "not an address"),
        ({"template": "{headline}"}, "There is no “headline”"), ({"target": "now"}, "Choose where it goes out"),
        ({"every": "1"}, "valid choice"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_work_is_refused(desk, given, sentence):
    page = desk.post("incoming/new", {**RULE, **given})
    assert page.status_code == 422 and sentence in text_of(page) and not Feed.objects.exists()


def test_an_address_is_followed_once(desk):
    desk.post("incoming/new", RULE)
    assert "followed already" in text_of(desk.post("incoming/new", RULE))


def test_what_goes_out_by_itself_takes_the_right_to_publish(desk, amir, channel, vera, outsider, cityhall):
    publishes = {**RULE, "target": "now", "channels": [str(channel.pk)]}
    desk.post("incoming/new", publishes)
    feed, home = Feed.objects.get(), f"/w/{cityhall.pk}/incoming"
    contributor = signed_in(amir)
    assert contributor.post(f"{home}/new", {**publishes, "url": "https://b.example/rss"}).status_code == 422
    assert contributor.post(f"{home}/new", {**RULE, "url": "https://c.example/rss"}).status_code == 302
    assert contributor.post(f"{home}/{feed.pk}/do", {"do": "go_on"}).status_code == 403
    assert contributor.get(f"{home}/{feed.pk}/edit").status_code == 403
    assert signed_in(vera).get(home).status_code == 403 and signed_in(outsider).get(home).status_code == 404


def test_trouble_and_what_became_of_items_are_told_in_plain_words(desk, now):
    desk.post("incoming/new", RULE)
    feed = Feed.objects.get()
    feed.failed("There is no feed at this address any more (answer 404).", now=now)
    told = {"reason": "It has expired.", "about": "It updates “Rain”."}
    FeedItem.objects.create(feed=feed, key="a", title="Storm <warning>", **told)
    page = text_of(desk.get(f"incoming/{feed.pk}"))
    for words in ("(answer 404)", "The next look is", "Storm &lt;warning&gt;", "It has expired.", "It updates “Rain”."):
        assert words in page
    assert "In trouble" in text_of(desk.get("incoming"))
