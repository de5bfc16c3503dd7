"""Failures are loud: who wrote it, who promised it and who leads hear of a delivery that needs a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from django.utils.translation import gettext as _

from clarion.deliveries.models import Delivery
from clarion.deliveries.progress import BY_HAND, State
from clarion.notifications.models import Notification
from clarion.notifications.models.choice import leaders
from clarion.organisations.models import Pause, User, Workspace
from clarion.posts.models import Post


def tell(delivery: Delivery, *, now: datetime) -> None:
    """Tells them, in the transaction of the change; those who have left the workspace hear nothing."""
    channel, by_hand = delivery.channel, delivery.code == BY_HAND
    kind = delivery.code if by_hand or delivery.code == "sign_in" else delivery.state
    # All of the words where the reader has to post them.
    about = delivery.post.said_on(channel).text if by_hand else delivery.post.summary
    Notification.objects.settle(delivery)
    Notification.objects.tell(
        kind=f"delivery.{kind}", now=now, subject=delivery, workspace=delivery.workspace,
        people=[*leaders(delivery.workspace), delivery.post.author_id, delivery.scheduled_by_id],
        values={"network": channel.label, "channel": channel.handle}, about=about, sentence=delivery.reason,
        place=str(channel), at=delivery.due_at, address=("delivery", [delivery.workspace_id, delivery.pk]),
    )  # fmt: skip


def tell_of_many(kept: Sequence[Delivery], pause: Pause, *, now: datetime) -> None:
    """What a pause kept back is one thing to look at in each workspace, however much it is."""
    for _place, group in groupby(sorted(kept, key=lambda one: str(one.workspace_id)), key=lambda one: one.workspace_id):
        some = list(group)
        if len(some) == 1:
            tell(some[0], now=now)
            continue
        workspace = some[0].workspace
        authors = Post.objects.filter(pk__in=[one.post_id for one in some]).values_list("author_id", flat=True)
        concerned = {*authors, *(one.scheduled_by_id for one in some)}
        Notification.objects.tell(
            kind="delivery.kept_back", now=now, subject=pause, workspace=workspace,
            people=[*leaders(workspace), *concerned], values={"count": len(some)}, sentence=some[0].reason,
            address=("review", [workspace.pk]),
        )  # fmt: skip


def tell_of_leaver(person: User, workspace: Workspace, *, now: datetime) -> None:
    """Those who lead hear of what she wrote and what is still to go out: nobody else may be thinking of it."""
    going = Delivery.objects.filter(workspace=workspace, state__in=(State.SCHEDULED, State.PUBLISHING))
    count = going.filter(post__author=person, post__removed_at=None).values("post").distinct().count()
    if count:
        Notification.objects.tell(
            kind="person.left_scheduled", now=now, subject=person, workspace=workspace, people=leaders(workspace),
            values={"person": str(person), "count": count}, address=("posts", [workspace.pk]),
            query={"shelf": "scheduled", "author": str(person.pk)},
            sentence=_("What is scheduled goes out at its time. Look whether it still should."),
        )  # fmt: skip
