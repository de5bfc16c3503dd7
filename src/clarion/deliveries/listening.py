"""What this room does when rooms below tell news."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.approvals.models import Decision, Request, Workflow
from clarion.approvals.models.workflow import When
from clarion.approvals.progress import LETS_GO
from clarion.approvals.progress import State as Asking
from clarion.channels.models import Channel
from clarion.deliveries.asking import ASKED_FOR, answered_for, ask_for_yes
from clarion.deliveries.models import Delivery, Measuring
from clarion.deliveries.progress import State
from clarion.deliveries.telling import tell_of_leaver, tell_of_many
from clarion.organisations.models import Member, Pause, User, Workspace
from clarion.posts.models import BadLink, Post
from clarion.posts.models.post import LEAVING


def after_reconnection(sender: Any, *, channel: Channel, by: Any, now: datetime, **kwargs: Any) -> None:
    """What waited for the sign-in goes on; what is by now too late for its policy will say so.

    From its first connection on the channel is asked how its posts fare."""
    Measuring.objects.begin(channel, now=now)
    held = Delivery.objects.filter(channel=channel, state=State.HELD, code="sign_in")
    for delivery in held.select_related("post", "channel", "workspace"):
        delivery.release(by=by, now=now, because=_("reconnected"))


def after_resume(sender: Any, *, pause: Pause, by: Any, held_until: datetime, **kwargs: Any) -> None:
    """Nothing fires by itself when a pause ends: what it stopped, and what is due soon, waits for its review."""
    if pause.stops:
        kept = list(Delivery.objects.keep_back(pause, until=held_until, by=by))
        tell_of_many(kept, pause, now=pause.ended_at or held_until)


def after_leaving(sender: Any, *, person: User, workspace: Workspace, now: datetime, **kwargs: Any) -> None:
    """What somebody scheduled stays when she leaves, and is told."""
    tell_of_leaver(person, workspace, now=now)


def after_another_meaning(sender: Any, *, workspace: Any, by: Any, fits: Q, **kwargs: Any) -> None:
    """As an edit, though nobody edited these posts: whoever changed what readers get is one of its authors by that.
    A workflow for what a rule warns about may be for a post now that it was not for before; and where she may not
    publish by herself, what others promised needs a yes from now on."""
    posts = Post.objects.kept().filter(fits, workspace=workspace)
    waiting = Delivery.objects.filter(state__in=ASKED_FOR, workspace=workspace)
    place = Workspace.objects.get(pk=workspace)
    named = answered_for(waiting.filter(post__in=posts), by=by, workspace=place)
    asked = Request.objects.filter(state__in=(Asking.WAITING, *LETS_GO), workspace=workspace)
    which = Q(pk__in=asked.values("post")) | Q(pk__in=named)
    if Workflow.objects.in_force().filter(workspace=workspace, when=When.WARNED).exists():
        which |= ~Exists(Request.objects.counting().filter(post=OuterRef("pk")))
    for post in posts.filter(which, Exists(waiting.filter(post=OuterRef("pk")))).select_related("workspace").distinct():
        ask_for_yes(post, by=by, now=timezone.now())


def before_a_link_is_led(sender: Any, *, workspace: Any, by: Any, fits: Q, **kwargs: Any) -> None:
    """Readers of what is out follow its links at once: where a yes was given to where they led, only who may publish
    without one leads them elsewhere. Raises ``BadLink``."""
    if not isinstance(by, User):
        return
    said_yes = Request.objects.filter(decisions__answer=Decision.Answer.YES)
    out = Delivery.objects.filter(workspace=workspace, state__in=LEAVING, post__in=said_yes.values("post"))
    posts = Post.objects.filter(fits, workspace=workspace)
    member = Member.objects.of(by, workspace)
    for one in out.filter(post__in=posts).select_related("channel"):
        if member is None or not member.may("break_glass", on=one.channel):
            sentence = _(
                "It is out, and somebody said yes to where it leads. Who may publish without an approval can change it."
            )
            raise BadLink(sentence)
