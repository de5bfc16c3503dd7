"""A post that a rule of the house stops, let out all the same: the decision is kept, and what was held goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import BY_A_RULE
from clarion.posts.models import HouseRule, Override, Post

WAITS = (State.SCHEDULED, State.HELD, State.FAILED, State.MISSED)
"""States in which the words have not left."""


def let_out(post: Post, *, by: Any, because: str, now: datetime, channels: Sequence[Channel] = ()) -> list[Override]:
    """Overrides what stops the post now, and lets go what was held for that. Raises ``NoReason``.

    ``channels``: where it is meant to go; none: where it has not left, else those that were chosen for it.
    """
    waiting = list(post.deliveries.filter(state__in=WAITS).select_related("channel", "workspace"))
    channels = channels or [one.channel for one in waiting] or list(post.channels.all())
    contents = {(said := post.said_on(channel)).sha256: (said, channel) for channel in channels} or {
        "": (post.said, None)
    }
    made: list[Override] = []
    with transaction.atomic():
        for said, channel in contents.values():
            verdicts = HouseRule.objects.judge(said, workspace=post.workspace, channel=channel)
            if any(one.stops for one in verdicts):
                made += Override.objects.grant(verdicts, post=post, by=by, because=because)
        for one in waiting if made else ():
            if one.state == State.HELD and one.code == BY_A_RULE:
                _go_on(one, by=by, now=now)
    return made


def _go_on(delivery: Delivery, *, by: Any, now: datetime) -> None:
    """At its own time; what should have left by now leaves now, for a person has just decided so."""
    because = _("let out although a rule stops it")
    if delivery.due_at > now:
        delivery.release(by=by, now=now, because=because)
    else:
        delivery.reschedule(at=now, by=by, now=now, because=because)
