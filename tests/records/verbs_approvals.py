"""The verbs about approvals: workflows, requests and their answers, guests, comments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from clarion.approvals.models import Comment, Guest, GuestLink, Request, Stage, Workflow
from clarion.organisations.models import Member


def flow(desk) -> None:
    Workflow.objects.set_up(workspace=desk.workspace, name="Four eyes", stages=[Stage()], by=desk.ingrid)


def changed_flow(desk) -> None:
    Workflow.objects.get().change(
        by=desk.ingrid, name="Six eyes", stages=[Stage(), Stage("Again")], when="always", window="day", channels=[],
        labels=[],
    )  # fmt: skip


def asked(desk) -> None:
    """Ingrid's post waits for Amir, who may approve now."""
    Member.objects.join(workspace=desk.workspace, user=desk.amir, role="editor", by=desk.ingrid)
    flow(desk)
    moved(desk)


def moved(desk) -> None:
    desk.delivery.refresh_from_db()
    desk.delivery.reschedule(at=desk.delivery.due_at + timedelta(minutes=5), by=desk.ingrid, now=desk.now)


def _amir(desk) -> Member:
    return desk.workspace.members.get(user=desk.amir)


def answered(desk) -> None:
    request = Request.objects.waiting().get()
    request.decide(member=_amir(desk), yes=True, sha256=request.sha256, now=desk.now)


def handed_on(desk) -> None:
    Request.objects.waiting().get().delegate(
        member=_amir(desk), to=desk.workspace.members.get(user=desk.vera), because="I travel.", now=desk.now
    )


def with_vera(desk) -> None:
    asked(desk)


def broken(desk) -> None:
    Request.objects.waiting().get().break_glass(
        member=desk.workspace.members.get(user=desk.ingrid), because="The dam has broken.", now=desk.now
    )


def asked_and_broken(desk) -> None:
    asked(desk)
    broken(desk)


def looked_back(desk) -> None:
    Request.objects.get(state="glass").look_back(member=_amir(desk), review="It was right.", now=desk.now)


def invited(desk) -> None:
    Guest.objects.invite(workspace=desk.workspace, email="client@shop.example", by=desk.ingrid, now=desk.now)


def named(desk) -> None:
    Guest.objects.call(workspace=desk.workspace, email="client@shop.example", name="Carla Client", by=desk.ingrid)


def guest_asked(desk) -> None:
    invited(desk)
    Workflow.objects.set_up(
        workspace=desk.workspace, name="Client", stages=[Stage(guests=("client@shop.example",))], by=desk.ingrid
    )
    moved(desk)


def guest_answers(desk) -> None:
    request = Request.objects.waiting().get()
    guest = Guest.objects.get()
    guest.decide(request, link=guest.links.get(), yes=False, because="Not so.", sha256=request.sha256, now=desk.now)


def shown(desk) -> None:
    GuestLink.objects.get().show(by=desk.ingrid, now=desk.now)


def remark(desk) -> None:
    Comment.objects.say(desk.post, text="Which day?", by=desk.amir, now=desk.now)


def resolved(desk) -> None:
    remark(desk)
    Comment.objects.get().resolve(by=desk.ingrid, now=desk.now)


APPROVALS: dict[str, tuple[str, Callable]] = {
    "WorkflowQuerySet.set_up": ("workflow.set_up", flow),
    "Workflow.change": ("workflow.changed", changed_flow),
    "Workflow.end": ("workflow.ended", lambda d: Workflow.objects.get().end(by=d.ingrid)),
    "RequestQuerySet.ask": ("approval.asked", moved),
    "RequestQuerySet.nothing_needed": (
        "approval.void", lambda d: Request.objects.nothing_needed(d.post, by=d.ingrid, now=d.now),
    ),
    "Request.decide": ("approval.given", answered),
    "Request.delegate": ("approval.delegated", handed_on),
    "Request.withdraw": ("approval.withdrawn", lambda d: Request.objects.get().withdraw(by=d.ingrid, now=d.now)),
    "Request.break_glass": ("approval.glass_broken", broken),
    "Request.look_back": ("approval.reviewed", looked_back),
    "GuestQuerySet.invite": ("guest.invited", invited),
    "GuestQuerySet.call": ("guest.named", named),
    "Guest.decide": ("approval.refused", guest_answers),
    "Guest.end_links": ("guest.links_ended", lambda d: Guest.objects.get().end_links(by=d.ingrid, now=d.now)),
    "GuestLink.opened": ("guest.opened", lambda d: GuestLink.objects.get().opened(now=d.now)),
    "GuestLink.show": ("guest.link_shown", shown),
    "CommentQuerySet.say": ("comment.said", remark),
    "Comment.resolve": ("comment.resolved", lambda d: Comment.objects.get().resolve(by=d.ingrid, now=d.now)),
    "Comment.reopen": ("comment.reopened", lambda d: Comment.objects.get().reopen(by=d.ingrid)),
}  # fmt: skip

APPROVALS_BEFORE: dict[str, Callable] = {
    "Workflow.change": flow, "Workflow.end": flow, "RequestQuerySet.ask": flow, "RequestQuerySet.nothing_needed": asked,
    "Request.decide": asked, "Request.delegate": with_vera, "Request.withdraw": asked, "Request.break_glass": asked,
    "Request.look_back": asked_and_broken, "Guest.decide": guest_asked, "Guest.end_links": invited,
    "GuestLink.opened": invited, "GuestLink.show": invited,
    "Comment.resolve": remark, "Comment.reopen": resolved,
}  # fmt: skip

APPROVALS_NO_VERBS = {
    "RequestQuerySet.unreviewed",
    "WorkflowQuerySet.of", "WorkflowQuerySet.in_force", "WorkflowQuerySet.asking", "Workflow.is_for",
    "RequestQuerySet.of", "RequestQuerySet.shown_to", "RequestQuerySet.counting", "RequestQuerySet.waiting",
    "RequestQuerySet.asking", "RequestQuerySet.in_vain",
    "Request.sealed", "Request.last_yes", "Request.is_as_sealed", "GuestQuerySet.of", "GuestQuerySet.names",
    "Guest.requests", "GuestLinkQuerySet.known",
    "CommentQuerySet.of", "CommentQuerySet.for_guests",
    # The engine's claims, and what time brings: its events are those of what it does.
    "RequestQuerySet.take", "Request.come", "GuestLinkQuerySet.take",
    # Inside the transactions of those above.
    "Request.become", "GuestLink.new_token",
    # Its events, of what is no change, are looked at in tests/approvals/test_turned_away.py.
    "GuestLinkQuerySet.refuse",
}  # fmt: skip
