"""Asking for the yes that what is promised needs, and what follows when it is given."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clarion.approvals.clearing import Clearance, clearance
from clarion.approvals.models import Decision, Request, Workflow
from clarion.approvals.progress import NotNow
from clarion.approvals.progress import State as Asking
from clarion.approvals.risk import is_warned
from clarion.approvals.seal import Promise
from clarion.channels.models import Channel
from clarion.deliveries.progress import State, TooLate
from clarion.organisations.models import Member, User, Workspace
from clarion.posts.content import Content
from clarion.posts.models import Blackout, Post
from clarion.posts.models.post import LEAVING
from clarion.records.models import Event

ASKED_FOR = (State.SCHEDULED, State.HELD, State.FAILED, State.MISSED)
"""States in which a delivery may still go out, and so is part of what is asked."""
APPROVAL = "approval"
"""The code of a ``held`` delivery whose time came before its yes, or whose question was withdrawn."""


def may_publish(by: Any, *, workspace: Workspace, channels: Iterable[Channel]) -> set[Any]:
    """The ids of the channels on which this person may publish by herself; the command line and Clarion may on all."""
    if not isinstance(by, User):
        return {channel.pk for channel in channels}
    member = Member.objects.of(by, workspace)
    return {channel.pk for channel in channels if member is not None and member.may("publish", on=channel)}


def promise_of(delivery: Any) -> Promise:
    return Promise(delivery.channel, delivery.due_at, delivery.late_limit)


def ask_for_yes(
    post: Post, *, by: Any, now: datetime, note: str = "", corrected: Iterable[Any] = ()
) -> Request | None:  # fmt: skip
    """Asks for the approvals that the post's deliveries need as they are now; nothing where they need none.
    ``corrected``: deliveries that are out, whose words shall be said anew."""
    open_ones = [*post.deliveries.filter(state__in=ASKED_FOR).select_related("channel"), *corrected]
    on_request = {one.channel_id for one in open_ones if one.on_request}
    back = [one for one in open_ones if one.state == State.HELD and one.code == APPROVAL and one.due_at > now]
    with transaction.atomic():
        if back:
            _locked(post.deliveries.filter(pk__in=[one.pk for one in back]))
        if not on_request and not Workflow.objects.in_force().filter(workspace=post.workspace_id).exists():
            asked = None if not open_ones else Request.objects.nothing_needed(post, by=by, now=now)
        else:
            asked = Request.objects.ask(
                post, promises=[promise_of(one) for one in open_ones], by=by, now=now, note=note,
                on_request=on_request, warned=is_warned(post),
            )  # fmt: skip
        for one in back:
            with suppress(TooLate):
                one.release(by=by, now=now, because=_("asked again"))
    return asked


def withdraw_question(request: Request, *, by: Any, now: datetime, because: str = "") -> None:
    """Takes the question back, or the yes to what has not left. What may not go without it is held at once, until
    somebody asks again. Raises ``NotNow``."""
    with transaction.atomic():
        asked = request.post.deliveries.filter(channel__in=list(request.seals))
        some = _locked(asked.select_related("post", "channel", "workspace__organisation"))
        if not any(one.state in ASKED_FOR for one in some) and any(one.state in LEAVING for one in some):
            raise NotNow(_("Too late: it has left already, or is on its way."))
        request.withdraw(by=by, now=now, because=because)
        for one in some:
            if one.state == State.SCHEDULED and not (clear := cleared(one)).may_go:
                one.hold(by=by, because=clear.sentence, code=APPROVAL)


def _locked(rows: Any) -> list[Any]:
    """Deliveries are locked before the question about them, as whoever sends one does: of two that meet, one waits."""
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def take_yes_back(request: Request, *, member: Member, now: datetime) -> Request | None:
    """A member takes her own yes back, as long as nothing has left by it: the same is asked once more, in the name of
    who asked it. Raises ``NotNow``."""
    with transaction.atomic():
        # PostgreSQL locks no row that may be missing, such as that of who asked: so this one alone.
        rows = Request.objects.select_for_update(of=("self",)).select_related("post__workspace", "asked_by")
        row = rows.get(pk=request.pk)
        mine = row.decisions.filter(person=member.user_id, answer=Decision.Answer.YES)
        if row.state not in (Asking.WAITING, Asking.APPROVED) or not mine.exists():
            raise NotNow(row.ended_sentence)
        if row.post.deliveries.filter(channel__in=list(row.seals), state__in=LEAVING).exists():
            raise NotNow(_("Too late: it has left already, or is on its way."))
        row.withdraw(by=member.user, now=now, because=_("took the yes back"))
        return ask_for_yes(row.post, by=row.asked_by, now=now, note=row.note)


def has_unsaid_words(delivery: Any) -> bool:
    """The words of a post that is out were corrected here, and the network does not say so yet."""
    said = Event.objects.of(delivery).filter(verb__in=("delivery.published", "delivery.edited")).order_by("-id").first()
    new = Event.objects.of(delivery.post).filter(verb="post.corrected").order_by("-id").first()
    return new is not None and said is not None and new.pk > said.pk


def cleared(delivery: Any, *, content: Content | None = None) -> Clearance:
    """Whether the delivery may go out now; ``content``: the very words that are about to leave."""
    return clearance(delivery.post, promise_of(delivery), on_request=delivery.on_request, content=content)


def after_yes(sender: Any, *, request: Request, by: Any, now: datetime, **kwargs: Any) -> None:
    """What was held because its time came before the yes goes on; what is by now too late will say so."""
    if not request.lets_go:
        return
    held = request.post.deliveries.filter(state=State.HELD, code=APPROVAL, channel__in=list(request.seals))
    for delivery in held.select_related("post", "channel", "workspace__organisation"):
        delivery.release(by=by, now=now, because=_("approved"))


def after_edit(
    sender: Any, *, post: Post, by: Any, now: datetime, channel: Channel | None = None, **kwargs: Any
) -> None:  # fmt: skip
    """An edit voids the yes: it is asked for anew, of what stands there now. ``channel``: nowhere else are the words
    other ones now."""
    waiting = post.deliveries.filter(state__in=ASKED_FOR)
    hers = answered_for(waiting.filter(channel=channel) if channel else waiting, by=by, workspace=post.workspace)
    if hers or Request.objects.filter(post=post).counting().exists():
        ask_for_yes(post, by=by, now=now)


def answered_for(waiting: Any, *, by: Any, workspace: Workspace) -> set[Any]:
    """What others promised says something else now, because of this person: where she may not publish by herself it
    needs a yes from now on, and whoever let it go in a pause or through a blackout let other words go. The ids of the
    posts that need one."""
    if not isinstance(by, User):
        return set()
    if let := list(Blackout.objects.let_any_of(waiting.values("post"))):
        member = Member.objects.of(by, workspace)
        for blackout in let if member is None or not member.may("calendar") else ():
            blackout.hold_in(Post.objects.filter(pk__in=waiting.values("post")), by=by)
    waiting.exclude(let_by=None).exclude(let_by=by).update(let_by=None, let_at=None)
    free = waiting.filter(on_request=False)
    channels = Channel.objects.filter(pk__in=free.values("channel"))
    hers = free.exclude(channel__in=may_publish(by, workspace=workspace, channels=channels))
    posts = set(hers.values_list("post", flat=True))
    if posts:
        hers.update(on_request=True)
    return posts
