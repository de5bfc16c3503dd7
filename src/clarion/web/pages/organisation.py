"""The organisation: its people across workspaces, its officers, its workspaces; one person with all that she has."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.channels.models import ChannelRole
from clarion.organisations.ids import as_id
from clarion.organisations.models import Absence, Member, Officer, TeamPlace, User, Workspace
from clarion.organisations.policy import OF_THE_ORGANISATION, RIGHTS, Role
from clarion.web.giving import MEANS
from clarion.web.pages.setup import zones
from clarion.web.place import NotYours, in_organisation

A_PAGE = 50


@require_safe
@in_organisation()
def organisation(request: HttpRequest) -> HttpResponse:
    """Everybody, found by name or address; each with the office or the number of workspaces."""
    me, q = request.officer, request.GET.get("q", "").strip()[:200]  # type: ignore[attr-defined]
    everybody = me.organisation.people()
    rows = everybody.filter(Q(name__icontains=q) | Q(email__icontains=q)) if q else everybody
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    offices = list(me.organisation.officers.select_related("user").order_by("user__name", "user__email"))
    by_user = {one.user_id: one for one in offices}
    counts = dict(
        Member.objects.filter(workspace__organisation=me.organisation, user__in=list(page.object_list))
        .values_list("user").annotate(n=Count("pk"))
    )  # fmt: skip
    return render(request, "organisation.html", {
        "here": "organisation", "page": page, "q": q, "query": f"q={q}" if q else "",
        "count": everybody.count() if q else page.paginator.count,
        "rows": [(one, by_user.get(one.pk), counts.get(one.pk, 0)) for one in page.object_list],
        "officers": sorted(offices, key=lambda one: OF_THE_ORGANISATION.index(Role(one.role))),
        "means": [(role, MEANS[role]) for role in OF_THE_ORGANISATION], "gift": gift(me),
        "others": [one for one in everybody[:500] if one.pk not in by_user] if me.may("officers") else [],
    })  # fmt: skip


def refuse_without(me: Officer, what: str) -> None:
    """For pages that one may read without the right to change anything on them."""
    if not me.may(what):
        raise NotYours(_("Your role in this organisation does not allow this. Ask one of its owners."))


def gift(me: Officer) -> list[Role]:
    """The offices that this officer gives."""
    if not me.may("officers"):
        return []
    return [role for role in OF_THE_ORGANISATION if RIGHTS[role] <= RIGHTS[me.role]]


def _may_change(me: Officer, other: Officer | None) -> bool:
    return me.may("officers") and (other is None or RIGHTS[other.role] <= RIGHTS[me.role])


@require_POST
@in_organisation("officers")
def appoint(request: HttpRequest) -> HttpResponse:
    """Gives somebody who is here already an office, another one, or none."""
    me, role = request.officer, request.POST.get("role", "")  # type: ignore[attr-defined]
    user = _person(request, request.POST.get("user", ""))
    office = me.organisation.officers.filter(user=user).first()
    try:
        if not _may_change(me, office) or role not in ["", *gift(me)]:
            messages.error(request, _("You cannot give this office. Only an owner makes and changes owners."))
        elif role:
            Officer.objects.appoint(organisation=me.organisation, user=user, role=role, by=request.user)
            sentence = _("%(who)s is %(office)s now, in every workspace.")
            messages.success(request, sentence % {"who": user, "office": Role(role).label})
        elif office is not None:
            office.dismiss(by=request.user)
            sentence = _("%(who)s has no office any more. What a team gives stays.")
            messages.success(request, sentence % {"who": user})
    except ValueError as error:
        messages.error(request, str(error))
    if not Officer.objects.filter(organisation=me.organisation, user=request.user).exists():
        return redirect("home")
    if request.POST.get("from") == "person" and me.organisation.people().filter(pk=user.pk).exists():
        return redirect("organisation_person", me.organisation_id, user.pk)
    return redirect("organisation", me.organisation_id)


# --- one person -------------------------------------------------------------------------------------------------------


@require_safe
@in_organisation()
def person(request: HttpRequest, user: UUID) -> HttpResponse:
    """Where she is what, and by what: an office, a team, or given to her alone; and what holds on single channels."""
    me, found = request.officer, _person(request, user)  # type: ignore[attr-defined]
    office = me.organisation.officers.filter(user=found).first()
    members = list(
        Member.objects.filter(workspace__organisation=me.organisation, user=found)
        .select_related("workspace", "custom").order_by("workspace__name")
    )  # fmt: skip
    teams = list(me.organisation.teams.filter(people=found))
    by_team: dict[UUID, list[str]] = {}
    places = TeamPlace.objects.filter(team__in=teams).order_by("team__name")
    for workspace, name in places.values_list("workspace", "team__name"):
        by_team.setdefault(workspace, []).append(name)
    otherwise = ChannelRole.objects.filter(Q(member__in=members) | Q(team__in=teams))
    rows = [(one, ", ".join(by_team.get(one.workspace_id, []))) for one in members]
    absences = Absence.objects.filter(ended_at=None, ends_at__gt=timezone.now())
    absences = absences.filter(Q(member__in=members) | Q(deputy__in=members))
    return render(request, "organisation_person.html", {
        "here": "organisation", "person": found, "office": office, "rows": rows, "teams": teams,
        "otherwise": list(otherwise.select_related("channel", "team", "custom", "member").order_by("channel__handle")),
        "absences": list(absences.select_related("member__user", "deputy__user", "member__workspace")),
        "can_change": _may_change(me, office), "gift": gift(me) if _may_change(me, office) else [],
        "can_let_go": me.may("sign_in") and _may_change(me, office),
    })  # fmt: skip


@require_POST
@in_organisation("sign_in")
def let_go(request: HttpRequest, user: UUID) -> HttpResponse:
    """Ends all that the person has here, at once."""
    me, found = request.officer, _person(request, user)  # type: ignore[attr-defined]
    office = me.organisation.officers.filter(user=found).first()
    if not _may_change(me, office):
        messages.error(request, _("Only an owner may change an owner."))
        return redirect("organisation_person", me.organisation_id, found.pk)
    try:
        me.organisation.let_go(found, by=request.user, now=timezone.now())
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("organisation_person", me.organisation_id, found.pk)
    messages.success(request, _("%(who)s has nothing here any more. What they wrote stays.") % {"who": found})
    return redirect("home") if found.pk == request.user.pk else redirect("organisation", me.organisation_id)


def _person(request: HttpRequest, pk: Any) -> User:
    people: Any = request.officer.organisation.people()  # type: ignore[attr-defined]
    found: User = get_object_or_404(people, pk=pk if isinstance(pk, UUID) else as_id(pk))
    return found


# --- workspaces -------------------------------------------------------------------------------------------------------


class WorkspaceForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=160, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zones)


@require_http_methods(["GET", "HEAD", "POST"])
@in_organisation()
def workspaces(request: HttpRequest) -> HttpResponse:
    """All of them with how many people each has; sent, a new one."""
    me = request.officer  # type: ignore[attr-defined]
    rows = me.organisation.workspaces.annotate(people=Count("members")).order_by("name")
    first = rows.first()
    form = WorkspaceForm(request.POST or None, initial={"zone": first.zone if first else "UTC"})
    if request.method == "POST":
        refuse_without(me, "workspaces")
        if form.is_valid():
            made = _kept(form, lambda **values: Workspace.objects.open(
                organisation=me.organisation, by=request.user, **values
            ))  # fmt: skip
            if made is not None:
                messages.success(request, _("The workspace is open. Invite its people, and connect its channels."))
                return redirect("people", made.pk)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "organisation_workspaces.html", {
        "here": "organisation_workspaces", "page": page, "form": form,
    }, status=422 if request.method == "POST" else 200)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@in_organisation("workspaces")
def workspace(request: HttpRequest, place: UUID) -> HttpResponse:
    """Another name or time zone."""
    found = get_object_or_404(request.officer.organisation.workspaces, pk=place)  # type: ignore[attr-defined]
    form = WorkspaceForm(request.POST or None, initial={"name": found.name, "zone": found.zone})
    if request.method == "POST" and form.is_valid():

        def changed(**values: Any) -> Workspace:
            found.change(by=request.user, **values)
            return found

        if _kept(form, changed) is not None:
            messages.success(request, _("The workspace is changed. What is scheduled keeps its moment."))
            return redirect("organisation_workspaces", found.organisation_id)
    found.refresh_from_db()
    return render(request, "organisation_workspace.html", {
        "here": "organisation_workspaces", "place": found, "form": form,
    }, status=422 if request.method == "POST" else 200)  # fmt: skip


def _kept(form: forms.Form, act: Any) -> Workspace | None:
    """None when there is one of this name; the form says so then."""
    try:
        with transaction.atomic():
            kept: Workspace = act(**form.cleaned_data)
        return kept
    except IntegrityError:
        form.add_error("name", _("There is a workspace of this name already."))
        return None
