"""Files on their way to X: opened, sent in stretches, closed, described. After a crash they go on where they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from . import captions
from .api import number, text, within
from .base import (
    Captions,
    Media,
    Processing,
    Published,
    Refused,
    Step,
)  # fmt: skip
from .wording import _
from .x_api import (
    XApi,
)

SEGMENT = 4 * 1024 * 1024
SEGMENTS = 4
"""So many segments go in one step: after a crash no more than these are sent again."""
LONGEST_WAIT = 300
"""Seconds: X is asked again after so long, whatever it wishes."""
MOVING = (1280, 1080)
"""Width and height of a picture that moves."""
GONE = ("404", "resource-not-found")
"""An upload that has ended (it lives for a day): the file is sent anew."""


def is_moving(media: Media) -> bool:
    """A GIF that stands still is a picture like others."""
    return media.mime == "image/gif" and media.moves


class XUploads(XApi):
    """The steps of an upload. https://docs.x.com/x-api/media"""

    # -- uploads

    def _uploaded(self, step: Step) -> Published | Processing:
        media = step.media
        if media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
        if step.kind == "captions":
            return self._captioned(step)
        if step.kind == "open":
            return Published(handle={"media_id": self._opened(media)})
        opened = [s for s in step.earlier if s.kind == "open" and s.part == step.part]
        if step.kind == "send":
            try:
                self._sent(media, str(opened[-1].handle["media_id"]), step.payload["offset"], step.payload["size"])
            except Refused as refused:
                if refused.code not in GONE:
                    raise
                return Published(handle={"gone": True})
            return Published()
        gone = any(s.kind == "send" and s.part == step.part and s.handle.get("gone") for s in step.earlier)
        if opened and not gone:
            media_id = str(opened[-1].handle["media_id"])
        else:
            media_id = self._opened(media)
            self._sent(media, media_id, 0, media.size)
        told = self._post(f"/2/media/upload/{quote(media_id, safe='')}/finalize")
        self._id(told, "data", "id")
        return self._processed(told, media_id, media)

    def _opened(self, media: Media) -> str:
        kind = "tweet_video" if media.is_video else "tweet_gif" if is_moving(media) else "tweet_image"
        opened = {"media_type": media.mime, "total_bytes": media.size, "media_category": kind}
        return self._id(self._post("/2/media/upload/initialize", json=opened), "data", "id")

    def _sent(self, media: Media, media_id: str, offset: int, size: int) -> None:
        """Segments carry their number: one that arrives twice is one."""
        path = f"/2/media/upload/{quote(media_id, safe='')}/append"
        for start in range(offset, offset + size, SEGMENT):
            piece = _piece(media, start, min(SEGMENT, offset + size - start))
            self._post(path, data={"segment_index": start // SEGMENT}, files={"media": ("segment", piece)})

    def _processed(self, told: Any, media_id: str, media: Media) -> Published | Processing:
        work = within(told, "data", "processing_info")
        state = text(work, "state") if work else "succeeded"
        handle = {"media_id": media_id}
        if state == "failed":
            sentence = _("%(network)s could not work with the file “%(name)s”. Choose another one.")
            raise Refused(sentence % {"network": self.label, "name": media.name}, code="media")
        if state != "succeeded":
            return Processing(handle, float(min(max(number(work, "check_after_secs") or 2, 1), LONGEST_WAIT)))
        if media.alt:
            described = {"id": media_id, "metadata": {"alt_text": {"text": media.alt}}}
            self._post("/2/media/metadata", json=described)
        return Published(handle=handle)

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        media_id = str(processing.handle["media_id"])
        if step.media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
        told = self._get("/2/media/upload", media_id=media_id, command="STATUS")
        self._id(told, "data", "id", writing=False)
        return self._processed(told, media_id, step.media)

    # -- captions

    def _tracks(self, media: Media) -> Mapping[str, Captions]:
        """The captions that go along, by X's codes: two capital letters (H), so one file for each language."""
        rule, found = self.told_rules.videos, dict[str, Captions]()
        for one in captions.taken(media, rule) if rule else ():
            code = one.language.partition("-")[0].upper()
            if len(code) == 2:
                found.setdefault(code, one)
        return found

    def _captioned(self, step: Step) -> Published:
        """Uploads one caption file and hangs it on the video, which nobody sees yet. K: hung twice, it is one track."""
        told, kind, raw = captions.file_of(step, (captions.SRT, captions.VTT))
        video = [s for s in step.earlier if s.kind == "upload" and s.part == step.part][-1]
        opened = {"media_type": f"text/{kind}", "total_bytes": len(raw), "media_category": "subtitles"}
        id = self._id(self._post("/2/media/upload/initialize", json=opened), "data", "id")
        path = f"/2/media/upload/{quote(id, safe='')}"
        self._post(f"{path}/append", data={"segment_index": 0}, files={"media": (f"captions.{kind}", raw)})
        self._post(f"{path}/finalize")
        code = told.language.partition("-")[0].upper()
        track = {"id": id, "language_code": code, "display_name": told.label or told.language}
        hung = {"id": video.handle["media_id"], "media_category": "TweetVideo", "subtitles": track}
        self._post("/2/media/subtitles", json=hung)
        return Published()


def _piece(media: Media, start: int, size: int) -> bytes:
    """So many bytes of the file. Raises Refused when it can no longer be read."""
    try:
        with media.path.open("rb") as file:
            file.seek(start)
            return file.read(size)
    except OSError:
        raise Refused(_("The file of this upload is gone. Attach it again."), code="file") from None
