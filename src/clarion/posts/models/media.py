from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.files.place import store
from clarion.files.small import is_needed, small_of
from clarion.files.store import StoreGone
from clarion.networks import base as networks
from clarion.networks.editing import Edit, edit
from clarion.networks.fitting import CannotFit, Made, Recipe, make
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.posts.cleaning import BadMedia, NotKept, cleaned, received
from clarion.posts.likeness import are_alike
from clarion.posts.videos import film
from clarion.records.models import Event

from .folder import Folder
from .quota import Quota
from .shelved import ON_SHOW, Shelved

__all__ = ["BadMedia", "Media", "MediaQuerySet", "NotKept"]


class MediaQuerySet(models.QuerySet["Media"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def on_show(self) -> Self:
        return self.filter(ON_SHOW)

    def seen(self) -> Self:
        """Pictures and videos: what wants a description."""
        return self.filter(models.Q(mime__startswith="image/") | models.Q(mime__startswith="video/"))

    def keep(
        self, *, workspace: Workspace, file: IO[bytes], name: str, alt: str = "", by: Any = None,
        folder: Folder | None = None,
    ) -> Media:  # fmt: skip
        """Keeps a copy fit for publishing (upright, without hidden data such as a place), and the original beside it
        when that is another file.

        The same file again in one workspace is the same row, which ``was_here``. Raises ``BadMedia``, and OSError when
        the disk says no.
        """
        try:
            return self._keep(workspace=workspace, file=file, name=name, alt=alt, by=by, folder=folder)
        except StoreGone as gone:
            raise NotKept(
                _("“%(name)s” could not be kept. %(why)s Your words are safe here: add the file again in a moment.")
                % {"name": name, "why": gone.what}
            ) from gone

    def _keep(
        self, *, workspace: Workspace, file: IO[bytes], name: str, alt: str, by: Any, folder: Folder | None
    ) -> Media:
        place = store()
        with place.received() as original, place.received() as target:
            sha256 = received(file, original, name=name)
            known = self.filter(workspace=workspace, sha256=sha256).first()
            if known is not None and place.size(known.key) == known.size:
                known.was_here = known.removed_at is None
                known.restore(by=by)
                return known
            clean = cleaned(original, target, name=name)
            facts = {
                "mime": clean.mime, "ending": clean.ending, "size": clean.path.stat().st_size, "looks": clean.looks,
                "clean_sha256": hash_of_file(clean.path), "width": clean.width, "height": clean.height,
                "frames": clean.frames,
            }  # fmt: skip
            if known is None:
                Quota.objects.allow(workspace, more=facts["size"], name=name)
            if clean.mime.startswith("video/"):
                told = film(clean.path)
                facts |= {"width": told.width, "height": told.height, "duration": told.seconds}
            key = stored_under(workspace.pk, sha256)
            if clean.path != original:
                place.put(key + ".original", original)
            place.put(key + clean.ending, clean.path)
        with transaction.atomic():
            media, made = self.get_or_create(
                workspace=workspace, sha256=sha256,
                defaults={
                    **facts, "name": Path(name).name[:200], "alt": alt, "added_by": person(by), "folder": folder,
                },
            )  # fmt: skip
            media.was_here = not made
            if made:
                Event.objects.write("media.kept", subject=media, by=by, after={"sha256": sha256, "name": media.name})
            elif known is not None:
                # Its file was gone from the store and is there again, cleaned as this version cleans.
                self.filter(pk=media.pk).update(**facts)
                media.refresh_from_db()
                media.restore(by=by)
        return media

    def alike(self, media: Media, *, most: int = 3) -> list[Media]:
        """Others of the library that look like it: the same picture smaller, lighter or of another type."""
        if media.looks is None:
            return []
        others = self.on_show().filter(workspace=media.workspace_id, looks__isnull=False)
        others = others.exclude(pk__in=media.versions()).order_by("-id").values_list("pk", "looks")[:LOOKED_AT]
        near = [pk for pk, looks in others if are_alike(media.looks, looks)][:most]
        return list(self.filter(pk__in=near)) if near else []

    def key_of(self, source: Media, recipe: str) -> str:
        """The ``sha256`` of what a recipe makes of a file: known before it is made."""
        return hashlib.sha256(f"{source.clean_sha256} {recipe}".encode()).hexdigest()

    def fitted(self, source: Media, recipe: Recipe) -> Media:
        """The picture as the recipe wants it: made when first asked for, and kept beside its source.

        Raises ``CannotFit`` when it would take harm, and ``StoreGone`` when the store is away.
        """
        return self._made(source, recipe.name, "fitted", lambda local, target: make(local, target, recipe=recipe))

    def edited(self, source: Media, by: Edit) -> Media:
        """The picture as a person wants it in one place: made and kept as ``fitted`` does, and raises as that."""
        return self._made(source, by.name, "edited", lambda local, target: edit(local, target, by=by))

    def _made(self, source: Media, way: str, verb: str, make: Callable[[Path, Path], Made]) -> Media:
        sha256 = self.key_of(source, way)
        known = self.filter(workspace=source.workspace_id, sha256=sha256).first()
        if known is not None:
            return known
        if source.clean_sha256 + way in _unfit:
            raise CannotFit(source.name)
        place = store()
        with _one_at_a_time, place.received() as target:
            try:
                local = place.local(source.key, size=source.size, sha256=source.clean_sha256)
                made = make(local, target)
            except (CannotFit, SyntaxError, ValueError) as error:
                _unfit.add(source.clean_sha256 + way)
                raise CannotFit(source.name) from error
            data = target.read_bytes()
            place.put(stored_under(source.workspace_id, sha256) + made.ending, target)
        with transaction.atomic():
            row, is_new = self.get_or_create(
                workspace_id=source.workspace_id, sha256=sha256,
                defaults={
                    "source": source, "changes": " ".join(made.changes), "name": source.name, "alt": source.alt,
                    "mime": made.mime, "ending": made.ending, "size": len(data), "width": made.width,
                    "height": made.height, "frames": 1, "clean_sha256": hashlib.sha256(data).hexdigest(),
                },
            )  # fmt: skip
            if is_new:
                after = {"source": source.sha256, "changes": row.changes}
                Event.objects.write(f"media.{verb}", subject=row, after=after)
        return row


LOOKED_AT = 20_000
"""Pictures that a new one is compared with: the newest."""
_one_at_a_time = threading.Lock()
"""A large picture unfolds to hundreds of megabytes: two at a time are one too many."""
_unfit: set[str] = set()
"""What could not be made fit, in this process: it is not tried again at every key stroke."""


def hash_of_file(path: Path) -> str:
    """The sha256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def stored_under(workspace: Any, sha256: str) -> str:
    """Where a file of a workspace lies in the store, without its ending."""
    return f"library/{workspace}/{sha256}"


class Media(Shelved):
    """A picture, a video or a document: the copy that goes out, and the original where that is another file.

    One with a ``source`` was made from it to fit a network: its ``sha256`` is that of source and recipe, and
    ``changes`` says what was done besides (``fitting.MARGIN``, ``fitting.WHITE``).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="media")
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=60)
    ending = models.CharField(max_length=8)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    clean_sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    frames = models.PositiveIntegerField(default=0)
    duration = models.FloatField(default=0)
    alt = models.TextField(blank=True)
    source = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="fitted")
    changes = models.CharField(max_length=60, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = MediaQuerySet.as_manager()
    was_here = False
    """Of one that was just given to ``keep``: the library had it already."""

    class Meta:
        constraints = [
            models.UniqueConstraint("workspace", "sha256", name="file_once_per_workspace"),
            models.UniqueConstraint(fields=["first", "version"], name="media_version_once"),
        ]
        indexes = [
            models.Index(fields=["workspace", "folder", "id"], condition=ON_SHOW, name="media_in_folder"),
            models.Index(fields=["workspace", "id"], condition=ON_SHOW, name="media_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """Where its file lies in the store."""
        return stored_under(self.workspace_id, self.sha256) + self.ending

    @property
    def original_key(self) -> str:
        """Where the file lies as it was given: of its own where the copy that goes out had to be another."""
        return stored_under(self.workspace_id, self.sha256) + ".original" if self.has_original else self.key

    @property
    def has_original(self) -> bool:
        return self.source_id is None and self.sha256 != self.clean_sha256

    @property
    def path(self) -> Path:
        """The file on this machine. A store elsewhere is asked for it when the path is used, not before."""
        return store().lent(self.key, size=self.size, sha256=self.clean_sha256)

    def small_key(self) -> str:
        """Where its small copy lies, which is made now when it is not there; the file itself, when that is small."""
        if not self.is_image or not is_needed(width=self.width, height=self.height):
            return self.key
        return small_of(store(), self.key, size=self.size, sha256=self.clean_sha256)

    @property
    def is_image(self) -> bool:
        return self.mime.startswith("image/")

    @property
    def is_video(self) -> bool:
        return self.mime.startswith("video/")

    @property
    def is_document(self) -> bool:
        """It has words of its own: a description is welcome, and never asked for."""
        return not self.is_image and not self.is_video

    @property
    def captions_given(self) -> list[Any]:
        """Caption files, which are those of the video that this one was made from."""
        return list((self.source or self).captions.all()) if self.is_video else []

    def shown(self, alt: str, *, focus: tuple[float, float] | None = None) -> networks.Media:
        """The file as a network takes it."""
        return networks.Media(
            path=self.path, mime=self.mime, size=self.size, sha256=self.clean_sha256, alt=alt, width=self.width,
            height=self.height, duration=self.duration, name=self.name,
            captions=tuple(one.shown() for one in self.captions_given), frames=self.frames, focus=focus,
        )  # fmt: skip
