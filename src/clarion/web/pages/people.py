"""People: who is in the workspace, by what, and what each may do; who was asked in, and who is away."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.core.validators import validate_email
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clarion.channels.models import ChannelRole
from clarion.organisations.models import Absence, Invitation, Member, TeamPlace
from clarion.web.giving import MEANS, Offer, chosen, offers
from clarion.web.invitations import send
from clarion.web.pages.deliveries import back
from clarion.web.place import in_workspace

A_PAGE = 50
AT_ONCE = 20
"""So many addresses are invited in one press."""


@require_safe
@in_workspace()
def people(request: HttpRequest) -> HttpResponse:
    return page_of(request)


def page_of(request: HttpRequest, *, emails: str = "", trouble: str = "", status: int = 200) -> HttpResponse:
    me, now, q = request.member, timezone.now(), request.GET.get("q", "").strip()[:200]  # type: ignore[attr-defined]
    rows = me.workspace.members.select_related("user", "custom", "workspace").order_by("user__name", "user__email")
    count = rows.count()
    if q:
        rows = rows.filter(Q(user__name__icontains=q) | Q(user__email__icontains=q))
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    gift = offers(me.workspace.organisation, offices=True, may=me.may_give) if me.may("people") else []
    _dressed(me, list(page.object_list), gift, now=now)
    invitations = me.workspace.invitations.waiting().select_related("custom", "by", "workspace__organisation")
    for one in (waiting := list(invitations[:200])):
        one.key, one.ended = str(one.pk), one.has_ended(now)
    absences = Absence.objects.filter(member__workspace=me.workspace, ended_at=None, ends_at__gt=now)
    absences = list(absences.select_related("member__user", "member__custom", "deputy__user"))
    for absence in absences:
        absence.lasts = absence.begins_at <= now
        absence.can_end = absence.member_id == me.pk or me.may_change(absence.member)
    customs = me.workspace.organisation.roles.all()
    if not me.may("people"):  # what other workspaces call theirs is no business of this one
        customs = customs.filter(pk__in=me.workspace.members.values("custom"))
    everybody = me.workspace.members.select_related("user", "custom").order_by("user__name", "user__email")[:500]
    return render(request, "people.html", {
        "here": "people", "page": page, "q": q, "query": f"q={q}" if q else "", "count": count, "gift": gift,
        "means": MEANS.items(), "customs": list(customs), "invitations": waiting,
        "absences": absences, "emails": emails, "trouble": trouble, "may_invite": me.may("people"),
        "deputies": [one for one in everybody if one.pk != me.pk],
        "absents": [one for one in everybody if one.pk == me.pk or me.may_change(one)],
        "today": now.astimezone(me.workspace.tz).date(),
    }, status=status)  # fmt: skip


def _dressed(me: Member, members: list[Any], gift: list[Offer], *, now: datetime) -> None:
    """What each row shows: by what the person is here, on which channels otherwise, and what I may change."""
    users = [one.user_id for one in members]
    teams: dict[UUID, list[str]] = {}
    places = TeamPlace.objects.filter(workspace=me.workspace, team__people__in=users)
    for user, name in places.order_by("team__name").values_list("team__people", "team__name"):
        teams.setdefault(user, []).append(name)
    otherwise: dict[UUID, list[ChannelRole]] = {}
    for one in ChannelRole.objects.filter(member__in=members).select_related("channel", "custom", "member"):
        otherwise.setdefault(one.member_id, []).append(one)
    for member in members:
        member.key, member.otherwise = str(member.pk), otherwise.get(member.pk, [])
        member.teams = ", ".join(dict.fromkeys(teams.get(member.user_id, [])))
        member.can_change = me.may_change(member)
        member.chosen = str(member.custom_id or member.role)


@require_POST
@in_workspace("people")
def add(request: HttpRequest) -> HttpResponse:
    """Invites addresses, several at once. What is wrong with one is said, and nobody is invited then."""
    me, now = request.member, timezone.now()  # type: ignore[attr-defined]
    typed = request.POST.get("emails", "")
    emails = list(dict.fromkeys(one.lower() for one in re.split(r"[\s,;]+", typed) if one))
    role = chosen(request.POST.get("role", ""), offers(me.workspace.organisation, offices=True, may=me.may_give))
    if trouble := _hindrance(me, emails, role):
        return page_of(request, emails=typed, trouble=trouble, status=422)
    assert role is not None, "a role that is none is a hindrance"
    for email in emails:
        made, secret = Invitation.objects.send(
            workspace=me.workspace, email=email, role=role.role, custom=role.custom, by=request.user, now=now
        )
        _say_link(request, made, send(request, made, secret))
    said = ngettext("%(n)d invitation is out.", "%(n)d invitations are out.", len(emails)) % {"n": len(emails)}
    messages.success(request, said)
    return redirect("people", me.workspace_id)


def _hindrance(me: Member, emails: list[str], role: Offer | None) -> str:
    if role is None:
        return _("You cannot give this role. Nobody gives more than their own role may.")
    if not emails:
        return _("Write at least one e-mail address.")
    if len(emails) > AT_ONCE:
        return _("That is too many at once. Invite at most %(n)d.") % {"n": AT_ONCE}
    for email in emails:
        try:
            validate_email(email)
        except ValidationError:
            return _("“%(text)s” is not an e-mail address. Nobody was invited yet.") % {"text": email[:80]}
    there = me.workspace.members.filter(user__email__in=emails).select_related("user").first()
    if there is not None:
        return _("%(who)s is a member already. Change the role in the list.") % {"who": there.user.email}
    return ""


def _say_link(request: HttpRequest, made: Invitation, link: str) -> None:
    if link:
        sentence = _("The e-mail to %(email)s did not leave. Pass on this link yourself: %(link)s")
        messages.warning(request, sentence % {"email": made.email, "link": link})


@require_POST
@in_workspace("people")
def again(request: HttpRequest, invitation: UUID) -> HttpResponse:
    """Sends it once more, with a new link."""
    me, found = request.member, _invitation(request, invitation)  # type: ignore[attr-defined]
    if not me.may_give(found.role, found.custom):
        messages.error(request, _("You cannot give this role. Nobody gives more than their own role may."))
    else:
        _say_link(request, found, send(request, found, found.send_again(by=request.user, now=timezone.now())))
        messages.success(request, _("It is sent again. The link of before no longer works."))
    return redirect("people", me.workspace_id)


@require_POST
@in_workspace("people")
def take_back(request: HttpRequest, invitation: UUID) -> HttpResponse:
    found = _invitation(request, invitation)
    found.take_back(by=request.user, now=timezone.now())
    messages.success(request, _("The invitation is taken back. Its link no longer works."))
    return redirect("people", found.workspace_id)


@require_POST
@in_workspace("people")
def change(request: HttpRequest, member: UUID) -> HttpResponse:
    me, other = request.member, _member(request, member)  # type: ignore[attr-defined]
    role = chosen(request.POST.get("role", ""), offers(me.workspace.organisation, offices=True, may=me.may_give))
    if role is None:
        messages.error(request, _("You cannot give this role. Nobody gives more than their own role may."))
    elif not me.may_change(other):
        messages.error(request, _("You cannot change somebody whose role may more than yours."))
    else:
        try:
            Member.objects.join(
                workspace=me.workspace, user=other.user, role=role.role, custom=role.custom, by=request.user
            )
            messages.success(request, _("%(who)s: %(role)s.") % {"who": other.user, "role": role.label})
        except ValueError as error:
            messages.error(request, str(error))
    return back(request) or redirect("people", me.workspace_id)


@require_POST
@in_workspace("people")
def remove(request: HttpRequest, member: UUID) -> HttpResponse:
    me, other = request.member, _member(request, member)  # type: ignore[attr-defined]
    gone = False
    if not me.may_change(other):
        messages.error(request, _("You cannot change somebody whose role may more than yours."))
    else:
        try:
            other.leave(by=request.user)
            gone = not me.workspace.members.filter(user=other.user_id).exists()
            sentence = (
                _("%(who)s is no longer a member. What they wrote stays.") if gone
                else _("%(who)s is still here by a team.")
            )  # fmt: skip
            messages.success(request, sentence % {"who": other.user})
        except ValueError as error:
            messages.error(request, str(error))
    return redirect("home") if gone and other.user_id == request.user.pk else redirect("people", me.workspace_id)


def _member(request: HttpRequest, pk: UUID) -> Member:
    rows = Member.objects.select_related("user", "custom", "workspace__organisation")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]


def _invitation(request: HttpRequest, pk: UUID) -> Invitation:
    rows = Invitation.objects.waiting().select_related("custom", "workspace__organisation")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
