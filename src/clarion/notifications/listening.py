"""What this room does when rooms below tell news."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from clarion.channels.models import Channel
from clarion.notifications.models import Announcement, Notification
from clarion.notifications.models.choice import leaders
from clarion.organisations.models import Member, Organisation


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


LEFT = ("person.left_scheduled", "person.left_asked")


def after_coming(sender: Any, *, verb: str, subject: Any, workspace: Any, **kwargs: Any) -> None:
    """Whoever is here again has not left: what was told of it needs nobody any more."""
    if verb == "member.joined":
        Notification.objects.filter(workspace=workspace).settle(subject.user, kinds=LEFT)
    elif verb == "person.reactivated":
        Notification.objects.settle(subject, kinds=LEFT)


PAUSES = {
    "organisation.paused": "crisis.paused", "organisation.resumed": "crisis.resumed",
    "workspace.paused": "crisis.paused", "workspace.resumed": "crisis.resumed",
    "installation.paused": "crisis.paused", "installation.resumed": "crisis.resumed",
    "drill.paused": "crisis.drill", "drill.resumed": "crisis.drill_ended",
}  # fmt: skip


def after_pause(
    sender: Any, *, verb: str, organisation: Any, by: Any, workspace: Any = None, because: str = "", after: Any = None,
    **kwargs: Any,
) -> None:  # fmt: skip
    """Everybody there hears that nothing goes out, and that it goes on; who pressed knows it already."""
    if verb.endswith(".pause_reviewed"):
        Notification.objects.filter(subject_kind="pause", subject=after["pause"]).update(is_settled=True)
    kind, now = PAUSES.get(verb), timezone.now()
    if kind is None:
        return
    others = Member.objects.exclude(user=getattr(by, "pk", None))
    for house in [organisation] if organisation else Organisation.objects.all():
        place = workspace or house
        people = others.filter(workspace=workspace) if workspace else others.filter(workspace__organisation=house)
        Notification.objects.settle(place, kinds=[*PAUSES.values()])
        Notification.objects.tell(
            kind=kind, people=people.values_list("user_id", flat=True), subject=place, workspace=workspace,
            organisation=None if workspace else house, values={"organisation": place.name}, sentence=because, now=now,
            address=("today", [workspace.pk]) if workspace else ("home", []),
        )  # fmt: skip
