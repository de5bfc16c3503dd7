"""The crisis switch: nothing leaves the house until somebody resumes; and the board around it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clarion.organisations.ids import as_id
from clarion.organisations.models import HOLD, Member, Pause, Spokesperson, User, Workspace
from clarion.web.crisis_board import Board
from clarion.web.pages.deliveries import back
from clarion.web.place import NotYours, in_workspace, shell_of

LENGTHS = (
    (0, gettext_lazy("Nobody knows yet")), (1, gettext_lazy("About an hour")), (2, gettext_lazy("About two hours")),
    (4, gettext_lazy("About four hours")), (12, gettext_lazy("About half a day")), (24, gettext_lazy("About a day")),
)  # fmt: skip
"""What can be announced, in hours: chosen with a thumb."""


@require_safe
@in_workspace()
def board(request: HttpRequest) -> HttpResponse:
    return show(request)


def show(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The board. ``more``: what was typed and could not be taken."""
    member, now, shell = request.member, timezone.now(), shell_of(request)  # type: ignore[attr-defined]
    part = "crisis.html#board" if request.headers.get("X-Part") == "board" else "crisis.html"
    named = {one.user_id for one in shell.speakers}
    answer = render(request, part, {
        "here": "crisis", "now": now, "lengths": LENGTHS,
        "board": Board(member.workspace, pauses=shell.pauses, now=now),
        "may_list": _may_list(request),
        "people": _people(member).exclude(pk__in=named).order_by("name", "email")[:200], **more,
    }, status=status)  # fmt: skip
    patch_vary_headers(answer, ["X-Part"])
    return answer


def _may_list(request: HttpRequest) -> bool:
    """Whether the member may say who still publishes: nobody opens what stands above her own pause."""
    member = request.member  # type: ignore[attr-defined]
    above = any(not one.is_drill and not one.is_ours for one in shell_of(request).pauses)
    return member.may("pause") and (member.may("pause_all") or not above)


def _refuse_list(request: HttpRequest) -> None:
    if not _may_list(request):
        raise NotYours(_("More than this workspace is paused. Who paused it decides who may still publish."))


def _people(member: Member) -> QuerySet[User]:
    """Whom the member may put on the list: in an office everybody of the organisation, else those of the workspace."""
    if member.is_officer:
        return User.objects.filter(memberships__workspace__organisation=member.workspace.organisation_id).filter(
            is_active=True
        ).distinct()  # fmt: skip
    return User.objects.filter(memberships__workspace=member.workspace_id, is_active=True)


@require_POST
@in_workspace("pause")
def pause(request: HttpRequest) -> HttpResponse:
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    because = request.POST.get("because", "").strip()[:500]
    if not because:
        messages.error(request, _("Say in a few words why. Nothing was paused."))
        return show(request, status=422, asked=request.POST)
    whole = "whole" in request.POST and request.user.is_staff  # type: ignore[union-attr]
    Pause.objects.begin(
        organisation=None if whole else workspace.organisation, workspace=None if whole else scope(request),
        by=request.user, because=because, now=now,
        until=_until(request, now=now), lets="lets" in request.POST or "plain" not in request.POST,
    )  # fmt: skip
    return redirect("crisis", workspace.pk)  # the banner on every page says that it is paused


def scope(request: HttpRequest) -> Workspace | None:
    """The workspace that is paused alone; None: the whole organisation, if the member may and wants no less."""
    member = request.member  # type: ignore[attr-defined]
    return member.workspace if "here" in request.POST or not member.may("pause_all") else None


@require_POST
@in_workspace("pause")
def resume(request: HttpRequest) -> HttpResponse:
    """Ends a pause or a drill: the one that is named, else the first pause that the member may end."""
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    running = _running(request)
    hold = HOLD if "hold" in request.POST or "plain" not in request.POST else timedelta(0)
    if running is not None and running.end(by=request.user, now=now, hold=hold):
        if running.is_drill and not running.stops:
            messages.success(request, _("The drill is over. Here is how quick it was."))
            return redirect("pause_report", workspace.pk, running.pk)
        messages.success(request, _("Resumed. Nothing was sent by itself: decide below what happens to each post."))
        return redirect("review", workspace.pk)
    return redirect("today", workspace.pk)


@require_POST
@in_workspace("pause")
def announce(request: HttpRequest) -> HttpResponse:
    running, now = _running(request), timezone.now()
    if running is not None:
        running.announce(_until(request, now=now), by=request.user)
        messages.success(request, _("The announced end is changed. Nothing goes on by itself then."))
    return _back_to_board(request)


@require_POST
@in_workspace("pause")
def appoint(request: HttpRequest) -> HttpResponse:
    """Puts a member of the organisation on the list of those who may still publish."""
    _refuse_list(request)
    house = request.member.workspace.organisation  # type: ignore[attr-defined]
    rows = _people(request.member)  # type: ignore[attr-defined]
    pk = as_id(request.POST.get("person"))
    person = rows.filter(pk=pk).first() if pk else None
    if person is None:
        messages.error(request, _("Choose a person first."))
    else:
        Spokesperson.objects.appoint(organisation=house, user=person, by=request.user, now=timezone.now())
        messages.success(request, _("%(who)s may still publish while everything is paused.") % {"who": person})
    return _back_to_board(request)


@require_POST
@in_workspace("pause")
def withdraw(request: HttpRequest, one: UUID) -> HttpResponse:
    _refuse_list(request)
    house = request.member.workspace.organisation  # type: ignore[attr-defined]
    rows = Spokesperson.objects.select_related("user", "organisation").filter(user__in=_people(request.member))  # type: ignore[attr-defined]
    found = get_object_or_404(rows, organisation=house, pk=one)
    who = str(found.user)
    found.withdraw(by=request.user)
    messages.success(
        request, _("%(who)s is off the list. What has not left yet stops with everything else.") % {"who": who}
    )
    return _back_to_board(request)


@require_safe
@in_workspace()
def report(request: HttpRequest, pause: UUID) -> HttpResponse:
    """A pause or a drill: who pressed, how quick it was, what was done."""
    found = get_object_or_404(_over(request).prefetch_related("acknowledgements"), pk=pause)
    acks = sorted(found.acknowledgements.all(), key=lambda one: one.seen_at)
    return render(request, "pause_report.html", {
        "here": "crisis", "now": timezone.now(), "pause": found,
        "rehearsed": found.rehearsed.shown_to(request.member).select_related("pause"),  # type: ignore[attr-defined]
        "workers": [
            (one.worker, _after(found, one.seen_at), _after(found, one.stopped_at)) for one in acks
        ],
    })  # fmt: skip


def _after(pause: Pause, at: datetime | None) -> float | None:
    return None if at is None else round((at - pause.began_at).total_seconds(), 1)


def _over(request: HttpRequest) -> QuerySet[Pause]:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    return Pause.objects.over(workspace, organisation=workspace.organisation_id)


def _running(request: HttpRequest) -> Pause | None:
    """The pause that the form names, or the first that this member may end: none that is not hers."""
    pk = as_id(request.POST.get("which"))
    rows = _over(request).running()
    found = rows.filter(pk=pk) if pk else rows.filter(kind=Pause.Kind.REAL).order_by("began_at")
    ours = [one for one in found if one.may_be_ended_by(request.member)]  # type: ignore[attr-defined]
    if found and not ours and pk:
        raise Http404
    return ours[0] if ours else None


def _until(request: HttpRequest, *, now: datetime) -> datetime | None:
    hours = request.POST.get("hours", "")
    known = {str(number) for number, _word in LENGTHS if number}
    return now + timedelta(hours=int(hours)) if hours in known else None


def _back_to_board(request: HttpRequest) -> HttpResponse:
    return back(request) or redirect("crisis", request.member.workspace_id)  # type: ignore[attr-defined]
