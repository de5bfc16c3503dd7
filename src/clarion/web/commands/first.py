"""clarion init, clarion migrate."""

from __future__ import annotations

from django.utils import timezone

from clarion.web.commands.asked import OPERATOR, answer, secret
from clarion.web.first_set_up import found
from clarion.web.migrating import bring_up_to_date


def init(*, organisation: str, workspace: str, email: str, password: str, zone: str, json: bool) -> None:
    bring_up_to_date()
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


def migrate() -> None:
    bring_up_to_date()
