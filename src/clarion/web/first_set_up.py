"""The first organisation, workspace and owner: by the set-up page or by ``clarion init``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.validators import validate_email
from django.db import transaction

from clarion.channels.models import Channel
from clarion.organisations.models import Member, Organisation, Role, User, Workspace
from clarion.organisations.models.workspace import known_zone


@dataclass(frozen=True)
class Founded:
    organisation: Organisation
    workspace: Workspace
    user: User


def found(
    *, organisation: str, workspace: str, email: str, password: str, zone: str, now: datetime, name: str = "",
    by: Any = None,
) -> Founded:  # fmt: skip
    """Makes what is missing of the three, and the workspace's own ground. Raises ValidationError with sentences."""
    validate_email(email)
    known_zone(zone)
    with transaction.atomic():
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            validate_password(password, User(email=email, name=name))
            first = not User.objects.exists()  # whoever sets it up may pause the whole installation
            user = User.objects.create_user(email, password, name=name, is_staff=first)
        house = Organisation.objects.filter(name=organisation).first() or Organisation.objects.found(
            name=organisation, by=by or user
        )
        place = house.workspaces.filter(name=workspace).first() or Workspace.objects.open(
            organisation=house, name=workspace, zone=zone, by=by or user
        )
        if not place.members.filter(user=user).exists():
            Member.objects.join(workspace=place, user=user, role=Role.OWNER, by=by or user)
        Channel.objects.open_own_ground(workspace=place, by=by or user, now=now)
    return Founded(house, place, user)
