"""Who hears of a request: those whose yes is wanted, who asked, and of what went out without a yes, those who lead."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clarion.approvals.progress import State
from clarion.notifications.models import Notification
from clarion.notifications.models.choice import leaders

from .models.request import Request

ENDS = {State.APPROVED: "approval.given", State.REFUSED: "approval.refused", State.VOID: "approval.voided"}
ASKING = ("approval.asked", "approval.reminder", "approval.escalated")


def tell_of_begin(sender: Any, *, request: Request, now: datetime, **kwargs: Any) -> None:
    """A stage begins: whoever was asked before is so no more."""
    Notification.objects.settle(request, kinds=ASKING)
    _tell(request, "approval.asked", _asked(request), now=now, by=request.asked_by, sentence=request.note)


def tell_of_end(sender: Any, *, request: Request, by: Any, now: datetime, **kwargs: Any) -> None:
    """It ended: who asked and who wrote it hear how; of a broken glass, those who lead."""
    Notification.objects.settle(request, kinds=ASKING)
    concerned = {request.asked_by_id, request.post.author_id} - {getattr(by, "pk", None)}
    if request.state == State.GLASS:
        people = {*leaders(request.workspace), *concerned} - {request.glass_by_id}
        _tell(request, "break_glass.used", people, now=now, by=request.glass_by, sentence=request.because)
    elif kind := ENDS.get(State(request.state)):
        _tell(request, kind, concerned, now=now, by=by, sentence=request.because)


def tell_of_time(sender: Any, *, request: Request, what: Collection[str], now: datetime, **kwargs: Any) -> None:
    if "escalated" in what:
        _tell(request, "approval.escalated", _asked(request, escalated=True), now=now, by=request.asked_by)
    elif "reminded" in what:
        _tell(request, "approval.reminder", _asked(request), now=now, by=request.asked_by)
    if "review" in what:
        people = set(leaders(request.workspace)) - {request.glass_by_id}
        _tell(request, "break_glass.review_due", people, now=now, by=request.glass_by)


def _asked(request: Request, **only: Any) -> list[Any]:
    """Those whose answer is waited for at its stage."""
    rows = request.asked.filter(stage=request.stage, answered_at=None, **only)
    return list(rows.values_list("person_id", flat=True))


def _tell(
    request: Request, kind: str, people: Iterable[Any], *, now: datetime, by: Any, sentence: str = ""
) -> None:  # fmt: skip
    Notification.objects.tell(
        kind=kind, people=people, subject=request, workspace=request.workspace, now=now,
        values={"by": by or _("A guest")}, about=request.post.summary, sentence=sentence, at=request.due_at,
        address=("post", [request.workspace_id, request.post_id]),
    )  # fmt: skip
