from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from clarion.networks.registry import all as all_networks
from clarion.organisations.models.user import person
from clarion.posts.cleaning import BadMedia
from clarion.posts.news import meant_otherwise
from clarion.records.models import Event

from .folder import Folder
from .label import Label
from .removal import Removal
from .rights import Rights

if TYPE_CHECKING:
    from .media import Media
    from .post import Post
    from .recurrence import Recurrence

ON_SHOW = models.Q(source=None, is_current=True, removed_at=None)
"""What the library shows: neither what was made to fit a network, nor older versions, nor what was taken out."""
KEPT_FOR = timedelta(days=30)
"""What was taken out of the library can be put back for so long, even if no post ever had it."""


class Shelved(models.Model):
    """A file as the library knows it: where it lies, which version it is, and what people say and do with it.

    Versions of one thing share ``first``, which is empty for the first itself; the one that is shown ``is_current``.
    ``used_at``: since when some post has had it, and so the record needs it for good. ``looks``: see ``likeness.py``.
    """

    folder = models.ForeignKey(Folder, null=True, blank=True, on_delete=models.PROTECT, related_name="media")
    labels = models.ManyToManyField(Label, related_name="media", blank=True)
    first = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="later")
    version = models.PositiveIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    looks = models.BigIntegerField(null=True, blank=True)

    class Meta:
        abstract = True

    # -- what people say of it

    def describe(self, alt: str, *, by: Any) -> None:
        """What is to be seen, for those who cannot: it goes with the file into every post."""
        self._change(verb="described", by=by, alt=alt.replace("\x00", "").strip())

    def rename(self, name: str, *, by: Any) -> None:
        """Networks show what a document or a video is called, and some what a picture is called."""
        before = self.name
        with transaction.atomic():
            self._change(verb="renamed", by=by, name=" ".join(name.replace("\x00", "").split())[:200] or self.name)
            if self.name != before:
                seen = models.Q(media=self.pk)
                if self.is_image:
                    showing = [kind.name for kind in all_networks() if kind.shows_names]
                    seen &= models.Q(deliveries__channel__network__in=showing)
                meant_otherwise.send(type(self), workspace=self.workspace_id, by=by, fits=seen)

    def move(self, folder: Folder | None, *, by: Any) -> None:
        if folder is not None and folder.workspace_id != self.workspace_id:
            raise ValueError("A file lies in a folder of its own workspace.")
        self._change(verb="moved", by=by, folder=folder)

    def _change(self, *, verb: str, by: Any, **values: Any) -> None:
        """Nothing is written where nothing changes."""
        before = {name: getattr(self, name) for name in values}
        if before == values:
            return
        with transaction.atomic():
            for name, value in values.items():
                setattr(self, name, value)
            self.save(update_fields=list(values))
            Event.objects.write(
                f"media.{verb}", subject=self, by=by, before={name: _told(value) for name, value in before.items()},
                after={name: _told(value) for name, value in values.items()},
            )  # fmt: skip

    def label(self, labels: Iterable[Label], *, by: Any) -> None:
        """Gives it these labels and no others."""
        wanted, has = set(labels), set(self.labels.all())
        if wanted == has:
            return
        with transaction.atomic():
            self.labels.set(wanted)
            Event.objects.write(
                "media.labelled", subject=self, by=by, before={"labels": sorted(map(str, has))},
                after={"labels": sorted(map(str, wanted))},
            )  # fmt: skip

    def permit(self, *, holder: str, permission: str, until: date | None, note: str, by: Any, now: datetime) -> None:
        """Says whose it is, and until which day it may be used."""
        told = {"holder": holder.strip()[:200], "permission": permission.strip(), "until": until, "note": note.strip()}
        known = Rights.objects.filter(media=self.pk).values(*told).first()
        if known == told or (known is None and not any(told.values())):
            return
        with transaction.atomic():
            values = {**told, "changed_at": now, "changed_by": person(by)}
            Rights.objects.update_or_create(media_id=self.pk, defaults=values)
            Event.objects.write(
                "media.permitted", subject=self, by=by, before={"until": _told((known or {}).get("until"))},
                after={"until": _told(until), "holder": told["holder"]},
            )  # fmt: skip

    # -- in and out

    def remove(self, *, by: Any, now: datetime) -> None:
        """Takes it out of the library, with its older versions. Posts that have it keep it."""
        if self.removed_at is not None:
            return
        with transaction.atomic():
            for one in self.versions():
                type(self).objects.filter(pk=one.pk).update(removed_at=now)
                Removal.objects.update_or_create(media_id=one.pk, defaults={"wake_at": now + KEPT_FOR})
            self.removed_at = now
            Event.objects.write("media.removed", subject=self, by=by, before={"name": self.name})

    def restore(self, *, by: Any) -> None:
        """Puts it back where it was."""
        if self.removed_at is None:
            return
        with transaction.atomic():
            for one in self.versions():
                type(self).objects.filter(pk=one.pk).update(removed_at=None)
                Removal.objects.filter(media_id=one.pk).delete()
            self.removed_at = None
            Event.objects.write("media.restored", subject=self, by=by, after={"name": self.name})

    # -- where else it is, besides the posts that are kept with it

    def in_hand(self) -> models.QuerySet[Post]:
        """Posts beside which somebody has words with it, in some version, that are not saved yet."""
        return self._named(self.workspace.posts.kept(), "workings__whole")

    def coming(self) -> models.QuerySet[Recurrence]:
        """Rules that still make posts with it, in some version."""
        return self._named(self.workspace.recurrences.alive(), "content", "variants")

    def is_held(self) -> bool:
        """Whether something besides posts needs it, in some version: words that are not saved, an idea, a template, a
        row of a table that is to come."""
        kinds, versions = self._meta.apps, self.versions()
        ideas = self.workspace.ideas.filter(picture__in=versions, removed_at=None)
        templates = kinds.get_model("posts", "Template").objects.filter(workspace=self.workspace_id)
        rows = kinds.get_model("posts", "ArrivalRow").objects.filter(arrival__workspace=self.workspace_id, fate="good")
        return (
            ideas.exists() or self.in_hand().exists() or self._named(templates, "whole").exists()
            or self._named(rows, "ready").exists()
        )  # fmt: skip

    def _named(self, rows: Any, *columns: str) -> Any:
        texts = {f"said_{n}": Cast(column, models.TextField()) for n, column in enumerate(columns)}
        named = ((f"{text}__contains", str(one.pk)) for one in self.versions() for text in texts)
        found = rows.annotate(**texts).filter(models.Q(*named, _connector=models.Q.OR))
        return rows.filter(pk__in=found.values("pk"))

    # -- versions

    def versions(self) -> models.QuerySet[Media]:
        """All versions of this thing, the newest first."""
        root = self.first_id or self.pk
        return type(self).objects.filter(models.Q(pk=root) | models.Q(first=root)).order_by("-version")

    def become(self, older: Media, *, by: Any) -> None:
        """Takes the place of ``older`` in the library, with its folder, labels, description and rights.

        Posts keep the version that they have. Raises ``BadMedia`` when it is a thing of its own already.
        """
        if self.pk == older.pk:
            raise BadMedia(_("“%(name)s” is the same file as before. Nothing was changed.") % {"name": self.name})
        root = older.first_id or older.pk
        if (self.first_id or self.pk) == root:
            self.bring_back(by=by)
            return
        if self.first_id or self.later.exists() or self.used_at:
            raise BadMedia(
                _("“%(name)s” is in the library already, as a file of its own. Remove it there first.")
                % {"name": self.name}
            )
        with transaction.atomic():
            self.first_id, self.folder_id, self.alt = root, older.folder_id, self.alt or older.alt
            self.save(update_fields=["first", "folder", "alt"])
            self.labels.set(older.labels.all())
            for rights in Rights.objects.filter(media_id=older.pk):
                rights.pk = self.pk
                rights.save(force_insert=True)
            self._take_over()
            Event.objects.write(
                "media.renewed", subject=self, by=by, before={"sha256": older.sha256}, after={"version": self.version}
            )

    def bring_back(self, *, by: Any) -> None:
        """Makes an older version the one that is shown: it becomes the newest."""
        if self.is_current:
            return
        with transaction.atomic():
            before = self.version
            self._take_over()
            Event.objects.write(
                "media.brought_back", subject=self, by=by, before={"version": before}, after={"version": self.version}
            )

    def _take_over(self) -> None:
        others = self.versions().exclude(pk=self.pk)
        self.version = (others.aggregate(most=models.Max("version"))["most"] or 0) + 1
        others.update(is_current=False)
        self.is_current = True
        self.save(update_fields=["version", "is_current"])


def _told(value: Any) -> Any:
    """As an event holds it: small, and JSON."""
    if value is None or isinstance(value, str):
        return (value or "")[:300]
    return value.isoformat() if isinstance(value, date) else str(value)
