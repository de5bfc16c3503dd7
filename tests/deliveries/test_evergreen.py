"""Categories with slots of their own, and evergreen posts that go out again where nothing fresh waits: each once."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clarion.deliveries.evergreen import plan
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.queue import NoFreeSlot, arrange, enqueue, next_slots, pause_day, queued
from clarion.deliveries.sources import Categories
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import Category, Evergreen, Media, Post, Slot
from clarion.posts.models.evergreen import BadEvergreen
from clarion.records.models import Event
from clarion.testing.pictures import png
from tests.web.desk import a_channel

OSLO = ZoneInfo("Europe/Oslo")
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""A Monday, seven o'clock in Oslo."""


def oslo(day: int, hour: int, *, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=OSLO).astimezone(UTC)


@pytest.fixture
def category(cityhall, ingrid):
    return Category.objects.make(workspace=cityhall, name="Tips", by=ingrid)


@pytest.fixture
def channel(cityhall, ingrid, category):
    """At nine for everybody, at noon for tips: on each day."""
    channel = a_channel(cityhall, MONDAY)
    Slot.objects.offer(channel, at=[(day, time(9)) for day in range(7)], by=ingrid)
    Slot.objects.offer(channel, at=[(day, time(12)) for day in range(7)], by=ingrid, category=category)
    return channel


@pytest.fixture
def write(cityhall, ingrid, channel):
    def write(text: str, category: Category | None = None, content: Content | None = None) -> Post:
        said = content or Content.of(text)
        post = Post.objects.write(workspace=cityhall, by=ingrid, content=said, channels=[channel])
        post.sort(category, by=ingrid, now=MONDAY)
        return post

    return write


@pytest.fixture
def green(write, channel, category, ingrid):
    """A post that is out since ten days ago, in the pool of its category."""

    def green(text: str = "Three bins.", *, days_ago: int = 10, content: Content | None = None, **more) -> Evergreen:
        post = write(text, category, content)
        at = MONDAY - timedelta(days=days_ago)
        Delivery.objects.schedule(post, channels=[channel], at=at, by=ingrid, now=at)
        Delivery.objects.filter(post=post).update(state=State.PUBLISHED, published_at=at, wake_at=None)
        return Evergreen.objects.begin(post, **{"times": 3, "rest_days": 2, "by": ingrid, "now": MONDAY, **more})

    return green


class Clerk:
    """A worker that looks after pools by its clock."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.source = Categories(clock=lambda: self.now)

    def works(self, until: datetime | None = None) -> None:
        while True:
            for lease in self.source.claim(owner="clerk", now=self.now, limit=10):
                self.source.run(lease)
                self.source.give_back(lease)
            if until is None or self.now >= until:
                return
            self.now += timedelta(hours=6)


@pytest.fixture
def clerk(category) -> Clerk:
    return Clerk()


def came() -> list[tuple[str, str]]:
    rows = Delivery.objects.filter(post__again_of__isnull=False).exclude(state=State.CANCELLED).order_by("due_at")
    return [
        (f"{at.astimezone(OSLO):%d %H}", text.splitlines()[0]) for at, text in rows.values_list("due_at", "post__text")
    ]


# --- slots of a category ----------------------------------------------------------------------------------------------


def test_a_post_takes_the_slots_of_its_category_and_the_others_take_the_rest(channel, write, category, ingrid):
    for post in (write("News."), write("A tip.", category), write("More news.")):
        enqueue(post, channels=[channel], by=ingrid, now=MONDAY)
    assert [(one.slot_at, one.post.text) for one in queued(channel, now=MONDAY)] == [
        (oslo(23, 9), "News."), (oslo(23, 12), "A tip."), (oslo(24, 9), "More news."),
    ]  # fmt: skip


def test_where_a_category_has_no_slots_its_posts_take_those_of_everybody(cityhall, channel, write, ingrid):
    culture = Category.objects.make(workspace=cityhall, name="Culture", by=ingrid)
    assert next_slots([channel], now=MONDAY, category=culture.pk) == {channel.pk: oslo(23, 9)}
    Slot.objects.devote(channel, at=[(day, time(9)) for day in range(7)], category=culture, by=ingrid)
    with pytest.raises(NoFreeSlot):
        enqueue(write("News."), channels=[channel], by=ingrid, now=MONDAY)


def test_a_new_order_and_a_paused_day_keep_posts_in_slots_of_their_kind(cityhall, channel, write, category, ingrid):
    texts = ("News.", "More news.", "A tip.", "Another tip.")
    line = [
        enqueue(write(text, category if "tip" in text else None), channels=[channel], by=ingrid, now=MONDAY)[0]
        for text in texts
    ]
    arrange(channel, order=[line[3].pk, line[1].pk], by=ingrid, now=MONDAY)
    said = [one.post.text for one in queued(channel, now=MONDAY)]
    assert said == ["More news.", "Another tip.", "News.", "A tip."]
    pause_day(cityhall, day=date(2026, 11, 23), channel=channel, by=ingrid, now=MONDAY)
    hours = {one.post.text: f"{one.slot_at.astimezone(OSLO):%d %H}" for one in queued(channel, now=MONDAY)}
    assert hours == {"More news.": "25 09", "Another tip.": "25 12", "News.": "24 09", "A tip.": "24 12"}


# --- the pool ---------------------------------------------------------------------------------------------------------


def test_the_pool_says_again_what_was_said_longest_ago_as_often_and_as_far_apart_as_agreed(green, clerk):
    green("Three bins.", days_ago=10, rest_days=3)
    green("The archive.", days_ago=20, times=1)
    clerk.works(until=MONDAY + timedelta(days=9))
    assert came() == [
        ("23 12", "The archive."), ("24 12", "Three bins."), ("27 12", "Three bins."), ("30 12", "Three bins."),
    ]  # fmt: skip
    assert Event.objects.filter(verb="evergreen.came").count() == 4


def test_a_slot_that_a_fresh_post_took_is_not_the_pools_and_an_end_is_an_end(
    green, clerk, write, channel, category, ingrid
):
    green(rest_days=1, times=9, until=date(2026, 11, 25))
    enqueue(write("A fresh tip.", category), channels=[channel], by=ingrid, now=MONDAY)
    clerk.works(until=MONDAY + timedelta(days=5))
    assert came() == [("24 12", "Three bins."), ("25 12", "Three bins.")]


def test_wordings_take_turns_and_the_rest_of_a_thread_stays(green, clerk):
    thread = Content((Words("Three bins."), Words("Which is which.")))
    one = green(content=thread, rest_days=1, times=3, variations=["Bins, sorted.", " ", "Bins, sorted."])
    assert one.wordings == 2, "what is blank or there twice is no variation"
    clerk.works(until=MONDAY + timedelta(days=4))
    assert [text for _at, text in came()] == ["Bins, sorted.", "Three bins.", "Bins, sorted."]
    assert one.posts.order_by("created_at").first().said.parts[1].text == "Which is which."


def test_a_worker_that_dies_in_between_gives_no_slot_twice(green, clerk, monkeypatch):
    one = green(rest_days=1)
    with monkeypatch.context() as patch:
        patch.setattr(Category, "rest", lambda *args, **more: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            clerk.works()
    clerk.now += timedelta(minutes=5)
    clerk.works()
    assert came() == [("23 12", "Three bins.")] and one.posts.count() == 1


def test_one_that_is_taken_back_rests_and_does_not_come_back_to_its_slot(green, clerk, ingrid):
    green(rest_days=2)
    clerk.works()
    Delivery.objects.get(post__again_of__isnull=False).cancel(by=ingrid, now=clerk.now)
    clerk.works(until=MONDAY + timedelta(days=3))
    assert came() == [("25 12", "Three bins.")]


def test_what_is_not_out_itself_is_paused_or_has_left_the_pool_is_not_said(write, green, clerk, category, ingrid):
    Evergreen.objects.begin(write("A draft.", category), times=3, rest_days=1, by=ingrid, now=MONDAY)
    paused, ended = green("Paused.", days_ago=9), green("Ended.", days_ago=9)
    paused.pause(by=ingrid, now=MONDAY)
    ended.end(by=ingrid, now=MONDAY)
    clerk.works(until=MONDAY + timedelta(days=1))
    assert came() == []
    paused.resume(by=ingrid, now=clerk.now)
    clerk.works()
    assert came() == [("24 12", "Paused.")]


def test_one_with_a_picture_whose_rights_have_ended_is_paused_with_the_reason(
    green, clerk, cityhall, ingrid, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    file = io.BytesIO(png(60, 40))
    media = Media.objects.keep(workspace=cityhall, file=file, name="bins.png", alt="Three bins", by=ingrid)
    one = green(content=Content.of("Three bins.", Shot(str(media.pk), "Three bins")))
    media.permit(holder="", permission="", until=date(2026, 11, 22), note="", by=ingrid, now=MONDAY)
    clerk.works()
    assert came() == []
    one.refresh_from_db()
    assert one.paused_at == MONDAY
    paused = Event.objects.of(one).get(verb="evergreen.paused")
    assert paused.because.startswith("“bins.png” may be used until")


def test_where_a_network_refused_words_that_it_had_seen_they_are_not_said_again(green, clerk):
    one = green(rest_days=1, times=2)
    clerk.works()
    Delivery.objects.filter(post__again_of=one).update(state=State.FAILED, code="duplicate", wake_at=None)
    clerk.works(until=MONDAY + timedelta(days=2))
    assert one.posts.count() == 1
    Evergreen.objects.begin(one.post, times=2, rest_days=1, variations=["Bins, sorted."], by=None, now=clerk.now)
    clerk.works(until=clerk.now + timedelta(days=4))
    assert [text for _at, text in came()] == ["Three bins.", "Bins, sorted.", "Three bins."], "the refused was no use"


def test_the_plan_says_what_comes_and_when_it_was_said_last(green, category):
    one = green(rest_days=2, times=2, variations=["Bins, sorted."])
    found = plan(category, now=MONDAY, until=MONDAY + timedelta(days=14))
    assert [(turn.at, turn.wording) for turn in found] == [(oslo(23, 12), 2), (oslo(25, 12), 1)]
    assert found[0].evergreen == one and found[0].last_at == MONDAY - timedelta(days=10)
    assert not Delivery.objects.filter(post__again_of__isnull=False).exists()


@pytest.mark.parametrize("more", [{"times": 0}, {"times": 101}, {"rest_days": 0}, {"variations": ["a\x00b"]}])
def test_what_makes_no_sense_is_refused(write, category, ingrid, more):
    with pytest.raises(BadEvergreen):
        Evergreen.objects.begin(
            write("A tip.", category), **{"times": 2, "rest_days": 2, "by": ingrid, "now": MONDAY, **more}
        )
    with pytest.raises(BadEvergreen, match="category"):
        Evergreen.objects.begin(write("No category."), times=2, rest_days=2, by=ingrid, now=MONDAY)
