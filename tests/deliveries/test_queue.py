"""The queue: a channel's weekly slots, who took them, and what happens when a day is paused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from clarion.approvals.models import Request, Stage, Workflow
from clarion.deliveries import queue
from clarion.deliveries.asking import ask_for_yes
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.queue import NoFreeSlot, arrange, enqueue, next_slots, pause_day, queued, shuffled
from clarion.posts.content import Content
from clarion.posts.models import Blackout, DayOff, Level, Post, Slot
from clarion.posts.models.slot import MOST_A_WEEK, TooManySlots
from clarion.posts.timetable import Timetable
from clarion.records.models import Event
from tests.web.desk import a_channel

OSLO = ZoneInfo("Europe/Oslo")
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""A Monday, seven o'clock in Oslo."""


def oslo(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=OSLO).astimezone(UTC)


@pytest.fixture
def channel(cityhall, ingrid):
    channel = a_channel(cityhall, MONDAY)
    Slot.objects.offer(channel, at=[(0, time(9)), (0, time(12)), (2, time(9))], by=ingrid)
    return channel


@pytest.fixture
def other(cityhall, ingrid):
    channel = a_channel(cityhall, MONDAY, network="bluesky", handle="halden.example")
    Slot.objects.offer(channel, at=[(0, time(12)), (1, time(10))], by=ingrid)
    return channel


@pytest.fixture
def post(cityhall, ingrid):
    def write(text: str = "The library is open.") -> Post:
        return Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(text))

    return write


def times(channel) -> list[datetime]:
    return [one.slot_at for one in queued(channel, now=MONDAY)]


# --- the timetable ----------------------------------------------------------------------------------------------------


def test_slots_are_wall_times_of_the_workspace():
    table = Timetable(OSLO, ((0, time(9)), (2, time(9))))
    found = list(table.times(start=MONDAY, end=MONDAY + timedelta(days=7)))
    assert found == [oslo(23, 9), oslo(25, 9)]


def test_a_slot_that_the_spring_swallows_moves_on_with_the_clocks():
    table = Timetable(OSLO, ((6, time(2, 30)), (6, time(3, 30))))
    start = datetime(2027, 3, 28, 0, 0, tzinfo=UTC)  # clocks go forward at two o'clock: 02:30 does not exist
    assert list(table.times(start=start, end=start + timedelta(hours=12))) == [
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    ]  # 02:30 becomes 03:30, which is a slot of its own: given once


def test_a_slot_in_the_hour_that_comes_twice_is_given_once():
    table = Timetable(OSLO, ((6, time(2, 30)),))
    start = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    assert list(table.times(start=start, end=start + timedelta(days=1))) == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)]


def test_a_day_off_has_no_slots():
    table = Timetable(OSLO, ((0, time(9)),), frozenset({date(2026, 11, 23)}))
    assert list(table.times(start=MONDAY, end=MONDAY + timedelta(days=8))) == [oslo(30, 9)]


def test_the_same_slot_twice_is_one_and_a_week_has_an_end(channel, ingrid):
    assert Slot.objects.offer(channel, at=[(0, time(9)), (0, time(9, 0, 30))], by=ingrid) == 0
    every_minute = [(day, time(hour, minute)) for day in range(7) for hour in range(24) for minute in (1, 2, 3)]
    with pytest.raises(TooManySlots, match=str(MOST_A_WEEK)):
        Slot.objects.offer(channel, at=every_minute, by=ingrid)
    assert Slot.objects.filter(channel=channel).count() == 3


# --- taking slots -----------------------------------------------------------------------------------------------------


def test_each_post_takes_the_next_free_slot_of_each_channel(channel, other, post, ingrid):
    for text in ("One.", "Two.", "Three."):
        enqueue(post(text), channels=[channel, other], by=ingrid, now=MONDAY)
    assert times(channel) == [oslo(23, 9), oslo(23, 12), oslo(25, 9)]
    assert times(other) == [oslo(23, 12), oslo(24, 10), oslo(30, 12)]
    assert all(one.due_at == one.slot_at for one in queued(channel, now=MONDAY))


def test_channels_may_take_a_slot_that_they_share(channel, other, post, ingrid):
    made = enqueue(post(), channels=[channel, other], by=ingrid, now=MONDAY, together=True)
    assert {one.due_at for one in made} == {oslo(23, 12)}


def test_a_slot_is_not_free_when_something_is_due_then_anyway(channel, post, ingrid):
    Delivery.objects.schedule(post("By hand."), channels=[channel], at=oslo(23, 9), by=ingrid, now=MONDAY)
    assert next_slots([channel], now=MONDAY) == {channel.pk: oslo(23, 12)}


def test_a_slot_that_is_almost_now_is_not_offered(channel):
    assert next_slots([channel], now=oslo(23, 8, 58)) == {channel.pk: oslo(23, 12)}


def test_no_slot_is_given_in_a_time_in_which_nothing_may_go_out(cityhall, channel, other, ingrid):
    day = date(2026, 11, 23)
    Blackout.objects.declare(
        workspace=cityhall, name="Election", from_day=day, until_day=day, level=Level.BLOCK, by=ingrid,
        channels=[channel],
    )  # fmt: skip
    assert next_slots([channel, other], now=MONDAY) == {channel.pk: oslo(25, 9), other.pk: oslo(23, 12)}


def test_a_post_that_is_moved_by_mistake_gets_its_slot_back(channel, post, ingrid):
    (delivery,) = enqueue(post(), channels=[channel], by=ingrid, now=MONDAY)
    delivery.reschedule(at=oslo(26, 8), by=ingrid, now=MONDAY)
    delivery.put_back(by=ingrid, now=MONDAY)
    assert (delivery.slot_at, delivery.due_at) == (oslo(23, 9), oslo(23, 9))


def test_a_slot_that_another_took_meanwhile_is_not_given_back(channel, post, ingrid):
    (delivery,) = enqueue(post("One."), channels=[channel], by=ingrid, now=MONDAY)
    delivery.reschedule(at=oslo(26, 8), by=ingrid, now=MONDAY)
    enqueue(post("Two."), channels=[channel], by=ingrid, now=MONDAY)
    delivery.put_back(by=ingrid, now=MONDAY)
    assert (delivery.slot_at, delivery.due_at) == (None, oslo(23, 9))


def test_without_a_free_slot_nothing_is_promised_on_any_channel(cityhall, channel, post, ingrid):
    bare = a_channel(cityhall, MONDAY, network="bluesky", handle="halden.example")
    with pytest.raises(NoFreeSlot, match=r"halden\.example"):
        enqueue(post(), channels=[channel, bare], by=ingrid, now=MONDAY)
    assert not Delivery.objects.exists()


def test_a_post_that_gets_another_time_or_is_taken_back_leaves_its_slot(channel, post, ingrid):
    first, second = (enqueue(post(text), channels=[channel], by=ingrid, now=MONDAY)[0] for text in ("One.", "Two."))
    first.reschedule(at=oslo(26, 8), by=ingrid, now=MONDAY)
    assert first.slot_at is None and next_slots([channel], now=MONDAY) == {channel.pk: oslo(23, 9)}
    second.cancel(by=ingrid, now=MONDAY)
    assert times(channel) == []


# --- the order --------------------------------------------------------------------------------------------------------


@pytest.fixture
def line(channel, post, ingrid):
    return [enqueue(post(text), channels=[channel], by=ingrid, now=MONDAY)[0] for text in ("One.", "Two.", "Three.")]


def texts(channel) -> list[str]:
    return [one.post.text for one in queued(channel, now=MONDAY)]


def test_a_new_order_gives_the_same_slots_to_other_posts(channel, line, ingrid):
    before = times(channel)
    arrange(channel, order=[line[2].pk, line[0].pk], by=ingrid, now=MONDAY)
    assert texts(channel) == ["Three.", "One.", "Two."]
    assert times(channel) == before


def test_an_order_with_strangers_in_it_passes_over_them(channel, line, ingrid):
    arrange(channel, order=["nothing", line[1].pk, line[1].pk], by=ingrid, now=MONDAY)
    assert texts(channel) == ["Two.", "One.", "Three."]


def test_what_is_held_keeps_its_place_and_stays_held(channel, line, ingrid):
    line[0].hold(by=ingrid, because="The mayor wants to see it.")
    arrange(channel, order=[line[1].pk], by=ingrid, now=MONDAY)
    line[0].refresh_from_db()
    assert (line[0].state, line[0].wake_at, line[0].due_at) == (State.HELD, None, oslo(23, 12))


def test_a_new_order_has_what_is_held_asked_anew(cityhall, channel, line, ingrid):
    """Else a yes would be for its old slot, and hold it back once more when it is let go."""
    Workflow.objects.set_up(workspace=cityhall, name="Four eyes", stages=[Stage()], by=ingrid)
    first = queued(channel, now=MONDAY)[0]
    first.hold(by=ingrid, because="wait")
    ask_for_yes(first.post, by=ingrid, now=MONDAY)
    arrange(channel, order=[str(one.pk) for one in reversed(queued(channel, now=MONDAY))], by=ingrid, now=MONDAY)
    first.refresh_from_db()
    assert Request.objects.counting().get(post=first.post).due_at == first.due_at


def test_a_shuffle_can_be_undone(channel, line, ingrid):
    before = shuffled(channel, by=ingrid, now=MONDAY, random=Random(3))
    assert sorted(texts(channel)) == ["One.", "Three.", "Two."] != texts(channel)
    arrange(channel, order=before, by=ingrid, now=MONDAY)
    assert texts(channel) == ["One.", "Two.", "Three."]


# --- a day off --------------------------------------------------------------------------------------------------------


def test_a_paused_day_moves_its_queue_on_in_order(cityhall, channel, line, ingrid):
    moved = pause_day(cityhall, day=date(2026, 11, 23), channel=None, by=ingrid, now=MONDAY, because="Mourning")
    assert [one.post.text for one in moved] == ["One.", "Two."]
    assert texts(channel) == ["Three.", "One.", "Two."]
    assert times(channel) == [oslo(25, 9), oslo(30, 9), oslo(30, 12)]
    assert next_slots([channel], now=MONDAY) == {channel.pk: oslo(2, 9, month=12)}


def test_pausing_a_day_twice_is_one_pause_and_its_end_gives_the_slots_again(cityhall, channel, ingrid):
    for _ in range(2):
        pause_day(cityhall, day=date(2026, 11, 23), channel=channel, by=ingrid, now=MONDAY)
    (day,) = DayOff.objects.all()
    day.end(by=ingrid)
    assert next_slots([channel], now=MONDAY) == {channel.pk: oslo(23, 9)}
    verbs = [event.verb for event in Event.objects.of(channel).order_by("id")]
    assert verbs == ["slots.offered", "queue.day_paused", "queue.day_resumed"]


def test_a_day_off_of_one_channel_is_not_that_of_another(cityhall, channel, other, ingrid):
    pause_day(cityhall, day=date(2026, 11, 23), channel=channel, by=ingrid, now=MONDAY)
    assert next_slots([channel, other], now=MONDAY) == {channel.pk: oslo(25, 9), other.pk: oslo(23, 12)}


def test_what_finds_no_other_slot_is_held_and_says_why(cityhall, channel, line, ingrid, monkeypatch):
    monkeypatch.setattr(queue, "HORIZON", timedelta(days=5))
    pause_day(cityhall, day=date(2026, 11, 25), channel=channel, by=ingrid, now=MONDAY)
    line[2].refresh_from_db()
    assert line[2].state == State.HELD and "no free slot" in line[2].reason
