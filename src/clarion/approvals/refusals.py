"""What was tried and not taken is kept in the record: an answer too late, to other words, or by the wrong person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from clarion.approvals.progress import Wordless
from clarion.records.models import Event

RECORDED = 20
"""So many refusals about one thing are kept in an hour: whoever presses on fills no record."""


def turned_away(verb: str, *, subject: Any, by: Any, because: object, **after: Any) -> None:
    """``because``: the sentence that was answered. Call it outside of the transaction that was refused."""
    if isinstance(because, Wordless):
        return
    known = Event.objects.of(subject).filter(verb=verb, at__gt=timezone.now() - timedelta(hours=1))
    if known.count() < RECORDED:
        Event.objects.write(verb, subject=subject, by=by, because=str(because)[:500], after=after)
