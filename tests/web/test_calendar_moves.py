"""Moving posts in the calendar: by hand, with undo; what is refused is refused in a sentence, and stays where it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from clarion.deliveries.models import Delivery, State
from clarion.organisations.models import Member
from clarion.posts.content import Content
from clarion.posts.models import Post
from clarion.records.models import Event

from .desk import a_channel, signed_in, text_of

pytestmark = pytest.mark.django_db
OSLO = ZoneInfo("Europe/Oslo")
NINE = datetime(2035, 6, 12, 9, 0, tzinfo=OSLO)


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def planned(cityhall, ingrid, halden, now):
    def make(text="The library is open.", at=NINE, *, channels=()):
        channels = list(channels) or [halden]
        post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(text), channels=channels)
        Delivery.objects.schedule(post, channels=channels, at=at.astimezone(UTC), by=ingrid, now=now)
        return post

    return make


@pytest.fixture
def draft(cityhall, ingrid, halden):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("An idea."), channels=[halden])
    post.want(NINE)
    return post


@pytest.fixture
def ask(cityhall, ingrid):
    """Asks as the calendar's script does."""

    def ask(what, post, *, at=NINE, who=None, **values):
        values = {"post": str(post.pk), "at": int(at.timestamp()), **values}
        return signed_in(who or ingrid).post(reverse(f"calendar_{what}", args=[cityhall.pk]), values)

    return ask


def due(post):
    return [one.due_at.astimezone(OSLO) for one in post.deliveries.order_by("id")]


def test_another_day_keeps_the_time_of_the_clock(ask, planned):
    post = planned()
    answer = ask("move", post, date="2035-06-20").json()
    assert answer["moved"] and answer["sentence"] == "Moved to Wednesday 20 June, 09:00."
    assert due(post) == [datetime(2035, 6, 20, 9, 0, tzinfo=OSLO)]


def test_across_a_change_of_clocks_nine_stays_nine(ask, planned):
    post = planned()
    ask("move", post, date="2035-12-03")
    assert due(post) == [datetime(2035, 12, 3, 9, 0, tzinfo=OSLO)]
    assert due(post)[0].utcoffset() == timedelta(hours=1)


def test_another_time_of_the_day(ask, planned):
    post = planned()
    assert ask("move", post, date="2035-06-12", time="16:35").json()["moved"]
    assert due(post) == [datetime(2035, 6, 12, 16, 35, tzinfo=OSLO)]


def test_in_another_zone_the_clock_is_that_zones(ask, planned):
    post = planned()  # 03:00 in New York
    ask("move", post, date="2035-06-13", zone="America/New_York")
    assert due(post) == [datetime(2035, 6, 13, 3, 0, tzinfo=ZoneInfo("America/New_York")).astimezone(OSLO)]


def test_an_hour_that_comes_twice_can_be_chosen(ask, planned):
    post = planned()
    first = ask("move", post, date="2035-10-28", time="02:30").json()
    assert "happens twice" in first["sentence"]
    (once,) = due(post)
    ask("move", post, at=once, date="2035-10-28", time="02:30", fold="1")
    (again,) = due(post)
    assert again.astimezone(UTC) - once.astimezone(UTC) == timedelta(hours=1)


def test_undo_brings_it_back_and_the_record_tells_both(ask, planned, ingrid):
    post = planned()
    answer = ask("move", post, date="2035-06-20").json()
    back = ask("undo", post, at=datetime.fromtimestamp(answer["at"], UTC), was=answer["was"]).json()
    assert back == {"moved": True, "sentence": "It is back at its old time."}
    assert due(post) == [NINE]
    (delivery,) = post.deliveries.all()
    assert delivery.state == State.SCHEDULED and delivery.wake_at == NINE
    told = [event.verb for event in Event.objects.of(delivery).filter(by_id=ingrid.pk)]
    assert told == ["delivery.scheduled", "delivery.rescheduled", "delivery.put_back"]


def test_what_a_person_held_back_stays_held_when_it_is_moved(ask, planned, ingrid):
    post = planned()
    (delivery,) = post.deliveries.all()
    delivery.hold(by=ingrid, because="The mayor wants to read it.")
    answer = ask("move", post, date="2035-06-20").json()
    assert answer["sentence"].endswith("It stays held back.")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.wake_at, delivery.reason) == (State.HELD, None, "The mayor wants to read it.")


def test_undo_gives_a_failed_one_its_failure_back(ask, planned):
    post = planned()
    was = {"state": State.FAILED, "reason": "It said no.", "code": "refused", "wake_at": None}
    Delivery.objects.filter(post=post).update(**was)
    answer = ask("move", post, date="2035-06-20").json()
    assert post.deliveries.get().state == State.SCHEDULED
    ask("undo", post, at=datetime.fromtimestamp(answer["at"], UTC), was=answer["was"])
    delivery = post.deliveries.get()
    assert {name: getattr(delivery, name) for name in was} == was


def test_undo_leaves_what_somebody_else_has_touched(ask, planned, cityhall, amir, now):
    post = planned()
    answer = ask("move", post, date="2035-06-20").json()
    (delivery,) = post.deliveries.select_related("post", "channel", "workspace")
    delivery.reschedule(at=delivery.due_at, by=amir, now=now)
    back = ask("undo", post, at=delivery.due_at, was=answer["was"]).json()
    assert not back["moved"] and "Something else happened" in back["sentence"]
    assert due(post) == [datetime(2035, 6, 20, 9, 0, tzinfo=OSLO)]


def test_undo_never_sends_into_the_past(ask, planned, now):
    soon = (now + timedelta(seconds=30)).replace(microsecond=0)
    post = planned(at=soon)
    answer = ask("move", post, at=soon, date="2035-06-20").json()
    event = Event.objects.of(post.deliveries.get()).last()
    assert event.before["due_at"] == soon.isoformat()
    with_past = {**event.before, "due_at": (now - timedelta(minutes=1)).isoformat()}
    # The clock went on: the record is written once, so the test writes the one that an earlier hour would have.
    Event.objects.write(
        "delivery.rescheduled", subject=post.deliveries.get(), by=_user(event), before=with_past, after=event.after
    )
    back = ask("undo", post, at=datetime.fromtimestamp(answer["at"], UTC), was=answer["was"]).json()
    assert not back["moved"] and "Its old time has passed" in back["sentence"]


def _user(event):
    from clarion.organisations.models import User

    return User.objects.get(pk=event.by_id)


def test_the_past_is_refused_and_nothing_changes(ask, planned):
    post = planned()
    answer = ask("move", post, date="2020-06-20").json()
    assert answer == {
        "moved": False,
        "sentence": "Saturday 20 June, 09:00 has passed: nothing can go out then. It stays where it was.",
    }
    assert due(post) == [NINE]


@pytest.mark.parametrize(
    "when",
    [
        {"date": ""},
        {"date": "abc"},
        {"date": "9999-01-01"},
        {"date": "2035-02-30"},
        {"date": "2035-06-20", "time": "25:00"},
    ],
)
def test_what_is_no_time_is_refused_in_a_sentence(ask, planned, when):
    post = planned()
    answer = ask("move", post, **when).json()
    assert not answer["moved"] and "Nothing was moved" in answer["sentence"]
    assert due(post) == [NINE]


@pytest.mark.parametrize("state", [State.PUBLISHING, State.PUBLISHED, State.UNKNOWN])
def test_what_is_on_its_way_or_out_stays(ask, planned, state):
    post = planned()
    Delivery.objects.filter(post=post).update(state=state)
    answer = ask("move", post, date="2035-06-20").json()
    assert not answer["moved"] and "on its way or out" in answer["sentence"]


def test_where_one_channel_is_out_the_others_move_and_it_is_said(ask, planned, cityhall, halden, now):
    other = a_channel(cityhall, now, handle="@other")
    post = planned(channels=[halden, other])
    Delivery.objects.filter(channel=other).update(state=State.PUBLISHED)
    answer = ask("move", post, date="2035-06-20").json()
    assert answer["moved"] and "On 1 channel it was already" in answer["sentence"]
    assert due(post) == [datetime(2035, 6, 20, 9, 0, tzinfo=OSLO), NINE]


def test_only_the_channels_that_one_sees_are_moved(ask, planned, cityhall, halden, now):
    other = a_channel(cityhall, now, handle="@other")
    post = planned(channels=[halden, other])
    ask("move", post, date="2035-06-20", channel=[str(other.pk)])
    assert due(post) == [NINE, datetime(2035, 6, 20, 9, 0, tzinfo=OSLO)]


def test_a_draft_moves_and_comes_back(ask, draft, amir):
    answer = ask("move", draft, date="2035-06-20", who=amir).json()
    assert answer["sentence"] == "The draft is meant for Wednesday 20 June, 09:00 now."
    draft.refresh_from_db()
    assert draft.wanted_at == datetime(2035, 6, 20, 9, 0, tzinfo=OSLO)
    ask("undo", draft, at=draft.wanted_at, was=answer["was"], who=amir)
    draft.refresh_from_db()
    assert draft.wanted_at == NINE


def test_a_contributor_moves_no_promise_and_a_viewer_nothing(ask, planned, amir, vera):
    post = planned()
    assert "may not publish on" in ask("move", post, date="2035-06-20", who=amir).json()["sentence"]
    assert ask("move", post, date="2035-06-20", who=vera).status_code == 403
    assert due(post) == [NINE]


def test_an_outsider_finds_nothing_and_foreign_posts_are_not_there(ask, planned, outsider, cityhall):
    post = planned()
    assert ask("move", post, date="2035-06-20", who=outsider).status_code == 404
    Member.objects.join(workspace=cityhall, user=outsider, role="editor")
    theirs = outsider.memberships.exclude(workspace=cityhall).get().workspace
    foreign = Post.objects.write(workspace=theirs, by=outsider, content=Content.of("Theirs"))
    assert ask("move", foreign, date="2035-06-20").status_code == 404


@pytest.mark.parametrize("bad", [{"post": "x"}, {"at": "x"}, {"at": "-1"}, {"at": "9" * 30}, {"at": ""}])
@pytest.mark.parametrize("what", ["move", "undo"])
def test_what_no_chip_says_is_not_found(planned, ingrid, cityhall, what, bad):
    values = {"post": str(planned().pk), "at": int(NINE.timestamp()), "date": "2035-06-20", "was": "1", **bad}
    assert signed_in(ingrid).post(reverse(f"calendar_{what}", args=[cityhall.pk]), values).status_code == 404


def test_somebody_was_faster(ask, planned):
    post = planned()
    answer = ask("move", post, at=NINE + timedelta(hours=1), date="2035-06-20").json()
    assert not answer["moved"] and "somebody moved it" in answer["sentence"]


def test_only_what_can_be_moved_by_its_reader_says_so(planned, draft, ingrid, amir, vera, cityhall):
    post = planned()
    planned("Out already.")
    Delivery.objects.exclude(post=post).update(state=State.PUBLISHED)
    address = reverse("calendar", args=[cityhall.pk]) + "?month=2035-06"
    assert text_of(signed_in(ingrid).get(address)).count("data-at=") == 2
    assert text_of(signed_in(amir).get(address)).count("data-at=") == 1, "the draft"
    assert text_of(signed_in(vera).get(address)).count("data-at=") == 0
