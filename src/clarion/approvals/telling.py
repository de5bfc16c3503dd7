"""Who hears of approvals: whose yes is waited for, who asked, and who leads where somebody broke the glass."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from clarion.approvals.progress import State
from clarion.notifications.models import Notification
from clarion.notifications.models.choice import leaders
from clarion.organisations.models import Member, User, Workspace

if TYPE_CHECKING:
    from .models.comment import Comment
    from .models.request import Request

ENDS = {
    State.APPROVED: "approval.given", State.REFUSED: "approval.refused", State.VOID: "approval.voided",
    State.GLASS: "break_glass.used",
}  # fmt: skip


def tell(request: Request, kind: str, people: Iterable[Any], *, now: datetime, by: Any = None, said: str = "") -> None:
    """``by`` knows it already. ``said``: the reason or the note that goes with it."""
    Notification.objects.tell(
        kind=kind, now=now, subject=request, workspace=request.workspace, sentence=said,
        people={*people} - {None, getattr(by, "pk", None)}, values={"by": str(by or "Clarion")},
        about=request.post.summary, at=request.due_at, address=("approval", [request.workspace_id, request.pk]),
    )  # fmt: skip


def tell_of_end(request: Request, *, before: str, by: Any, now: datetime) -> None:
    """Nobody is asked any more, and those concerned hear how it ended. What was changed before anybody said yes to it
    is asked anew, and that is told."""
    if before != State.GLASS:  # somebody still has to look at it
        Notification.objects.settle(request)
    kind = ENDS.get(State(request.state))
    if kind is None or (request.state == State.VOID and before != State.APPROVED):
        return
    people = [request.asked_by_id, request.post.author_id]
    if request.state == State.GLASS:
        asked = request.asked.values_list("person_id", flat=True)
        people += [*leaders(request.workspace), *asked]
    tell(request, kind, people, now=now, by=by, said=request.because)


def tell_of_review(request: Request, *, late: bool, now: datetime) -> None:
    """Those who lead the workspace hear that somebody has to look at what went out without a yes; when that is late,
    those who lead the organisation as well."""
    people = leaders(request.workspace)
    if late:
        officers = request.workspace.organisation.officers.filter(user__is_active=True)
        people += [one.user_id for one in officers if one.may("pause_all")]
    kind = "break_glass.review_overdue" if late else "break_glass.review_due"
    tell(request, kind, people, now=now, said=request.because)


def settle_review(request: Request) -> None:
    """Somebody has looked: nobody need any more."""
    Notification.objects.settle(request)


def tell_of_comment(comment: Comment, *, by: Any, now: datetime, mentioned: Iterable[Any] = ()) -> None:
    """Those who wrote the post, who are asked about it now, and who spoke before; who is ``mentioned`` hears just
    that. What is between colleagues is told to nobody who may not read the workspace."""
    post = comment.post
    spoke = post.comments.exclude(person=None).values_list("person_id", flat=True)
    asked = [
        pk for request in post.approval_requests.filter(state=State.WAITING)
        for pk in request.asked.values_list("person_id", flat=True)
    ]  # fmt: skip
    near = {*spoke, *asked, post.author_id, *mentioned} - {None, getattr(by, "pk", None)}
    members = Member.objects.filter(workspace=post.workspace_id, user__in=near)
    people = {
        one.user_id for one in members.select_related("custom", "workspace") if comment.for_guests or one.may("read")
    }  # fmt: skip
    by_name = people & {*mentioned}
    for kind, some in (("comment.mention", by_name), ("comment.made", people - by_name)):
        if some:
            Notification.objects.tell(
                kind=kind, now=now, subject=comment, workspace=post.workspace, sentence=comment.text[:500],
                people=some, values={"by": str(by)}, about=post.summary,
                address=("post", [post.workspace_id, post.pk]),
            )  # fmt: skip


def tell_of_nobody(request: Request, *, now: datetime) -> None:
    """Those who lead hear that a post waits for a yes which nobody can give."""
    Notification.objects.tell(
        kind="approval.nobody", now=now, subject=request, workspace=request.workspace,
        people=leaders(request.workspace), about=request.post.summary, at=request.due_at,
        address=("approval", [request.workspace_id, request.pk]),
        sentence=_("Whoever is named has left, or wrote some of it. Change who approves what."),
    )  # fmt: skip


def tell_of_leaver(person: User, workspace: Workspace, *, count: int, now: datetime) -> None:
    """Those who lead hear of posts that wait for somebody who is gone."""
    Notification.objects.tell(
        kind="person.left_asked", now=now, subject=person, workspace=workspace, people=leaders(workspace),
        values={"person": str(person), "count": count}, address=("approvals", [workspace.pk]),
        query={"shelf": "all"}, sentence=_(
            "Whoever is named to be asked next is asked now. Where nobody is, change who approves what."
        ),
    )  # fmt: skip
