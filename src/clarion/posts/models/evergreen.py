from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.organisations.ids import new_id
from clarion.organisations.models.user import person
from clarion.posts.content import Content, hash_of
from clarion.records.models import Event

from .category import Category
from .post import Post
from .worded import Worded

MOST_TIMES = 100
MOST_DAYS = 730
MOST_VARIATIONS = 20
TIMES, REST_DAYS = 5, 30
"""What is proposed: so many times on a channel, and so many days between two."""


class BadEvergreen(ValueError):
    """What was typed cannot be kept; the sentence says what to choose instead."""


class EvergreenQuerySet(models.QuerySet["Evergreen"]):
    def of(self, user: Any) -> Self:
        return self.filter(post__workspace__members__user=user)

    def alive(self) -> Self:
        """Those that go out again: not ended, not paused, their posts still on the desk."""
        return self.filter(ended_at=None, paused_at=None, post__removed_at=None)

    def begin(
        self, post: Post, *, times: int, rest_days: int, by: Any, now: datetime, until: date | None = None,
        variations: Sequence[str] = (),
    ) -> Evergreen:  # fmt: skip
        """Puts a post into the pool of its category, or changes how it lies there; the same again changes nothing.

        Raises ``BadEvergreen`` for numbers out of their range, and for a post without a category.
        """
        if post.category_id is None:
            raise BadEvergreen(_("Choose a category: its slots are those in which the post goes out again."))
        kept = _checked(times=times, rest_days=rest_days, until=until, variations=variations)
        with transaction.atomic():
            known = self.filter(post=post).first()
            if known is None:
                known, before = self.create(post=post, by=person(by), begun_at=now, **kept), {}
            else:
                before = known.as_said
                if known.ended_at is None and before == said(kept):
                    return known
                for name, value in {**kept, "ended_at": None}.items():
                    setattr(known, name, value)
                known.save(update_fields=[*kept, "ended_at"])
            if kept["variations"] != before.get("variations", []):
                known.owe([getattr(person(by), "pk", None)])
            Event.objects.write(
                "evergreen.begun", subject=known, by=by, before=_told(before), after=_told(known.as_said)
            )
            Category.objects.wake(post.category_id, now=now)
        return known


class Evergreen(Worded):
    """A post that goes out again from the slots of its category when nothing else waits there: at most ``times`` on
    each channel on which it is out, not sooner than ``rest_days`` after the last time, until the day ``until``.

    ``variations`` are other words for its first part, in turn with its own.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="evergreen")
    times = models.PositiveSmallIntegerField(default=TIMES)
    rest_days = models.PositiveSmallIntegerField(default=REST_DAYS)
    until = models.DateField(null=True, blank=True)
    variations = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_because = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = EvergreenQuerySet.as_manager()

    class Meta:
        ordering = ["begun_at"]

    def __str__(self) -> str:
        return self.post.summary

    # -- what it is

    @property
    def workspace(self) -> Any:
        return self.post.workspace

    @property
    def as_said(self) -> dict[str, Any]:
        """How often, how far apart, until when and in which words, as JSON."""
        return said({name: getattr(self, name) for name in ("times", "rest_days", "until", "variations")})

    @property
    def wordings(self) -> int:
        return 1 + len(self.variations)

    def words(self, channel: Channel, *, number: int) -> Content:
        """One of its wordings on the channel; 0 is what the post itself says."""
        content = self.post.said_on(channel)
        return reworded(content, self.variations[number - 1]) if number else content

    def key_of(self, channel: Channel, at: datetime) -> str:
        """The key of the post that takes one slot: a slot of a channel gets it once."""
        return f"evergreen-{self.pk}-{channel.pk}-{at:%Y-%m-%dT%H:%MZ}"

    # -- verbs

    def write(self, channel: Channel, *, at: datetime, number: int) -> Post:
        """The post of one time again, on one channel, in one of its wordings."""
        first = self.post
        with transaction.atomic():
            post = Post.objects.write(
                workspace=first.workspace, by=self.by, content=self.words(channel, number=number), channels=[channel],
                labels=first.labels.all(), late=first.late, late_minutes=first.late_minutes, source="evergreen",
                key=self.key_of(channel, at),
                words_of=first.writers | set(self.words_of.values_list("pk", flat=True)),
            )  # fmt: skip
            Post.objects.filter(pk=post.pk).update(again_of=self, category=first.category_id)
            post.category_id = first.category_id
        return post

    def pause(self, *, by: Any, now: datetime, because: str = "") -> None:
        """It does not go out again until somebody says so. What is scheduled stays."""
        with transaction.atomic():
            if self.paused_at is None:
                self.paused_at, self.paused_because = now, because[:500]
                self.save(update_fields=["paused_at", "paused_because"])
                Event.objects.write("evergreen.paused", subject=self, by=by, because=because[:500])

    def resume(self, *, by: Any, now: datetime) -> None:
        with transaction.atomic():
            if self.paused_at is not None:
                self.paused_at, self.paused_because = None, ""
                self.save(update_fields=["paused_at", "paused_because"])
                Event.objects.write("evergreen.resumed", subject=self, by=by)
                Category.objects.wake(self.post.category_id, now=now)

    def end(self, *, by: Any, now: datetime) -> None:
        """Takes it out of the pool. What is scheduled stays."""
        with transaction.atomic():
            if self.ended_at is None:
                self.ended_at = now
                self.save(update_fields=["ended_at"])
                Event.objects.write("evergreen.ended", subject=self, by=by)


def reworded(content: Content, text: str) -> Content:
    """The content with other words in its first part."""
    first, *rest = content.parts
    return replace(content, parts=(replace(first, text=text), *rest))


def said(kept: dict[str, Any]) -> dict[str, Any]:
    return {**kept, "until": kept["until"].isoformat() if kept["until"] else "", "variations": list(kept["variations"])}


def _told(said: dict[str, Any]) -> dict[str, Any]:
    """As the record holds it: the words by their hash."""
    return {**said, "variations": hash_of(said["variations"])} if said else {}


def _checked(*, times: int, rest_days: int, until: date | None, variations: Sequence[str]) -> dict[str, Any]:
    if not 1 <= times <= MOST_TIMES:
        raise BadEvergreen(_("It can go out again from 1 to %(n)d times.") % {"n": MOST_TIMES})
    if not 1 <= rest_days <= MOST_DAYS:
        raise BadEvergreen(_("Choose from 1 to %(n)d days between two times.") % {"n": MOST_DAYS})
    words = [text.strip() for text in variations if text.strip()]
    if len(words) > MOST_VARIATIONS:
        raise BadEvergreen(_("A post has at most %(n)d variations.") % {"n": MOST_VARIATIONS})
    if any("\x00" in text or len(text) > 100_000 for text in words):
        raise BadEvergreen(_("A variation has something in it that cannot be kept. Type it anew."))
    return {"times": times, "rest_days": rest_days, "until": until, "variations": list(dict.fromkeys(words))}
