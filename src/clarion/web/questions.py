"""Posts and the questions about them, in lists of many: what keeps a post from leaving, and what left without a yes."""

from __future__ import annotations

from django.db.models import OuterRef, Subquery

from clarion.approvals.models import Request
from clarion.approvals.progress import State
from clarion.deliveries.progress import State as Promised


def question(post: str = "pk") -> Subquery:
    """To annotate with: the state of the question that counts about a post, by the path to it; None: nobody asked."""
    return Subquery(Request.objects.counting().filter(post=OuterRef(post)).values("state")[:1])


def keeping(state: str, asked: str | None) -> str:
    """The state of a post or delivery, or that of its question where that keeps it from leaving."""
    return str(asked) if state == Promised.SCHEDULED and asked in (State.WAITING, State.REFUSED) else state
