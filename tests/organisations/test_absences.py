"""Deputies: both rights while it lasts, and not a moment longer; and what they never get."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clarion.organisations.models import Absence, CustomRole, Member, Role
from clarion.web.place import member_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(cityhall, amir, vera) -> tuple[Member, Member]:
    """The absent contributor and her deputy, a viewer."""
    return cityhall.members.get(user=amir), cityhall.members.get(user=vera)


def away(pair, *, now, since: float, until: float) -> Absence:
    return Absence.objects.announce(
        member=pair[0], deputy=pair[1], by=pair[0].user,
        begins_at=now + timedelta(hours=since), ends_at=now + timedelta(hours=until),
    )  # fmt: skip


def may_write(member: Member) -> bool:
    found = member_in(member.workspace_id, member.user_id)
    return found is not None and found.may("write")


@pytest.mark.parametrize(
    ("since", "until", "may"), [(-2, -1, False), (-1, 1, True), (1, 2, False)], ids=["before", "now", "later"]
)
def test_a_deputy_may_what_both_may_only_while_it_lasts(pair, now, since, until, may):
    away(pair, now=now, since=since, until=until)
    assert may_write(pair[1]) is may


def test_it_ends_when_the_absent_is_back_or_leaves(pair, now, ingrid):
    absence = away(pair, now=now, since=-1, until=1)
    absence.end(by=pair[0].user, now=now)
    assert not may_write(pair[1])
    away(pair, now=now, since=-1, until=1)
    assert may_write(pair[1])
    pair[0].leave(by=ingrid)
    assert not may_write(pair[1]) and not Absence.objects.filter(ended_at=None).exists()


def test_it_ends_when_the_absent_is_deactivated(pair, now, ingrid):
    away(pair, now=now, since=-1, until=1)
    assert may_write(pair[1])
    pair[0].user.deactivate(by=ingrid, because="left", now=now)
    assert not may_write(pair[1])


def test_rights_are_those_that_the_absent_has_now(pair, now, cityhall, ingrid):
    """A custom role that is changed in the middle, and a role that is taken away."""
    custom = CustomRole.objects.put_together(
        organisation=cityhall.organisation, name="Writer", permissions=["write"], by=ingrid
    )
    Member.objects.join(workspace=cityhall, user=pair[0].user, role=Role.CUSTOM, custom=custom, by=ingrid)
    away(pair, now=now, since=-1, until=1)
    assert may_write(pair[1])
    custom.change(name="Writer", permissions=["read"], by=ingrid)
    assert not may_write(pair[1])


def test_a_deputy_of_a_deputy_gets_only_one_hop(pair, now, cityhall, ingrid):
    owner = cityhall.members.get(user=ingrid)
    Absence.objects.announce(
        member=owner, deputy=pair[0], begins_at=now - timedelta(1), ends_at=now + timedelta(1), by=ingrid
    )
    away(pair, now=now, since=-1, until=1)
    found = member_in(cityhall.pk, pair[1].user_id)
    assert found is not None and found.may("write") and not found.may("settings")


def test_a_deputy_gives_nobody_what_only_the_absent_has(pair, now, cityhall, ingrid):
    owner = cityhall.members.get(user=ingrid)
    Absence.objects.announce(
        member=owner, deputy=pair[1], begins_at=now - timedelta(1), ends_at=now + timedelta(1), by=ingrid
    )
    deputy = member_in(cityhall.pk, pair[1].user_id)
    assert deputy is not None and deputy.may("people")
    assert not deputy.may_give("manager") and not deputy.may_give("owner") and not deputy.may_change(owner)


def test_nobody_stands_in_for_oneself_or_from_elsewhere_or_backwards(pair, now, outsider):
    stranger = Member.objects.get(user=outsider)
    for deputy, hours in ((pair[0], 1), (stranger, 1), (pair[1], -1)):
        with pytest.raises(ValueError, match=r"deputy is another|ends before"):
            Absence.objects.announce(
                member=pair[0], deputy=deputy, begins_at=now, ends_at=now + timedelta(hours=hours), by=None
            )
    assert not Absence.objects.exists()
