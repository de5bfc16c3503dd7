"""The verbs about people: offices, teams, custom roles, deputies, roles on channels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from clarion.channels.models import ChannelRole
from clarion.organisations.models import Absence, CustomRole, Invitation, Member, Officer, Team


def auditor(desk) -> None:
    Officer.objects.appoint(organisation=desk.house, user=desk.amir, role="auditor", by=desk.ingrid)


def team(desk) -> None:
    Team.objects.gather(organisation=desk.house, name="Night desk", by=desk.ingrid)


def team_with_amir(desk) -> None:
    team(desk)
    Team.objects.get().take_in([desk.amir], by=desk.ingrid)


def placed(desk) -> None:
    team(desk)
    Team.objects.get().place(workspace=desk.workspace, role="editor", by=desk.ingrid)


def custom_role(desk) -> None:
    CustomRole.objects.put_together(organisation=desk.house, name="Proofs", permissions=["read"], by=desk.ingrid)


def invited(desk) -> None:
    Invitation.objects.send(
        workspace=desk.workspace, email="nils@halden.example", role="editor", by=desk.ingrid, now=desk.now
    )


def _members(desk) -> tuple[Member, Member]:
    return desk.workspace.members.get(user=desk.amir), desk.workspace.members.get(user=desk.ingrid)


def away(desk) -> None:
    member, deputy = _members(desk)
    Absence.objects.announce(
        member=member, deputy=deputy, begins_at=desk.now, ends_at=desk.now + timedelta(days=7), by=desk.ingrid
    )


def role_on_channel(desk) -> None:
    ChannelRole.objects.give(channel=desk.channel, member=_members(desk)[0], role="editor", by=desk.ingrid)


PEOPLE: dict[str, tuple[str, Callable]] = {
    "OfficerQuerySet.appoint": ("officer.appointed", auditor),
    "Officer.dismiss": ("officer.dismissed", lambda d: Officer.objects.get(user=d.amir).dismiss(by=d.ingrid)),
    "TeamQuerySet.gather": ("team.gathered", team),
    "Team.rename": ("team.renamed", lambda d: Team.objects.get().rename("Day desk", by=d.ingrid)),
    "Team.take_in": ("team.joined", lambda d: Team.objects.get().take_in([d.amir], by=d.ingrid)),
    "Team.let_go": ("team.left", lambda d: Team.objects.get().let_go([d.amir], by=d.ingrid)),
    "Team.place": (
        "team.placed", lambda d: Team.objects.get().place(workspace=d.workspace, role="viewer", by=d.ingrid),
    ),
    "Team.displace": ("team.displaced", lambda d: Team.objects.get().displace(workspace=d.workspace, by=d.ingrid)),
    "Team.dissolve": ("team.dissolved", lambda d: Team.objects.get().dissolve(by=d.ingrid)),
    "CustomRoleQuerySet.put_together": ("role.put_together", custom_role),
    "CustomRole.change": (
        "role.changed", lambda d: CustomRole.objects.get().change(name="Proof", permissions=["write"], by=d.ingrid),
    ),
    "CustomRole.take_apart": ("role.taken_apart", lambda d: CustomRole.objects.get().take_apart(by=d.ingrid)),
    "AbsenceQuerySet.announce": ("member.absent", away),
    "Absence.end": ("member.back", lambda d: Absence.objects.get().end(by=d.ingrid, now=d.now)),
    "InvitationQuerySet.send": ("invitation.sent", invited),
    "Invitation.send_again": (
        "invitation.sent_again", lambda d: Invitation.objects.get().send_again(by=d.ingrid, now=d.now),
    ),
    "Invitation.take_back": (
        "invitation.taken_back", lambda d: Invitation.objects.get().take_back(by=d.ingrid, now=d.now),
    ),
    "InvitationQuerySet.end_all": (
        "invitation.taken_back",
        lambda d: Invitation.objects.end_all(organisation=d.house, user=d.ingrid, by=d.amir, now=d.now),
    ),
    "Invitation.accept": ("invitation.accepted", lambda d: Invitation.objects.get().accept(user=d.amir, now=d.now)),
    "Workspace.change": ("workspace.changed", lambda d: d.workspace.change(name="Desk", zone="UTC", by=d.ingrid)),
    "Organisation.let_go": ("person.let_go", lambda d: d.house.let_go(d.amir, by=d.ingrid, now=d.now)),
    "ChannelRoleQuerySet.give": ("channel.role_given", role_on_channel),
    "ChannelRole.take_back": ("channel.role_taken_back", lambda d: ChannelRole.objects.get().take_back(by=d.ingrid)),
}  # fmt: skip
"""Verbs on nouns, with the event that each leaves and how it is done."""

PEOPLE_BEFORE: dict[str, Callable] = {
    "Officer.dismiss": auditor, "Team.rename": team, "Team.take_in": team, "Team.let_go": team_with_amir,
    "Team.place": team, "Team.displace": placed, "Team.dissolve": placed, "CustomRole.change": custom_role,
    "CustomRole.take_apart": custom_role, "Absence.end": away, "ChannelRole.take_back": role_on_channel,
    "Invitation.send_again": invited, "Invitation.take_back": invited, "Invitation.accept": invited,
    "InvitationQuerySet.end_all": invited,
}  # fmt: skip

PEOPLE_NO_VERBS = {
    "AbsenceQuerySet.at", "Officer.may", "TeamQuerySet.of", "OfficerQuerySet.of", "MemberQuerySet.of",
    "Member.rights_on", "MemberQuerySet.settle", "Officer.refuse_if_last", "InvitationQuerySet.of",
    "InvitationQuerySet.waiting", "InvitationQuerySet.by_secret", "Invitation.has_ended", "Member.may_give",
    "Member.may_change", "Member.may_somewhere", "Member.may_besides", "Organisation.people",
}  # fmt: skip
"""Questions; and ``settle``, which says what follows from an office or a team by ``member.joined`` and its kin."""
