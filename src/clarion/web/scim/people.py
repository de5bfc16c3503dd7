"""People as a directory sees them: what it may say of one, and how one is shown to it (RFC 7643, 4.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clarion.organisations.ids import as_id
from clarion.organisations.models import Foreign, Organisation, Provision, Team

from .words import USER, Refused, bad, filtered, known, objects, patched, text, truth

KEPT = ("userName", "externalId", "name", "displayName", "emails", "active")


def listed(organisation: Organisation, asked: str) -> QuerySet[Provision]:
    """Those of the organisation that fit the filter. Raises Refused."""
    found = Provision.objects.filter(organisation=organisation).select_related("user").prefetch_related("user__teams")
    for name, value in filtered(asked) if asked else ():
        match name.lower():
            case "username":
                found = found.filter(user_name__iexact=_clean(value))
            case "externalid":
                found = found.filter(external_id=_clean(value))
            case "id":
                found = found.filter(pk=as_id(value))
            case "active":
                found = found.filter(active=truth(value, "active"))
            case "displayname":
                found = found.filter(user__name__iexact=_clean(value))
            case "emails" | "emails.value" | 'emails[type eq "work"].value':
                found = found.filter(user__email__iexact=_clean(value))
            case _:
                raise bad(_("There is no filter by %(name)s here.") % {"name": name[:60]}, "invalidFilter")
    return found


def one(organisation: Organisation, pk: str) -> Provision:
    found = listed(organisation, "").filter(pk=as_id(pk)).first()
    if found is None:
        raise Refused(404, _("There is no such person here."))
    return found


def make(organisation: Organisation, body: dict[str, Any], *, now: datetime) -> Provision:
    said = _said(known(body, KEPT))
    try:
        return Provision.objects.provide(organisation=organisation, now=now, **said)
    except IntegrityError:
        raise Refused(409, _("This person is provided already."), "uniqueness") from None
    except Foreign as error:
        raise Refused(409, str(error), "uniqueness") from None


def change(provision: Provision, body: dict[str, Any], *, now: datetime) -> None:
    _change(provision, known(body, KEPT), now=now)


def patch(provision: Provision, body: dict[str, Any], *, now: datetime) -> None:
    told = {
        "userName": provision.user_name, "externalId": provision.external_id, "emails": [], **provision.told,
        "active": provision.active,
    }  # fmt: skip
    _change(provision, patched(told, body, KEPT), now=now)


def remove(provision: Provision, *, now: datetime) -> None:
    """Nothing that a person wrote is lost when they go: they are let in no more, and the record keeps their name."""
    try:
        provision.end(now=now)
    except ValueError as error:
        raise Refused(409, str(error)) from None


def _change(provision: Provision, document: dict[str, Any], *, now: datetime) -> None:
    try:
        provision.change(now=now, **_said(document))
    except IntegrityError:
        raise Refused(409, _("Another person has this name or address."), "uniqueness") from None
    except Foreign as error:
        raise Refused(409, str(error), "uniqueness") from None
    except ValueError as error:
        raise Refused(409, str(error)) from None


def _said(document: dict[str, Any]) -> dict[str, Any]:
    """What the noun is told, of what a directory says. Raises Refused."""
    user_name = text(document.get("userName"), "userName", most=254)
    if not user_name:
        raise bad(_("A person needs a userName."))
    email = _email(document, user_name)
    active = truth(document["active"], "active") if "active" in document else True
    kept = {name: document[name] for name in ("name", "displayName", "emails") if document.get(name) is not None}
    return {
        "user_name": user_name, "email": email, "name": _name(document)[:120], "active": active,
        "external_id": text(document.get("externalId"), "externalId", most=200), "told": kept,
    }  # fmt: skip


def _email(document: dict[str, Any], user_name: str) -> str:
    emails = objects(document.get("emails"), "emails")
    first = next((one for one in emails if one.get("primary") in (True, "true", "True")), emails[0] if emails else {})
    email = text(first.get("value"), "emails.value", most=254) or user_name
    try:
        validate_email(email)
    except ValidationError:
        raise bad(_("A person needs an e-mail address, in emails or as userName.")) from None
    return email.lower()


def _name(document: dict[str, Any]) -> str:
    parts = document.get("name") or {}
    if not isinstance(parts, dict):
        raise bad(_("%(name)s has to be an object.") % {"name": "name"})
    by_small = {key.lower(): text(value, f"name.{key}") for key, value in parts.items() if value is not None}
    both = f"{by_small.get('givenname', '')} {by_small.get('familyname', '')}".strip()
    return text(document.get("displayName"), "displayName") or by_small.get("formatted", "") or both


def _clean(value: str) -> str:
    return value.replace("\x00", "")


def shown(provision: Provision, at: str) -> dict[str, Any]:
    """``at``: the address below which the resources of this organisation lie."""
    teams: list[Team] = [
        team for team in provision.user.teams.all()
        if team.organisation_id == provision.organisation_id and team.outside
    ]  # fmt: skip
    return {
        "schemas": [USER], "id": str(provision.pk), "userName": provision.user_name,
        **({"externalId": provision.external_id} if provision.external_id else {}),
        **({"name": provision.told["name"]} if provision.told.get("name") else {}),
        "displayName": str(provision.user), "active": provision.active,
        "emails": [{"value": provision.user.email, "type": "work", "primary": True}],
        "groups": [{"value": str(team.pk), "display": team.name, "$ref": f"{at}/Groups/{team.pk}"} for team in teams],
        "meta": {
            "resourceType": "User", "created": provision.made_at.isoformat(),
            "lastModified": provision.changed_at.isoformat(), "location": f"{at}/Users/{provision.pk}",
        },
    }  # fmt: skip
