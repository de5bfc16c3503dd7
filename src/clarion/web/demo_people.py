"""People around the press office of the demo: an auditor, a manager, a mayor as guest, a night desk, a deputy."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from clarion.channels.models import Channel, ChannelRole
from clarion.organisations.models import Absence, CustomRole, Invitation, Member, Officer, Team, User, Workspace
from clarion.organisations.policy import Role
from clarion.web.demo_city import NIGHT

AUDITOR = ("signe@halden.example", "Signe Aas")
MAYOR = ("mayor@halden.example", "Anne Berg")
READER = ("silje@halden.example", "Silje Moen")
MANAGER = ("berit@halden.example", "Berit Lund")
"""She may let something go without its yes."""
INVITED = "lars@halden.example"


def gather(place: Workspace, *, users: list[Any], channels: dict[str, Channel], now: datetime) -> None:
    """``users``: the press office, its owner first; ``channels`` by the demo's letters."""
    owner, editor, contributor = users[:3]
    house = place.organisation
    Officer.objects.appoint(organisation=house, user=_user(*AUDITOR), role=Role.AUDITOR, by=owner)
    Member.objects.join(workspace=place, user=_user(*MAYOR), role=Role.GUEST, by=owner)
    Member.objects.join(workspace=place, user=_user(*MANAGER), role=Role.MANAGER, by=owner)
    team = Team.objects.gather(organisation=house, name="Night desk", by=owner)
    team.take_in([_user(*one) for one in NIGHT], by=owner)
    team.place(workspace=place, role=Role.EDITOR, by=owner)
    reads = CustomRole.objects.put_together(
        organisation=house, name="Proofreader", permissions=["asked", "read", "write", "approve"], by=owner
    )
    Member.objects.join(workspace=place, user=_user(*READER), role=Role.CUSTOM, custom=reads, by=owner)
    members = {one.user.email: one for one in place.members.select_related("user", "workspace")}
    ChannelRole.objects.give(channel=channels["n"], member=members[contributor.email], role=Role.EDITOR, by=owner)
    Absence.objects.announce(
        member=members[editor.email], deputy=members[NIGHT[0][0]], begins_at=now + timedelta(days=2),
        ends_at=now + timedelta(days=9), by=editor,
    )  # fmt: skip
    Invitation.objects.send(workspace=place, email=INVITED, role=Role.EDITOR, by=owner, now=now - timedelta(hours=5))


def _user(email: str, name: str) -> User:
    return User.objects.filter(email=email).first() or User.objects.create_user(email, None, name=name)
