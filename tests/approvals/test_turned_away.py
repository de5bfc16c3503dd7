"""Too late, by the wrong person, to other words, or by a clock that is wrong: told, kept, and nothing is decided."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone

from clarion.approvals.models import Decision, Guest, GuestLink, Request, Stage, Workflow
from clarion.approvals.progress import NotNow
from clarion.approvals.refusals import RECORDED
from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery, State
from clarion.organisations.models import Member, Organisation, User, Workspace
from clarion.posts.content import Content, Words
from clarion.posts.models import Post
from clarion.records.models import Event

from .conftest import asked

TURNED_AWAY = "approval.turned_away"


def record(verb: str = TURNED_AWAY) -> list[tuple[str, str]]:
    return list(Event.objects.filter(verb=verb).order_by("id").values_list("by_name", "because"))


def test_two_yeses_at_one_moment_are_one(committed):
    """Two people who may answer press at the same moment: one decides, the other is told; both are in the record."""
    now = timezone.now()
    house = Organisation.objects.found(name="City of Halden")
    desk = Workspace.objects.open(organisation=house, name="Press office", zone="Europe/Oslo")
    people = [User.objects.create_user(f"{name}@halden.example", name=name) for name in ("ingrid", "anne", "berit")]
    members = [Member.objects.join(workspace=desk, user=one, role="manager") for one in people]
    Channel.objects.open_own_ground(workspace=desk, by=None, now=now)
    board = next(one for one in desk.channels.all() if one.kind.own_ground)
    Workflow.objects.set_up(workspace=desk, name="Four eyes", stages=[Stage()], by=people[0])
    for number in range(4):
        post = Post.objects.write(
            workspace=desk, by=people[0], content=Content((Words(f"Bridge {number}"),)), channels=[board]
        )
        Delivery.objects.schedule(post, channels=[board], at=now + timedelta(hours=1), by=people[0], now=now)
        request = Request.objects.counting().get(post=post)
        both, said = Barrier(2), SimpleNamespace(told=[], wrong=[])

        def press(member, pk=request.pk, both=both, said=said):
            try:
                mine = Request.objects.get(pk=pk)
                both.wait(timeout=20)
                mine.decide(member=member, yes=True, sha256=mine.sha256, now=timezone.now())
            except NotNow as refusal:
                said.told.append(str(refusal))
            except Exception as error:
                said.wrong.append(error)
            finally:
                connection.close()

        threads = [Thread(target=press, args=[member]) for member in members[1:]]
        for one in threads:
            one.start()
        for one in threads:
            one.join(timeout=60)
        request.refresh_from_db()
        assert (said.wrong, said.told) == ([], ["This was approved already."])
        assert request.state == "approved" and Decision.objects.filter(request=request).count() == 1
        verbs = set(Event.objects.of(request).values_list("verb", flat=True))
        assert {"approval.given", "approval.complete", TURNED_AWAY} <= verbs


@pytest.mark.django_db
def test_an_answer_to_words_that_were_changed_is_in_the_record(flow, written, says, mayor, ingrid):
    delivery = written(ingrid)
    old, post = asked(delivery), delivery.post
    post.edit(by=ingrid, version=post.version, content=Content((Words("Everything is free."),)))
    with pytest.raises(NotNow):
        says(mayor, delivery, sha256=old.sha256)
    ((who, why),) = record()
    assert who == "Anne Berg" and why.startswith("It was changed since this page was opened.")
    assert Event.objects.get(verb=TURNED_AWAY).after == {"yes": True}


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["another role", "gone", "own work"])
def test_who_has_no_say_any_more_is_told_and_in_the_record(cityhall, written, mayor, ingrid, clock, how):
    """The page was opened while she had it."""
    Workflow.objects.set_up(workspace=cityhall, name="Anybody", stages=[Stage()], by=ingrid)
    delivery = written(mayor if how == "own work" else ingrid)
    member, request = cityhall.members.get(user=mayor), asked(delivery)
    if how == "another role":
        Member.objects.join(workspace=cityhall, user=mayor, role="viewer", by=ingrid)
    elif how == "gone":
        cityhall.members.get(user=mayor).leave(by=ingrid)
    with pytest.raises(NotNow, match="wrote some of this" if how == "own work" else "not asked for here"):
        request.decide(member=member, yes=True, sha256=request.sha256, now=clock())
    assert [who for who, _why in record()] == ["Anne Berg"]
    assert not request.decisions.exists() and asked(delivery).state == "waiting"


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["another role", "gone"])
def test_what_was_handed_on_is_nobody_s_when_the_giver_has_it_no_more(
    cityhall, written, says, mayor, ingrid, vera, clock, how
):
    Workflow.objects.set_up(workspace=cityhall, name="Anybody", stages=[Stage()], by=ingrid)
    first, second = written(ingrid, "One."), written(ingrid, "Two.")
    for one in (first, second):
        boss, other = (cityhall.members.get(user=user) for user in (mayor, vera))
        asked(one).delegate(member=boss, to=other, because="I travel.", now=clock())
    assert says(vera, first).state == "approved"
    if how == "another role":
        Member.objects.join(workspace=cityhall, user=mayor, role="viewer", by=ingrid)
    else:
        cityhall.members.get(user=mayor).leave(by=ingrid)
    with pytest.raises(NotNow, match="not asked for here"):
        says(vera, second)


@pytest.mark.django_db
def test_a_yes_stays_a_yes_when_its_giver_loses_the_role_and_can_be_voided(
    cityhall, flow, written, says, worker, clock, mayor, ingrid
):
    """She was who had to say it when she said it. Whoever doubts it takes it back, and then it does not leave."""
    first, second = written(ingrid, "One.", minutes=5), written(ingrid, "Two.", minutes=5)
    says(mayor, first)
    says(mayor, second)
    cityhall.members.get(user=mayor).leave(by=ingrid)
    asked(second).withdraw(by=ingrid, now=clock(), because="She has left.")
    clock.pass_by(minutes=6)
    worker.tick()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.PUBLISHED, State.HELD)
    given = Event.objects.of(asked(first)).get(verb="approval.given")
    assert given.by_name == "Anne Berg" and given.after["sha256"] == asked(first).sha256


@pytest.mark.django_db
def test_something_forgotten_is_no_refusal_and_a_flood_is_kept_in_part(flow, written, says, mayor, ingrid, amir):
    delivery = written(ingrid)
    with pytest.raises(NotNow, match="what has to change"):
        says(mayor, delivery, yes=False)
    assert record() == []
    for _ in range(RECORDED + 5):
        with pytest.raises(NotNow):
            says(amir, delivery)
    assert len(record()) == RECORDED


# -- clocks that are wrong


@pytest.mark.django_db
def test_a_link_ends_by_our_clock_to_the_second_and_a_clock_set_back_opens_it_without_harm(cityhall, ingrid, clock):
    start = clock()
    guest = Guest.objects.invite(workspace=cityhall, email="client@shop.example", now=start, by=ingrid)
    link = guest.links.get()
    token = link.new_token()
    GuestLink.objects.filter(pk=link.pk).update(expires_at=start + timedelta(days=14))
    for late, works in ((-1, True), (0, False), (1, False), (60 * 60 * 24 * 365, False)):
        at = start + timedelta(days=14, seconds=late)
        assert (GuestLink.objects.known(token, now=at) is not None) == works, late
    link.opened(now=start + timedelta(hours=3))
    link.refresh_from_db()
    link.opened(now=start)  # the clock was set back
    assert Event.objects.filter(verb="guest.opened").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [-30, 30])
def test_a_yes_by_a_clock_that_is_wrong_moves_no_delivery(flow, written, says, worker, clock, mayor, ingrid, hours):
    """The page's clock goes wrong by more than a day; the worker's decides when something leaves, and it was sealed."""
    delivery = written(ingrid, minutes=10)
    request = asked(delivery)
    member = Member.objects.get(user=mayor)
    request.decide(member=member, yes=True, sha256=request.sha256, now=clock() + timedelta(hours=hours))
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.SCHEDULED, 0), "not before its time"
    Delivery.objects.filter(pk=delivery.pk).update(due_at=delivery.due_at - timedelta(minutes=9), wake_at=clock())
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.HELD, 0), "nor at a time that nobody said yes to"
    assert "changed after the yes" in delivery.reason


@pytest.mark.django_db
def test_what_is_escalated_once_is_not_escalated_again_by_a_clock_set_back(
    cityhall, written, mayor, ingrid, vera, clock
):
    stage = Stage("Mayor", people=(str(mayor.pk),), hours=4, escalate=(str(vera.pk),))
    Workflow.objects.set_up(workspace=cityhall, name="Quick", stages=[stage], by=ingrid)
    request = asked(written(ingrid, minutes=60 * 48))
    began = request.stage_began_at
    assert request.come(now=began - timedelta(hours=1)) == [], "before it was asked: nobody is late"
    assert request.come(now=began + timedelta(hours=4)) == ["escalated"]
    assert request.come(now=began + timedelta(hours=1)) == []
    assert request.come(now=began + timedelta(hours=4)) == []
    assert Event.objects.filter(verb="approval.escalated").count() == 1
