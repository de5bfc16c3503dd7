"""A video is made fit for a network by ffmpeg: of a type that it takes, small enough, with a margin where it needs one.

Nothing is cut: a video that is too long stays too long, and people are told. ffmpeg comes with the extra ``video``, or
from the system; without it a video goes out as it is, where the network takes it so.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from .draft import Media
from .fitting import CannotFit
from .problems import megabytes
from .rules import Videos
from .wording import _

VERSION = 1
"""Raised when the same recipe shall give another file than before."""
TYPE, ENDING = "video/mp4", ".mp4"
LONGEST_SIDE = 1920
"""Pixels: more is not shown by any of the networks, and costs hours of work."""
SOUND = 128_000
LEAST_PICTURE = 250_000
"""Bits a second below which a picture is mush: such a video is refused rather than spoilt."""
SHARE = 0.94
"""Of the bytes that the network takes, so much is planned for: an encoder keeps to its rate only roughly."""
SLOWEST = 20
"""Seconds of work for a second of film after which ffmpeg is taken to hang."""


@dataclass(frozen=True)
class VideoRecipe:
    """What a video has to be: one of ``types``, at most ``size`` bytes, of a shape between ``ratios``."""

    types: tuple[str, ...]
    size: int
    ratios: tuple[float, float] | None = None

    @classmethod
    def of(cls, rule: Videos) -> VideoRecipe:
        return cls(rule.types, rule.size, rule.ratios)

    @property
    def name(self) -> str:
        """Twelve letters that stand for the recipe, and for how this version follows it."""
        return hashlib.sha256(f"video {VERSION} {self.size} {self.ratios}".encode()).hexdigest()[:12]

    def fits(self, media: Media) -> bool:
        """Whether the video may go as it is. Unknown sides (0) are taken as they are."""
        return media.mime in self.types and media.size <= self.size and self._has_a_good_shape(media)

    def can_help(self, media: Media) -> bool:
        """Whether ffmpeg could make it fit: the network takes MP4, and there is something left of the picture."""
        return TYPE in self.types and self.rate(media.duration) >= LEAST_PICTURE

    def rate(self, seconds: float) -> int:
        """Bits a second that the picture may have, sound taken off; without a length nothing can be promised."""
        return int(self.size * 8 * SHARE / seconds) - SOUND if seconds else 0

    def planned(self, media: Media) -> Media:
        """The video as it will be: its size is at most the network's, its type MP4."""
        width, height = self.sides(media.width, media.height)
        return replace(media, mime=TYPE, size=min(media.size, self.size), width=width, height=height)

    def sides(self, width: int, height: int) -> tuple[int, int]:
        """Sides with the margin that gives a good shape, none longer than ``LONGEST_SIDE``, all even."""
        if not width or not height:
            return width, height
        if self.ratios is not None:
            narrow, wide = self.ratios
            if width / height < narrow:
                width = math.ceil(height * narrow)
            elif width / height > wide:
                height = math.ceil(width / wide)
        scale = min(1.0, LONGEST_SIDE / max(width, height))
        return _even(width * scale), _even(height * scale)

    def _has_a_good_shape(self, media: Media) -> bool:
        if self.ratios is None or not media.width or not media.height:
            return True
        return self.ratios[0] <= media.width / media.height <= self.ratios[1]


def _even(side: float) -> int:
    return max(2 * round(side / 2), 2)


@cache
def ffmpeg() -> str | None:
    """The program: the system's own, or that of the extra ``video``; None where there is neither."""
    if found := shutil.which("ffmpeg"):
        return found
    if importlib.util.find_spec("imageio_ffmpeg") is None:
        return None
    import imageio_ffmpeg  # noqa: PLC0415  an extra

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:
        return None


def convert(source: Media, target: Path, *, recipe: VideoRecipe, alive: Callable[[], None] = lambda: None) -> None:
    """Writes the video as ``recipe`` wants it to ``target``. Raises ``CannotFit``; OSError from the disk.

    ``alive`` is called every half second or so: what it raises ends the work. A dead process of ours ends it too,
    because ffmpeg then has nobody who reads its progress.
    """
    program = ffmpeg()
    if program is None or not recipe.can_help(source):
        raise CannotFit("no ffmpeg, or too long for the bytes that the network takes")
    rate = recipe.rate(source.duration)
    for share in (1.0, 0.8, 0.6):
        _run(_command(program, source, target, recipe=recipe, rate=int(rate * share)), source, alive)
        if target.stat().st_size <= recipe.size:
            return
    raise CannotFit("too many bytes at any rate")


def _command(program: str, source: Media, target: Path, *, recipe: VideoRecipe, rate: int) -> list[str]:
    filters = ["format=yuv420p"]
    width, height = recipe.sides(source.width, source.height)
    if width and height:
        filters = [
            f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2",
            f"pad={width}:{height}:-1:-1", "setsar=1", *filters,
        ]  # fmt: skip
    return [
        program, "-hide_banner", "-nostdin", "-loglevel", "error", "-progress", "pipe:1",
        # The file is a stranger's: it is read as the type that it was found to be, and names no other file or host.
        "-protocol_whitelist", "file", "-f", "mov", "-i", f"file:{source.path}",
        "-map", "0:v:0", "-map", "0:a:0?", "-map_metadata", "-1", "-map_chapters", "-1",
        "-vf", ",".join(filters), "-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-profile:v", "high",
        "-maxrate", str(rate), "-bufsize", str(2 * rate), "-c:a", "aac", "-b:a", str(SOUND), "-ac", "2",
        "-movflags", "+faststart", "-threads", "1", "-y", "-f", "mp4", f"file:{target}",
    ]  # fmt: skip


def _run(command: list[str], source: Media, alive: Callable[[], None]) -> None:
    """Runs ffmpeg at the lowest priority until it ends, or ``alive`` raises, or it is slower than anything honest."""
    nice = ["nice", "-n", "19"] if shutil.which("nice") else []
    process = subprocess.Popen(  # noqa: S603  the program is ours, the arguments are numbers and paths of ours
        [*nice, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", ""), "LANG": "C"},
    )  # fmt: skip
    hung = threading.Timer(60 + SLOWEST * source.duration, process.kill)
    hung.daemon = True
    hung.start()
    told: list[bytes] = []
    reader = threading.Thread(target=lambda: told.append((process.stderr or [b""]).read(2000)), daemon=True)  # type: ignore[union-attr]
    reader.start()
    try:
        for line in process.stdout or ():
            if line.startswith(b"progress="):
                alive()
        if process.wait() != 0:
            reader.join(5)
            if b"No space left" in b"".join(told):
                raise OSError(28, "No space left on device")
            raise CannotFit(b"".join(told).decode(errors="replace").strip()[-500:] or "ffmpeg gave up")
    finally:
        hung.cancel()
        if process.poll() is None:
            process.kill()
            process.wait()
        reader.join(5)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def told(before: Media, *, recipe: VideoRecipe, is_done: bool) -> str:
    """What happens to a video, as a person reads it before it is sent."""
    values = {"name": before.name or _("video"), "limit": megabytes(recipe.size)}
    if is_done:
        return _("“%(name)s” has been made an MP4 that fits, of at most %(limit)s.") % values
    return _("“%(name)s” is made an MP4 of at most %(limit)s before it goes out.") % values
