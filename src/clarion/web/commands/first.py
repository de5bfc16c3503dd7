"""clarion init, clarion migrate."""

from __future__ import annotations

from django.utils import timezone

from clarion.organisations.models import Domain, Organisation
from clarion.web.commands.asked import OPERATOR, answer, secret, warn
from clarion.web.first_set_up import found
from clarion.web.migrating import bring_up_to_date


def init(*, organisation: str, workspace: str, email: str, password: str, zone: str, json: bool) -> None:
    bring_up_to_date()
    was_alone = Organisation.objects.count() == 1
    founded = found(
        organisation=organisation, workspace=workspace, email=email, password=secret(password), zone=zone,
        now=timezone.now(), by=OPERATOR,
    )  # fmt: skip
    answer(
        {
            "organisation": str(founded.organisation.pk),
            "workspace": str(founded.workspace.pk),
            "user": str(founded.user.pk),
        },
        json=json, human=f"Ready: {workspace} of {organisation}. Start with: clarion serve",
    )  # fmt: skip
    if was_alone and Organisation.objects.count() > 1:
        _warn_of_what_was_stated_alone()


def _warn_of_what_was_stated_alone() -> None:
    """From the second organisation on a domain is confirmed before it has an effect; those of the first were not."""
    stated = Domain.objects.exclude(confirmed_at=None).select_related("provider__organisation")
    if stated:
        names = ", ".join(f"{one} ({one.provider.organisation})" for one in stated)
        warn(f"stated while one organisation was alone, and in force: {names}. An owner takes off what is not theirs.")


def migrate() -> None:
    bring_up_to_date()
