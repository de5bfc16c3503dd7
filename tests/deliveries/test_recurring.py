"""Posts that come again: each occurrence once, whatever happens in between; one is changed, or all from there on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clarion.deliveries.models import Delivery, State
from clarion.deliveries.recurring import predicted, say_from_here_on
from clarion.deliveries.sources import Recurrences
from clarion.posts.content import Content
from clarion.posts.models import Blackout, Level, Post, Recurrence
from clarion.posts.rules import Rule
from clarion.records.models import Event
from tests.web.desk import a_channel, signed_in, text_of

OSLO = ZoneInfo("Europe/Oslo")
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def channel(cityhall):
    return a_channel(cityhall, MONDAY)


@pytest.fixture
def begun(cityhall, ingrid, channel):
    """A post that comes again each Monday at nine; the first is due today."""

    def begin(**more) -> Recurrence:
        post = Post.objects.write(
            workspace=cityhall, by=ingrid, content=Content.of("Council on Monday."), channels=[channel],
        )  # fmt: skip
        at = datetime(2026, 11, 23, 9, 0, tzinfo=OSLO)
        Delivery.objects.schedule(post, channels=[channel], at=at.astimezone(UTC), by=ingrid, now=MONDAY)
        rule = Rule.of(at.replace(tzinfo=None), **{"every": 1, "unit": "week", **more})
        return Recurrence.objects.begin(post, rule=rule, by=ingrid, now=MONDAY)

    return begin


class Clerk:
    """A worker that makes what is due by its clock."""

    def __init__(self) -> None:
        self.now = MONDAY
        self.source = Recurrences(clock=lambda: self.now)

    def works(self) -> int:
        leases = self.source.claim(owner="clerk", now=self.now, limit=10)
        for lease in leases:
            self.source.run(lease)
            self.source.give_back(lease)
        return len(leases)


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


def due() -> list[str]:
    rows = Delivery.objects.exclude(state=State.CANCELLED).order_by("due_at")
    return [f"{at.astimezone(OSLO):%m-%d %H:%M}" for at in rows.values_list("due_at", flat=True)]


def test_posts_are_made_two_weeks_ahead_and_no_further(begun, clerk):
    recurrence = begun()
    assert clerk.works() == 1
    assert due() == ["11-23 09:00", "11-30 09:00"]
    assert clerk.works() == 0, "it sleeps until the next is near enough"
    clerk.now = MONDAY + timedelta(days=1)
    clerk.works()
    assert due() == ["11-23 09:00", "11-30 09:00", "12-07 09:00"]
    assert recurrence.posts.count() == 3


def test_a_worker_that_dies_in_between_makes_none_twice(begun, clerk, monkeypatch):
    recurrence = begun(unit="day")
    monkeypatch.setattr(Recurrence, "rest", lambda *args, **more: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(MemoryError):
        clerk.works()
    monkeypatch.undo()
    made = due()
    clerk.now += timedelta(minutes=5)
    clerk.works()
    assert due() == made and len(made) == len(set(made)) == 14
    assert recurrence.posts.count() == 14


def test_nine_o_clock_stays_nine_o_clock_when_clocks_change(begun, clerk):
    begun()
    clerk.now = datetime(2027, 3, 20, 6, 0, tzinfo=UTC)
    Delivery.objects.all().delete()
    Recurrence.objects.update(made_until="2027-03-15T09:00")
    clerk.works()
    rows = Delivery.objects.order_by("due_at").values_list("due_at", flat=True)
    assert [at.astimezone(UTC).hour for at in rows] == [8, 7] and due() == ["03-22 09:00", "03-29 09:00"]


def test_what_passed_while_nobody_worked_is_not_sent_late(begun, clerk):
    begun(unit="day")
    clerk.now = MONDAY + timedelta(days=30)
    clerk.works()
    assert due()[:2] == ["11-23 09:00", "12-23 09:00"]


def test_one_that_is_removed_does_not_come_back(begun, clerk, ingrid):
    recurrence = begun()
    clerk.works()
    second = recurrence.posts.order_by("wanted_at").last()
    second.deliveries.get().cancel(by=ingrid, now=clerk.now)
    second.remove(by=ingrid, now=clerk.now)
    Recurrence.objects.update(made_until="2026-11-23T09:00", wake_at=clerk.now)
    clerk.works()
    assert due() == ["11-23 09:00"]


def test_a_rule_with_an_end_ends_and_says_so(begun, clerk):
    recurrence = begun(times=2)
    clerk.works()
    recurrence.refresh_from_db()
    assert due() == ["11-23 09:00", "11-30 09:00"]
    assert recurrence.ended_at == clerk.now and recurrence.wake_at is None
    assert Event.objects.of(recurrence).order_by("id").last().verb == "recurrence.ended"


def test_what_one_says_from_here_on_the_later_ones_say(begun, clerk, ingrid):
    recurrence = begun(unit="day")
    clerk.works()
    first, second, third, *_rest = recurrence.posts.order_by("wanted_at")
    second.edit(by=ingrid, version=second.version, content=Content.of("Council, now at City Hall."))
    changed = say_from_here_on(Post.objects.select_related("recurrence").get(pk=second.pk), by=ingrid)
    first.refresh_from_db()
    third.refresh_from_db()
    assert changed == 12
    assert (first.text, third.text) == ("Council on Monday.", "Council, now at City Hall.")
    clerk.now += timedelta(days=2)
    clerk.works()
    assert recurrence.posts.order_by("wanted_at").last().text == "Council, now at City Hall."


def test_one_that_is_on_its_way_keeps_its_words(begun, clerk, ingrid):
    recurrence = begun(unit="day")
    clerk.works()
    second, third = list(recurrence.posts.order_by("wanted_at"))[1:3]
    Delivery.objects.filter(post=third).update(state=State.PUBLISHED, wake_at=None)
    second.edit(by=ingrid, version=second.version, content=Content.of("Other words."))
    say_from_here_on(Post.objects.select_related("recurrence").get(pk=second.pk), by=ingrid)
    third.refresh_from_db()
    assert third.text == "Council on Monday."


def test_in_a_time_in_which_nothing_may_go_out_it_stays_a_draft(begun, clerk, cityhall, ingrid):
    recurrence, day = begun(), date(2026, 11, 30)
    Blackout.objects.declare(
        workspace=cityhall, name="Election", from_day=day, until_day=day, level=Level.BLOCK, by=ingrid
    )
    clerk.works()
    assert due() == ["11-23 09:00"]
    draft = recurrence.posts.order_by("wanted_at").last()
    assert draft.wanted_at.astimezone(OSLO).date() == day and not draft.deliveries.exists()
    came = Event.objects.of(recurrence).filter(verb="recurrence.came").get()
    assert "Election" in came.because


def test_what_is_not_made_yet_is_predicted(begun, clerk, cityhall):
    recurrence = begun()
    clerk.works()
    start = MONDAY + timedelta(days=10)
    coming = predicted(cityhall, start=start, end=start + timedelta(days=16))
    assert [f"{at.astimezone(OSLO):%m-%d %H:%M}" for at, _one, _on in coming] == ["12-07 09:00", "12-14 09:00"]
    assert coming[0].recurrence == recurrence and coming[0].channels == (recurrence.channels.get().pk,)
    far = datetime(2046, 1, 1, tzinfo=UTC)
    assert len(predicted(cityhall, start=far, end=far + timedelta(days=28))) == 4, "years ahead as well"
    recurrence.refresh_from_db()
    recurrence.stop(by=None, now=MONDAY)
    assert predicted(cityhall, start=start, end=start + timedelta(days=16)) == []


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def scheduled(cityhall, ingrid, now):
    channel = a_channel(cityhall, now)
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Bins."), channels=[channel])
    tomorrow = (now.astimezone(OSLO) + timedelta(days=1)).date()
    at = datetime.combine(tomorrow, time(9), tzinfo=OSLO).astimezone(UTC)
    Delivery.objects.schedule(post, channels=[channel], at=at, by=ingrid, now=now)
    return post


def at_post(cityhall, post, door: str = "") -> str:
    return f"/w/{cityhall.pk}/posts/{post.pk}{door}"


def test_a_person_has_a_post_come_again_and_stops_it(client, ingrid, cityhall, scheduled, now):
    client.force_login(ingrid)
    said = text_of(
        client.post(
            at_post(cityhall, scheduled, "/again"), {"every": "2", "unit": "week", "weekday": ["0"]}, follow=True
        )
    )
    assert "It comes again: Every 2 weeks on" in said and "Say this from here on" in said
    again = text_of(client.post(at_post(cityhall, scheduled, "/again"), {"every": "1", "unit": "day"}, follow=True))
    assert "Stop that rule first" in again
    clerk = Clerk()
    clerk.now = now
    clerk.works()
    said = text_of(client.post(at_post(cityhall, scheduled, "/stop"), {"take_back": "1"}, follow=True))
    assert "The rule is stopped." in said
    states = list(Delivery.objects.order_by("due_at").values_list("state", flat=True))
    assert states[0] == State.SCHEDULED and set(states[1:]) <= {State.CANCELLED}
    assert Recurrence.objects.get().ended_at is not None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"every": "0", "unit": "day"}, "from 1 to 99"),
        ({"every": "1", "unit": "fortnight"}, "Choose days, weeks"),
        ({"every": "1", "unit": "day", "end": "until", "until": "soon"}, "Choose the last day"),
        ({"every": "1", "unit": "day", "end": "times", "times": "many"}, "at most 1000"),
        ({}, "Choose days, weeks"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_and_nothing_is_kept(
    client, ingrid, cityhall, scheduled, typed, sentence
):
    client.force_login(ingrid)
    assert sentence in text_of(client.post(at_post(cityhall, scheduled, "/again"), typed, follow=True))
    assert not Recurrence.objects.exists()


def test_a_draft_and_a_contributor_begin_no_rule(client, ingrid, amir, cityhall, scheduled):
    client.force_login(ingrid)
    draft = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Not yet."))
    assert "Schedule the post first" in text_of(
        client.post(at_post(cityhall, draft, "/again"), {"every": "1", "unit": "day"}, follow=True)
    )
    person = signed_in(amir)
    for door in ("/again", "/from-here-on", "/stop"):
        assert person.post(at_post(cityhall, scheduled, door), {"every": "1", "unit": "day"}).status_code == 403
    assert not Recurrence.objects.exists()
