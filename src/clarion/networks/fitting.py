"""A picture is made fit for a network: smaller, lighter, of another type, with a margin. Never cut, never in silence.

What the network takes is a ``Recipe``, made from its ``Images``. What comes out is the same for the same picture and
recipe, so it may be kept under both. Everything hidden in the file (place, camera, comments) is left behind; its colour
profile is kept. Not changed at all is what moves, and what is too small: nobody wants their picture blown up.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .draft import Media
from .problems import megabytes
from .rules import Images
from .wording import _

if TYPE_CHECKING:
    from PIL import Image as Pillow

VERSION = 1
"""Raised when the same recipe shall give another file than before."""
ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif"}
NAMES = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WebP", "image/gif": "GIF"}
QUALITIES = (90, 84, 76, 68)
"""Tried in this order before the picture is made smaller."""
LEAST = 320
"""Pixels of the longer side below which a picture is not pressed for the sake of bytes."""
MARGIN, WHITE = "margin", "white"
"""What was done that a person may not expect: a margin was added; what was transparent became white."""


class CannotFit(Exception):
    """The picture cannot be made fit without doing harm to it."""


@dataclass(frozen=True)
class Made:
    """The file that came out. ``changes`` are of ``MARGIN`` and ``WHITE``."""

    mime: str
    width: int
    height: int
    changes: tuple[str, ...] = ()

    @property
    def ending(self) -> str:
        return ENDINGS[self.mime]


@dataclass(frozen=True)
class Recipe:
    """What a picture has to be: one of ``types``, at most ``size`` bytes; sides and shapes as in ``Images``."""

    types: tuple[str, ...]
    size: int
    edge: int | None = None
    smallest: int | None = None
    ratios: tuple[float, float] | None = None

    @classmethod
    def of(cls, rule: Images) -> Recipe:
        return cls(rule.types, rule.size, rule.edge, rule.smallest, rule.ratios)

    @property
    def name(self) -> str:
        """Twelve letters that stand for the recipe, and for how this version follows it."""
        said = f"{VERSION} {self.types} {self.size} {self.edge} {self.smallest} {self.ratios}"
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def fits(self, media: Media) -> bool:
        """Whether the file may go as it is. Unknown sides (0) are taken as they are."""
        if media.mime not in self.types or media.size > self.size:
            return False
        if not media.width or not media.height:
            return True
        return self._has_a_good_shape(media.width, media.height) and (
            (self.edge is None or max(media.width, media.height) <= self.edge)
            and (self.smallest is None or min(media.width, media.height) >= self.smallest)
        )

    def _has_a_good_shape(self, width: int, height: int) -> bool:
        return self.ratios is None or self.ratios[0] <= width / height <= self.ratios[1]

    def canvas(self, width: int, height: int) -> tuple[int, int]:
        """The sides with the margin that gives a good shape, before anything is made smaller."""
        if self.ratios is None or self._has_a_good_shape(width, height):
            return width, height
        narrow, wide = self.ratios
        if width / height < narrow:
            return math.ceil(height * narrow), height
        return width, math.ceil(width / wide)

    def sides(self, width: int, height: int, *, scale: float) -> tuple[tuple[int, int], tuple[int, int]]:
        """Sides of the picture and of the canvas that it stands on. ``scale`` is at most 1."""
        whole = self.canvas(width, height)
        if self.edge is not None:
            scale = min(scale, self.edge / max(whole))
        inner = max(round(width * scale), 1), max(round(height * scale), 1)
        outer = self.canvas(*inner)  # rounding may have bent the shape
        if self.edge is not None and max(outer) > self.edge:
            inner = max(inner[0] - 1, 1), max(inner[1] - 1, 1)
            outer = self.canvas(*inner)
        return inner, outer


def make(source: Path, target: Path, *, recipe: Recipe) -> Made:
    """Writes the picture in ``source`` as ``recipe`` wants it to ``target``. Raises ``CannotFit``; OSError."""
    from PIL import Image, ImageOps  # noqa: PLC0415  15 MB and 60 ms that most commands do not need

    with Image.open(source, formats=("JPEG", "PNG", "GIF", "WEBP")) as opened:
        if getattr(opened, "n_frames", 1) > 1:
            raise CannotFit("it moves")
        width, height = opened.size
        _judge(recipe, width, height)
        if recipe.edge is not None and max(width, height) > 2 * recipe.edge:
            opened.draft(None, (2 * recipe.edge, 2 * recipe.edge))  # a JPEG unfolds only as far as needed
        mime = Image.MIME[opened.format or ""]
        image = ImageOps.exif_transpose(in_plain_colours(opened))
    profile = image.info.get("icc_profile")
    if (image.width > image.height) != (width > height) and width != height:
        width, height = height, width  # it lay on its side
    for found, scale in _tries(recipe, mime, width, height, transparent=image.mode == "RGBA"):
        inner, outer = recipe.sides(width, height, scale=scale)
        shown, changes = _placed(image, inner, outer, opaque=found == "image/jpeg")
        for options in _ways(found):
            out = io.BytesIO()
            shown.save(out, NAMES[found].upper(), **options, **({"icc_profile": profile} if profile else {}))
            if out.tell() <= recipe.size:
                target.write_bytes(out.getbuffer())
                return Made(found, *outer, changes)
    raise CannotFit("too many bytes at any size")


def _judge(recipe: Recipe, width: int, height: int) -> None:
    _inner, outer = recipe.sides(width, height, scale=1)
    if recipe.smallest is not None and min(outer) < recipe.smallest:
        raise CannotFit("too small")


def in_plain_colours(image: Pillow.Image) -> Pillow.Image:
    """The picture as RGB or RGBA of eight bits. A profile that no longer speaks of its colours is left out."""
    if image.mode in ("RGB", "RGBA"):
        image.load()
        return image
    if image.mode == "CMYK":
        return _from_print(image)
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")  # sixteen bits of grey
    plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode in ("L", "LA", "1"):
        plain.info.pop("icc_profile", None)  # it speaks of greys
    return plain


def _from_print(image: Pillow.Image) -> Pillow.Image:
    """Printers' colours as a screen shows them: by their own profile, where they brought one that can be read."""
    from PIL import ImageCms  # noqa: PLC0415  needed for few pictures

    profile = image.info.get("icc_profile")
    if profile:
        try:
            own, screen = ImageCms.getOpenProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            shown = ImageCms.profileToProfile(image, own, screen, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            shown = None
        if shown is not None:
            shown.info.pop("icc_profile", None)
            return shown
    plain = image.convert("RGB")
    plain.info.pop("icc_profile", None)
    return plain


def _tries(recipe: Recipe, mime: str, width: int, height: int, *, transparent: bool) -> Iterator[tuple[str, float]]:
    """Types and scales to try. A drawing stays PNG when it can; a heavy photograph kept as PNG becomes JPEG."""
    scales = list(_scales(recipe, width, height))
    if mime in ("image/png", "image/gif") and "image/png" in recipe.types:
        yield "image/png", scales[0]
    wanted = ["image/webp", "image/png"] if transparent else ["image/jpeg", "image/webp", "image/png"]
    if mime in wanted and mime != "image/png":
        wanted = [mime, *wanted]
    found = next((one for one in wanted if one in recipe.types), "image/jpeg")
    if found in recipe.types:
        yield from ((found, scale) for scale in scales)


def _scales(recipe: Recipe, width: int, height: int) -> Iterator[float]:
    """Ever smaller, from the largest that the network takes."""
    scale = min(1.0, recipe.edge / max(recipe.canvas(width, height))) if recipe.edge is not None else 1.0
    while True:
        yield scale
        scale *= 0.8
        _inner, outer = recipe.sides(width, height, scale=scale)
        if max(outer) < LEAST or (recipe.smallest is not None and min(outer) < recipe.smallest):
            return


def _ways(mime: str) -> Iterator[dict[str, Any]]:
    if mime == "image/png":
        yield {"optimize": True}
        return
    for quality in QUALITIES:
        yield {"quality": quality, "optimize": True} if mime == "image/jpeg" else {"quality": quality}


def _placed(
    image: Pillow.Image, inner: tuple[int, int], outer: tuple[int, int], *, opaque: bool
) -> tuple[Pillow.Image, tuple[str, ...]]:
    """The picture at its new size in the middle of its canvas, and what was done that is not expected."""
    from PIL import Image  # noqa: PLC0415  see make

    changes: list[str] = []
    shown = image.resize(inner, Image.Resampling.LANCZOS) if image.size != inner else image.copy()
    if shown.mode == "RGBA" and opaque:
        flat = Image.new("RGB", inner, "white")
        flat.paste(shown, mask=shown.getchannel("A"))
        shown = flat
        changes.append(WHITE)
    if inner != outer:
        around = Image.new(shown.mode, outer, _edge_colour(shown, across=outer[0] > inner[0]))
        around.paste(shown, ((outer[0] - inner[0]) // 2, (outer[1] - inner[1]) // 2))
        shown = around
        changes.append(MARGIN)
    shown.info.clear()
    return shown, tuple(changes)


def _edge_colour(image: Pillow.Image, *, across: bool) -> tuple[int, ...]:
    """The mean colour of the two edges that the margin touches; what is transparent stays so."""
    from PIL import Image, ImageStat  # noqa: PLC0415  see make

    if image.mode == "RGBA":
        return (255, 255, 255, 0)
    width, height = image.size
    first = image.crop((0, 0, 1, height) if across else (0, 0, width, 1))
    last = image.crop((width - 1, 0, width, height) if across else (0, height - 1, width, height))
    both = Image.new("RGB", (first.width * 2, first.height) if across else (first.width, first.height * 2))
    both.paste(first, (0, 0))
    both.paste(last, (first.width, 0) if across else (0, first.height))
    return tuple(round(mean) for mean in ImageStat.Stat(both).mean)


def told(before: Media, after: Media, *, changes: tuple[str, ...]) -> str:
    """What happened to a picture, as a person reads it before it is sent."""
    values = {
        "name": before.name or _("picture"), "type": NAMES.get(after.mime, after.mime), "width": after.width,
        "height": after.height, "size": megabytes(after.size),
    }  # fmt: skip
    sentence = (
        _("“%(name)s” gets a plain margin and goes out as %(type)s of %(width)d × %(height)d, %(size)s.")
        if MARGIN in changes
        else _("“%(name)s” goes out as %(type)s of %(width)d × %(height)d, %(size)s.")
    ) % values
    return sentence + " " + _("What is transparent becomes white.") if WHITE in changes else sentence
