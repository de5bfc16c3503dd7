from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clarion.approvals.mentions import mentionable, named_in
from clarion.approvals.telling import tell_of_comment
from clarion.channels.models import Channel
from clarion.organisations.ids import new_id
from clarion.organisations.models.user import person
from clarion.posts.models import Post
from clarion.records.models import Event

from .guest import Guest

MOST = 4000


@dataclass(frozen=True)
class Passage:
    """Where in the words: of which channel (None: of all), in which part, and what was written there."""

    quote: str
    part: int = 0
    start: int = 0
    channel: Any = None


class CommentQuerySet(models.QuerySet["Comment"]):
    def of(self, user: Any) -> Self:
        return self.filter(post__workspace__members__user=user)

    def for_guests(self) -> Self:
        return self.filter(for_guests=True)

    def say(
        self, post: Post, *, text: str, by: Any, now: datetime, guest: Guest | None = None, for_guests: bool = False,
        passage: Passage | None = None, answers: Comment | None = None,
    ) -> Comment:  # fmt: skip
        """What a member or a guest remarks. Members' remarks are internal unless they are ``for_guests``. A member can
        mention others, who are told."""
        text = text.strip()
        if not text or len(text) > MOST:
            raise ValueError(_("Write between 1 and %(n)d characters.") % {"n": MOST})
        if answers is not None and answers.post_id != post.pk:
            raise ValueError("An answer belongs to the post of what it answers.")
        where = passage or Passage("")
        people = mentionable(post.workspace) if "@" in text and guest is None else []
        mentioned = {one.people[0].pk for one in named_in(text, people) if len(one.people) == 1}
        with transaction.atomic():
            comment = self.create(
                post=post, version=post.version, person=person(by), guest=guest, text=text,
                for_guests=for_guests or guest is not None, channel=where.channel, part=where.part, start=where.start,
                quote=where.quote[:500], answers=answers, at=now,
            )  # fmt: skip
            Event.objects.write(
                "comment.said", subject=comment, by=guest or by, workspace=post.workspace,
                after={"post": str(post.pk), **({"mentioned": sorted(map(str, mentioned))} if mentioned else {})},
            )  # fmt: skip
            tell_of_comment(comment, by=guest or by, now=now, mentioned=mentioned)
        return comment


class Comment(models.Model):
    """A remark on a post, or on a passage of its words: between colleagues, or with guests."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="comments")
    version = models.PositiveIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    guest = models.ForeignKey(Guest, null=True, on_delete=models.PROTECT, related_name="comments")
    text = models.TextField()
    for_guests = models.BooleanField(default=False)
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    part = models.PositiveIntegerField(default=0)
    start = models.PositiveIntegerField(default=0)
    quote = models.CharField(max_length=500, blank=True)
    answers = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="answered_by")
    at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(guest=None) | Q(for_guests=True), name="comment_of_guest_is_seen"),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def said_by(self) -> str:
        return str(self.person or self.guest or _("Somebody who left"))

    def resolve(self, *, by: Any, now: datetime) -> None:
        with transaction.atomic():
            if type(self).objects.filter(pk=self.pk, resolved_at=None).update(resolved_at=now, resolved_by=person(by)):
                Event.objects.write("comment.resolved", subject=self, by=by, workspace=self.post.workspace)
        self.refresh_from_db()

    def reopen(self, *, by: Any) -> None:
        with transaction.atomic():
            if (
                type(self)
                .objects.filter(pk=self.pk)
                .exclude(resolved_at=None)
                .update(resolved_at=None, resolved_by=None)
            ):
                Event.objects.write("comment.reopened", subject=self, by=by, workspace=self.post.workspace)
        self.refresh_from_db()
