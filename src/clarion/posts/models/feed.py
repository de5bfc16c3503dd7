from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.channels.models import Channel
from clarion.channels.rights import refused
from clarion.organisations.ids import new_id
from clarion.organisations.models import Member, Workspace
from clarion.organisations.models.user import person
from clarion.posts.feeding import VARIABLES
from clarion.records.models import Event
from clarion.work.models import Timed, TimedQuerySet

from .idea import Idea
from .label import Label
from .post import Post

EVERY = (15, 30, 60, 180, 720, 1440)
"""Minutes between two looks that can be chosen."""
LONGEST = timedelta(days=1)
"""So long at most until a feed in trouble is looked at again."""
BETWEEN = timedelta(seconds=5)
"""Two feeds of one server are not asked closer together."""
KEPT = 5000
"""So many items of a feed are remembered; a feed shows its newest few dozen."""
TEMPLATE = "{title}\n\n{link}"


class BadTemplate(ValueError):
    """A text with a variable that there is not; the sentence says which there are."""


class Target(models.TextChoices):
    """What becomes of a new item."""

    IDEA = "idea", gettext_lazy("An idea on the board")
    DRAFT = "draft", gettext_lazy("A draft")
    SLOT = "slot", gettext_lazy("A post in the next free slot")
    NOW = "now", gettext_lazy("A post that goes out at once")


PUBLISHES = (Target.SLOT, Target.NOW)
SEVERITIES = ("", "Minor", "Moderate", "Severe", "Extreme")
URGENCIES = ("", "Future", "Expected", "Immediate")
"""Of CAP 1.2, from the least on: an alert that says less than what is asked for is passed over."""


class FeedQuerySet(TimedQuerySet):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def follow(self, *, workspace: Workspace, url: str, by: Any, now: datetime, **more: Any) -> Feed:
        """Begins to look at an address. ``more`` are those of ``Feed.change``. Raises ``BadTemplate``."""
        host = host_of(url)
        feed: Feed = Feed(workspace=workspace, url=url, host=host, by=person(by), name=host, wake_at=now)
        with transaction.atomic():
            feed._take(**more)
            Event.objects.write("feed.followed", subject=feed, by=by, after={"url": url, "target": feed.target})
        return feed

    def take(self, pk: Any, *, owner: str, now: datetime) -> Feed | None:
        """Claims one that is due, unless its server was asked a moment ago: then it waits a moment too."""
        row = self.filter(pk=pk).first()
        if row is None:
            return None
        near = self.filter(host=row.host).exclude(pk=pk)
        if near.filter(Q(polled_at__gt=now - BETWEEN) | ~Q(lease_owner="")).exists():
            self.filter(pk=pk, lease_owner="").update(wake_at=now + BETWEEN)
            return None
        if not self.claim(pk, owner=owner, now=now):
            return None
        found: Feed | None = self.select_related("workspace__organisation", "by").get(pk=pk)
        return found


class Feed(Timed):
    """An address of news that somebody else writes (RSS, Atom, JSON Feed, CAP), and what becomes of each new item."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="feeds")
    url = models.CharField(max_length=2000)
    host = models.CharField(max_length=253)
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    target = models.CharField(max_length=8, choices=Target.choices, default=Target.IDEA)
    template = models.TextField(default=TEMPLATE)
    channels = models.ManyToManyField(Channel, related_name="+", blank=True)
    labels = models.ManyToManyField(Label, related_name="+", blank=True)
    pictures = models.BooleanField(default=False)
    severity = models.CharField(max_length=10, blank=True)
    urgency = models.CharField(max_length=10, blank=True)
    every = models.PositiveIntegerField(default=30)
    takes_old = models.BooleanField(default=False)
    """Whether the first look takes what is there already."""
    etag = models.CharField(max_length=500, blank=True)
    modified = models.CharField(max_length=100, blank=True)
    polled_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=500, blank=True)
    troubles = models.PositiveIntegerField(default=0)
    paused_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = FeedQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created_at"]
        constraints = [
            models.UniqueConstraint("workspace", "url", name="feed_once"),
            models.CheckConstraint(condition=Q(target__in=Target.values), name="feed_target_known"),
        ]
        indexes = [
            models.Index("wake_at", condition=Q(wake_at__isnull=False), name="feed_wakes"),
            models.Index(fields=["host", "polled_at"], name="feed_host"),
        ]

    def __str__(self) -> str:
        return self.name or self.url

    # -- what it is

    @property
    def publishes(self) -> bool:
        return self.target in PUBLISHES

    def may_publish(self, channels: Iterable[Channel]) -> bool:
        """Whether who set it up may still publish on each of them: a rule has no more rights than its author."""
        members = Member.objects.select_related("workspace", "custom")
        member = members.filter(workspace=self.workspace_id, user=self.by_id, user__is_active=True).first()
        return member is not None and not refused(member, channels)

    def wants(self, *, severity: str, urgency: str) -> bool:
        """Whether an alert is grave and urgent enough. What an alert does not say is passed over where it is asked."""
        return _reaches(severity, self.severity, SEVERITIES) and _reaches(urgency, self.urgency, URGENCIES)

    # -- verbs of people

    def change(self, *, by: Any, now: datetime, **more: Any) -> None:
        """Raises ``BadTemplate``."""
        with transaction.atomic():
            before = {"target": self.target, "every": self.every}
            self.by, self.wake_at = person(by) or self.by, None if self.paused_at else now
            self._take(**more)
            Event.objects.write(
                "feed.changed", subject=self, by=by, before=before, after={"target": self.target, "every": self.every}
            )

    def _take(
        self, *, target: str, template: str, channels: Iterable[Channel] = (), labels: Iterable[Label] = (),
        pictures: bool = False, severity: str = "", urgency: str = "", every: int = 30, takes_old: bool = False,
        name: str = "",
    ) -> None:  # fmt: skip
        refuse_unknown(template)
        self.target, self.template, self.pictures, self.severity = target, template, pictures, severity
        self.urgency, self.every, self.takes_old, self.name = urgency, every, takes_old, name or self.name
        self.save()
        self.channels.set(channels)
        self.labels.set(labels)

    def pause(self, *, by: Any, now: datetime) -> None:
        self._rest("feed.paused", by=by, wake_at=None, paused_at=now)

    def go_on(self, *, by: Any, now: datetime) -> None:
        """Looks again, at once."""
        self._rest("feed.resumed", by=by, wake_at=now, paused_at=None, trouble="", troubles=0)

    def _rest(self, verb: str, *, by: Any, **changes: Any) -> None:
        with transaction.atomic():
            type(self).objects.filter(pk=self.pk).update(
                fence=F("fence") + 1, lease_owner="", lease_until=None, **changes
            )
            self.refresh_from_db()
            Event.objects.write(verb, subject=self, by=by)

    def remove(self, *, by: Any) -> None:
        """Its ideas and posts stay."""
        with transaction.atomic():
            Event.objects.write("feed.removed", subject=self, by=by, before={"url": self.url})
            self.delete()

    # -- verbs of workers

    def fresh(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that were not met before."""
        return set(keys) - set(self.items.filter(key__in=keys).values_list("key", flat=True))

    def was_read(self, *, now: datetime, name: str = "", kind: str = "", etag: str = "", modified: str = "") -> None:
        """It answered: the next look is due after its usual time."""
        self._settle(
            name=self.name if self.name != self.host else name or self.name, kind=kind or self.kind, etag=etag[:500],
            modified=modified[:100], polled_at=now, worked_at=now, trouble="", troubles=0,
            wake_at=now + timedelta(minutes=self.every),
        )  # fmt: skip
        old = self.items.order_by("-pk").values_list("pk", flat=True)[KEPT:]
        self.items.filter(pk__in=list(old)).delete()

    def failed(self, sentence: str, *, now: datetime, wait: timedelta | None = None, for_good: bool = False) -> None:
        """It could not be read: it is asked less and less often, or, ``for_good``, not any more."""
        longer = timedelta(minutes=self.every) * 2 ** min(self.troubles, 8)
        self._settle(
            polled_at=now, trouble=sentence[:500], troubles=self.troubles + 1,
            wake_at=None if for_good else now + max(min(longer, LONGEST), min(wait or timedelta(0), LONGEST)),
            paused_at=now if for_good else None,
        )  # fmt: skip

    def _settle(self, **changes: Any) -> None:
        mine = type(self).objects.filter(pk=self.pk, fence=self.fence)
        mine.update(lease_owner="", lease_until=None, **changes)
        for name, value in changes.items():
            setattr(self, name, value)


class FeedItem(models.Model):
    """An item that was met: taken once, as an idea or a post, or passed over with a reason."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=64)
    identifier = models.CharField(max_length=300, blank=True)
    title = models.CharField(max_length=300, blank=True)
    link = models.CharField(max_length=2000, blank=True)
    about = models.CharField(max_length=300, blank=True)
    """What an alert says of earlier ones: that it updates or cancels them."""
    earlier = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="later")
    reason = models.CharField(max_length=300, blank=True)
    idea = models.ForeignKey(Idea, null=True, on_delete=models.SET_NULL, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="feed_items")
    met_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-met_at", "-pk"]
        constraints = [models.UniqueConstraint("feed", "key", name="feed_item_once")]

    def __str__(self) -> str:
        return self.title


def key_of(guid: str) -> str:
    """The key of an item by what its feed calls it."""
    return hashlib.sha256(guid.encode()).hexdigest()


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "")[:253]


def refuse_unknown(template: str) -> None:
    """Raises ``BadTemplate``."""
    for name in re.findall(r"\{([^{}]*)\}", template):
        if name not in VARIABLES:
            known = ", ".join(f"{{{one}}}" for one in VARIABLES)
            raise BadTemplate(_("There is no “%(name)s”. There are: %(known)s.") % {"name": name[:40], "known": known})


def _reaches(said: str, wanted: str, order: Sequence[str]) -> bool:
    return not wanted or (said in order and order.index(said) >= order.index(wanted))
