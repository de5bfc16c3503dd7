"""Deliveries of one post that share a time, given another one together: as one chip of a calendar is moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import TooLate


def moved(deliveries: Iterable[Delivery], *, at: datetime, by: Any, now: datetime) -> list[Delivery]:
    """Moves those that have not left, all of them or none. Raises ``TooLate`` when each is on its way or out."""
    movable = [one for one in deliveries if one.can_be_moved and one.state != State.CANCELLED]
    if not movable:
        raise TooLate(_("It is on its way or out already: its time can no longer be changed."))
    with transaction.atomic():
        for one in movable:
            one.reschedule(at=at, by=by, now=now, keep_held=True)
    return movable


def put_back(deliveries: Sequence[Delivery], *, by: Any, now: datetime) -> None:
    """Undoes ``moved`` for all of them or for none. Raises ``TooLate``."""
    if not deliveries:
        raise TooLate(_("It is no longer where it was put: it stays as it is now."))
    with transaction.atomic():
        for one in deliveries:
            one.put_back(by=by, now=now)
