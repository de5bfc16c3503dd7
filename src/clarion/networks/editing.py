"""A picture as a person wants it in one place: turned, mirrored, cut, with a point that matters. Its file stays whole.

First it is turned, then mirrored, then cut. The same picture and edit give the same file, so it may be kept under both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .fitting import CannotFit, Made, in_plain_colours

WHOLE = 10_000
"""Places and lengths are parts of a side in ten-thousandths: whole numbers, so that hashes are the same everywhere."""
LEAST = 100
"""What is left of a side, at least."""
VERSION = 1
"""Raised when the same edit shall give another file than before."""
TURNS = (0, 90, 180, 270)


@dataclass(frozen=True)
class Edit:
    """``turn``: degrees clockwise. ``crop``: left, top, width and height of what stays; ``focus``: how far across and
    down the point lies that matters most. Both are of the picture as it is turned and mirrored, before it is cut."""

    turn: int = 0
    mirror: bool = False
    crop: tuple[int, int, int, int] | None = None
    focus: tuple[int, int] | None = None

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Edit:
        """From JSON of anybody: what cannot be is left out."""
        crop, focus = _numbers(said.get("crop"), 4), _numbers(said.get("focus"), 2)
        if crop and (crop[2] < LEAST or crop[3] < LEAST or crop[0] + crop[2] > WHOLE or crop[1] + crop[3] > WHOLE):
            crop = ()
        turn = said.get("turn")
        return cls(
            turn if turn in TURNS and type(turn) is int else 0, said.get("mirror") is True,
            (crop[0], crop[1], crop[2], crop[3]) if crop and crop != (0, 0, WHOLE, WHOLE) else None,
            (focus[0], focus[1]) if focus else None,
        )  # fmt: skip

    @property
    def as_json(self) -> dict[str, Any]:
        """Only what was done: nothing for a picture as it is."""
        said = {"turn": self.turn, "mirror": self.mirror, "crop": self.crop, "focus": self.focus}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in said.items() if value}

    @property
    def changes(self) -> bool:
        """Whether another file comes out; a point that matters changes none."""
        return bool(self.turn or self.mirror or self.crop)

    @property
    def name(self) -> str:
        """Stands for the file that comes out."""
        return f"edit {VERSION} {self.turn} {self.mirror} {self.crop}"

    @property
    def centre(self) -> tuple[float, float] | None:
        """The point that matters, across and down what is left, from 0 to 1; None where nobody chose one."""
        if self.focus is None:
            return None
        left, top, width, height = self.crop or (0, 0, WHOLE, WHOLE)
        across, down = (self.focus[0] - left) / width, (self.focus[1] - top) / height
        return round(min(max(across, 0.0), 1.0), 4), round(min(max(down, 0.0), 1.0), 4)

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """What stays, in pixels of the turned picture: left, top, right, bottom."""
        left, top, wide, high = self.crop or (0, 0, WHOLE, WHOLE)
        x, y = min(left * width // WHOLE, width - 1), min(top * height // WHOLE, height - 1)
        return (
            x, y, max(round((left + wide) * width / WHOLE), x + 1), max(round((top + high) * height / WHOLE), y + 1),
        )  # fmt: skip


AS_IT_IS = Edit()
"""Nothing was done to it."""


def edit(source: Path, target: Path, *, by: Edit) -> Made:
    """Writes the picture in ``source``, changed, to ``target``. Raises ``CannotFit`` for one that moves; OSError."""
    from PIL import Image  # noqa: PLC0415  15 MB and 60 ms that most commands do not need

    with Image.open(source, formats=("JPEG", "PNG", "GIF", "WEBP")) as opened:
        if getattr(opened, "n_frames", 1) > 1:
            raise CannotFit("it moves")
        form = "PNG" if opened.format == "GIF" else opened.format or "PNG"
        image = in_plain_colours(opened)
        profile = image.info.get("icc_profile")
    if by.turn:
        turned = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
        image = image.transpose(turned[by.turn])
    if by.mirror:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    image = image.crop(by.box(*image.size))
    image.info.clear()
    options: dict[str, Any] = {"icc_profile": profile} if profile else {}
    options |= {"JPEG": {"quality": 95, "optimize": True}, "WEBP": {"quality": 95}}.get(form, {"optimize": True})
    image.save(target, form, **options)
    return Made(Image.MIME[form], *image.size)


def _numbers(said: Any, count: int) -> tuple[int, ...]:
    """So many whole numbers from 0 to ``WHOLE``, or none."""
    if not isinstance(said, list | tuple) or len(said) != count:
        return ()
    return tuple(said) if all(type(one) is int and 0 <= one <= WHOLE for one in said) else ()
