"""Whose eyes count: who may answer a request at its stage, and in whose place. Four eyes: never who wrote it.

An answer *covers* what a stage asks for, in tokens: ``person:<id>``, ``role:<name>``, ``team:<id>``,
``guest:<address>``, ``any`` where a stage names nobody, and ``all`` for somebody to whom the whole stage was escalated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.utils import timezone

from clarion.organisations.models import Absence, Member, User

if TYPE_CHECKING:
    from .models.request import Request


def needed(request: Request) -> set[str]:
    """What has to be covered at the present stage where all have to say yes: by everybody who is named, and everybody
    who was asked by a role or a team that is named and has it still. Never by who wrote it: she cannot."""
    stage, authors = request.here, authors_of(request)
    if stage.names_nobody:
        return {"any"}
    mine = {str(pk) for pk in authors}
    wanted = {f"person:{pk}" for pk in stage.people if pk not in mine}
    wanted |= {f"guest:{email}" for email in guests_asked(request, authors)}
    if stage.roles or stage.teams:
        asked = request.asked.filter(stage=request.stage, escalated=False).exclude(person__in=authors)
        rows = Member.objects.filter(workspace=request.workspace_id, user__in=asked.values("person"))
        for one in rows.filter(user__is_active=True).select_related("custom", "user", "workspace"):
            wanted |= {token for token in _own(request, one, authors) if token == f"person:{one.user_id}"}
    return wanted


def guests_asked(request: Request, authors: set[Any]) -> list[str]:
    """The addresses of the guests of the present stage, without those that are an author's."""
    guests = request.here.guests
    if not guests:
        return []
    theirs = {email.lower() for email in User.objects.filter(pk__in=authors).values_list("email", flat=True)}
    known = EmailAddress.objects.filter(user__in=authors, verified=True).values_list("email", flat=True)
    theirs |= {email.lower() for email in known}
    return [email for email in guests if email.lower() not in theirs]


def authors_of(request: Request) -> set[Any]:
    """Everybody whose own work this is: who wrote any of its words, here or where they come from, and who asked: now,
    or before, by a change that left no version."""
    asked = request.post.approval_requests.exclude(asked_by=None).values_list("asked_by_id", flat=True)
    return request.post.writers | set(asked)


def covers(request: Request, member: Member) -> list[str]:
    """What this member's answer covers at the present stage: her own, that of those she stands in for, what was handed
    to her, and all of it where it was escalated to her. Empty: she is not asked.

    Who wrote it lends nobody the right to approve it: in her place answers only who may approve without her."""
    if member.workspace_id != request.workspace_id:
        return []
    authors = authors_of(request)
    mine = _handed(request, member, authors)
    if request.asked.filter(stage=request.stage, person=member.user_id, escalated=True).exists():
        mine.add("all")
    absent = [one.member for one in _absences(member)]
    if any(one.user_id in authors for one in absent) and not may_approve(request, member, authors=authors):
        absent = [one for one in absent if one.user_id not in authors]
    for one in (member, *absent):
        mine |= _own(request, one, authors)
    return sorted(mine)


def _handed(request: Request, member: Member, authors: set[Any]) -> set[str]:
    """What was handed to the member, by those who are still here and, where it is theirs by a right, have that still:
    whoever leaves or loses it has nobody left who answers for her."""
    here, mine = request.delegations.filter(stage=request.stage), set[str]()
    members = Member.objects.filter(workspace=request.workspace_id, user__is_active=True)
    for one in here.filter(taker=member.user_id):
        giver = members.filter(user=one.giver_id).select_related("custom", "user", "workspace").first()
        if giver is None or not giver.may("asked"):
            continue
        by_right = here.filter(taker=giver.user_id).exists() or may_approve(request, giver, authors=authors)
        mine |= {token for token in one.covers if by_right or token.startswith(("person:", "all"))}
    return mine


def has_taker(request: Request) -> bool:
    """Whether somebody to whom it was handed can answer it."""
    taking = request.delegations.filter(stage=request.stage).values("taker")
    takers = Member.objects.filter(workspace=request.workspace_id, user__in=taking, user__is_active=True)
    return any(covers(request, one) for one in takers.select_related("custom", "user", "workspace"))


def in_whose_place(member: Member) -> list[Any]:
    """The ids of those for whom this member answers while they are away."""
    return [one.member.user_id for one in _absences(member)] if getattr(member, "is_deputy", True) else []


def _absences(member: Member) -> list[Absence]:
    lasting = Absence.objects.at(timezone.now()).filter(deputy=member)
    return list(lasting.select_related("member__custom", "member__user", "member__workspace"))


def _own(request: Request, member: Member, authors: set[Any]) -> set[str]:
    """What the member covers by what she is. A person who is named needs no more right than to be asked."""
    stage = request.here
    mine = {f"person:{pk}" for pk in stage.people if pk == str(member.user_id)}
    if mine and not member.may("asked"):
        return set()
    if may_approve(request, member, authors=authors):
        if stage.names_nobody:
            mine.add("any")
        mine |= {f"role:{role}" for role in stage.roles if role in (member.role, f"custom:{member.custom_id}")}
        if stage.teams:
            teams = {str(pk) for pk in member.user.teams.values_list("pk", flat=True)}
            mine |= {f"team:{pk}" for pk in stage.teams if pk in teams}
        if stage.rule == "all" and any(one.startswith(("role:", "team:")) for one in mine):
            mine.add(f"person:{member.user_id}")  # of a role or a team everybody has to say it
    return mine


def may_approve(request: Request, member: Member, *, authors: set[Any]) -> bool:
    """On every channel of the request: who may approve on one of two cannot approve for both. A right that an author
    has lent her does not count."""
    if not member.may_besides("approve", without=authors):
        return False
    channels = request.workspace.channels.filter(pk__in=list(request.seals))
    return all(member.may_besides("approve", on=channel, without=authors) for channel in channels)


def people_asked(request: Request) -> list[Any]:
    """The ids of those who are asked at the present stage: all who could answer, except who wrote it."""
    authors = authors_of(request)
    members = Member.objects.filter(workspace=request.workspace_id).select_related("custom", "user", "workspace")
    return [
        one.user_id for one in members
        if one.user_id not in authors and one.user.is_active and _own(request, one, authors)
    ]  # fmt: skip
