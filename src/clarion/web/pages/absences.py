"""Who is away, and who stands in: announced for oneself, or for others by who may change them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clarion.organisations.ids import as_id
from clarion.organisations.models import Absence, Member
from clarion.web.place import NotYours, in_workspace
from clarion.web.span import day_of


@require_POST
@in_workspace("asked")
def announce(request: HttpRequest) -> HttpResponse:
    """Whole days on the clock of the workspace, the last one included."""
    me, given = request.member, request.POST  # type: ignore[attr-defined]
    absent = _member(me, given.get("member") or str(me.pk))
    deputy = _member(me, given.get("deputy", ""))
    first, last = day_of(given.get("first", "")), day_of(given.get("last", ""))
    if absent is None or (absent.pk != me.pk and not me.may_change(absent)):
        raise NotYours(_("You may say of yourself that you are away. For others a manager does."))
    if deputy is None:
        messages.error(request, _("Choose who stands in."))
    elif first is None or last is None:
        messages.error(request, _("Say from which day to which."))
    else:
        zone = me.workspace.tz
        try:
            Absence.objects.announce(
                member=absent, deputy=deputy, begins_at=datetime.combine(first, time(), zone),
                ends_at=datetime.combine(last + timedelta(days=1), time(), zone), by=request.user,
            )  # fmt: skip
            sentence = _("%(deputy)s stands in for %(who)s, with the rights of both.")
            messages.success(request, sentence % {"deputy": deputy.user, "who": absent.user})
        except ValueError as error:
            messages.error(request, str(error))
    return redirect("people" if me.may("read") else "home", *([me.workspace_id] if me.may("read") else []))


@require_POST
@in_workspace("asked")
def end(request: HttpRequest, absence: UUID) -> HttpResponse:
    me = request.member  # type: ignore[attr-defined]
    rows = Absence.objects.select_related("member__user", "member__custom", "member__workspace", "deputy")
    found = get_object_or_404(rows, member__workspace=me.workspace, pk=absence)
    if found.member_id != me.pk and not me.may_change(found.member):
        raise NotYours(_("You may say of yourself that you are back. For others a manager does."))
    found.end(by=request.user, now=timezone.now())
    messages.success(request, _("%(who)s is back. Nobody stands in any more.") % {"who": found.member.user})
    return redirect("people" if me.may("read") else "home", *([me.workspace_id] if me.may("read") else []))


def _member(me: Member, pk: str) -> Member | None:
    rows = Member.objects.select_related("user", "custom", "workspace__organisation")
    return rows.filter(workspace=me.workspace, pk=as_id(pk)).first()
