from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from clarion.notifications.kinds import AT_ONCE, DIGEST, EMAIL, KINDS, PUSH, topic_of
from clarion.organisations.models import Member, Organisation, User, Workspace

from .choice import Choice, Reader, leaders
from .device import Device
from .team_chat import Announcement, TeamChat
from .telling import Telling

GATHER = timedelta(seconds=8)
"""How long a first message waits for others, so that one trouble is one e-mail; well within the promised minute."""
TOGETHER = 500
"""Rows in one INSERT."""


class NotificationQuerySet(models.QuerySet["Notification"]):
    def tell(
        self, *, kind: str, people: Iterable[Any], subject: models.Model, now: datetime,
        workspace: Workspace | None = None, organisation: Organisation | None = None,
        values: Mapping[str, Any] | None = None, about: str = "", sentence: str = "", place: str = "",
        at: datetime | None = None, address: tuple[str, Sequence[Any]] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> list[Notification]:  # fmt: skip
        """Tells people (ids) of something, in the transaction of the change: in the app at once, and each the ways that
        she chose. Of a workspace only its members are told. The workspace's own chat hears of it too.

        ``values`` fill the kind's title; ``about`` are people's own words (a post's), ``sentence`` says more as it was
        written then, ``place`` and ``at`` say where and for when. ``address``: name and arguments of its page,
        ``query``: what that page is to show.
        """
        said = {key: value if isinstance(value, int) else str(value) for key, value in (values or {}).items()}
        KINDS[kind].said(said)  # a missing value is our mistake, and found here
        told = _told(people, workspace)
        shared = {
            "kind": kind, "values": said, "about": about, "sentence": sentence, "place": place[:300], "at": at,
            "address": reverse(address[0], args=list(address[1]), query=query) if address else "",
        }  # fmt: skip
        with transaction.atomic():
            made = self.bulk_create(
                [
                    Notification(
                        person_id=person, workspace=workspace, organisation=organisation, raised_at=now,
                        subject_kind=subject._meta.model_name or "", subject=str(subject.pk), **shared,
                    )
                    for person in sorted(told, key=str)
                ], batch_size=TOGETHER,
            )  # fmt: skip
            if made:
                self._by_each_way(made, told, kind=kind, workspace=workspace, now=now)
            chats = TeamChat.objects.all()
            chats = (
                chats.filter(workspace=workspace) if workspace else chats.filter(workspace__organisation=organisation)
            )
            Announcement.objects.announce(chats, shared, now=now, gather=GATHER)
        return made

    def _by_each_way(
        self, made: list[Notification], people: set[Any], *, kind: str, workspace: Workspace | None,
        now: datetime,
    ) -> None:  # fmt: skip
        topic = topic_of(kind)
        chosen = Choice.objects.ways(people, topic, workspace=workspace)
        devices: dict[Any, list[Any]] = {}
        pushed = [person for person, ways in chosen.items() if ways[PUSH] == AT_ONCE]
        for device, person in Device.objects.filter(person__in=pushed).values_list("pk", "person_id"):
            devices.setdefault(person, []).append(device)
        if topic.floor and not devices and all(ways[EMAIL] != AT_ONCE for ways in chosen.values()):
            # Whatever was chosen, and whoever has left meanwhile: a failure finds somebody outside the app.
            leading = set(leaders(workspace)) & set(people) if workspace else set()
            for person in leading or people:
                chosen[person][EMAIL] = AT_ONCE
        later = [person for person, ways in chosen.items() if ways[EMAIL] == DIGEST]
        readers = Reader.objects.known(later) if later else {}
        zone = workspace.zone if workspace else "UTC"
        rows: list[Telling] = []
        for one in made:
            when = chosen[one.person_id][EMAIL]
            if when == AT_ONCE:
                rows.append(Telling(notification=one, person_id=one.person_id, wake_at=now + GATHER))
            elif when == DIGEST:
                at = readers[one.person_id].next_digest(now, zone=zone)
                rows.append(Telling(notification=one, person_id=one.person_id, wake_at=at, digest=True))
            rows += [
                Telling(notification=one, person_id=one.person_id, device_id=device, wake_at=now + GATHER)
                for device in devices.get(one.person_id, ())
            ]
        Telling.objects.bulk_create(rows, batch_size=TOGETHER)

    def settle(self, subject: models.Model, *, kinds: Sequence[str] = ()) -> None:
        """It needs nobody any more: it counts as unread nowhere, and what has not left yet does not leave."""
        rows = self.filter(subject_kind=subject._meta.model_name, subject=str(subject.pk), is_settled=False)
        (rows.filter(kind__in=kinds) if kinds else rows).update(is_settled=True)

    def of(self, user: Any) -> Self:
        """What was told to the person, of places where she still is."""
        mine = Member.objects.filter(user=user)
        return self.filter(
            Q(workspace=None, organisation=None)
            | Q(workspace__in=mine.values("workspace"))
            | Q(workspace=None, organisation__in=mine.values("workspace__organisation")),
            person=user,
        )

    def unread(self) -> Self:
        return self.filter(seen_at=None, is_settled=False)

    def see(self, *, now: datetime) -> int:
        """These were seen; how many were news."""
        return self.filter(seen_at=None).update(seen_at=now)


def _told(people: Iterable[Any], workspace: Workspace | None) -> set[Any]:
    """Those of the people who may be told."""
    ids = {person for person in people if person is not None}
    if workspace is None:
        return set(User.objects.filter(pk__in=ids, is_active=True).values_list("pk", flat=True))
    rows = Member.objects.filter(workspace=workspace, user__in=ids, user__is_active=True)
    return set(rows.values_list("user_id", flat=True))


class Notification(models.Model):
    """One thing told to one person. What it speaks of is kept as plain values, so that it may be gone."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    workspace = models.ForeignKey(Workspace, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    about = models.TextField(blank=True)
    sentence = models.TextField(blank=True)
    place = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(null=True, blank=True)
    subject_kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    address = models.CharField(max_length=500, blank=True)
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    is_settled = models.BooleanField(default=False)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"], name="notification_person"),
            models.Index(
                fields=["person"], condition=Q(seen_at=None, is_settled=False), name="notification_unread"
            ),
            models.Index(fields=["subject", "subject_kind"], name="notification_subject"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} told to {self.person_id}"

    @property
    def title(self) -> str:
        """Its sentence, in the reader's language."""
        kind = KINDS.get(self.kind)
        return kind.said(self.values) if kind else self.sentence or self.about

    @property
    def level(self) -> str:
        kind = KINDS.get(self.kind)
        return kind.level if kind else "going"

    @property
    def is_unread(self) -> bool:
        return self.seen_at is None and not self.is_settled
