"""The queue's page and the composer's button: slots of a channel, what waits in them, and who may change them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clarion.approvals.models import Request
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.queue import enqueue, queued
from clarion.posts.content import Content
from clarion.posts.models import DayOff, Post, Slot
from clarion.web.pages.queue import moved
from tests.web.desk import a_channel, composed, signed_in, text_of

OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture
def channel(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def every_day(channel, ingrid):
    Slot.objects.offer(channel, at=[(day, time(9)) for day in range(7)], by=ingrid)
    return channel


@pytest.fixture
def line(cityhall, every_day, ingrid, now):
    posts = [Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(text)) for text in ("One.", "Two.")]
    return [enqueue(post, channels=[every_day], by=ingrid, now=now)[0] for post in posts]


def texts(channel, now) -> list[str]:
    return [one.post.text for one in queued(channel, now=now)]


def test_a_channel_gets_slots_by_a_preset_by_hand_and_loses_one(desk, channel):
    at = f"queue/{channel.pk}/slots"
    assert "no slots yet" in text_of(desk.get(f"queue/{channel.pk}"))
    desk.post(at, {"do": "office"})
    desk.post(at, {"do": "add", "weekday": ["5", "5", "9", "x"], "time": "10:30"})
    desk.post(at, {"do": "remove", "slot": "0 09:00"})
    assert Slot.objects.filter(channel=channel).count() == 15
    assert Slot.objects.get(channel=channel, weekday=5).time == time(10, 30)
    assert "Saturday" in text_of(desk.get(f"queue/{channel.pk}"))


@pytest.mark.parametrize("typed", [{"weekday": ["0"], "time": "25:99"}, {"weekday": [], "time": "09:00"}, {}])
def test_a_slot_that_is_no_time_is_refused_with_what_to_do(desk, channel, typed):
    said = text_of(desk.post(f"queue/{channel.pk}/slots", {"do": "add", **typed}, follow=True))
    assert "Choose at least one day" in said and not Slot.objects.exists()


def test_slots_are_copied_to_another_channel_of_the_workspace_only(desk, every_day, cityhall, now, elsewhere):
    other = a_channel(cityhall, now, network="bluesky", handle="halden.example")
    desk.post(f"queue/{every_day.pk}/slots", {"do": "copy", "to": str(other.pk)})
    assert Slot.objects.filter(channel=other).count() == 7
    assert desk.post(f"queue/{every_day.pk}/slots", {"do": "copy", "to": str(elsewhere.pk)}).status_code == 404


@pytest.fixture
def elsewhere(now, db):
    from clarion.organisations.models import Organisation, Workspace

    organisation = Organisation.objects.found(name="Another town")
    return a_channel(Workspace.objects.open(organisation=organisation, name="Office"), now)


def test_an_outsider_sees_no_queue_and_a_viewer_changes_none(client, desk, every_day, line, vera, outsider):
    at = f"{desk.home}queue/{every_day.pk}"
    assert signed_in(outsider).get(at).status_code == 404
    viewer = signed_in(vera)
    assert viewer.get(at).status_code == 200
    for door in ("slots", "order", "day"):
        assert viewer.post(f"{at}/{door}", {"do": "office", "delivery": str(line[0].pk)}).status_code == 403
    assert Slot.objects.filter(channel=every_day).count() == 7


def test_the_page_shows_who_holds_which_slot_and_what_is_free(desk, every_day, line, now):
    page = text_of(desk.get("queue"))
    assert page.index("One.") < page.index("Two.")
    first_free = line[1].due_at.astimezone(OSLO) + timedelta(days=1)
    assert f"date={first_free:%Y-%m-%d}&amp;time=09:00" in page


@pytest.mark.parametrize(
    ("do", "order"), [("first", ["b", "a", "c"]), ("earlier", ["b", "a", "c"]), ("later", ["a", "c", "b"])]
)
def test_a_post_moves_in_the_queue(do, order):
    assert moved(["a", "b", "c"], "b", do=do) == order


def test_a_dragged_post_takes_the_place_of_the_one_it_is_dropped_on():
    assert moved(["a", "b", "c", "d"], "a", do="", to="c") == ["b", "c", "a", "d"]
    assert moved(["a", "b", "c", "d"], "d", do="", to="b") == ["a", "d", "b", "c"]
    assert moved(["a", "b"], "a", do="", to="stranger") == ["a", "b"]


def test_the_order_is_changed_mixed_and_put_back(desk, every_day, line, now):
    at = f"queue/{every_day.pk}/order"
    desk.post(at, {"do": "first", "delivery": str(line[1].pk)})
    assert texts(every_day, now) == ["Two.", "One."]
    desk.post(at, {"do": "shuffle"})
    assert "Undo the mixing" in text_of(desk.get("queue"))
    desk.post(at, {"do": "undo"})
    assert texts(every_day, now) == ["Two.", "One."]
    assert "nothing to undo" in text_of(desk.post(at, {"do": "undo"}, follow=True))


def test_what_is_taken_out_is_a_draft_again_and_its_slot_is_free(desk, every_day, line, now):
    desk.post(f"queue/{every_day.pk}/order", {"do": "out", "delivery": str(line[0].pk)})
    line[0].refresh_from_db()
    assert (line[0].state, line[0].slot_at) == (State.CANCELLED, None)
    assert texts(every_day, now) == ["Two."]


def test_a_day_is_paused_for_a_reason_and_goes_on(desk, every_day, line, now):
    day = line[0].due_at.astimezone(OSLO).date()
    said = text_of(
        desk.post(f"queue/{every_day.pk}/day", {"day": f"{day}", "for": "all", "because": "Mourning"}, follow=True)
    )
    assert "1 post moved on" in said and "Mourning" in said
    assert DayOff.objects.get().channel is None
    assert texts(every_day, now) == ["Two.", "One."]
    desk.post(f"queue/{every_day.pk}/day", {"day": f"{day}", "do": "resume"})
    assert not DayOff.objects.exists()
    assert "not a day" in text_of(desk.post(f"queue/{every_day.pk}/day", {"day": "2026-02-31"}, follow=True))


# --- the composer -----------------------------------------------------------------------------------------------------


def test_the_composer_says_when_the_next_slot_is_and_takes_it(desk, client, every_day, now):
    said = text_of(desk.get("queue/next", data={"channels": [str(every_day.pk)]}))
    assert "Next slot" in said and 'value="queue"' in said
    sent = composed(
        client, f"{desk.home}write", **{"text:all:0": "In the queue.", "channels": [str(every_day.pk)], "do": "queue"}
    )
    client.post(f"{desk.home}write", sent)
    (delivery,) = Delivery.objects.all()
    assert delivery.slot_at == delivery.due_at and delivery.due_at.astimezone(OSLO).time() == time(9)


def test_without_slots_on_every_channel_there_is_no_such_button(desk, cityhall, every_day, now):
    bare = a_channel(cityhall, now, network="bluesky", handle="halden.example")
    assert text_of(desk.get("queue/next", data={"channels": [str(every_day.pk), str(bare.pk)]})).strip() == ""
    assert text_of(desk.get("queue/next", data={"channels": ["x"]})).strip() == ""


def test_a_queue_that_is_full_keeps_the_words(desk, client, channel):
    sent = composed(
        client, f"{desk.home}write", **{"text:all:0": "No room.", "channels": [str(channel.pk)], "do": "queue"}
    )
    answer = client.post(f"{desk.home}write", sent)
    assert answer.status_code == 409 and "No room." in text_of(answer) and "no free slot" in text_of(answer)
    assert not Post.objects.exists()


def test_what_a_contributor_queues_waits_for_a_yes(desk, amir, every_day):
    person = signed_in(amir)
    sent = composed(
        person, f"{desk.home}write", **{"text:all:0": "Mine.", "channels": [str(every_day.pk)], "do": "queue"}
    )
    assert person.post(f"{desk.home}write", sent).status_code == 302
    assert Delivery.objects.get().on_request and Request.objects.waiting().get().asked_by == amir


def test_a_week_of_slots_is_local_time(desk, every_day, now):
    page = text_of(desk.get("queue"))
    tomorrow = now.astimezone(OSLO).date() + timedelta(days=1)
    assert f"{datetime.combine(tomorrow, time(9)):%H:%M}" in page
