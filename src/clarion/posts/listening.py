"""What this room does when rooms below tell news."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from .models import Blackout


def after_opening(sender: Any, *, verb: str, subject: Any, by: Any, organisation: Any, **more: Any) -> None:
    """A blackout of the whole organisation holds in a workspace that is opened while it lasts."""
    if verb != "workspace.opened":
        return
    yesterday = timezone.now().date() - timedelta(days=1)  # wherever on earth its clock is
    rows = Blackout.objects.filter(workspace__organisation=organisation, until_day__gte=yesterday)
    known: set[Any] = set()
    for one in rows.exclude(everywhere=None).exclude(workspace=subject):
        if one.everywhere not in known:
            known.add(one.everywhere)
            Blackout.objects.declare(
                workspace=subject, name=one.name, from_day=one.from_day, from_time=one.from_time,
                until_day=one.until_day, until_time=one.until_time, level=one.level, reason=one.reason, by=by,
                everywhere=one.everywhere,
            )  # fmt: skip
