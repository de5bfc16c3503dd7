from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from clarion.files.place import store
from clarion.files.store import StoreGone
from clarion.networks import base as networks
from clarion.networks.captions import MOST, TYPES, BadCaptions, language_tag, read
from clarion.organisations.ids import new_id
from clarion.organisations.models.user import person
from clarion.posts.cleaning import BadMedia, NotKept
from clarion.posts.news import meant_otherwise
from clarion.records.models import Event

from .media import Media, stored_under


class MadeBy(models.TextChoices):
    PERSON = "person", _lazy("A person")
    MACHINE = "machine", _lazy("A machine")


class CaptionsQuerySet(models.QuerySet["Captions"]):
    def keep(
        self, *, media: Media, file: IO[bytes], name: str, language: str, by: Any = None,
        made_by: str = MadeBy.PERSON,
    ) -> Captions:  # fmt: skip
        """Keeps the captions of a video in a language, in the place of those that it had in this language.

        Raises ``BadMedia`` for what cannot be shown as captions, and OSError when the disk says no.
        """
        name = Path(name).name[:200]
        if not media.is_video:
            raise BadMedia(_("“%(name)s” is no video: only videos have captions.") % {"name": media.name})
        try:
            tag = language_tag(language)
            track = read(file.read(MOST + 1), name=name)
        except BadCaptions as error:
            raise BadMedia(str(error)) from None
        raw = track.text.encode()
        sha256 = hashlib.sha256(raw).hexdigest()
        facts = {"kind": track.kind, "sha256": sha256, "size": len(raw), "name": name, "made_by": made_by}
        place, key = store(), stored_under(media.workspace_id, sha256) + f".{track.kind}"
        try:
            if place.size(key) != len(raw):
                with place.received() as path:
                    path.write_bytes(raw)
                    place.put(key, path)
        except StoreGone as gone:
            sentence = _(
                "“%(name)s” could not be kept. %(why)s Your words are safe here: add the file again in a moment."
            )
            raise NotKept(sentence % {"name": name, "why": gone.what}) from gone
        with transaction.atomic():
            kept, _made = self.update_or_create(
                media=media, language=tag, defaults={**facts, "added_by": person(by), "added_at": timezone.now()}
            )
            Event.objects.write(
                "captions.kept", subject=media, by=by, after={"language": tag, "sha256": sha256, "made_by": made_by}
            )
            meant_otherwise.send(Captions, workspace=media.workspace_id, by=by, fits=Q(media=media))
        return kept


class Captions(models.Model):
    """The captions of a video in one language (BCP 47): a file as it came, WebVTT or SubRip, always in UTF-8."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    media = models.ForeignKey(Media, on_delete=models.CASCADE, related_name="captions")
    language = models.CharField(max_length=60)
    kind = models.CharField(max_length=3, choices=[(kind, kind) for kind in TYPES])
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    made_by = models.CharField(max_length=7, choices=MadeBy, default=MadeBy.PERSON)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = CaptionsQuerySet.as_manager()

    class Meta:
        ordering = ["added_at", "id"]
        constraints = [models.UniqueConstraint("media", "language", name="captions_once_per_language")]

    def __str__(self) -> str:
        return f"{self.media} ({self.language})"

    @property
    def key(self) -> str:
        """Where its file lies in the store."""
        return f"{stored_under(self.media.workspace_id, self.sha256)}.{self.kind}"

    @property
    def mime(self) -> str:
        return TYPES[self.kind]

    @property
    def language_name(self) -> str:
        """The language in the reader's words; its code where they have none for it."""
        return _named(self.language, "name_translated")

    def remove(self, *, by: Any) -> None:
        with transaction.atomic():
            Event.objects.write(
                "captions.removed", subject=self.media, by=by,
                before={"language": self.language, "sha256": self.sha256},
            )  # fmt: skip
            self.delete()
            meant_otherwise.send(Captions, workspace=self.media.workspace_id, by=by, fits=Q(media=self.media))

    def shown(self) -> networks.Captions:
        """The file as a network takes it."""
        path = store().lent(self.key, size=self.size, sha256=self.sha256)
        return networks.Captions(path, self.language, _named(self.language, "name_local"), self.size)


def _named(language: str, name: str) -> str:
    try:
        return str(get_language_info(language.lower())[name])
    except KeyError:
        return language
