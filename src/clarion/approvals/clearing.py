"""May it leave? What the delivery machine asks, under the lock of its claim and again with the intent of every step.

Nothing here is cached: workflows, requests and seals are asked as they are now, so no route around the pages lets out
what nobody said yes to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.posts.content import Content
from clarion.posts.models import Post

from .models.request import Request
from .models.workflow import Workflow
from .progress import LETS_GO, State
from .risk import is_warned
from .seal import Promise, Sealing


@dataclass(frozen=True)
class Clearance:
    """``may_go``, and if not the sentence why and what to do. ``request``: the question about it, if any."""

    may_go: bool
    sentence: str = ""
    request: Any = None
    seal: str = ""
    """The hash of what may go; empty where no yes is needed."""

    @property
    def waits(self) -> bool:
        """A question is open: it may still be answered in time."""
        return self.request is not None and self.request.state == State.WAITING


FREE = Clearance(True)


def clearance(post: Post, promise: Promise, *, on_request: bool = False, content: Content | None = None) -> Clearance:
    """Whether this may go out on the channel. ``content``: the very words that are about to leave, as they will be
    read; ``on_request``: it was scheduled by somebody who may not publish by herself."""
    channel = promise.channel
    flows = Workflow.objects.asking(post, [channel], warned=is_warned(post)).get(channel.pk, [])
    if not flows and not on_request:
        return FREE
    request = Request.objects.filter(post=post).counting().first()
    if request is None or str(channel.pk) not in request.seals:
        return Clearance(False, _("Nobody has been asked for a yes to this. Ask for one, or give it another time."))
    if request.state == State.WAITING:
        return Clearance(False, _("It waits for a yes that is not there yet."), request)
    if request.state not in LETS_GO:
        return Clearance(False, _("It was sent back: change it and ask again."), request)
    if any(request.workflows.get(str(flow.pk)) != flow.version for flow in flows):
        sentence = _("Who has to approve was changed after the yes was given. Ask for the yes again.")
        return Clearance(False, sentence, request)
    sealed = Sealing(post).seal(promise, window=request.window, content=content)
    if sealed.sha256 != request.seals[str(channel.pk)]:
        return Clearance(False, _("It was changed after the yes was given. Ask for the yes again."), request)
    return Clearance(True, "", request, sealed.sha256)


def still_lets_go(cleared: Clearance) -> bool:
    """Whether the yes by which something goes was not taken back since. Asked in the transaction of an intent: whoever
    takes it back at the same moment waits for that, and is told that it has left."""
    if cleared.request is None:
        return True
    mine = Request.objects.select_for_update(no_key=True).filter(pk=cleared.request.pk, state__in=LETS_GO)
    return bool(mine.values_list("pk", flat=True))


def needs_yes(post: Post, channel: Channel) -> bool:
    """Whether a workflow asks for an approval of this post on the channel."""
    return bool(Workflow.objects.asking(post, [channel], warned=is_warned(post)))
