"""Each person chooses what reaches her, and failures always find somebody outside the app."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core import mail
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarion.notifications.kinds import AT_ONCE, DIGEST, EMAIL, OFF, PUSH
from clarion.notifications.models import Choice, Device, Notification, Reader, Telling, Unreachable
from clarion.organisations.models import Member, Role, User, Workspace

pytestmark = pytest.mark.django_db

NO_MAIL, NO_PUSH = {("failures", EMAIL): OFF}, {("failures", PUSH): OFF}


def a_device(person, now, name="1") -> Device:
    return Device.objects.create(
        person=person, endpoint_sha256=f"{person.pk}{name}", sealed="", label="Firefox, Linux", made_at=now
    )


def outside(person) -> int:
    return Telling.objects.filter(person=person).count()


def test_a_choice_for_one_workspace_comes_before_the_one_for_all(cityhall, ingrid, amir, tell):
    Choice.objects.choose(amir, workspace=None, chosen={("comments", EMAIL): OFF})
    tell(amir, kind="comment.made")
    assert outside(amir) == 0
    Choice.objects.choose(amir, workspace=cityhall, chosen={("comments", EMAIL): AT_ONCE})
    tell(amir, kind="comment.made")
    assert outside(amir) == 1
    Choice.objects.choose(amir, workspace=cityhall, chosen={("comments", EMAIL): ""})  # as everywhere again
    tell(amir, kind="comment.made")
    assert outside(amir) == 1
    assert Notification.objects.filter(person=amir).count() == 3  # in the app she is always told


def test_the_last_who_hears_of_failures_cannot_close_her_ears(cityhall, ingrid, now):
    manager = User.objects.create_user("m@halden.example", name="Maja")
    Member.objects.join(workspace=cityhall, user=manager, role=Role.MANAGER)
    Choice.objects.choose(ingrid, workspace=None, chosen=NO_MAIL)  # the manager still hears of them
    with pytest.raises(Unreachable, match="Press office would then reach nobody"):
        Choice.objects.choose(manager, workspace=cityhall, chosen=NO_MAIL)
    assert Choice.objects.of(manager, workspace=cityhall) == {}
    device = a_device(manager, now)
    Choice.objects.choose(manager, workspace=cityhall, chosen=NO_MAIL)  # her phone tells her
    with pytest.raises(Unreachable):
        Choice.objects.choose(manager, workspace=cityhall, chosen=NO_PUSH)
    with pytest.raises(Unreachable):
        Choice.objects.remove_device(device, by=manager)
    assert manager.devices.exists()


def test_a_failure_waits_for_no_digest(ingrid):
    Choice.objects.choose(ingrid, workspace=None, chosen={("failures", EMAIL): DIGEST})
    assert Choice.objects.of(ingrid, workspace=None) == {}


whens = st.sampled_from([AT_ONCE, DIGEST, OFF, ""])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=st.lists(st.tuples(whens, whens, st.booleans(), st.sampled_from(["owner", "editor"])), min_size=1, max_size=3)
)
def test_whatever_was_written_down_a_failure_reaches_somebody_outside_the_app(told, cityhall, now):
    """Also choices that no page would have taken: rows from elsewhere, people who left, devices that went."""
    Telling.objects.all().delete()
    people = []
    for number, (email, push, has_device, role) in enumerate(told):
        person = User.objects.filter(email=f"{number}@halden.example").first() or User.objects.create_user(
            f"{number}@halden.example"
        )
        Choice.objects.filter(person=person).delete()
        Device.objects.filter(person=person).delete()
        Member.objects.filter(workspace=cityhall, user=person).delete()
        Member.objects.create(workspace=cityhall, user=person, role=role)
        Choice.objects.bulk_create(
            Choice(person=person, topic="failures", way=way, when=when)
            for way, when in ((EMAIL, email), (PUSH, push)) if when
        )  # fmt: skip
        if has_device:
            a_device(person, now)
        people.append(person.pk)
    Notification.objects.tell(
        kind="delivery.failed", people=people, subject=cityhall, workspace=cityhall, now=now,
        values={"network": "Mastodon"},
    )  # fmt: skip
    assert Telling.objects.filter(digest=False).exists()
    assert not Telling.objects.filter(digest=True).exists()


@pytest.mark.parametrize(
    ("now", "zone", "at"),
    [
        ("2026-06-01T05:59", "Europe/Oslo", "2026-06-01T06:00"),
        ("2026-06-01T06:00", "Europe/Oslo", "2026-06-02T06:00"),
        ("2026-10-24T06:30", "Europe/Oslo", "2026-10-25T07:00"),  # the night in which summer time ends
        ("2026-06-01T23:30", "Asia/Tokyo", "2026-06-02T23:00"),
    ],
)
def test_the_digest_comes_at_her_hour_by_her_clock(now, zone, at):
    reader = Reader(hour=8)
    told = reader.next_digest(datetime.fromisoformat(now).replace(tzinfo=UTC), zone=zone)
    assert told == datetime.fromisoformat(at).replace(tzinfo=UTC)


def test_only_members_are_told_and_each_once(cityhall, ingrid, amir, outsider, tell):
    made = tell(ingrid, ingrid, amir, outsider, kind="comment.made")
    assert sorted(one.person_id for one in made) == sorted([ingrid.pk, amir.pk])
    Member.objects.get(workspace=cityhall, user=amir).leave(by=None)
    assert not Notification.objects.of(amir).exists()
    assert Notification.objects.of(ingrid).count() == 1


def test_who_leaves_before_the_letter_does_gets_none(cityhall, ingrid, amir, tell, post_office):
    tell(amir, kind="approval.given")
    Member.objects.get(workspace=cityhall, user=amir).leave(by=None)
    post_office()
    assert not mail.outbox and Telling.objects.get().outcome == "left"


def test_what_was_settled_meanwhile_is_news_to_nobody(cityhall, ingrid, tell, post_office):
    tell(ingrid)
    Notification.objects.settle(cityhall)
    post_office()
    assert not mail.outbox and not Notification.objects.of(ingrid).unread().exists()


def test_a_thousand_people_are_told_in_few_questions(cityhall, tell, django_assert_max_num_queries):
    people = User.objects.bulk_create([User(email=f"p{n}@halden.example", password="!") for n in range(1000)])
    Member.objects.bulk_create([Member(workspace=cityhall, user=one, role="viewer") for one in people])
    with django_assert_max_num_queries(30):
        assert len(tell(*people, kind="comment.made")) == 1000
    assert Telling.objects.filter(digest=True).count() == 1000


def test_a_channel_that_needs_a_sign_in_is_told_to_those_who_lead(mastodon, ingrid, amir, now):
    mastodon.ask_for_sign_in(because="The token is gone.", now=now)
    (told,) = Notification.objects.filter(kind="channel.sign_in")
    assert told.person == ingrid and "@" in told.title and told.sentence == "The token is gone."
    assert mastodon.verify(now=now) is None
    assert not Notification.objects.of(ingrid).unread().exists()


def test_everybody_hears_of_a_pause_and_of_its_end(cityhall, ingrid, amir, outsider, now):
    cityhall.organisation.pause(by=ingrid, because="Flood", now=now)
    assert [(one.person, one.title) for one in Notification.objects.of(amir)] == [
        (amir, "City of Halden: everything is paused")
    ]
    assert not Notification.objects.filter(person__in=[ingrid, outsider]).exists()  # who pressed it knows
    cityhall.organisation.resume(by=amir, because="over", now=now)
    assert [one.kind for one in Notification.objects.of(ingrid)] == ["crisis.resumed"]
    assert not Notification.objects.of(amir).unread().exists()


def test_a_workspace_of_another_organisation_sees_nothing(outsider, ingrid, tell):
    tell(ingrid)
    assert not Notification.objects.of(outsider).exists()
    assert Workspace.objects.of(outsider).count() == 1
