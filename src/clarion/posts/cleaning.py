"""What a file has to be before it is kept: a picture that opens whole, or a video or a PDF, never whole in memory."""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from clarion.posts.likeness import looks_of
from clarion.posts.videos import without_place

MOST_PIXELS = 80_000_000
MOST_BYTES = 500_000_000
PIECE = 1024 * 1024
FORMATS = {
    "JPEG": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "GIF": ("image/gif", ".gif"),
    "WEBP": ("image/webp", ".webp"),
}
HEAD = 4096
TAKEN = "JPEG, PNG, GIF, WebP, MP4, MOV, PDF"
PDF, PDF_ENDS = b"%PDF-", b"%%EOF"
PDF_TAIL = 1024
"""Readers look for the end of a PDF among so many bytes."""
BEGINNINGS = (b"\xff\xd8", b"\x89PNG", b"GIF8", b"RIFF", PDF)
PICTURES_IN_BOXES = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
HIDDEN = ("exif", "xmp", "comment", "XML:com.adobe.xmp")


class BadMedia(ValueError):
    """A file that cannot be published; the sentence names it and says what to do."""


class NotKept(BadMedia):
    """A file that is good, and could not be kept now."""


@dataclass(frozen=True)
class Clean:
    """The copy that goes out. ``path`` is the received file itself when nothing had to be changed."""

    path: Path
    mime: str
    ending: str
    width: int = 0
    height: int = 0
    frames: int = 0
    looks: int | None = None


def received(file: IO[bytes], path: Path, *, name: str) -> str:
    """Writes the file to ``path``, piece by piece, and gives its sha256. Raises ``BadMedia``; OSError from the disk."""
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as out:
        while piece := file.read(PIECE):
            size += len(piece)
            if size > MOST_BYTES:
                raise BadMedia(_("“%(name)s” has more than 500 MB. Make it smaller first.") % {"name": name})
            digest.update(piece)
            out.write(piece)
    if not size:
        raise BadMedia(_("“%(name)s” is empty. Choose another file.") % {"name": name})
    return digest.hexdigest()


def cleaned(path: Path, target: Path, *, name: str) -> Clean:
    """Judges the file; what must be changed is written to ``target``. Raises ``BadMedia``; OSError from the disk."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    begun_well(head, name=name)
    if head[4:8] == b"ftyp":
        mime, ending = ("video/quicktime", ".mov") if head[8:12] == b"qt  " else ("video/mp4", ".mp4")
        is_changed = without_place(path, target)
        return Clean(target if is_changed else path, mime, ending)
    if head.startswith(PDF):
        return _whole_document(path, name=name)
    return _cleaned_picture(path, target, name=name)


def begun_well(head: bytes, *, name: str) -> None:
    """Judges the first bytes alone, so that nobody waits for the rest in vain. Raises ``BadMedia``.

    MP4 and QuickTime share their form with pictures of the HEIC kind; the brand tells them apart.
    """
    if head[4:8] == b"ftyp":
        if head[8:12] in PICTURES_IN_BOXES:
            raise BadMedia(
                _("“%(name)s” is a picture in a form that no network takes (HEIC or AVIF). Save it as JPEG.")
                % {"name": name}
            )
    elif b"<svg" in head.lower() or head.lstrip()[:5] == b"<?xml":
        raise BadMedia(
            _("“%(name)s” is an SVG drawing, which can carry scripts and which no network takes. Save it as PNG.")
            % {"name": name}
        )
    elif not head.startswith(BEGINNINGS):
        raise _unknown(name)


def _unknown(name: str) -> BadMedia:
    return BadMedia(
        _("“%(name)s” is not a picture, a video or a document that can be published. Taken are: %(taken)s.")
        % {"name": name, "taken": TAKEN}
    )


def _whole_document(path: Path, *, name: str) -> Clean:
    """A PDF goes out as it is, with what its properties say; one that broke off on its way is refused."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - PDF_TAIL, 0))
        if PDF_ENDS not in file.read():
            raise _damaged(name)
    return Clean(path, "application/pdf", ".pdf")


def _damaged(name: str) -> BadMedia:
    return BadMedia(_("“%(name)s” is damaged and cannot be read to its end. Save or export it again.") % {"name": name})


def _cleaned_picture(path: Path, target: Path, *, name: str) -> Clean:
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415  15 MB and 60 ms that most commands do not need

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=tuple(FORMATS)) as image:
                width, height = image.size
                frames = getattr(image, "n_frames", 1)
                if width * height * min(frames, 100) > MOST_PIXELS:
                    raise BadMedia(
                        _("“%(name)s” would unfold to %(width)d × %(height)d pixels, which is too much to open safely. "
                          "Make it smaller first.") % {"name": name, "width": width, "height": height}
                    )  # fmt: skip
                mime, ending = FORMATS[image.format or ""]
                image.load()
                if frames > 1 or not (image.getexif() or set(HIDDEN) & set(image.info)):
                    return Clean(path, mime, ending, width, height, frames, looks_of(image))
                upright = ImageOps.exif_transpose(image)
                profile = image.info.get("icc_profile")
                for key in HIDDEN:
                    upright.info.pop(key, None)
                options: dict[str, Any] = {"icc_profile": profile} if profile else {}
                if image.format in ("JPEG", "WEBP"):
                    options["quality"] = 92
                upright.save(target, format=image.format, **options)
                return Clean(target, mime, ending, *upright.size, frames, looks_of(upright))
    except UnidentifiedImageError:
        raise _unknown(name) from None
    except Image.DecompressionBombError:
        raise BadMedia(
            _("“%(name)s” would unfold to far too many pixels to open safely. Make it smaller first.") % {"name": name}
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        # An error with a number is the disk's; a picture's own has none.
        if isinstance(error, BadMedia) or getattr(error, "errno", None):
            raise
        raise _damaged(name) from error
