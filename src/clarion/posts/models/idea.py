from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext_lazy

from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.posts.content import Content, Shot
from clarion.records.models import Event

from .label import Label
from .media import Media
from .post import Post
from .worded import Worded

MOST_IN_A_COLUMN = 200


class Ripeness(models.TextChoices):
    """The columns of the board, in their order. A workspace may give them other names."""

    IDEA = "idea", gettext_lazy("Idea")
    SHAPING = "shaping", gettext_lazy("Shaping")
    READY = "ready", gettext_lazy("Ready")


class IdeaQuerySet(models.QuerySet["Idea"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def on_board(self) -> Self:
        """Neither removed nor a draft yet."""
        return self.filter(removed_at=None, post=None)

    def put(
        self, *, workspace: Workspace, by: Any, text: str, link: str = "", picture: Media | None = None,
        labels: Iterable[Label] = (), ripeness: str = Ripeness.IDEA, key: str | None = None, source: str = "",
    ) -> Idea:  # fmt: skip
        """Puts an idea at the foot of its column. With a ``key`` that is there already it is that one."""
        known = self.filter(workspace=workspace, key=key).first() if key else None
        if known is not None:
            return known
        with transaction.atomic():
            last = self.on_board().filter(workspace=workspace, ripeness=ripeness).aggregate(last=Max("place"))["last"]
            idea = self.create(
                workspace=workspace, by=person(by), text=text, link=link, picture=picture, ripeness=ripeness, key=key,
                source=source, place=(last or 0) + 1,
            )  # fmt: skip
            idea.labels.set(labels)
            Event.objects.write("idea.put", subject=idea, by=by, after={"column": ripeness})
        return idea


class Idea(Worded):
    """What somebody would like to say one day: a few words, perhaps a link, a picture and labels, in a column."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="ideas")
    text = models.TextField()
    link = models.CharField(max_length=2000, blank=True)
    picture = models.ForeignKey(Media, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    labels = models.ManyToManyField(Label, related_name="ideas", blank=True)
    ripeness = models.CharField(max_length=8, choices=Ripeness.choices, default=Ripeness.IDEA)
    place = models.IntegerField(default=0)
    key = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  unique where given
    source = models.CharField(max_length=120, blank=True)
    post = models.ForeignKey(Post, null=True, blank=True, on_delete=models.SET_NULL, related_name="ideas")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = IdeaQuerySet.as_manager()

    class Meta:
        ordering = ["place", "created_at"]
        constraints = [
            models.UniqueConstraint("workspace", "key", name="idea_key_once"),
            models.CheckConstraint(condition=models.Q(ripeness__in=Ripeness.values), name="idea_ripeness_known"),
        ]
        indexes = [models.Index(fields=["workspace", "ripeness", "place"], name="idea_board")]

    def __str__(self) -> str:
        return " ".join(self.text.split())[:80]

    # -- verbs

    def change(self, *, by: Any, text: str, link: str, picture: Media | None, labels: Iterable[Label]) -> None:
        with transaction.atomic():
            before = {"text": self.text[:200], "link": self.link}
            self.text, self.link, self.picture = text, link, picture
            self.save(update_fields=["text", "link", "picture"])
            self.owe([getattr(person(by), "pk", None)])
            self.labels.set(labels)
            Event.objects.write("idea.changed", subject=self, by=by, before=before, after={"link": link})

    def move(self, *, to: str, ahead_of: Idea | None = None, by: Any) -> None:
        """Puts it into a column: before another idea of it, or at its foot. Raises ``ValueError`` for no column."""
        if to not in Ripeness.values:
            raise ValueError(to)
        before = self.ripeness
        with transaction.atomic():
            column = Idea.objects.on_board().filter(workspace=self.workspace_id, ripeness=to).exclude(pk=self.pk)
            if ahead_of is not None and ahead_of.ripeness == to and ahead_of.pk != self.pk:
                self.place = ahead_of.place
                column.filter(place__gte=self.place).update(place=F("place") + 1)
            else:
                self.place = (column.aggregate(last=Max("place"))["last"] or 0) + 1
            self.ripeness = to
            self.save(update_fields=["ripeness", "place"])
            if before != to:
                Event.objects.write("idea.moved", subject=self, by=by, before={"column": before}, after={"column": to})

    def become_draft(self, *, by: Any) -> Post:
        """A draft that says what the idea says. The draft keeps its way back to the idea; pressed twice it is one."""
        with transaction.atomic():
            row = Idea.objects.select_for_update().get(pk=self.pk)
            if row.post is not None:
                return row.post
            text = f"{self.text}\n\n{self.link}" if self.link and self.link not in self.text else self.text
            shots = (Shot(str(self.picture_id), self.picture.alt),) if self.picture is not None else ()
            post = Post.objects.write(
                workspace=self.workspace, by=by, content=Content.of(text, *shots), labels=self.labels.all(),
                source="idea", words_of={self.by_id, *self.words_of.values_list("pk", flat=True)},
            )  # fmt: skip
            self.post = post
            self.save(update_fields=["post"])
            Event.objects.write("idea.drafted", subject=self, by=by, after={"post": str(post.pk)})
        return post

    def remove(self, *, by: Any, now: datetime) -> None:
        with transaction.atomic():
            self.removed_at = now
            self.save(update_fields=["removed_at"])
            Event.objects.write("idea.removed", subject=self, by=by, before={"text": self.text[:200]})

    def bring_back(self, *, by: Any) -> None:
        """Undoes ``remove``."""
        with transaction.atomic():
            self.removed_at = None
            self.save(update_fields=["removed_at"])
            Event.objects.write("idea.brought_back", subject=self, by=by)


class IdeaBoard(models.Model):
    """What a workspace calls the columns of its board."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="idea_board")
    names = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"ideas of {self.workspace}"

    @classmethod
    def names_of(cls, workspace: Workspace) -> dict[str, str]:
        """The name of each column by its value, in order."""
        row = cls.objects.filter(workspace=workspace).first()
        own = row.names if row else {}
        return {value: own.get(value) or str(word) for value, word in Ripeness.choices}

    @classmethod
    def rename(cls, workspace: Workspace, *, names: Mapping[str, str], by: Any) -> None:
        """Gives the columns names; an empty one is called as at first."""
        kept = {key: " ".join(names.get(key, "").split())[:40] for key in Ripeness.values}
        with transaction.atomic():
            row, _made = cls.objects.get_or_create(workspace=workspace)
            before, row.names = row.names, {key: name for key, name in kept.items() if name}
            row.save(update_fields=["names"])
            Event.objects.write("ideas.renamed", subject=workspace, workspace=workspace, by=by, before=before,
                                after=row.names)  # fmt: skip
