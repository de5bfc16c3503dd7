"""Whose yes is wanted hears of it, who asked hears the answer; what went out without one is told to those who lead."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clarion.approvals.models import Request
from clarion.approvals.progress import State
from clarion.notifications.models import Notification
from clarion.organisations.models import Member, Officer, Role, User
from clarion.records.models import Event

pytestmark = pytest.mark.django_db


def told(person) -> list[str]:
    return list(Notification.objects.of(person).unread().order_by("id").values_list("kind", flat=True))


def test_the_mayor_hears_that_she_is_asked_and_the_author_hears_her_answer(flow, written, says, mayor, ingrid, amir):
    delivery = written(ingrid)
    (asked,) = Notification.objects.of(mayor)
    assert (asked.title, asked.about) == ("Ingrid Solberg asks for your approval", "The bridge is closed on Friday.")
    assert told(ingrid) == told(amir) == []
    says(mayor, delivery)
    assert told(mayor) == []  # she has answered
    (answer,) = Notification.objects.of(ingrid)
    assert answer.title == "Anne Berg approved it"


def test_a_refusal_says_why(flow, written, says, mayor, ingrid):
    says(mayor, written(ingrid), yes=False, because="The date is wrong.")
    (answer,) = Notification.objects.of(ingrid)
    assert (answer.kind, answer.sentence) == ("approval.refused", "The date is wrong.")


def test_who_is_asked_is_reminded(flow, written, mayor, ingrid, clock):
    delivery = written(ingrid, minutes=60 * 30)
    request = Request.objects.get(post=delivery.post_id)
    request.come(now=clock() + timedelta(hours=7))
    assert told(mayor) == ["approval.asked", "approval.reminder"]


def test_what_went_out_without_a_yes_is_told_to_those_who_lead(flow, written, mayor, ingrid, amir, cityhall, clock):
    boss = User.objects.create_user("boss@halden.example", name="Eva Dahl")
    Member.objects.join(workspace=cityhall, user=boss, role=Role.MANAGER)
    request = Request.objects.get(post=written(amir).post_id)
    request.break_glass(member=cityhall.members.get(user=ingrid), because="The bridge burns now", now=clock())
    assert told(boss) == told(amir) == ["break_glass.used"]
    assert (told(ingrid), told(mayor)) == ([], ["break_glass.used"])  # who was asked hears that it left


def test_a_look_afterwards_is_asked_for_in_time_and_late_it_is_told_to_those_who_lead_the_organisation(
    flow, written, mayor, ingrid, amir, cityhall, clock
):
    """Nor does who changes the post, or takes it off the desk, get rid of it."""
    chief = User.objects.create_user("chief@halden.example", name="Ida Moe")
    Officer.objects.appoint(organisation=cityhall.organisation, user=chief, role=Role.OWNER, by=ingrid)
    boss = User.objects.create_user("boss@halden.example", name="Eva Dahl")
    Member.objects.join(workspace=cityhall, user=boss, role=Role.MANAGER)
    request = Request.objects.get(post=written(amir).post_id)
    request.break_glass(member=cityhall.members.get(user=ingrid), because="The bridge burns now", now=clock())
    began, seen = request.ended_at, []
    for hours in (4, 20, 24):
        request.refresh_from_db()
        assert request.wake_at == began + timedelta(hours=hours)
        request.come(now=request.wake_at)
        seen.append(told(boss)[-1])
        if hours == 4:
            request.refresh_from_db()
            request.become(State.VOID, by=amir, because="It was changed.", now=began + timedelta(hours=5))
            assert (request.ended_at, request.because) == (began, "The bridge burns now")
    assert seen == ["break_glass.review_due", "break_glass.review_due", "break_glass.review_overdue"]
    request.refresh_from_db()
    assert request.wake_at is None and told(chief)[-1] == "break_glass.review_overdue"
    assert Event.objects.of(request).filter(verb="approval.review_overdue").count() == 1
    assert list(Request.objects.unreviewed()) == [request]
    request.look_back(member=cityhall.members.get(user=mayor), review="It was right.", now=clock())
    assert told(boss) == told(chief) == [] and not Request.objects.unreviewed().exists()
