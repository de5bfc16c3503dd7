"""Files on their way to X: opened, sent in stretches, closed, described. After a crash they go on where they were."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from .api import number, text, within
from .base import (
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
GONE = ("404", "resource-not-found")
"""An upload that has ended (it lives for a day): the file is sent anew."""


class XUploads(XApi):
    """The steps of an upload. https://docs.x.com/x-api/media"""

    # -- uploads

    def _uploaded(self, step: Step) -> Published | Processing:
        media = step.media
        if media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
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
        kind = "tweet_video" if media.is_video else "tweet_gif" if media.mime == "image/gif" else "tweet_image"
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


def _piece(media: Media, start: int, size: int) -> bytes:
    """So many bytes of the file. Raises Refused when it can no longer be read."""
    try:
        with media.path.open("rb") as file:
            file.seek(start)
            return file.read(size)
    except OSError:
        raise Refused(_("The file of this upload is gone. Attach it again."), code="file") from None
