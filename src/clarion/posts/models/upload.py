from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Self, cast

from django.conf import settings
from django.db import models
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.files.place import store
from clarion.files.store import Missing, StoreGone
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.posts.cleaning import HEAD, MOST_BYTES, PIECE, BadMedia, NotKept, begun_well
from clarion.work.models import Timed, TimedQuerySet

from .folder import Folder
from .media import Media
from .quota import Quota

KEPT_FOR = timedelta(days=1)
"""An upload that nobody goes on with is swept after so long."""
MOVING = timedelta(seconds=20)
"""An upload whose last piece came within this time may be on its way still."""
AT_A_TIME = 16 * 1024 * 1024
"""Bytes of one piece, at most."""
UNDER_WAY = 20_000_000_000
"""Bytes that one person may have announced and not finished: some hundred large pictures and a few films."""


class OutOfStep(Exception):
    """The piece does not begin where the last ended: another tab was faster, or an answer was lost. ``received`` says
    where to go on."""

    def __init__(self, received: int) -> None:
        super().__init__(received)
        self.received = received


class UploadQuerySet(TimedQuerySet):
    def open(self, now: datetime) -> Self:
        """Those that can go on."""
        return self.filter(media=None, refused="", wake_at__gt=now)

    def begin(
        self, *, workspace: Workspace, by: Any, name: str, size: int, now: datetime, fingerprint: str = "",
        folder: Folder | None = None, replaces: Media | None = None,
    ) -> Upload:  # fmt: skip
        """A new upload, or the one that this person began with the same file and did not finish.

        ``fingerprint`` is made by the browser from what it knows of the file. Raises ``BadMedia`` for what would be
        refused at the end.
        """
        name = Path(name.replace("\\", "/").replace("\x00", "")).name[:200] or "file"
        if not size:
            raise BadMedia(_("“%(name)s” is empty. Choose another file.") % {"name": name})
        if size > MOST_BYTES:
            raise BadMedia(_("“%(name)s” has more than 500 MB. Make it smaller first.") % {"name": name})
        mine = self.open(now).filter(workspace=workspace, by=by)
        if fingerprint:
            known = mine.filter(fingerprint=fingerprint, size=size, replaces=replaces).order_by("-begun_at").first()
            if known is not None:
                return known
        Quota.objects.allow(workspace, more=size, name=name)
        announced = mine.aggregate(bytes=models.Sum("size"))["bytes"] or 0
        if announced + size > UNDER_WAY:
            raise BadMedia(
                _("“%(name)s” has to wait: %(size)s of yours are on their way. Let them arrive, or cancel some.")
                % {"name": name, "size": filesizeformat(announced)}
            )
        return self.create(
            workspace=workspace, by=by, name=name, size=size, fingerprint=fingerprint[:120], folder=folder,
            replaces=replaces, begun_at=now, wake_at=now + KEPT_FOR,
        )  # fmt: skip

    def take(self, pk: Any, *, owner: str, now: datetime) -> Upload | None:
        """Claims one that is to be swept."""
        return self.get(pk=pk) if self.claim(pk, owner=owner, now=now) else None


class Upload(Timed):
    """A file on its way to us, piece by piece. It can go on where it stopped, until it is swept at ``wake_at``.

    The pieces lie in the store, so any machine of the installation takes the next one.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="uploads")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    pieces = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=120, blank=True)
    folder = models.ForeignKey(Folder, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    replaces = models.ForeignKey(Media, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    media = models.ForeignKey(Media, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    was_here = models.BooleanField(default=False)
    refused = models.TextField(blank=True)
    begun_at = models.DateTimeField(default=timezone.now)

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("wake_at", condition=models.Q(wake_at__isnull=False), name="upload_wakes"),
            models.Index(fields=["workspace", "by", "fingerprint"], name="upload_again"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.received} of {self.size}"

    @property
    def is_whole(self) -> bool:
        return self.received == self.size

    @property
    def percent(self) -> int:
        return self.received * 100 // self.size

    @property
    def is_moving(self) -> bool:
        """A piece has come just now: it may be on its way in another tab."""
        return self.wake_at is not None and self.wake_at > timezone.now() + KEPT_FOR - MOVING

    # -- pieces

    def add(self, piece: IO[bytes], *, offset: int, now: datetime) -> None:
        """Keeps the next piece; with the last one the file is kept.

        Raises ``OutOfStep``, ``BadMedia`` when the file is refused for good, ``NotKept`` when it is to be tried again,
        and OSError when the disk says no.
        """
        if self.media_id or self.refused:
            return
        if offset != self.received:
            raise OutOfStep(self.received)
        try:
            length = self._keep_piece(piece)
        except StoreGone as gone:
            raise NotKept(gone.what) from gone
        except BadMedia as bad:
            self._refuse(str(bad), now=now)
            raise
        if length:
            mine = type(self).objects.filter(pk=self.pk, received=offset, media=None, refused="")
            pieces = [*self.pieces, length]
            if not mine.update(received=offset + length, pieces=pieces, wake_at=now + KEPT_FOR):
                self.refresh_from_db()
                if (key := self._key(offset, length)) not in self._keys:
                    store().remove(key)
                raise OutOfStep(self.received)
            self.refresh_from_db()
        if self.is_whole:
            self._finish(now=now)

    def _keep_piece(self, piece: IO[bytes]) -> int:
        most = min(AT_A_TIME, self.size - self.received)
        with store().received() as path:
            length = 0
            with path.open("wb") as out:
                while some := piece.read(min(PIECE, most - length + 1)):
                    length += len(some)
                    if length > most:
                        raise BadMedia(
                            _("More of “%(name)s” came than was announced. Choose it again.") % {"name": self.name}
                        )
                    out.write(some)
            if not length:
                return 0
            if not self.received:
                with path.open("rb") as file:
                    begun_well(file.read(HEAD), name=self.name)
            store().put(self._key(self.received, length), path)
        return length

    def _key(self, offset: int, length: int) -> str:
        """Two tabs that send different pieces from one offset do not overwrite each other's."""
        return f"uploads/{self.pk}/{offset:012}-{length}"

    @property
    def _keys(self) -> list[str]:
        found, offset = [], 0
        for length in self.pieces:
            found.append(self._key(offset, length))
            offset += length
        return found

    def _finish(self, *, now: datetime) -> None:
        whole = _Whole(self._keys)
        try:
            media = Media.objects.keep(
                workspace=self.workspace, file=cast(IO[bytes], whole), name=self.name, by=self.by, folder=self.folder
            )
            if self.replaces is not None:
                media.become(self.replaces, by=self.by)
        except NotKept:
            raise
        except Missing:
            self.refresh_from_db()
            if self.media_id:  # it was asked for again while it was being kept
                return
            self._refuse(_("A piece of “%(name)s” is gone. Choose it again.") % {"name": self.name}, now=now)
            raise BadMedia(self.refused) from None
        except BadMedia as bad:
            self._refuse(str(bad), now=now)
            raise
        finally:
            whole.close()
        self.media, self.was_here = media, media.was_here
        self.save(update_fields=["media", "was_here"])
        self._clear()
        self.save(update_fields=["pieces"])

    def _refuse(self, sentence: str, *, now: datetime) -> None:
        self.refused = sentence
        self._clear()
        self.save(update_fields=["refused", "pieces"])

    def _clear(self) -> None:
        with suppress(StoreGone, OSError):
            for key in self._keys:
                store().remove(key)
            self.pieces = []

    def forget(self) -> None:
        """Cancelled, or nobody went on with it. Raises ``StoreGone`` when its pieces cannot be taken away now."""
        for key in self._keys:
            store().remove(key)
        self.delete()

    def sweep(self, *, alive: Callable[[], None]) -> None:
        """As a worker does it."""
        alive()
        self.forget()


class _Whole:
    """The pieces as one file, read once from beginning to end."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = list(keys)
        self._file: Any = None

    def read(self, size: int) -> bytes:
        while self._file is not None or self._keys:
            if self._file is None:
                self._file = store().open(self._keys.pop(0))
            if some := self._file.read(size):
                return bytes(some)
            self.close()
        return b""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
