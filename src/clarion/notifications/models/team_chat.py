from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.channels.models import Channel
from clarion.notifications.kinds import TOPICS, topic_of
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.records.models import Event
from clarion.work.models import Timed, TimedQuerySet


class NotAChat(Exception):
    """A channel that cannot be the team's own chat; the sentence says why."""


class TeamChatQuerySet(models.QuerySet["TeamChat"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def open(
        self, channel: Channel, *, topics: Iterable[str], language: str, by: Any, now: datetime
    ) -> TeamChat:  # fmt: skip
        """From now on the channel is the team's own: it is told of the topics, and no post goes there. Raises
        ``NotAChat``."""
        if channel.kind.family != "chat" or not channel.is_connected:
            raise NotAChat(_("This is not a connected chat."))
        wanted = _topics(topics)
        with transaction.atomic():
            Channel.objects.filter(pk=channel.pk).update(for_us=True)
            channel.for_us = True
            chat = self.create(
                workspace_id=channel.workspace_id, channel=channel, topics=wanted, language=language,
                made_by=person(by), made_at=now,
            )  # fmt: skip
            Event.objects.write("team_chat.opened", subject=chat, by=by, after={"topics": wanted})
        return chat


def _topics(topics: Iterable[str]) -> list[str]:
    asked = set(topics)
    return [topic.name for topic in TOPICS.values() if topic.chat and topic.name in asked]


class TeamChat(models.Model):
    """A channel that is for us, not for posts: the team's own chat hears of some topics there, in one language."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="team_chats")
    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="team_chat")
    topics = models.JSONField(default=list)
    language = models.CharField(max_length=10, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    objects = TeamChatQuerySet.as_manager()

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return str(self.channel)

    def change(self, *, topics: Iterable[str], language: str, by: Any) -> None:
        before, wanted = list(self.topics), _topics(topics)
        with transaction.atomic():
            self.topics, self.language = wanted, language
            self.save(update_fields=["topics", "language"])
            Event.objects.write(
                "team_chat.changed", subject=self, by=by, before={"topics": before}, after={"topics": wanted}
            )  # fmt: skip

    def close(self, *, by: Any) -> None:
        """The channel takes posts again. What was on its way to the team is dropped."""
        with transaction.atomic():
            Channel.objects.filter(pk=self.channel_id).update(for_us=False)
            Event.objects.write("team_chat.closed", subject=self, by=by, before={"topics": list(self.topics)})
            self.delete()

    def last(self) -> Announcement | None:
        return self.announcements.order_by("-id").first()


class Fate(models.TextChoices):
    WAITING = "waiting", gettext_lazy("On its way")
    SENT = "sent", gettext_lazy("Sent")
    REFUSED = "refused", gettext_lazy("Refused")
    SIGN_IN = "sign_in", gettext_lazy("Waits for a new sign-in")
    UNKNOWN = "unknown", gettext_lazy("Nobody can tell whether it arrived")
    DROPPED = "dropped", gettext_lazy("Dropped, it was too late")


class AnnouncementQuerySet(TimedQuerySet):
    def announce(
        self, chats: models.QuerySet[TeamChat], told: Mapping[str, Any], *, now: datetime, gather: timedelta
    ) -> None:  # fmt: skip
        """Tells those of the chats that want to hear of it, in the caller's transaction. What comes within ``gather``
        becomes one message."""
        topic = topic_of(told["kind"])
        if not topic.chat:
            return
        item = {**told, "at": told["at"].isoformat() if told["at"] else None}
        for chat in chats.order_by("pk"):
            if topic.name not in chat.topics:
                continue
            # Whoever claims it meanwhile waits for our transaction, and reads the longer list.
            begun = self.filter(chat=chat, fate=Fate.WAITING, intended_at=None, lease_owner="")
            row = begun.select_for_update().order_by("-id").first()
            if row is not None:
                self.filter(pk=row.pk).update(items=[*row.items, item])
            else:
                self.create(chat=chat, items=[item], key=secrets.token_hex(16), made_at=now, wake_at=now + gather)

    def take(self, pk: Any, *, owner: str, now: datetime) -> Announcement | None:
        if not self.claim(pk, owner=owner, now=now):
            return None
        return self.select_related("chat__channel__credential", "chat__workspace__organisation").get(pk=pk)

    def go_on(self, channel: Channel, *, now: datetime) -> None:
        """What waited for a sign-in leaves."""
        self.filter(chat__channel=channel, fate=Fate.SIGN_IN).update(fate=Fate.WAITING, wake_at=now)


class Announcement(Timed):
    """One message to the team's chat: said once, under a key of its own.

    ``items`` is what it tells, as it was raised. Its words are written with the intent (``payload``) and stay the same;
    ``maybe_since`` is set with it and stays until somebody knows.
    """

    id = models.BigAutoField(primary_key=True)
    chat = models.ForeignKey(TeamChat, on_delete=models.CASCADE, related_name="announcements")
    items = models.JSONField(default=list)
    key = models.CharField(max_length=64, unique=True)
    fate = models.CharField(max_length=8, choices=Fate.choices, default=Fate.WAITING)
    made_at = models.DateTimeField()
    payload = models.JSONField(null=True, blank=True)
    intended_at = models.DateTimeField(null=True, blank=True)
    maybe_since = models.DateTimeField(null=True, blank=True)
    maybe_slow = models.BooleanField(default=False)
    tries = models.PositiveIntegerField(default=0)
    remote_id = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    reason = models.TextField(blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["wake_at"], condition=Q(wake_at__isnull=False, lease_owner=""), name="announcement_wakes"
            ),
            models.Index(fields=["chat", "-id"], name="announcement_chat"),
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(condition=Q(fate__in=Fate.values), name="announcement_fate_known"),
        ]

    def __str__(self) -> str:
        return f"{len(self.items)} to {self.chat_id} ({self.fate})"
