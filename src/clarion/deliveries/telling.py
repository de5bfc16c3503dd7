"""Failures are loud: who wrote it, who promised it and who leads hear of a delivery that needs a person."""

from __future__ import annotations

from datetime import datetime

from clarion.deliveries.models import Delivery
from clarion.deliveries.progress import BY_HAND
from clarion.notifications.models import Notification
from clarion.notifications.models.choice import leaders


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
