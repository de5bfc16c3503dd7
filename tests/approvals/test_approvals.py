"""The right person says yes to exactly these words, and nothing else leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import DatabaseError, connection, transaction

from clarion.approvals.models import Decision, Guest, GuestLink, Request, Stage, Workflow
from clarion.approvals.progress import Changed, NotNow
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.models.live import Live, NotPossible
from clarion.notifications.models import Notification
from clarion.organisations.models import Absence, Member
from clarion.posts.content import Content, Words
from clarion.posts.models import Label
from clarion.records.models import Event

from .conftest import asked

pytestmark = pytest.mark.django_db


def test_what_waits_for_a_yes_is_held_when_its_time_comes_and_leaves_with_the_yes(
    flow, written, worker, clock, ingrid, mayor, says
):
    delivery = written(ingrid, minutes=10)
    clock.pass_by(minutes=11)
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code, delivery.attempts) == (State.HELD, "approval", 0)
    assert Notification.objects.filter(subject=str(delivery.pk)).exists()
    assert says(mayor, delivery).state == "approved"
    assert worker.work_until_settled(delivery).state == State.PUBLISHED


def test_with_the_yes_in_time_it_leaves_at_its_time(flow, written, worker, clock, ingrid, mayor, says):
    delivery = written(ingrid, minutes=10)
    says(mayor, delivery)
    clock.pass_by(minutes=11)
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.PUBLISHED


def test_an_author_never_approves_own_work_nor_does_the_database_let_her(
    cityhall, flow, written, says, mayor, ingrid, clock
):
    delivery = written(mayor)
    with pytest.raises(NotNow, match="wrote some of this yourself"):
        says(mayor, delivery)
    request = asked(delivery)
    with pytest.raises(DatabaseError, match="own work"), transaction.atomic():
        Decision.objects.create(request=request, stage=0, person=mayor, answer="yes", sha256=request.sha256, at=clock())
    assert not request.decisions.exists()


def test_whoever_mended_a_word_is_an_author_too(flow, written, says, mayor, ingrid, clock):
    delivery = written(ingrid)
    post = delivery.post
    post.edit(by=mayor, version=post.version, content=Content((Words("The bridge is shut on Friday."),)))
    with pytest.raises(NotNow, match="wrote some of this yourself"):
        says(mayor, delivery)


def test_a_decision_is_neither_changed_nor_taken_back_nor_given_to_another_seal(
    flow, written, says, mayor, ingrid, clock
):
    delivery = written(ingrid)
    request = says(mayor, delivery, yes=False, because="Which bridge?")
    decision = request.decisions.get()
    for forbidden in (
        lambda: Decision.objects.filter(pk=decision.pk).update(answer="yes"), decision.delete,
        lambda: Decision.objects.create(
            request=request, stage=1, person=None, answer="yes", sha256="0" * 64, at=clock()
        ),
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            forbidden()
            connection.cursor().execute("SELECT 1")


@pytest.mark.parametrize("what", ["words", "channels", "time", "late", "alt"])
def test_any_edit_voids_the_yes_and_asks_again(flow, written, says, mayor, ingrid, clock, what, board, mastodon):
    delivery = written(ingrid, channels=[board, mastodon])
    first = says(mayor, delivery)
    post = delivery.post
    post.refresh_from_db()
    if what == "words":
        post.edit(by=ingrid, version=post.version, content=Content((Words("The bridge is closed on Monday."),)))
    elif what == "channels":
        Delivery.objects.get(post=post, channel=board).cancel(by=ingrid, now=clock())
    elif what == "late":
        delivery.refresh_from_db()
        Delivery.objects.filter(post=post).update(late_minutes=5)
        post.edit(by=ingrid, version=post.version, content=post.said)
    elif what == "alt":
        content = Content((Words(post.said.text),), {"content_warning": "Roadworks"})
        post.edit(by=ingrid, version=post.version, content=content)
    else:
        delivery.reschedule(at=delivery.due_at + timedelta(minutes=5), by=ingrid, now=clock())
    first.refresh_from_db()
    again = asked(delivery)
    assert (first.state, again.state) == ("void", "waiting") and again.pk != first.pk
    assert again.last_yes() == first


def test_the_same_promise_again_keeps_its_yes(flow, written, says, mayor, ingrid, clock):
    delivery = written(ingrid)
    first = says(mayor, delivery)
    post = delivery.post
    post.refresh_from_db()
    post.edit(by=ingrid, version=post.version, content=post.said)
    delivery.refresh_from_db()
    delivery.reschedule(at=delivery.due_at, by=ingrid, now=clock())
    assert asked(delivery).pk == first.pk and asked(delivery).state == "approved"


def test_within_its_day_it_may_move_where_the_workflow_says_so(cityhall, written, says, mayor, ingrid, clock):
    Workflow.objects.set_up(workspace=cityhall, name="Day", stages=[Stage()], by=ingrid, window="day")
    delivery = written(ingrid)
    noon = clock().astimezone(cityhall.tz).replace(hour=12, minute=0) + timedelta(days=2)
    delivery.reschedule(at=noon, by=ingrid, now=clock())
    first = says(mayor, delivery)
    delivery.refresh_from_db()
    delivery.reschedule(at=noon + timedelta(hours=3), by=ingrid, now=clock())
    assert asked(delivery).pk == first.pk
    delivery.reschedule(at=noon + timedelta(days=1), by=ingrid, now=clock())
    assert asked(delivery).pk != first.pk


def test_a_yes_for_a_day_is_none_for_a_week(cityhall, written, says, mayor, ingrid, worker, clock):
    """How late it may still leave is part of what was approved, also where its time may move."""
    Workflow.objects.set_up(workspace=cityhall, name="Day", stages=[Stage()], by=ingrid, window="day")
    delivery = written(ingrid, minutes=5)
    first = says(mayor, delivery)
    delivery.post.refresh_from_db()
    delivery.post.edit(
        by=ingrid, version=delivery.post.version, content=delivery.post.said, late="send", late_minutes=10_080
    )
    delivery.refresh_from_db()
    delivery.reschedule(at=delivery.due_at, by=ingrid, now=clock())
    first.refresh_from_db()
    assert (first.state, asked(delivery).state) == ("void", "waiting")


def test_a_page_that_shows_old_words_cannot_approve_the_new(flow, written, says, mayor, ingrid):
    delivery = written(ingrid)
    old = asked(delivery).sha256
    post = delivery.post
    post.edit(by=ingrid, version=post.version, content=Content((Words("Everything is free."),)))
    with pytest.raises(Changed, match="changed since this page was opened"):
        says(mayor, delivery, sha256=old)


def test_two_answers_at_once_are_one(flow, written, says, mayor, ingrid):
    delivery = written(ingrid)
    says(mayor, delivery)
    with pytest.raises(NotNow, match="approved already"):
        says(mayor, delivery)
    assert Decision.objects.count() == 1


def test_who_lost_the_role_in_the_middle_is_told_and_nothing_is_decided(cityhall, written, says, mayor, ingrid):
    Workflow.objects.set_up(workspace=cityhall, name="Anybody", stages=[Stage()], by=ingrid)
    delivery = written(ingrid)
    member = cityhall.members.get(user=mayor)  # her page was opened before
    Member.objects.join(workspace=cityhall, user=mayor, role="viewer", by=ingrid)
    request = asked(delivery)
    with pytest.raises(NotNow, match="not asked for here"):
        request.decide(member=member, yes=True, sha256=request.sha256, now=delivery.due_at)
    assert not request.decisions.exists()


def test_a_contributor_may_ask_and_somebody_who_may_approve_answers(
    cityhall, board, written, says, worker, clock, ingrid, amir
):
    delivery = written(amir, minutes=0)
    assert delivery.on_request, "no workflow is needed for that"
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.HELD, 0)
    held = Notification.objects.filter(kind__startswith="delivery.")
    assert not held.exists(), "who asks for a yes knows that it is not there yet"
    with pytest.raises(NotNow):
        says(amir, delivery)
    says(ingrid, delivery)
    assert worker.work_until_settled(delivery).state == State.PUBLISHED


def test_stages_follow_each_other_and_all_means_all(cityhall, written, says, ingrid, mayor, amir, vera):
    Member.objects.join(workspace=cityhall, user=vera, role="manager")
    Workflow.objects.set_up(
        workspace=cityhall, name="Two stages", by=ingrid,
        stages=[
            Stage("Desk", rule="all", people=(str(vera.pk), str(ingrid.pk))), Stage("Mayor", people=(str(mayor.pk),)),
        ],
    )  # fmt: skip
    delivery = written(amir)
    with pytest.raises(NotNow, match="not asked for here"):
        says(mayor, delivery)
    assert says(vera, delivery).stage == 0
    assert says(ingrid, delivery).stage == 1
    assert says(mayor, delivery).state == "approved"


def test_a_deputy_answers_for_who_is_away_and_still_never_for_own_work(
    cityhall, flow, written, says, mayor, ingrid, vera, clock
):
    boss, deputy = (cityhall.members.get(user=one) for one in (mayor, vera))
    Absence.objects.announce(
        member=boss,
        deputy=deputy,
        begins_at=clock() - timedelta(hours=1),
        ends_at=clock() + timedelta(days=2),
        by=ingrid,
    )
    assert says(vera, written(ingrid)).state == "approved"
    with pytest.raises(NotNow, match="wrote some of this"):
        says(vera, written(vera))


def test_an_author_lends_nobody_the_right_to_approve_her_work(cityhall, written, says, ingrid, amir, mayor, clock):
    """Neither the deputy of who wrote it, nor whom she hands it to, approves by her right: only by one of their own."""
    Workflow.objects.set_up(workspace=cityhall, name="Anybody", stages=[Stage()], by=ingrid)
    boss, contributor, editor = (cityhall.members.get(user=one) for one in (ingrid, amir, mayor))
    away = {"begins_at": clock() - timedelta(hours=1), "ends_at": clock() + timedelta(days=2)}
    Absence.objects.announce(member=boss, deputy=contributor, by=ingrid, **away)
    delivery = written(ingrid)
    with pytest.raises(NotNow, match="not asked for here"):
        says(amir, delivery)
    with pytest.raises(NotNow, match="who may approve without you"):
        asked(delivery).delegate(member=boss, to=contributor, because="I travel.", now=clock())
    assert not asked(delivery).decisions.exists()
    asked(delivery).delegate(member=boss, to=editor, because="I travel.", now=clock())
    assert says(mayor, delivery).state == "approved"
    assert says(amir, written(mayor)).state == "approved", "in her place, where she wrote nothing"


def test_what_was_handed_on_is_answered_by_the_taker(cityhall, flow, written, says, mayor, ingrid, vera, clock):
    delivery = written(ingrid)
    boss, other = (cityhall.members.get(user=one) for one in (mayor, vera))
    asked(delivery).delegate(member=boss, to=other, because="I travel.", now=clock())
    assert says(vera, delivery).state == "approved"


def test_a_stage_that_nobody_answers_is_escalated(cityhall, written, says, mayor, ingrid, vera, clock):
    stage = Stage("Mayor", people=(str(mayor.pk),), hours=4, escalate=(str(vera.pk),))
    Workflow.objects.set_up(workspace=cityhall, name="Quick", stages=[stage], by=ingrid)
    delivery = written(ingrid, minutes=60 * 48)
    request = asked(delivery)
    assert request.wake_at == request.asked_at + timedelta(hours=4)
    with pytest.raises(NotNow):
        says(vera, delivery)
    assert request.come(now=clock() + timedelta(hours=4)) == ["escalated"]
    assert says(vera, delivery).state == "approved"


def test_a_refusal_says_why_and_the_next_version_is_asked_anew(flow, written, says, worker, clock, mayor, ingrid):
    delivery = written(ingrid, minutes=5)
    with pytest.raises(NotNow, match="what has to change"):
        says(mayor, delivery, yes=False)
    assert says(mayor, delivery, yes=False, because="Which bridge?").state == "refused"
    clock.pass_by(minutes=6)
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.HELD and "sent back" in delivery.reason


def test_in_an_emergency_it_leaves_marked_and_another_looks_at_it_within_a_day(
    cityhall, flow, written, worker, clock, ingrid, mayor
):
    delivery = written(ingrid, minutes=0)
    member, other = cityhall.members.get(user=ingrid), cityhall.members.get(user=mayor)
    request = asked(delivery)
    with pytest.raises(NotNow, match="why it cannot wait"):
        request.break_glass(member=member, because="now!", now=clock())
    with pytest.raises(NotNow, match="may not publish"):
        request.break_glass(member=other, because="The dam has broken.", now=clock())
    request.break_glass(member=member, because="The dam has broken.", now=clock())
    assert worker.work_until_settled(delivery).state == State.PUBLISHED
    assert request.wake_at == request.ended_at + timedelta(hours=4)
    with pytest.raises(NotNow, match="Somebody else"):
        request.look_back(member=member, review="It was right.", now=clock())
    request.look_back(member=other, review="It was right.", now=clock())
    assert {"approval.glass_broken", "approval.reviewed"} <= set(Event.objects.values_list("verb", flat=True))


def test_a_new_workflow_holds_what_was_scheduled_before_it(written, worker, clock, cityhall, ingrid, mayor):
    delivery = written(ingrid, minutes=5)
    Workflow.objects.set_up(workspace=cityhall, name="From now on", stages=[Stage()], by=ingrid)
    clock.pass_by(minutes=6)
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == (State.HELD, "approval")


def test_a_stricter_workflow_makes_the_old_yes_too_little(flow, written, says, worker, clock, ingrid, mayor):
    delivery = written(ingrid, minutes=5)
    says(mayor, delivery)
    flow.change(
        by=ingrid, name="Two", stages=[*flow.steps, Stage("Lawyer", roles=("manager",))], when="always", window="exact",
        channels=[], labels=[],
    )  # fmt: skip
    clock.pass_by(minutes=6)
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.HELD and "was changed after the yes" in delivery.reason


def test_a_workflow_is_for_its_channels_and_labels_only(
    cityhall, board, mastodon, written, ingrid, mayor, worker, clock
):
    label = Label.objects.create(workspace=cityhall, name="Council")
    Workflow.objects.set_up(
        workspace=cityhall, name="Council on Mastodon", stages=[Stage()], by=ingrid, channels=[mastodon], labels=[label]
    )
    free = written(ingrid, minutes=0)
    assert not Request.objects.filter(post=free.post).exists()
    assert worker.work_until_settled(free).state == State.PUBLISHED
    named = written(ingrid, channels=[mastodon, board])
    named.post.labels.add(label)
    named.reschedule(at=named.due_at, by=ingrid, now=clock())
    assert list(asked(named).seals) == [str(mastodon.pk)]


def test_words_that_are_out_change_only_with_a_yes(flow, written, says, worker, clock, mastodon, ingrid, mayor):
    delivery = written(ingrid, minutes=0, channels=[mastodon])
    says(mayor, delivery)
    worker.work_until_settled(delivery)
    post = delivery.post
    post.refresh_from_db()
    post.correct(channel=mastodon, content=Content((Words("Closed on Saturday."),)), by=ingrid, version=post.version)
    with pytest.raises(NotPossible, match="changed after the yes"):
        Live(delivery).edit(post=post, by=ingrid, now=clock())


def test_a_guest_decides_by_pressing_and_only_about_what_was_asked(cityhall, written, ingrid, clock, worker, outsider):
    stage = Stage("Client", guests=("client@shop.example",))
    Workflow.objects.set_up(workspace=cityhall, name="Client", stages=[stage], by=ingrid)
    delivery = written(ingrid)
    guest = Guest.objects.invite(workspace=cityhall, email="Client@Shop.example", now=clock())
    link = guest.links.get()
    token = link.new_token()
    assert token not in str(GuestLink.objects.values())
    assert GuestLink.objects.known(token, now=clock()) == link
    assert GuestLink.objects.known(token, now=clock() + timedelta(days=15)) is None
    assert GuestLink.objects.known(token[:-1] + "_", now=clock()) is None
    link.opened(now=clock())
    assert asked(delivery).state == "waiting", "opening decides nothing"
    assert Event.objects.filter(verb="guest.opened").count() == 1
    assert list(guest.requests()) == [asked(delivery)]
    stranger = Guest.objects.invite(workspace=cityhall, email="other@shop.example", now=clock())
    with pytest.raises(NotNow):
        stranger.decide(
            asked(delivery), link=stranger.links.get(), yes=True, sha256=asked(delivery).sha256, now=clock()
        )
    guest.decide(asked(delivery), link=link, yes=True, sha256=asked(delivery).sha256, now=clock())
    assert asked(delivery).state == "approved"
    guest.end_links(by=ingrid, now=clock())
    assert GuestLink.objects.known(token, now=clock()) is None


def test_who_wrote_it_is_no_guest_of_her_own_work(cityhall, written, ingrid, clock):
    Workflow.objects.set_up(workspace=cityhall, name="Client", stages=[Stage(guests=(ingrid.email,))], by=ingrid)
    delivery = written(ingrid)
    guest = Guest.objects.invite(workspace=cityhall, email=ingrid.email, now=clock())
    with pytest.raises(NotNow, match="wrote some of this"):
        guest.decide(asked(delivery), link=guest.links.get(), yes=True, sha256=asked(delivery).sha256, now=clock())
    EmailAddress.objects.create(user=ingrid, email=ingrid.email, verified=True)  # her address of before
    ingrid.email = "ingrid@new.example"
    ingrid.save()
    with pytest.raises(NotNow, match="wrote some of this"):
        guest.decide(asked(delivery), link=guest.links.get(), yes=True, sha256=asked(delivery).sha256, now=clock())


def test_a_yes_that_is_taken_back_stops_it(flow, written, says, worker, clock, ingrid, mayor):
    delivery = written(ingrid, minutes=5)
    says(mayor, delivery).withdraw(by=mayor, now=clock(), because="Not today.")
    clock.pass_by(minutes=6)
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.HELD, 0)
