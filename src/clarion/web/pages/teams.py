"""Teams: people who are given roles together, and where."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.organisations.ids import as_id
from clarion.organisations.models import Team
from clarion.web.giving import chosen, offers
from clarion.web.pages.organisation import A_PAGE, refuse_without
from clarion.web.place import in_organisation


@require_http_methods(["GET", "HEAD", "POST"])
@in_organisation()
def teams(request: HttpRequest) -> HttpResponse:
    me, name, trouble = request.officer, _named(request), ""  # type: ignore[attr-defined]
    if request.method == "POST":
        refuse_without(me, "teams")
        try:
            if not name:
                raise ValueError(_("Give the team a name."))
            with transaction.atomic():
                made = Team.objects.gather(organisation=me.organisation, name=name, by=request.user)
            return redirect("team", me.organisation_id, made.pk)
        except IntegrityError:
            trouble = _("There is a team of this name already.")
        except ValueError as error:
            trouble = str(error)
    rows = me.organisation.teams.annotate(
        count=Count("people", distinct=True), where=Count("places", distinct=True)
    ).order_by("name")  # fmt: skip
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "teams.html", {
        "here": "teams", "page": page, "name": name, "trouble": trouble,
    }, status=422 if trouble else 200)  # fmt: skip


@require_safe
@in_organisation()
def team(request: HttpRequest, team: UUID) -> HttpResponse:
    me, found = request.officer, _find(request, team)  # type: ignore[attr-defined]
    places = list(found.places.select_related("workspace", "custom").order_by("workspace__name"))
    taken, roles = {one.workspace_id for one in places}, offers(me.organisation)
    for one in places:
        one.chosen = str(one.custom_id or one.role)
    page = Paginator(found.people.order_by("name", "email"), A_PAGE).get_page(request.GET.get("page"))
    can_change = me.may("teams")
    others = me.organisation.people().exclude(pk__in=found.people.values("pk"))[:500] if can_change else []
    return render(request, "team.html", {
        "here": "teams", "team": found, "page": page, "places": places, "roles": roles, "others": list(others),
        "free": [one for one in me.organisation.workspaces.order_by("name")[:500] if one.pk not in taken],
    })  # fmt: skip


@require_POST
@in_organisation("teams")
def do(request: HttpRequest, team: UUID) -> HttpResponse:
    """Renames it, takes somebody in or lets them go, gives or takes a role in a workspace, or dissolves it."""
    me, by, found = request.officer, request.user, _find(request, team)  # type: ignore[attr-defined]
    asked, given = request.POST.get("do", ""), request.POST
    if asked == "rename":
        _rename(request, found)
    elif asked in ("in", "out"):
        people = me.organisation.people() if asked == "in" else found.people
        one = get_object_or_404(people, pk=as_id(given.get("user", "")))
        if asked == "in":
            found.take_in([one], by=by)
            messages.success(request, _("%(who)s belongs to the team.") % {"who": one})
        else:
            found.let_go([one], by=by)
            sentence = _("%(who)s is out of the team. What it alone gave is gone.")
            messages.success(request, sentence % {"who": one})
    elif asked in ("place", "displace"):
        workspace = get_object_or_404(me.organisation.workspaces, pk=as_id(given.get("workspace", "")))
        role = chosen(given.get("role", ""), offers(me.organisation))
        if asked == "displace":
            found.displace(workspace=workspace, by=by)
            messages.success(request, _("The team has no role in %(workspace)s any more.") % {"workspace": workspace})
        elif role is None:
            messages.error(request, _("Choose a role."))
        else:
            found.place(workspace=workspace, role=role.role, custom=role.custom, by=by)
            sentence = _("In %(workspace)s everybody in the team is %(role)s, or what they are there already.")
            messages.success(request, sentence % {"workspace": workspace, "role": role.label})
    elif asked == "dissolve":
        found.dissolve(by=by)
        messages.success(request, _("The team is dissolved. What it alone gave is gone."))
        return redirect("teams", me.organisation_id)
    return redirect("team", me.organisation_id, found.pk)


def _rename(request: HttpRequest, found: Team) -> None:
    if name := _named(request):
        try:
            with transaction.atomic():
                found.rename(name, by=request.user)
            messages.success(request, _("The team has this name now."))
        except IntegrityError:
            messages.error(request, _("There is a team of this name already."))
    else:
        messages.error(request, _("Give the team a name."))


def _named(request: HttpRequest) -> str:
    return " ".join(request.POST.get("name", "").split())[:120]


def _find(request: HttpRequest, pk: UUID) -> Team:
    rows = Team.objects.select_related("organisation")
    return get_object_or_404(rows, organisation=request.officer.organisation, pk=pk)  # type: ignore[attr-defined]
