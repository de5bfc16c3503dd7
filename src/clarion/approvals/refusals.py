"""Answers that are not taken: refused with a sentence, and in the record, though nothing that was tried stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils import timezone

from clarion.approvals.progress import NotNow
from clarion.records.models import Event

if TYPE_CHECKING:
    from .models.request import Request

ONCE_IN = timedelta(hours=1)
"""The same refusal of the same person is recorded once in so long: whoever presses again and again fills no record."""


@contextmanager
def in_the_record(request: Request, *, by: Any, yes: bool, sha256: str) -> Iterator[None]:
    """The transaction of an answer. A yes that it refuses is recorded after it was rolled back."""
    try:
        with transaction.atomic():
            yield
    except NotNow as refusal:
        if yes:
            told = {"sha256": sha256[:64], "state": request.state}
            record("approval.answer_refused", subject=request, by=by, because=str(refusal), after=told)
        raise


def record(verb: str, *, subject: models.Model, by: Any, because: str, after: dict[str, Any] | None = None) -> None:
    known = Event.objects.of(subject).filter(verb=verb, by_id=getattr(by, "pk", None), because=because[:500])
    if not known.filter(at__gt=timezone.now() - ONCE_IN).exists():
        Event.objects.write(verb, subject=subject, by=by, because=because[:500], after=after)
