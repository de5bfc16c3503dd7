from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path
from typing import IO, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.networks import base as networks
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.records.models import Event

MOST_PIXELS = 80_000_000
MOST_BYTES = 500_000_000
FORMATS = {
    "JPEG": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "GIF": ("image/gif", ".gif"),
    "WEBP": ("image/webp", ".webp"),
}
TAKEN = "JPEG, PNG, GIF, WebP, MP4"


class BadMedia(ValueError):
    """A file that cannot be published; the sentence names it and says what to do."""


class MediaQuerySet(models.QuerySet["Media"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def keep(self, *, workspace: Workspace, file: IO[bytes], name: str, alt: str = "", by: Any = None) -> Media:
        """Keeps the original and a copy fit for publishing (upright, without hidden data such as a place).

        The same file again in one workspace is the same row. Raises ``BadMedia``.
        """
        data = _read(file, name)
        sha256 = hashlib.sha256(data).hexdigest()
        known = self.filter(workspace=workspace, sha256=sha256).first()
        if known is not None:
            return known
        clean = _cleaned(data, name)
        folder = Path(settings.MEDIA_ROOT) / "library" / str(workspace.pk)
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in ((folder / (sha256 + ".original"), data), (folder / (sha256 + clean.ending), clean.data)):
            part = path.with_name(path.name + ".part")
            part.write_bytes(content)
            part.rename(path)
        with transaction.atomic():
            media, made = self.get_or_create(
                workspace=workspace, sha256=sha256,
                defaults={
                    "name": Path(name).name[:200], "mime": clean.mime, "ending": clean.ending, "alt": alt,
                    "size": len(clean.data), "clean_sha256": hashlib.sha256(clean.data).hexdigest(),
                    "width": clean.width, "height": clean.height, "added_by": person(by),
                },
            )  # fmt: skip
            if made:
                Event.objects.write("media.kept", subject=media, by=by, after={"sha256": sha256, "name": media.name})
        return media


class Media(models.Model):
    """A picture or a video of a workspace: the original, and the copy that goes out."""

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
    alt = models.TextField(blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = MediaQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("workspace", "sha256", name="file_once_per_workspace")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "library" / str(self.workspace_id) / (self.sha256 + self.ending)

    @property
    def is_image(self) -> bool:
        return self.mime.startswith("image/")

    def shown(self, alt: str) -> networks.Media:
        """The file as a network takes it."""
        return networks.Media(
            path=self.path, mime=self.mime, size=self.size, sha256=self.clean_sha256, alt=alt, width=self.width,
            height=self.height, name=self.name,
        )  # fmt: skip


class _Clean:
    def __init__(self, data: bytes, mime: str, ending: str, width: int = 0, height: int = 0) -> None:
        self.data, self.mime, self.ending, self.width, self.height = data, mime, ending, width, height


def _read(file: IO[bytes], name: str) -> bytes:
    data = file.read(MOST_BYTES + 1)
    if not data:
        raise BadMedia(_("“%(name)s” is empty. Choose another file.") % {"name": name})
    if len(data) > MOST_BYTES:
        raise BadMedia(_("“%(name)s” has more than 500 MB. Make it smaller first.") % {"name": name})
    return data


def _cleaned(data: bytes, name: str) -> _Clean:
    head = data[:4096]
    if head[4:8] == b"ftyp":
        return _Clean(data, "video/mp4", ".mp4")
    if b"<svg" in head.lower() or head.lstrip()[:5] == b"<?xml":
        raise BadMedia(
            _("“%(name)s” is an SVG drawing, which can carry scripts and which no network takes. Save it as PNG.")
            % {"name": name}
        )
    return _clean_image(data, name)


def _clean_image(data: bytes, name: str) -> _Clean:
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415  15 MB and 60 ms that most commands do not need

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=tuple(FORMATS)) as image:
                width, height = image.size
                frames = getattr(image, "n_frames", 1)
                if width * height * min(frames, 100) > MOST_PIXELS:
                    raise BadMedia(
                        _("“%(name)s” would unfold to %(width)d × %(height)d pixels, which is too much to open safely. "
                          "Make it smaller first.") % {"name": name, "width": width, "height": height}
                    )  # fmt: skip
                mime, ending = FORMATS[image.format or ""]
                image.load()
                if frames > 1:
                    return _Clean(data, mime, ending, width, height)
                hidden = image.getexif() or {
                    k for k in image.info if k in ("exif", "xmp", "comment", "XML:com.adobe.xmp")
                }
                if not hidden:
                    return _Clean(data, mime, ending, width, height)
                upright = ImageOps.exif_transpose(image)
                profile = image.info.get("icc_profile")
                out = io.BytesIO()
                for key in ("exif", "xmp", "comment", "XML:com.adobe.xmp"):
                    upright.info.pop(key, None)
                options: dict[str, Any] = {"icc_profile": profile} if profile else {}
                if image.format in ("JPEG", "WEBP"):
                    options["quality"] = 92
                upright.save(out, format=image.format, **options)
                return _Clean(out.getvalue(), mime, ending, *upright.size)
    except UnidentifiedImageError:
        raise BadMedia(
            _("“%(name)s” is not a picture or a video that can be published. Taken are: %(taken)s.")
            % {"name": name, "taken": TAKEN}
        ) from None
    except Image.DecompressionBombError:
        raise BadMedia(
            _("“%(name)s” would unfold to far too many pixels to open safely. Make it smaller first.") % {"name": name}
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, BadMedia):
            raise
        raise BadMedia(
            _("“%(name)s” is damaged and cannot be read to its end. Save or export it again.") % {"name": name}
        ) from error
