"""What this room does when rooms below tell news."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from clarion.channels.models import Channel
from clarion.notifications.models import Announcement, Notification
from clarion.notifications.models.choice import leaders
from clarion.organisations.models import Member


def when_sign_in_is_needed(sender: Any, *, channel: Channel, because: str, now: datetime, **kwargs: Any) -> None:
    """Those who lead the workspace hear that a channel stands still, whether something waits for it or not."""
    Notification.objects.tell(
        kind="channel.sign_in", people=leaders(channel.workspace), subject=channel, workspace=channel.workspace,
        now=now, values={"channel": str(channel)}, sentence=because,
        address=("channel", [channel.workspace_id, channel.pk]),
    )  # fmt: skip


def after_reconnection(sender: Any, *, channel: Channel, now: datetime, **kwargs: Any) -> None:
    Notification.objects.settle(channel, kinds=["channel.sign_in"])
    Announcement.objects.go_on(channel, now=now)


def after_pause(
    sender: Any, *, verb: str, subject: Any, by: Any, because: str = "", **kwargs: Any
) -> None:  # fmt: skip
    """Everybody of the organisation hears that nothing goes out, and that it goes on; who pressed knows it already."""
    kind = {"organisation.paused": "crisis.paused", "organisation.resumed": "crisis.resumed"}.get(verb)
    if kind is None:
        return
    people = Member.objects.filter(workspace__organisation=subject).exclude(user=getattr(by, "pk", None))
    Notification.objects.settle(subject, kinds=["crisis.paused", "crisis.resumed"])
    Notification.objects.tell(
        kind=kind, people=people.values_list("user_id", flat=True), subject=subject, organisation=subject,
        values={"organisation": subject.name}, sentence=because, now=timezone.now(), address=("home", []),
    )  # fmt: skip
