from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from clarion.channels.models import Channel
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.posts.content import Content
from clarion.posts.rules import Rule
from clarion.posts.when import resolve
from clarion.records.models import Event
from clarion.work.models import Timed, TimedQuerySet

from .label import Label
from .post import Late, Post
from .worded import Worded

AHEAD = timedelta(days=14)
"""So far ahead the posts of a rule are made, so that everybody sees them, and can still change each."""


class RecurrenceQuerySet(TimedQuerySet):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def alive(self) -> Self:
        return self.filter(ended_at=None)

    def begin(self, post: Post, *, rule: Rule, by: Any, now: datetime) -> Recurrence:
        """Has a post come again by a rule; the post itself is the first. The others say what it says now."""
        with transaction.atomic():
            made: Recurrence = self.create(
                workspace=post.workspace, rule=rule.text, begins=rule.begins, made_until=rule.begins, wake_at=now,
                by=person(by), content=post.content, text=post.text, late=post.late, late_minutes=post.late_minutes,
            )  # fmt: skip
            made._take(post)
            Post.objects.filter(pk=post.pk).update(recurrence=made)
            Event.objects.write(
                "recurrence.begun", subject=made, by=by, after={"rule": rule.text, "post": str(post.pk)}
            )
        return made

    def take(self, pk: Any, *, owner: str, now: datetime) -> Recurrence | None:
        """Claims one that is due."""
        if not self.claim(pk, owner=owner, now=now):
            return None
        found: Recurrence | None = self.select_related("workspace__organisation", "by").get(pk=pk)
        return found


class Recurrence(Timed, Worded):
    """A post that comes again by a rule: every Monday at nine, each month on its first Tuesday, with or without an end.

    ``begins`` and ``made_until`` are wall times of the workspace, kept without a zone. Posts are made up to
    ``made_until``; each has a key of its occurrence, so none is made twice.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="recurrences")
    rule = models.CharField(max_length=300)
    begins = models.CharField(max_length=16)
    made_until = models.CharField(max_length=16)
    content = models.JSONField()
    variants = models.JSONField(default=dict)
    text = models.TextField(blank=True)
    channels = models.ManyToManyField(Channel, related_name="+", blank=True)
    labels = models.ManyToManyField(Label, related_name="+", blank=True)
    late = models.CharField(max_length=8, choices=Late.choices, default=Late.SEND)
    late_minutes = models.PositiveIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RecurrenceQuerySet.as_manager()

    class Meta:
        ordering = ["begun_at"]
        indexes = [models.Index("wake_at", condition=models.Q(wake_at__isnull=False), name="recurrence_wakes")]

    def __str__(self) -> str:
        return str(self.way)

    def save(self, *args: Any, **kwargs: Any) -> None:
        for name in ("begins", "made_until"):
            at = getattr(self, name)
            if isinstance(at, datetime):
                setattr(self, name, f"{at:%Y-%m-%dT%H:%M}")
        super().save(*args, **kwargs)

    # -- what it is

    @property
    def way(self) -> Rule:
        return Rule(self.rule, datetime.fromisoformat(self.begins))

    @property
    def summary(self) -> str:
        return " ".join(self.text.split())[:140]

    def key_of(self, local: datetime) -> str:
        """The key of the post of one occurrence."""
        return f"recurrence-{self.pk}-{local:%Y-%m-%dT%H:%M}"

    def to_make(self, *, now: datetime) -> list[tuple[datetime, datetime]]:
        """Occurrences whose posts are to be made by now: wall time and instant. Those that have passed are left out."""
        return [(local, at) for local, at in self._coming(until=now + AHEAD) if at >= now]

    def predicted(self, *, start: datetime, end: datetime) -> list[datetime]:
        """Instants from ``start`` to before ``end`` for which no post is made yet."""
        if self.ended_at is not None:
            return []
        return [at for _local, at in self._coming(until=end, since=start) if start <= at < end]

    def _coming(self, *, until: datetime, since: datetime | None = None) -> Iterator[tuple[datetime, datetime]]:
        zone, after = self.workspace.tz, datetime.fromisoformat(self.made_until)
        if since is not None:  # a day more: what a wall time becomes may lie on either side of it
            after = max(after, since.astimezone(zone).replace(tzinfo=None) - timedelta(days=1))
        for local in self.way.after(after):
            at = resolve(local, zone=zone).at
            if at >= until:
                return
            yield local, at

    # -- verbs

    def rest(self, *, until: datetime, now: datetime) -> None:
        """Everything up to the wall time ``until`` is made: wakes when the next is near enough, or ends."""
        self.made_until = f"{until:%Y-%m-%dT%H:%M}"
        following = next(self.way.after(until), None)
        with transaction.atomic():
            if following is None:
                self.ended_at, self.wake_at = now, None
                Event.objects.write("recurrence.ended", subject=self)
            else:
                self.wake_at = max(resolve(following, zone=self.workspace.tz).at - AHEAD, now + timedelta(minutes=1))
            self.save(update_fields=["made_until", "wake_at", "ended_at"])

    def say(self, post: Post, *, by: Any) -> None:
        """From here on it says what ``post`` says, on the same channels."""
        with transaction.atomic():
            self.content, self.text = post.content, post.text
            self.late, self.late_minutes = post.late, post.late_minutes
            self.save(update_fields=["content", "text", "late", "late_minutes"])
            self._take(post)
            Event.objects.write("recurrence.changed", subject=self, by=by, after={"post": str(post.pk)})

    def stop(self, *, by: Any, now: datetime) -> None:
        """No more posts are made. Those that are made stay as they are."""
        with transaction.atomic():
            if self.ended_at is None:
                self.ended_at, self.wake_at = now, None
                self.save(update_fields=["ended_at", "wake_at"])
                Event.objects.write("recurrence.stopped", subject=self, by=by)

    def write(self, local: datetime) -> Post:
        """The post of one occurrence: made now, or the one that was made before."""
        key = self.key_of(local)
        known = Post.objects.filter(workspace=self.workspace, key=key).first()
        if known is not None:
            return known
        with transaction.atomic():
            post = Post.objects.write(
                workspace=self.workspace, by=self.by, content=Content.from_json(self.content),
                channels=self.channels.filter(disconnected_at=None), labels=self.labels.all(), key=key,
                variants={pk: Content.from_json(said) for pk, said in self.variants.items()},
                late=self.late, late_minutes=self.late_minutes, source="recurrence",
                words_of=self.words_of.values_list("pk", flat=True),
            )  # fmt: skip
            Post.objects.filter(pk=post.pk).update(recurrence=self)
        return post

    def _take(self, post: Post) -> None:
        self.variants = {str(variant.channel_id): variant.content for variant in post.variants.all()}
        self.save(update_fields=["variants"])
        self.words_of.set(post.writers)
        self.channels.set(post.channels.all())
        self.labels.set(post.labels.all())
