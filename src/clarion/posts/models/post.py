from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clarion.channels.models import Channel
from clarion.networks import base as networks
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.posts.content import Content, hash_of
from clarion.posts.fitting import fitted
from clarion.posts.news import edited
from clarion.posts.search import POSTS, Asked
from clarion.records.models import Event

from .authored import Authored
from .campaign import Campaign
from .category import Category
from .label import Label
from .link import Link
from .media import Media
from .mention import MARK
from .planned import Planned
from .revision import Revision, Variant

if TYPE_CHECKING:
    from datetime import datetime

LATE_MINUTES = 360
LEAVING = ("publishing", "published", "unknown")
"""States of a delivery in which its words are on their way or out."""
PAUSE = timedelta(minutes=10)
"""So long is what one person keeps writing in a draft one version of its history."""


class Late(models.TextChoices):
    """What happens to a post that could not leave on time."""

    SEND = "send", _("Send it, if not too late")
    ASK = "ask", _("Ask me")
    DROP = "drop", _("Do not send it")


class Stale(Exception):
    """Somebody else changed the post in between; ``current`` is its version now."""

    def __init__(self, current: int) -> None:
        super().__init__(f"version {current}")
        self.current = current


class AlreadyLeaving(Exception):
    """The post, or part of it, is on its way or out: its words can no longer be changed here."""


class Promised(Exception):
    """The post is scheduled: what is being written must not slip into what goes out."""


class PostQuerySet(models.QuerySet["Post"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def kept(self) -> Self:
        return self.filter(removed_at=None)

    def search(self, words: str) -> Self:
        """Those on the desk that have all these words, in what all channels say or in a variant (``posts/search.py``).

        No words: all. A list with pages asks ``looking.Look``, which finds them in order.
        """
        asked = Asked.read(words)
        if not asked:
            return self.none() if words.strip() else self
        return self.filter(pk__in=POSTS.having(asked))

    def write(
        self, *, workspace: Workspace, by: Any, content: Content, channels: Iterable[Channel] = (),
        variants: Mapping[Any, Content] | None = None, labels: Iterable[Label] = (), late: str = Late.SEND,
        late_minutes: int = LATE_MINUTES, key: str | None = None, source: str = "composer", page: str = "",
        words_of: Iterable[Any] = (),
    ) -> Post:  # fmt: skip
        """Writes a new post with its first revision. ``variants`` are contents by channel id; ``words_of`` are the ids
        of those who wrote what it is made from."""
        with transaction.atomic():
            post = self.create(
                workspace=workspace, author=person(by), content=content.as_json(), text=content.text, late=late,
                late_minutes=late_minutes, key=key, source=source, changed_by=person(by), page=page,
            )  # fmt: skip
            post.owe(words_of)
            post._carry(channels=channels, variants=variants or {}, labels=labels, content=content, by=by)
            if not page:  # what is being typed is described when it is saved
                post._describe(by=by)
            revision = post._revise(by=by)
            Event.objects.write("post.written", subject=post, by=by, after={"version": 1, "sha256": revision.sha256})
        return post

    def write_all(self, some: Sequence[Fresh], *, workspace: Workspace, by: Any, source: str) -> list[Post]:
        """Writes many new posts as ``write`` does each, in few queries. They say the same on all of their channels."""
        posts = [
            Post(
                workspace=workspace, author=person(by), content=one.content.as_json(), text=one.content.text,
                key=one.key, source=source, changed_by=person(by), wanted_at=one.at,
            )
            for one in some
        ]  # fmt: skip
        with transaction.atomic():
            self.bulk_create(posts, batch_size=500)
            for name, ids in (("channels", "channels"), ("labels", "labels"), ("media", "media_ids")):
                through = getattr(Post, name).through
                column = {"channels": "channel_id", "labels": "label_id", "media": "media_id"}[name]
                through.objects.bulk_create(
                    [
                        through(post_id=post.pk, **{column: pk})
                        for post, one in zip(posts, some, strict=True) for pk in dict.fromkeys(getattr(one, ids))
                    ], batch_size=500,
                )  # fmt: skip
            shown = {pk for one in some for pk in one.media_ids}
            Media.objects.filter(workspace=workspace, pk__in=shown, used_at=None).update(used_at=timezone.now())
            wholes = [{"content": post.content, "variants": {}} for post in posts]
            revisions = [
                Revision(post=post, version=1, whole=whole, sha256=hash_of(whole), by=person(by))
                for post, whole in zip(posts, wholes, strict=True)
            ]
            Revision.objects.bulk_create(revisions, batch_size=500)
            Event.objects.write_all(
                "post.written", by=by, workspace=workspace,
                about=[(one.post, {}, {"version": 1, "sha256": one.sha256}) for one in revisions],
            )  # fmt: skip
        return posts


@dataclass(frozen=True)
class Fresh:
    """A post that is to be written: channels and labels by their ids. ``at`` is the time for which it is meant."""

    content: Content
    channels: tuple[Any, ...] = ()
    labels: tuple[Any, ...] = ()
    key: str | None = None
    at: datetime | None = None

    @property
    def media_ids(self) -> list[UUID]:
        return [UUID(pk) for pk in self.content.media_ids]


class Post(Planned, Authored):
    """What an organisation wants to say, once, on several channels."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="posts")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="posts")
    version = models.PositiveIntegerField(default=1)
    content = models.JSONField()
    text = models.TextField(blank=True)
    channels = models.ManyToManyField(Channel, related_name="posts", blank=True)
    labels = models.ManyToManyField(Label, related_name="posts", blank=True)
    media = models.ManyToManyField(Media, related_name="posts", blank=True)
    campaign = models.ForeignKey(Campaign, null=True, blank=True, on_delete=models.SET_NULL, related_name="posts")
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="posts")
    late = models.CharField(max_length=8, choices=Late.choices, default=Late.SEND)
    late_minutes = models.PositiveIntegerField(default=LATE_MINUTES)
    wanted_at = models.DateTimeField(null=True, blank=True)
    key = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  unique where given
    source = models.CharField(max_length=20, default="composer")
    recurrence = models.ForeignKey("Recurrence", null=True, blank=True, on_delete=models.SET_NULL, related_name="posts")
    again_of = models.ForeignKey("Evergreen", null=True, blank=True, on_delete=models.SET_NULL, related_name="posts")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    page = models.CharField(max_length=40, blank=True)
    """The open page that wrote last: its own next words are no conflict, even when the answer to it was lost."""
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("workspace", "key", name="post_key_once"),
            models.CheckConstraint(condition=models.Q(late__in=Late.values), name="post_late_known"),
        ]
        indexes = [
            models.Index(fields=["workspace", "author", "id"], name="post_of_author"),
            models.Index(fields=["workspace", "wanted_at"], name="post_wanted"),
        ]

    def __str__(self) -> str:
        return self.summary

    @property
    def summary(self) -> str:
        return " ".join(MARK.sub(r"\1", self.text).split())[:140] or str(_("(no text)"))

    @property
    def first_words(self) -> str:
        """What the post is called where there is little room: its first sentence, or as many words as fit."""
        words = self.summary.split()
        taken = []
        for word in words:
            if taken and len(" ".join([*taken, word])) > 60:
                return " ".join(taken).rstrip(",;:–-") + "…"
            taken.append(word)
            if word[-1] in ".!?。" and len(taken) > 2:
                break
        return " ".join(taken)

    @property
    def said(self) -> Content:
        return Content.from_json(self.content, post=str(self.pk))

    @property
    def can_be_edited(self) -> bool:
        """True while some channel has not been told yet (deliveries point here; this room does not import theirs)."""
        states = list(self.deliveries.values_list("state", flat=True))
        return self.removed_at is None and (not states or any(state not in LEAVING for state in states))

    def _leaving(self) -> dict[Any, Content]:
        """The words on channels where they are on their way or out, by channel id: they stay as they are."""
        rows = self.deliveries.filter(state__in=LEAVING).select_related("channel")
        return {row.channel_id: self.said_on(row.channel) for row in rows}

    # -- per channel

    def said_on(self, channel: Channel) -> Content:
        """The channel's own variant, or what all channels say."""
        for variant in self.variants.all():
            if variant.channel_id == channel.pk:
                return Content.from_json(variant.content, post=str(self.pk))
        return self.said

    def draft_for(self, channel: Channel) -> networks.Draft:
        """What the channel's network is given. Options that it does not declare are left out."""
        return drafted(self.said_on(channel), channel=channel)

    # -- verbs

    def edit(
        self, *, by: Any, version: int, content: Content, channels: Iterable[Channel] | None = None,
        variants: Mapping[Any, Content] | None = None, labels: Iterable[Label] | None = None,
        late: str | None = None, late_minutes: int | None = None,
    ) -> Post:  # fmt: skip
        """Changes the words, if nobody else did since ``version``. Raises ``Stale`` or ``AlreadyLeaving``."""
        with transaction.atomic():
            self._leave_a_version(besides=by)
            changed = type(self).objects.filter(pk=self.pk, version=version, removed_at=None).update(
                version=F("version") + 1, content=content.as_json(), text=content.text, changed_at=timezone.now(),
                late=late or self.late, late_minutes=self.late_minutes if late_minutes is None else late_minutes,
                changed_by=person(by), page="",
            )  # fmt: skip
            fixed = self._leaving()  # from here on nothing leaves with the words that were
            self.refresh_from_db()
            if not changed:
                raise Stale(self.version)
            if not self.can_be_edited:
                raise AlreadyLeaving(str(_("This post is already on its way: its words can no longer be changed.")))
            if variants is not None and any(variants.get(pk, said) != said for pk, said in fixed.items()):
                raise AlreadyLeaving(
                    str(_("On one of these channels it is already on its way: leave its words as they are."))
                )
            self._carry(channels=channels, variants=variants, labels=labels, content=content, by=by)
            for channel_id, said in fixed.items():
                Variant.objects.update_or_create(post=self, channel_id=channel_id, defaults={"content": said.as_json()})
            self._describe(by=by)
            revision = self._revise(by=by)
            Event.objects.write(
                "post.edited", subject=self, by=by, before={"version": version},
                after={"version": self.version, "sha256": revision.sha256},
            )  # fmt: skip
            edited.send(type(self), post=self, by=by, now=timezone.now())
        return self

    def keep(
        self, *, by: Any, version: int, page: str, content: Content, channels: Iterable[Channel],
        variants: Mapping[Any, Content], labels: Iterable[Label], late: str, late_minutes: int,
    ) -> Post:  # fmt: skip
        """Keeps a draft while it is being written. What one person writes in a row becomes one version of the history:
        it is given one by ``settle``, or when other hands go on, or the same after a ``PAUSE``.

        ``page`` is the open page that writes. Raises ``Stale`` and ``Promised``; then nothing is changed.
        """
        with transaction.atomic():
            row = type(self).objects.select_for_update().get(pk=self.pk)
            if row.removed_at is not None or (row.version != version and not (page and row.page == page)):
                raise Stale(row.version)
            if row.deliveries.exclude(state="cancelled").exists():
                raise Promised
            row._leave_a_version(besides=by)
            values = {
                "version": row.version + 1, "content": content.as_json(), "text": content.text, "late": late,
                "late_minutes": late_minutes, "changed_at": timezone.now(), "changed_by": person(by), "page": page,
            }  # fmt: skip
            for name, value in values.items():
                setattr(self, name, value)
            self.save(update_fields=list(values))
            self._carry(channels=channels, variants=variants, labels=labels, content=content, by=by)
        return self

    def settle(self) -> None:
        """Gives the words as they stand a version in the history, if they have none yet."""
        with transaction.atomic():
            last = self.revisions.order_by("version").last()
            if last is None or last.version < self.version:
                revision = self._revise(by=self.changed_by)
                Event.objects.write(
                    "post.edited", subject=self, by=self.changed_by, before={"version": last.version if last else 0},
                    after={"version": self.version, "sha256": revision.sha256},
                )  # fmt: skip
            self._describe(by=self.changed_by)

    def _leave_a_version(self, *, besides: Any) -> None:
        """Before somebody changes the words: those of other hands, or of long ago, get a version of their own."""
        if self.changed_by_id != getattr(besides, "pk", None) or timezone.now() - self.changed_at > PAUSE:
            self.settle()

    def correct(self, *, channel: Channel, content: Content, by: Any, version: int) -> None:
        """Gives one channel other words than those that are out there; the network is told by its delivery.

        Raises ``Stale`` when somebody else changed the post since ``version``.
        """
        with transaction.atomic():
            changed = (
                type(self)
                .objects.filter(pk=self.pk, version=version, removed_at=None)
                .update(version=F("version") + 1, changed_at=timezone.now(), changed_by=person(by), page="")
            )
            self.refresh_from_db()
            if not changed:
                raise Stale(self.version)
            Variant.objects.update_or_create(post=self, channel=channel, defaults={"content": content.as_json()})
            revision = self._revise(by=by)
            Event.objects.write(
                "post.corrected", subject=self, by=by, before={"version": version},
                after={"version": self.version, "sha256": revision.sha256, "channel": str(channel.pk)},
            )  # fmt: skip
            edited.send(type(self), post=self, by=by, now=timezone.now(), channel=channel)

    def take_version(self, old: Media, new: Media, *, by: Any) -> Post:
        """Shows another version of a file wherever it shows ``old``. Raises as ``edit`` does."""

        def swapped(said: Content) -> Content:
            return said.with_media({str(old.pk): str(new.pk)})

        variants = {one.channel_id: swapped(Content.from_json(one.content)) for one in self.variants.all()}
        fixed = self._leaving()
        variants |= {pk: said for pk, said in fixed.items() if pk in variants}
        return self.edit(by=by, version=self.version, content=swapped(self.said), variants=variants)

    def _carry(
        self, *, channels: Iterable[Channel] | None, variants: Mapping[Any, Content] | None,
        labels: Iterable[Label] | None, content: Content, by: Any,
    ) -> None:  # fmt: skip
        if channels is not None:
            self.channels.set(channels)
        if labels is not None:
            self.labels.set([*labels, *(self.labels_that_stay(by=by) if self.version > 1 else ())])
        if variants is not None:
            self.variants.exclude(channel_id__in=list(variants)).delete()
            for channel_id, variant in variants.items():
                Variant.objects.update_or_create(
                    post=self, channel_id=channel_id, defaults={"content": variant.as_json()}
                )
        said = [content, *(Content.from_json(variant.content) for variant in self.variants.all())]
        ids = {pk for one in said for pk in one.media_ids}
        if ids or self.version > 1:
            mine = Media.objects.filter(workspace=self.workspace_id, pk__in=ids)
            self.media.set(mine)
            mine.filter(used_at=None).update(used_at=timezone.now())

    def _describe(self, *, by: Any) -> None:
        """A description is kept with a file that has none yet: it is there the next time."""
        said = [self.said, *(Content.from_json(variant.content) for variant in self.variants.all())]
        alts = {shot.media: shot.alt for one in said for part in one.parts for shot in part.shots if shot.alt}
        for media in Media.objects.filter(workspace=self.workspace_id, pk__in=alts, alt=""):
            media.describe(alts[str(media.pk)], by=by)

    def _revise(self, *, by: Any) -> Revision:
        whole = {
            "content": self.content,
            "variants": {str(v.channel_id): v.content for v in self.variants.all()},
        }
        Link.objects.fix(self, channels=self.channels.all(), by=by)
        return Revision.objects.create(
            post=self, version=self.version, whole=whole, sha256=hash_of(whole), by=person(by)
        )


def drafted(content: Content, *, channel: Channel, is_spoken: bool = False) -> networks.Draft:
    """A content as the channel's network is given it, its pictures made fit. Raises as ``fitted`` does."""
    return fitted(content, channel=channel, is_spoken=is_spoken).draft
