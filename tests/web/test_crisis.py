"""The crisis board, the review after a pause, and drills: pages without a script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarion.deliveries.models import Delivery, State
from clarion.notifications.models import Notification
from clarion.organisations.models import Member, Pause, Spokesperson, User, Workspace
from clarion.posts.content import Content
from clarion.posts.models import Post, Template
from clarion.records.models import Event
from clarion.web.crisis_board import Board
from clarion.web.first_set_up import found
from tests.web.desk import composed, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(cityhall):
    return cityhall.organisation


@pytest.fixture
def statement(cityhall, ingrid):
    whole = {"words": Content.of("We know, and we are looking into it.").as_json(), "variants": {}, "channels": []}
    more = {"labels": [], "new_labels": "", "late": "send", "late_minutes": "60"}
    return Template.objects.make(
        workspace=cityhall, name="First word", by=ingrid, whole={**whole, **more}, for_emergencies=True
    )


def kept_back(desk, house, ingrid, now, *deliveries):
    house.pause(by=ingrid, because="flood", now=now - timedelta(hours=1))
    house.resume(by=ingrid, because="over", now=now)
    for one in deliveries:
        one.refresh_from_db()
        assert (one.state, one.code) == (State.HELD, "paused")


# --- the board --------------------------------------------------------------------------------------------------------


def test_the_board_says_what_a_pause_would_stop_and_then_what_it_stopped(desk, board, promise, house):
    promise(board, text="Snow tonight", minutes=10)
    page = desk.get("crisis").text
    assert "In the next hour" in page and 'name="because"' in page
    answer = desk.post("pause", {"because": "A fire", "hours": "2", "plain": "1", "lets": "on"}, follow=True)
    assert answer.redirect_chain[-1][0].endswith("/crisis")
    assert "A fire" in answer.text and "Resume and review" in answer.text and "Probably until" in answer.text
    pause = Pause.objects.get()
    assert pause.until - pause.began_at == timedelta(hours=2)
    assert (pause.organisation, pause.lets, pause.by_name) == (house, True, "Ingrid Solberg")
    Delivery.objects.update(due_at=pause.began_at)
    assert "Was due" in desk.get("crisis", headers={"X-Part": "board"}).text


def test_without_a_reason_nothing_is_paused_and_the_board_asks_again(desk):
    answer = desk.post("pause", {"because": " "})
    assert answer.status_code == 422 and "Nothing was paused." in answer.text
    assert not Pause.objects.exists()


def test_who_reads_sees_the_board_and_presses_nothing_and_an_outsider_sees_nothing(desk, vera, outsider, house, now):
    page = desk.sign_in(vera).get("crisis").text
    assert "Crisis board" in page and 'name="because"' not in page and "Begin a drill" not in page
    for path in ("pause", "resume", "crisis/drill", "crisis/people", "crisis/until"):
        assert desk.post(path, {"because": "x"}).status_code == 403, path
    assert desk.post("crisis/review", {"do": "now"}).status_code == 403
    ended = house.pause(by=None, because="x", now=now)
    desk.sign_in(outsider)
    for path in ("crisis", "crisis/review", f"crisis/{ended.pk}"):
        assert desk.get(path).status_code == 404, path
    assert not Pause.objects.exclude(ended_at=None).exists()


def test_only_who_runs_the_installation_pauses_all_of_it(desk, ingrid, cityhall, house, outsider):
    desk.post("pause", {"because": "keys", "whole": "on"})
    assert Pause.objects.get().organisation == house
    desk.post("resume")
    type(ingrid).objects.filter(pk=ingrid.pk).update(is_staff=True)
    desk.post("pause", {"because": "keys", "whole": "on"})
    whole = Pause.objects.get(organisation=None)
    assert "The whole installation is paused." in desk.get("channels").text
    type(ingrid).objects.filter(pk=ingrid.pk).update(is_staff=False)
    assert desk.post("resume", {"which": str(whole.pk)}).status_code == 404
    assert "Resume everything" not in desk.get("channels").text
    assert outsider.memberships.get().workspace.organisation.is_paused


def test_a_manager_pauses_her_own_workspace_and_stops_nobody_else(desk, ingrid, cityhall, house, outsider, now):
    """An agency: the manager of one client, the owner of all, and another client that goes on."""
    other = Workspace.objects.open(organisation=house, name="Bakery")
    manager = User.objects.create_user("mia@halden.example", name="Mia Lund")
    Member.objects.join(workspace=cityhall, user=manager, role="manager")
    there = User.objects.create_user("bo@halden.example", name="Bo Dahl")
    Member.objects.join(workspace=other, user=there, role="manager")

    page = desk.sign_in(manager).get("crisis").text
    assert "other workspaces go on" in page and "in every workspace" not in page
    desk.post("pause", {"because": "The client called", "whole": "on"})
    pause = Pause.objects.get()
    assert (pause.organisation, pause.workspace, pause.reach) == (house, cityhall, Q(workspace=cityhall.pk))
    assert "Everything of Press office is paused." in desk.get("channels").text
    assert not house.is_paused
    assert Notification.objects.of(ingrid).get(kind="crisis.paused").title == "Press office: everything is paused"
    assert not Notification.objects.of(there).exists()

    bakery = Client()
    bakery.force_login(there)
    assert "The client called" not in bakery.get(f"/w/{other.pk}/crisis").text
    assert bakery.get(f"/w/{other.pk}/crisis/{pause.pk}").status_code == 404
    assert bakery.post(f"/w/{other.pk}/resume", {"which": str(pause.pk)}).status_code == 302
    bakery.post(f"/w/{other.pk}/resume")
    pause.refresh_from_db()
    assert pause.ended_at is None

    # the owner stops the rest as well; that is not the manager's to end
    desk.sign_in(ingrid)
    assert "in every workspace" in desk.get("crisis").text
    desk.post("pause", {"because": "Flood"})
    whole = Pause.objects.get(workspace=None)
    assert house.is_paused
    desk.sign_in(manager)
    assert desk.post("resume", {"which": str(whole.pk)}).status_code == 404
    assert desk.post("crisis/people", {"person": str(manager.pk)}).status_code == 403, "nor hers to open"
    assert "Put somebody on the list" not in desk.get("crisis").text
    assert not Spokesperson.objects.exists()
    desk.post("resume")
    pause.refresh_from_db()
    whole.refresh_from_db()
    assert pause.ended_at and whole.ended_at is None


def test_an_owner_may_pause_one_workspace_alone(desk, cityhall, house):
    desk.post("pause", {"because": "The client called", "here": "on"})
    assert Pause.objects.get().workspace == cityhall
    page = desk.get("channels").text
    assert f"Everything of {cityhall} is paused." in page and "Resume</button>" in page
    desk.post("resume")
    assert Pause.objects.get().ended_at


def test_a_manager_takes_only_people_of_her_workspace_off_the_list(desk, cityhall, house, ingrid, now):
    there = Workspace.objects.open(organisation=house, name="Bakery")
    theirs = User.objects.create_user("bo@halden.example", name="Bo Dahl")
    Member.objects.join(workspace=there, user=theirs, role="editor")
    one = Spokesperson.objects.appoint(organisation=house, user=theirs, by=ingrid, now=now)
    manager = User.objects.create_user("mia@halden.example", name="Mia Lund")
    Member.objects.join(workspace=cityhall, user=manager, role="manager")
    assert desk.sign_in(manager).post(f"crisis/people/{one.pk}/withdraw").status_code == 404
    assert desk.sign_in(ingrid).post(f"crisis/people/{one.pk}/withdraw").status_code == 302
    assert not Spokesperson.objects.exists()


def test_the_first_person_runs_the_installation_and_the_second_does_not(db, now):
    given = {"organisation": "A", "workspace": "B", "password": "correct horse 7", "zone": "UTC", "now": now}
    assert found(email="first@a.example", **given).user.is_staff
    assert not found(email="second@a.example", **given).user.is_staff


def test_a_board_asks_the_database_a_fixed_number_of_times(
    desk, board, promise, house, now, django_assert_max_num_queries
):
    for number in range(12):
        promise(board, text=f"Post {number}", minutes=-number)
    house.pause(by=None, because="flood", now=now - timedelta(hours=1))
    with django_assert_max_num_queries(32):
        desk.get("crisis")


# --- who may still speak ----------------------------------------------------------------------------------------------


def test_somebody_on_the_list_sends_a_holding_statement_and_it_leaves(desk, board, ingrid, house, statement, cityhall):
    desk.post("crisis/people", {"person": str(ingrid.pk)})
    assert Spokesperson.objects.get().user == ingrid
    desk.post("pause", {"because": "flood"})
    page = desk.get("crisis").text
    assert f"template={statement.pk}&amp;channels=all" in page and "May still publish: Ingrid Solberg." in page
    address = f"{desk.home}write?template={statement.pk}&channels=all"
    client = signed_in(ingrid)
    fields = composed(client, address, do="now")
    assert fields["channels"] == [str(board.pk)]
    assert "It goes out now" in client.post(f"{desk.home}write", fields, follow=True).text
    assert Delivery.objects.let_out().get().let_by == ingrid


def test_anybody_else_is_told_that_it_does_not_leave(desk, board, promise, house, now):
    one = promise(board)
    house.pause(by=None, because="flood", now=now)
    answer = desk.post(f"deliveries/{one.pk}/send", follow=True)
    assert "everything is paused: it does not leave" in answer.text
    assert not Delivery.objects.let_out().exists()


def test_the_list_is_of_members_and_each_change_is_recorded(desk, house, amir, outsider):
    desk.post("crisis/people", {"person": str(outsider.pk)})
    desk.post("crisis/people", {"person": "nonsense"})
    assert not Spokesperson.objects.exists()
    desk.post("crisis/people", {"person": str(amir.pk)})
    desk.post(f"crisis/people/{Spokesperson.objects.get().pk}/withdraw")
    told = Event.objects.filter(kind="spokesperson").values_list("verb", flat=True)
    assert list(told) == ["spokesperson.appointed", "spokesperson.withdrawn"]


# --- the review -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("do", "state"),
    [("now", State.SCHEDULED), ("drop", State.CANCELLED), ("move", State.SCHEDULED), ("leave", State.SCHEDULED)],
)
def test_each_post_is_decided_upon_and_the_review_ends(do, state, desk, board, promise, house, ingrid, now):
    one = promise(board, minutes=30)
    kept_back(desk, house, ingrid, now, one)
    assert "waits for a decision" in desk.get("crisis/review").text
    day = f"{now + timedelta(days=2):%Y-%m-%d}"
    desk.post("crisis/review", {"do": f"{do}:{one.pk}", "date": day, "time": "09:00"})
    one.refresh_from_db()
    assert (one.state, one.code if state == State.SCHEDULED else "") == (state, "")
    assert Pause.objects.get().reviewed_at is not None
    assert "Nothing waits for a decision" in desk.get("crisis/review").text


def test_what_cannot_be_done_to_one_leaves_the_others_alone(desk, board, promise, house, ingrid, now):
    past, soon = promise(board, text="Past", minutes=-5), promise(board, text="Soon", minutes=30)
    kept_back(desk, house, ingrid, now, past, soon)
    page = desk.post("crisis/review", {"do": "leave", "all": "on"}, follow=True).text
    assert "1 goes out at its time." in page and "Its time has passed." in page
    past.refresh_from_db()
    soon.refresh_from_db()
    assert (past.state, soon.state) == (State.HELD, State.SCHEDULED)
    assert Pause.objects.get().reviewed_at is None
    assert "Tick some posts first." in desk.post("crisis/review", {"do": "now"}, follow=True).text


def test_a_second_pause_in_the_middle_of_a_review_loses_nothing(desk, board, promise, house, ingrid, now):
    one, two = promise(board, text="One", minutes=-5), promise(board, text="Two", minutes=-4)
    kept_back(desk, house, ingrid, now, one, two)
    house.pause(by=ingrid, because="again", now=now)
    page = desk.post("crisis/review", {"do": f"now:{one.pk}"}, follow=True).text
    assert "Everything is paused again." in page
    house.resume(by=ingrid, because="over", now=now + timedelta(minutes=1))
    assert Delivery.objects.filter(state=State.HELD, code="paused").count() == 2


def test_nobody_decides_about_what_is_another_workspaces(desk, board, promise, house, ingrid, now, outsider):
    one = promise(board, minutes=-5)
    kept_back(desk, house, ingrid, now, one)
    elsewhere = outsider.memberships.get().workspace
    signed_in(outsider).post(f"/w/{elsewhere.pk}/crisis/review", {"do": f"now:{one.pk}"})
    one.refresh_from_db()
    assert one.state == State.HELD


# --- drills -----------------------------------------------------------------------------------------------------------


def test_a_pause_of_the_organisation_is_told_on_its_own_pages_in_its_time(client, cityhall, house, ingrid, now):
    until = now + timedelta(hours=3)
    Pause.objects.begin(organisation=house, by=ingrid, because="The dam", now=now, until=until)
    client.force_login(ingrid)
    page = client.get(reverse("organisation", args=[house.pk])).text
    assert "Everything is paused." in page and f"{until.astimezone(cityhall.tz):%A %H:%M}" in page


def test_a_drill_is_told_on_every_page_rehearsed_and_reported(desk, board, statement, house):
    desk.post("crisis/drill", {"because": "Monthly"})
    assert "This is a drill." in desk.get("channels").text
    assert not house.is_paused
    form = desk.get(f"crisis/drill/say?template={statement.pk}").text
    assert "We know, and we are looking into it." in form and "It fits." in form
    desk.post("crisis/drill/say", {"text": "We know."})
    drill = Pause.objects.get()
    Pause.objects.acknowledge(
        "serve-1", clock=lambda: drill.began_at + timedelta(seconds=1), is_saying=lambda pause: False
    )
    answer = desk.post("resume", {"which": str(drill.pk)}, follow=True)
    assert "stopped after 1" in answer.text and "We know." in answer.text
    assert not Delivery.objects.exists() and not Post.objects.exists()
    assert "The drill is over." in desk.post("crisis/drill/say", {"text": "Late"}, follow=True).text


@pytest.mark.parametrize("whole", [False, True])
def test_what_one_client_rehearsed_is_not_read_by_the_next(desk, cityhall, house, ingrid, outsider, now, whole):
    """A drill is one of the whole organisation, or installation; the words that are tried in it are of one workspace.
    Björn leads both clients, and his name alone tells nobody where he said something."""
    drill = Pause.objects.begin(organisation=None if whole else house, by=ingrid, because="m", now=now, kind="drill")
    second = Workspace.objects.open(organisation=house, name="Bakery")
    bjorn = User.objects.create_user("bjorn@agency.example", name="Bjorn")
    for workspace in (cityhall, second):
        Member.objects.join(workspace=workspace, user=bjorn, role="manager")
    drill.rehearse("The vault of the bank is open.", workspace=cityhall, channels=1, by=bjorn, now=now)
    drill.rehearse("The bakery is closed.", workspace=second, channels=1, by=bjorn, now=now)
    elsewhere = outsider.memberships.get().workspace
    if not whole:
        with pytest.raises(ValueError, match="only where"):
            drill.rehearse("Oscar here.", workspace=elsewhere, channels=1, by=outsider, now=now)
    report = reverse("pause_report", args=[second.pk, drill.pk])
    read = {}
    for who, page in (
        ("an officer", desk.get(f"crisis/{drill.pk}")), ("the bakery's", signed_in(bjorn).get(report)),
        ("elsewhere", signed_in(outsider).get(reverse("pause_report", args=[elsewhere.pk, drill.pk]))),
    ):  # fmt: skip
        read[who] = ("vault" in page.text, "bakery is closed" in page.text)
    assert read == {"an officer": (True, True), "the bakery's": (False, True), "elsewhere": (False, False)}
    told = Event.objects.filter(verb="drill.rehearsed").order_by("id")
    assert list(told.values_list("workspace_id", flat=True)) == [cityhall.pk, second.pk]


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(text=st.text(st.characters(codec="utf-8"), max_size=80), stops=st.booleans(), again=st.booleans())
def test_nothing_that_is_said_in_a_drill_becomes_anything_that_can_leave(text, stops, again, desk, board):
    desk.post("crisis/drill", {"because": "Monthly", **({"stops": "on"} if stops else {})})
    for _ in range(1 + again):
        assert desk.post("crisis/drill/say", {"text": text}).status_code in (302, 422)
    Pause.objects.running().get().end(by=None, now=Pause.objects.running().get().began_at + timedelta(minutes=1))
    assert not Delivery.objects.exists() and not Post.objects.exists()


def test_the_board_of_a_drill_that_stops_nothing_keeps_nothing_back(cityhall, house, ingrid, now):
    drill = Pause.objects.begin(organisation=house, by=ingrid, because="m", now=now, kind="drill", stops=False)
    shown = Board(cityhall, pauses=[drill], now=now)
    assert (shown.stops, shown.shown, shown.would_have_left) == (None, drill, [])
