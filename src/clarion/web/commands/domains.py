"""clarion domains."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from clarion.organisations.models import Domain
from clarion.organisations.sign_on import domain_of
from clarion.web.commands import asked
from clarion.web.said import Said


def list_all(*, json: bool) -> None:
    rows = [_told(one) for one in Domain.objects.select_related("provider__organisation")]
    lines = [f"{row['domain']}: {row['organisation']}, {row['state']}" for row in rows]
    asked.answer(rows, json=json, human="\n".join(lines) or "No domain was stated.")


def confirm(*, domain: str, json: bool) -> None:
    found = _found(domain)
    found.confirm(by=asked.OPERATOR, now=timezone.now())
    asked.answer(_told(found), json=json, human=f"{found} belongs to {found.provider.organisation}.")


def relax(*, domain: str, json: bool) -> None:
    found = _found(domain)
    found.relax(by=asked.OPERATOR)
    asked.answer(_told(found), json=json, human=f"Addresses of {found} may sign in with a password again.")


def _found(domain: str) -> Domain:
    found = Domain.objects.filter(name=domain_of(domain)).select_related("provider__organisation").first()
    if found is None:
        raise Said(f"Nobody has stated {domain}. clarion domains list shows those that were.")
    return found


def _told(one: Domain) -> dict[str, Any]:
    state = "unconfirmed" if one.confirmed_at is None else "enforced" if one.enforced_at else "confirmed"
    return {"domain": one.name, "organisation": one.provider.organisation.name, "state": state}
