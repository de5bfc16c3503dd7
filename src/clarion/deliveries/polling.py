"""Feeds that are due: asked politely, each new item taken once, as its feed's rule says.

What was written and what is remembered of an item are one transaction, so a worker that dies takes nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.channels.models.channel import http_out
from clarion.deliveries.models import Delivery
from clarion.deliveries.queue import NoFreeSlot, enqueue
from clarion.networks.words import Failure
from clarion.posts.checking import missing_alt, stops
from clarion.posts.content import Content, Shot
from clarion.posts.feeding import CAP_TYPE, BadFeed, Item, alert, read, with_alert
from clarion.posts.fetching import fetched
from clarion.posts.models import Advice, Feed, FeedItem, Gated, HouseRule, Idea, Late, Media, Post, Target
from clarion.posts.models.feed import key_of
from clarion.posts.models.media import BadMedia
from clarion.posts.when import BadTime

MOST_AT_ONCE = 20
"""So many new items are taken at one look; the others at the next."""
SOON = timedelta(minutes=1)
ASKED = "application/rss+xml, application/atom+xml, application/feed+json, application/cap+xml, */*;q=0.5"
SECONDS, MOST_BYTES = 20.0, 5_000_000


def poll(feed: Feed, *, now: datetime, alive: Callable[[], None]) -> None:
    """Asks the feed and takes what is new. ``alive`` raises when the row is no longer ours."""
    http = http_out(feed.workspace, seconds=SECONDS, cap=MOST_BYTES)
    asked = {"accept": ASKED, "if-none-match": feed.etag, "if-modified-since": feed.modified}
    try:
        answer = http.get(feed.url, headers={name: value for name, value in asked.items() if value})
    except Failure as failure:
        feed.failed(str(failure), now=now)
        return
    kept = {"etag": feed.etag, "modified": feed.modified}
    if answer.status == 304:
        feed.was_read(now=now, **kept)
        return
    if answer.status != 200:
        feed.failed(_no(answer.status), now=now, wait=_asked_to_wait(answer), for_good=answer.status == 410)
        return
    try:
        told = read(answer.body, url=answer.url, headers={"content-type": answer.headers.get("content-type", "")})
    except BadFeed as bad:
        feed.failed(str(bad), now=now)
        return
    left = _take(feed, told.items, http=http, now=now, alive=alive)
    if not left:  # else what is left would be hidden behind "nothing is new"
        kept = {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")}
    feed.was_read(now=now, name=told.title[:200], kind=told.kind[:20], **kept)
    if left:
        Feed.objects.filter(pk=feed.pk, paused_at=None).update(wake_at=now + SOON)


def _no(status: int) -> str:
    if status in (401, 403):
        return _("The server does not let us read this feed (answer %(status)d). Ask who runs it.") % {"status": status}
    if status in (404, 410):
        return _("There is no feed at this address any more (answer %(status)d).") % {"status": status}
    if status == 429:
        return _("The server asks us to come less often. We do.")
    return _("The server answered with %(status)d. We look again later.") % {"status": status}


def _asked_to_wait(answer: Any) -> timedelta | None:
    said = answer.headers.get("retry-after", "")
    return timedelta(seconds=int(said)) if said.isascii() and said.isdigit() and len(said) < 7 else None


# --- items ------------------------------------------------------------------------------------------------------------


def _take(feed: Feed, items: Iterable[Item], *, http: Any, now: datetime, alive: Callable[[], None]) -> int:
    """Takes what is new, the oldest first; how many are left for the next look."""
    by_key = {key_of(item.guid): item for item in items if item.guid}
    fresh = feed.fresh(list(by_key))
    some = [(key, item) for key, item in by_key.items() if key in fresh]
    some.sort(key=lambda pair: pair[1].at or now)
    is_first = feed.worked_at is None
    old = [] if not is_first or feed.takes_old else [
        (key, item) for key, item in some if item.at is None or item.at <= feed.created_at
    ]  # fmt: skip
    for key, item in old:
        _remember(feed, key, item, reason=_("It was there before this feed was followed."))
    some = [pair for pair in some if pair not in old]
    channels = list(feed.channels.filter(disconnected_at=None).select_related("workspace"))
    may_publish = feed.may_publish(channels)
    for key, item in some[:MOST_AT_ONCE]:
        alive()
        whole = _whole(item, http=http)
        if whole.is_alert and (reason := _passed_over(feed, whole, now=now)):
            _remember(feed, key, whole, reason=reason)
        else:
            _Taking(feed, key, whole, channels, may_publish, now).take()
    return len(some[MOST_AT_ONCE:])


def _whole(item: Item, *, http: Any) -> Item:
    """An entry of an index of alerts with the alert it points to; as it is, when that cannot be read."""
    if not item.alert:
        return item
    try:
        answer = http.get(item.alert, headers={"accept": CAP_TYPE})
        return with_alert(item, alert(answer.body)) if answer.status == 200 else item
    except (Failure, BadFeed):
        return item


def _passed_over(feed: Feed, item: Item, *, now: datetime) -> str:
    if item.status and item.status != "Actual":
        return _("It is no real alert (%(status)s).") % {"status": item.status}
    if item.expires is not None and item.expires <= now:
        return _("It has expired.")
    if item.kind != "Cancel" and not feed.wants(severity=item.severity, urgency=item.urgency):
        return _("It is less grave or less urgent than this feed takes.")
    return ""


def _remember(feed: Feed, key: str, item: Item, **more: Any) -> FeedItem:
    known = {"identifier": item.identifier[:300], "title": item.title[:300], "link": item.link, **more}
    found, _made = FeedItem.objects.get_or_create(feed=feed, key=key, defaults=known)
    return found


@dataclass(frozen=True)
class _Taking:
    """One item on its way into the workspace."""

    feed: Feed
    key: str
    item: Item
    channels: list[Channel]
    may_publish: bool
    now: datetime

    def take(self) -> None:
        picture = self._picture()  # fetched before the transaction
        feed, item = self.feed, self.item
        text = item.written(feed.template, zone=feed.workspace.tz)
        earlier = feed.items.filter(identifier__in=item.references).exclude(identifier="").first()
        about = self._about(earlier)
        with transaction.atomic():
            if feed.items.filter(key=self.key).exists():
                return
            more: dict[str, Any] = {"about": about[:300], "earlier": earlier}
            if not text and picture is None:
                more["reason"] = _("There is nothing to say: its fields are empty.")
            elif feed.target == Target.IDEA:
                more["idea"] = Idea.objects.put(
                    workspace=feed.workspace, by=feed.by, text=text or item.title, picture=picture,
                    labels=feed.labels.all(), source=str(feed)[:120], key=f"feed-{feed.pk}-{self.key[:40]}",
                    link="" if item.link and item.link in text else item.link,
                )  # fmt: skip
            else:
                more["post"], more["reason"] = self._post(text, picture)
            _remember(feed, self.key, item, **more)

    def _picture(self) -> Media | None:
        if not (self.feed.pictures and self.item.picture):
            return None
        try:
            return fetched(self.item.picture, workspace=self.feed.workspace, by=self.feed.by)
        except BadMedia:
            return None

    def _about(self, earlier: FeedItem | None) -> str:
        names = {"title": earlier.title} if earlier else {}
        if self.item.kind == "Cancel":
            return _("It cancels “%(title)s”.") % names if earlier else _("It cancels an earlier alert.")
        if self.item.kind == "Update":
            return _("It updates “%(title)s”.") % names if earlier else _("It updates an earlier alert.")
        return ""

    def _post(self, text: str, picture: Media | None) -> tuple[Post, str]:
        """A draft; scheduled where the rule says so and nothing speaks against it, else with the reason."""
        feed, item = self.feed, self.item
        shots = (Shot(str(picture.pk), picture.alt),) if picture is not None else ()
        content = Content.of(text, *shots)
        post = Post.objects.write(
            workspace=feed.workspace, by=feed.by, content=content, channels=self.channels, labels=feed.labels.all(),
            late=Late.DROP if item.expires else Late.SEND, key=f"feed-{feed.pk}-{self.key[:40]}", source="feed",
        )  # fmt: skip
        return post, self._scheduled(post, content, shots) if feed.publishes else ""

    def _scheduled(self, post: Post, content: Content, shots: tuple[Shot, ...]) -> str:
        """Empty, or why it stays a draft."""
        feed, place = self.feed, self.feed.workspace
        if not self.may_publish:
            return _("It stays a draft: who set up this feed may not publish.")
        if self.item.kind == "Cancel":
            return _("It stays a draft: a person decides what to say of what is cancelled.")
        if not self.channels:
            return _("It stays a draft: no channel is chosen, or none is connected.")
        advice, house = Advice.objects.for_workspace(place), HouseRule.objects.house(place)
        if found := stops(content, channels=self.channels, advice=advice, house=house):
            return found[0][:300]
        if missing_alt(shots, place=place):
            return _("It stays a draft: its picture has no description.")
        try:
            with transaction.atomic():
                if feed.target == Target.NOW:
                    Delivery.objects.schedule(post, channels=self.channels, at=self.now, by=feed.by, now=self.now)
                else:
                    enqueue(post, channels=self.channels, by=feed.by, now=self.now)
        except (BadTime, Gated, NoFreeSlot) as why:
            return str(why)[:300]
        return ""
