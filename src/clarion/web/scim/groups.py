"""Groups of a directory: each is a team, and has its places in workspaces here (RFC 7643, 4.2)."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clarion.organisations.ids import as_id
from clarion.organisations.models import Organisation, Provision, Team

from .words import GROUP, Refused, bad, filtered, known, objects, patched, text

KEPT = ("displayName", "externalId", "members")


def listed(organisation: Organisation, asked: str) -> QuerySet[Team]:
    """Those that follow a group. Raises Refused."""
    found = Team.objects.filter(organisation=organisation).exclude(outside="").order_by("created_at", "pk")
    for name, value in filtered(asked) if asked else ():
        clean = value.replace("\x00", "")
        match name.lower():
            case "displayname":
                found = found.filter(name__iexact=clean)
            case "externalid":
                found = found.filter(outside=clean)
            case "id":
                found = found.filter(pk=as_id(clean))
            case "members" | "members.value":
                found = found.filter(people__provisions__pk=as_id(clean), people__provisions__organisation=organisation)
            case _:
                raise bad(_("There is no filter by %(name)s here.") % {"name": name[:60]}, "invalidFilter")
    return found


def one(organisation: Organisation, pk: str) -> Team:
    found = listed(organisation, "").filter(pk=as_id(pk)).first()
    if found is None:
        raise Refused(404, _("There is no such group here."))
    return found


def make(organisation: Organisation, body: dict[str, Any]) -> Team:
    """A team of this name that follows no group yet is taken over, with its places."""
    name, outside, people = _said(organisation, known(body, KEPT))
    with transaction.atomic():
        team = Team.objects.filter(organisation=organisation, name=name).first()
        if team is not None and team.outside:
            raise Refused(409, _("There is a group of this name."), "uniqueness")
        if team is None:
            team = Team.objects.gather(organisation=organisation, name=name, by=None, outside=outside)
        else:
            team.tie(outside, by=None)
        _gather(team, people)
    return team


def change(team: Team, body: dict[str, Any]) -> None:
    _change(team, known(body, KEPT))


def patch(team: Team, body: dict[str, Any]) -> None:
    told = {"displayName": team.name, "externalId": team.outside, "members": [{"value": pk} for pk in _members(team)]}
    _change(team, patched(told, body, KEPT))


def remove(team: Team) -> None:
    """What people had by this team alone is gone at once."""
    team.dissolve(by=None)


def _change(team: Team, document: dict[str, Any]) -> None:
    name, outside, people = _said(team.organisation, {"externalId": team.outside, **document})
    try:
        with transaction.atomic():
            team.rename(name, by=None)
            team.tie(outside, by=None)
            _gather(team, people)
    except IntegrityError:
        raise Refused(409, _("There is a team of this name."), "uniqueness") from None


def _gather(team: Team, people: list[Any]) -> None:
    """Of those that the directory provides these and no others; whom a person put in by hand stays."""
    wanted = {user.pk for user in people}
    provided = team.people.filter(provisions__organisation=team.organisation_id)
    team.let_go([user for user in provided if user.pk not in wanted], by=None)
    team.take_in(people, by=None)


def _said(organisation: Organisation, document: dict[str, Any]) -> tuple[str, str, list[Any]]:
    """Name, id in the directory, and people. Raises Refused."""
    name = text(document.get("displayName"), "displayName", most=120)
    if not name:
        raise bad(_("A group needs a displayName."))
    asked = []
    for member in objects(document.get("members"), "members"):
        pk = as_id(member.get("value"))
        if pk is None or str(member.get("type", "User")).lower() != "user":
            raise bad(_("Members of a group are people that were provided before."))
        asked.append(pk)
    provided = {
        one.pk: one for one in Provision.objects.filter(organisation=organisation, pk__in=asked).select_related("user")
    }  # fmt: skip
    if missing := [pk for pk in asked if pk not in provided]:
        raise bad(_("There is no person %(id)s here.") % {"id": missing[0]})
    outside = text(document.get("externalId"), "externalId", most=200) or name
    return name, outside, [one.user for one in provided.values() if one.active]


def _members(team: Team) -> list[str]:
    provisions = Provision.objects.filter(organisation=team.organisation_id, user__teams=team).order_by("pk")
    return [str(pk) for pk in provisions.values_list("pk", flat=True)]


def shown(team: Team, at: str, *, with_members: bool = True) -> dict[str, Any]:
    members = [
        {"value": pk, "type": "User", "$ref": f"{at}/Users/{pk}"} for pk in (_members(team) if with_members else ())
    ]  # fmt: skip
    return {
        "schemas": [GROUP], "id": str(team.pk), "displayName": team.name,
        **({"externalId": team.outside} if team.outside != team.name else {}),
        **({"members": members} if with_members else {}),
        "meta": {
            "resourceType": "Group", "created": team.created_at.isoformat(), "location": f"{at}/Groups/{team.pk}",
        },
    }  # fmt: skip
