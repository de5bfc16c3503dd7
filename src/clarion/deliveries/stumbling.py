"""A run that ended with a fault of ours: it is tried again a few times, and then a person is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils.translation import gettext as _

from clarion.deliveries import gauges
from clarion.deliveries.models import Delivery
from clarion.deliveries.progress import State, check_arrow
from clarion.deliveries.telling import tell
from clarion.records.models import Event
from clarion.work.backoff import backoff
from clarion.work.lease import Lease
from clarion.work.turns import writing

CODE = "stumbled"
MOST = 5
"""Faults in a row after which trying again would only hide them."""

OUTSIDE = (OperationalError, InterfaceError)
"""The database is locked, full or gone: no fault of ours, and never a reason to give a post up."""


def stumbled(lease: Lease, error: Exception, *, now: datetime) -> None:
    """Lets go of the row and counts; with the last of ``MOST`` it stops and everybody concerned is told.

    Whatever was written before the fault stays written, so what may have happened is still looked for, never sent anew.
    """
    with writing():
        mine = Delivery.objects.filter(pk=lease.id, fence=lease.fence, lease_owner=lease.owner)
        delivery = mine.select_related("workspace", "channel").first()
        if delivery is None:
            return
        free: dict[str, Any] = {"lease_owner": "", "lease_until": None, "fence": F("fence") + 1, "code": CODE}
        tries = delivery.tries + 1 if delivery.code == CODE else 1
        if tries < MOST:
            mine.update(wake_at=now + backoff(tries, first=3), tries=tries, **free)
            return
        maybe = delivery.current_steps().filter(public=True, done_at=None).exclude(maybe_since=None).exists()
        state = State.UNKNOWN if maybe else State.FAILED
        check_arrow(delivery.state, state)
        reason = _(
            "Clarion stumbled over this %(times)d times (%(error)s) and has stopped trying. Nothing was sent twice. "
            "Please report it: the log of the server says more."
        ) % {"times": tries, "error": type(error).__name__}  # its own words may carry a secret
        mine.update(state=state, reason=reason, wake_at=None, version=F("version") + 1, **free)
        Event.objects.write(
            f"delivery.{state}", subject=delivery, workspace=delivery.workspace, because=reason,
            before={"state": delivery.state}, after={"code": CODE},
        )  # fmt: skip
        delivery.refresh_from_db(fields=["state", "reason", "code"])
        tell(delivery, now=now)
    gauges.outcome(network=delivery.channel.network, word=state)
