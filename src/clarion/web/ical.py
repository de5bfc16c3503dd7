"""What is planned, as a calendar that other calendars read (RFC 5545): one event for a post at one time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db.models import Max
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.posts.models import Campaign, Post, Subscription
from clarion.records.models import Event
from clarion.web import sieve, states
from clarion.web.entries import Entry, Found, found
from clarion.web.groups import Group

PAST, AHEAD = timedelta(days=60), timedelta(days=366 * 11)
MOST, MOST_PAST = 5_000, 1_000
"""So many events are written at most, and so many of them from the past: the nearest ones."""
LENGTH = timedelta(minutes=15)
A_LOOK = 500
"""So many records are asked for at once."""
LONGEST = 500
FIRM = ("scheduled", "publishing", "published")
REFRESH = timedelta(minutes=15)


@dataclass
class _Told:
    """What is known of a post: when it last changed, a number that only grows; and its deliveries by channel."""

    at: datetime
    number: int
    deliveries: dict[UUID, UUID] = field(default_factory=dict)


class ICal:
    """The calendar behind one subscription, as it is at ``now``."""

    def __init__(self, subscription: Subscription, *, now: datetime) -> None:
        self._subscription, self._workspace, self._now = subscription, subscription.workspace, now
        asked = QueryDict(mutable=True)
        for name, value in subscription.view:
            asked.appendlist(name, value)
        self._wanted = sieve.wanted(asked)
        channels = Channel.objects.filter(workspace=self._workspace)
        self._channels = {channel.pk: channel for channel in channels}
        self._found = self._find(now.astimezone(self._workspace.tz).date())

    def _find(self, today: date) -> Found:
        networks = {pk: channel.network for pk, channel in self._channels.items()}
        return found(
            self._workspace, start=today - PAST, end=today + AHEAD, wanted=self._wanted, networks=networks
        )  # fmt: skip

    @property
    def _groups(self) -> Sequence[Group]:
        now = int(self._now.timestamp())
        past, ahead = self._found.between(0, now), self._found.between(now, 1 << 40)
        past = past[-MOST_PAST:] if len(past) + len(ahead) > MOST else past
        return [*past, *ahead[: MOST - len(past)]]

    # -- for caches

    def changed_at(self) -> datetime | None:
        """When anything in the workspace was last done: nothing here changes without a record of it."""
        newest = Event.objects.filter(workspace_id=self._workspace.pk).order_by("-id").values_list("at", flat=True)
        return newest.first()

    def stamp(self) -> str:
        """Changes with every event that would be written."""
        words = Post.objects.filter(workspace=self._workspace).aggregate(Max("changed_at"))["changed_at__max"]
        names = list(Campaign.objects.filter(workspace=self._workspace).values_list("pk", "name"))
        parts = [self._subscription.pk, self._subscription.name, get_language(), settings.BASE_URL, words, names]
        parts += [
            (group.at, str(group.post), [str(one) for one in group.channels], group.states) for group in self._groups
        ]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    # -- the calendar

    def written(self) -> bytes:
        import icalendar  # noqa: PLC0415  slow to load, and only needed here

        made = icalendar.Calendar()
        made.add("prodid", "-//Clarion//Planning//EN")
        made.add("version", "2.0")
        made.add("method", "PUBLISH")
        made.add("name", self._subscription.name)
        made.add("x-wr-calname", self._subscription.name)
        made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
        made.add("x-published-ttl", "PT15M")
        groups = self._groups
        entries = self._found.entries(groups, longest=LONGEST)
        told = self._told({entry.post for entry in entries})
        campaigns = dict(Campaign.objects.filter(workspace=self._workspace).values_list("pk", "name"))
        for group, entry in zip(groups, entries, strict=True):
            event = icalendar.Event()
            self._write(event, entry, group, told[entry.post])
            if entry.campaign in campaigns:
                event.add("categories", [campaigns[entry.campaign]])
            made.add_component(event)
        return bytes(made.to_ical())

    def _write(self, event: Any, entry: Entry, group: Group, told: _Told) -> None:
        start = entry.at.astimezone(UTC)
        word = str(states.shown(entry.state).word)
        address = settings.BASE_URL + reverse("post", args=[self._workspace.pk, entry.post])
        where = ", ".join(str(self._channels[_id(pk)]) for pk in group.channels)
        event.add("uid", f"{_name(entry.post, group, told)}@{urlsplit(settings.BASE_URL).hostname}")
        event.add("dtstamp", told.at)
        event.add("last-modified", told.at)
        event.add("sequence", told.number)
        event.add("dtstart", start)
        event.add("dtend", start + LENGTH)
        event.add("summary", _("%(state)s: %(text)s") % {"state": word, "text": entry.text[:120]})
        event.add("description", "\n\n".join(filter(None, (entry.text, where, address))))
        event.add("url", address)
        event.add("status", "CONFIRMED" if entry.state in FIRM else "TENTATIVE")
        event.add("transp", "TRANSPARENT")

    def _told(self, posts: set[UUID]) -> dict[UUID, _Told]:
        """Of each post: its own changes, and those of its deliveries."""
        rows = Post.objects.filter(pk__in=posts).values_list("pk", "changed_at", "version")
        told = {pk: _Told(at, version) for pk, at, version in rows}
        deliveries = {}
        rows = Delivery.objects.filter(post__in=posts).order_by("id").values_list("id", "post", "channel", "version")
        for pk, post, channel, version in rows:
            told[post].deliveries[channel] = pk
            deliveries[str(pk)] = post
            told[post].number += version
        recorded = Event.objects.filter(kind="delivery")
        subjects = list(deliveries)
        for start in range(0, len(subjects), A_LOOK):
            some = recorded.filter(subject__in=subjects[start : start + A_LOOK]).values("subject")
            for subject, at in some.annotate(newest=Max("at")).values_list("subject", "newest"):
                one = told[deliveries[subject]]
                one.at = max(one.at, at)
        return told


def _name(post: UUID, group: Group, told: _Told) -> str:
    """A name that an event keeps when its post is moved: that of the post; where a post has several times, those
    without its first delivery are named by the first that they have."""
    mine = min((told.deliveries[_id(channel)] for channel in group.channels), default=None)
    return str(post) if mine is None or mine == min(told.deliveries.values()) else f"{post}-{mine}"


def _id(key: Any) -> UUID:
    return key if isinstance(key, UUID) else UUID(key)
