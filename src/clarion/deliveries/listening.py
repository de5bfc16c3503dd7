"""What this room does when rooms below tell news."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery, Measuring
from clarion.deliveries.progress import State
from clarion.deliveries.telling import tell


def after_reconnection(sender: Any, *, channel: Channel, by: Any, now: datetime, **kwargs: Any) -> None:
    """What waited for the sign-in goes on; what is by now too late for its policy will say so.

    From its first connection on the channel is asked how its posts fare."""
    Measuring.objects.begin(channel, now=now)
    held = Delivery.objects.filter(channel=channel, state=State.HELD, code="sign_in")
    for delivery in held.select_related("post", "channel", "workspace"):
        delivery.release(by=by, now=now, because=_("reconnected"))


def after_resume(
    sender: Any, *, verb: str, subject: Any, by: Any, before: Any = None, after: Any = None, **kwargs: Any
) -> None:
    """Nothing fires by itself when a pause ends: what was due meanwhile waits for a person."""
    if verb != "organisation.resumed" or not before or not after:
        return
    now = parse_datetime(after["resumed_at"])
    due = Delivery.objects.filter(
        workspace__organisation=subject, state=State.SCHEDULED, due_at__lte=now
    ).select_related("post", "channel", "workspace")
    for delivery in due:
        delivery.hold(
            by=by, because=_("It was due while everything was paused. Send it now, move it, or drop it."), code="paused"
        )
        if now is not None:
            tell(delivery, now=now)
