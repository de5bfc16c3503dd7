from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.files.place import store
from clarion.networks.base import Captions, Media, Seen
from clarion.networks.captions import VTT, BadCaptions, read
from clarion.networks.words import NotNow, Refused
from clarion.organisations.ids import new_id

from .channel import Channel

FOLDER = "notices"
ENDINGS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "video/mp4": ".mp4",
    "application/pdf": ".pdf",
}  # fmt: skip


def key_of(channel: Channel, name: str) -> str:
    """Where a notice's file lies in the store."""
    return f"{FOLDER}/{channel.pk}/{name}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def shown(self) -> NoticeQuerySet:
        return self.filter(removed_at=None).order_by("-published_at", "-id")


class Notice(models.Model):
    """What the public reads on our own ground: a copy of the post as it went out, with its own files."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="notices")
    key = models.CharField(max_length=64)
    parts = models.JSONField()
    options = models.JSONField(default=dict)
    published_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("channel", "key", name="notice_once")]
        indexes = [models.Index(fields=["channel", "-published_at"], name="notice_newest")]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def text(self) -> str:
        return "\n\n".join(part["text"] for part in self.parts)

    @property
    def path(self) -> str:
        return reverse("notice", args=[self.channel.workspace.slug, self.pk])

    @property
    def url(self) -> str:
        return settings.BASE_URL + self.path


class BoardGround:
    """Our own ground for the channel's notices: the ``Ground`` that a network of ours is given."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def put(self, *, key: str, parts: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> tuple[str, str]:
        with transaction.atomic():
            notice, _made = Notice.objects.get_or_create(
                channel=self._channel, key=key, defaults={"parts": list(parts), "options": dict(options)}
            )
        return str(notice.pk), notice.url

    def find(self, *, key: str) -> tuple[str, str] | None:
        notice = Notice.objects.filter(channel=self._channel, key=key).first()
        return (str(notice.pk), notice.url) if notice else None

    def fetch(self, remote_id: str) -> Seen | None:
        notice = Notice.objects.shown().filter(channel=self._channel, pk=remote_id).first()
        if notice is None:
            return None
        alts = tuple(file["alt"] for part in notice.parts for file in part["media"])
        return Seen(remote_id=str(notice.pk), url=notice.url, text=notice.text, at=notice.published_at, alts=alts)

    def edit(self, remote_id: str, *, parts: Sequence[Mapping[str, Any]], options: Mapping[str, Any]) -> None:
        """New words; parts that bring no files keep those they have, as on networks."""
        notice = Notice.objects.get(channel=self._channel, pk=remote_id)
        kept = [part["media"] for part in notice.parts]
        notice.parts = [
            {**part, "media": part["media"] or (kept[number] if number < len(kept) else [])}
            for number, part in enumerate(parts)
        ]
        notice.options, notice.edited_at = dict(options), timezone.now()
        notice.save(update_fields=["parts", "options", "edited_at"])

    def delete(self, remote_id: str) -> None:
        Notice.objects.filter(channel=self._channel, pk=remote_id, removed_at=None).update(removed_at=timezone.now())

    def keep(self, media: Media) -> dict[str, Any]:
        """Files are named by their content, so keeping one twice is keeping it once. Raises ``StoreGone``."""
        name = media.sha256 + ENDINGS.get(media.mime, ".bin")
        try:
            self._put(name, media.path, size=media.size)
            captions = [self._captions(one) for one in media.captions]
        except (FileNotFoundError, BadCaptions):
            raise Refused(_("A file of this post can no longer be read. Attach it again."), code="file") from None
        except OSError:
            raise NotNow(
                _("The disk is full, or the data folder cannot be written. It is tried again by itself.")
            ) from None
        return {
            "file": name, "alt": media.alt, "mime": media.mime, "width": media.width, "height": media.height,
            **({"captions": captions} if captions else {}),
            **({"name": media.name, "size": media.size} if media.is_document else {}),
        }  # fmt: skip

    def _captions(self, captions: Captions) -> dict[str, str]:
        """Browsers read WebVTT and nothing else."""
        raw = read(captions.path.read_bytes(), name=captions.path.name).written(VTT)
        name = f"{hashlib.sha256(raw).hexdigest()}.{VTT}"
        self._put(name, raw, size=len(raw))
        return {"file": name, "language": captions.language, "label": captions.label or captions.language}

    def _put(self, name: str, source: Path | bytes, *, size: int) -> None:
        place, key = store(), key_of(self._channel, name)
        if place.size(key) == size:
            return
        with place.received() as path:
            if isinstance(source, bytes):
                path.write_bytes(source)
            else:
                shutil.copyfile(source, path)
            place.put(key, path)
