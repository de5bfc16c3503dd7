"""What this room does when rooms below tell news."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clarion.approvals.models import Request
from clarion.approvals.telling import tell_of_leaver
from clarion.organisations.models import User, Workspace


def after_leaving(sender: Any, *, person: User, workspace: Workspace, now: datetime, **kwargs: Any) -> None:
    """Those who are named to be asked next are asked by the next worker; those who lead hear what waits in vain."""
    waiting = Request.objects.filter(workspace=workspace).in_vain([person.pk])
    Request.objects.filter(pk__in=[one.pk for one in waiting if one.here.escalate]).update(wake_at=now)
    if waiting:
        tell_of_leaver(person, workspace, count=len(waiting), now=now)
