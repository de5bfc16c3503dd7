"""Roles: what each may do, as one table; and those that the organisation puts together itself."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.organisations.models import CustomRole
from clarion.organisations.policy import IN_A_WORKSPACE, OF_A_WORKSPACE, OF_THE_ORGANISATION, RIGHTS, Role, known
from clarion.web.giving import MEANS
from clarion.web.place import in_organisation

PRESETS = (*OF_THE_ORGANISATION, *OF_A_WORKSPACE)


@require_safe
@in_organisation()
def roles(request: HttpRequest) -> HttpResponse:
    me = request.officer  # type: ignore[attr-defined]
    customs = list(me.organisation.roles.all()[:200])
    heads = [*((role.label, MEANS[role]) for role in PRESETS), *((one.name, "") for one in customs)]
    rights = [*(RIGHTS[role] for role in PRESETS), *(one.rights for one in customs)]
    return render(request, "roles.html", {
        "here": "roles", "heads": heads, "customs": [(one, len(who(one)), known(one.permissions)) for one in customs],
        "rows": [(sentence, [name in some for some in rights]) for name, sentence in IN_A_WORKSPACE.items()],
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@in_organisation("teams")
def new(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@in_organisation("teams")
def edit(request: HttpRequest, role: UUID) -> HttpResponse:
    return _form(request, _find(request, role))


@require_POST
@in_organisation("teams")
def take_apart(request: HttpRequest, role: UUID) -> HttpResponse:
    found = _find(request, role)
    try:
        with transaction.atomic():
            found.take_apart(by=request.user)
    except ProtectedError:
        sentence = _("It is still in use: %(who)s. Give them another role first.")
        messages.error(request, sentence % {"who": ", ".join(who(found)[:5])})
        return redirect("role_edit", found.organisation_id, found.pk)
    messages.success(request, _("The role is gone."))
    return redirect("roles", found.organisation_id)


def who(role: CustomRole) -> list[str]:
    """Who has it: people, teams, and what is otherwise on channels, each with where."""
    found = [
        _("%(who)s in %(where)s") % {"who": one.user, "where": one.workspace}
        for one in role.members.select_related("user", "workspace")
    ]
    found += [
        _("the team %(team)s in %(where)s") % {"team": one.team, "where": one.workspace}
        for one in role.places.select_related("team", "workspace")
    ]
    found += [
        _("%(who)s on %(where)s") % {"who": one.member.user if one.member else one.team, "where": one.channel}
        for one in role.on_channels.select_related("member__user", "team", "channel")
    ]
    return found


def _form(request: HttpRequest, found: CustomRole | None) -> HttpResponse:
    me, trouble = request.officer, ""  # type: ignore[attr-defined]
    name = found.name if found else ""
    permissions = known(found.permissions) if found else known(RIGHTS[Role.VIEWER])
    if request.method == "POST":
        name = " ".join(request.POST.get("name", "").split())[:60]
        permissions = known(request.POST.getlist("permission"))
        trouble = _kept(request, found, name=name, permissions=permissions)
        if not trouble:
            messages.success(request, _("The role is kept. It holds from now on, for everybody who has it."))
            return redirect("roles", me.organisation_id)
        if found is not None:
            found.refresh_from_db()
    return render(request, "role_form.html", {
        "here": "roles", "role": found, "name": name, "trouble": trouble, "has": who(found) if found else [],
        "permissions": [(key, sentence, key in permissions) for key, sentence in IN_A_WORKSPACE.items()],
    }, status=422 if trouble else 200)  # fmt: skip


def _kept(request: HttpRequest, found: CustomRole | None, *, name: str, permissions: list[str]) -> str:
    """Empty, or why it cannot be kept."""
    organisation, by = request.officer.organisation, request.user  # type: ignore[attr-defined]
    if not name:
        return _("Give the role a name.")
    if name.casefold() in {str(label).casefold() for label in Role.labels}:
        return _("The house has a role of this name already. Choose another.")
    if not permissions:
        return _("Tick what it may do.")
    try:
        with transaction.atomic():
            if found is None:
                CustomRole.objects.put_together(organisation=organisation, name=name, permissions=permissions, by=by)
            else:
                found.change(name=name, permissions=permissions, by=by)
    except IntegrityError:
        return _("There is a role of this name already.")
    return ""


def _find(request: HttpRequest, pk: UUID) -> CustomRole:
    rows = CustomRole.objects.select_related("organisation")
    return get_object_or_404(rows, organisation=request.officer.organisation, pk=pk)  # type: ignore[attr-defined]
