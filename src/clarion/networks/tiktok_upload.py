"""How a video gets to TikTok: a session, chunks in order, and the last chunk, with which TikTok begins to publish.

https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from .addresses import apart
from .answers import Answer
from .api import number, text
from .base import JSON, Failure, NotNow, Published, Refused, Step, Unknown
from .bodies import Stretch
from .resumable import file_of, send_rest
from .tiktok_api import TikTokApi, code_of
from .wording import _

CHUNK = 10_000_000
"""Bytes: 5 to 64 MB, the last one up to 128 MB; at most a thousand (H)."""
INIT = {"video": "/v2/post/publish/video/init/", "inbox": "/v2/post/publish/inbox/video/init/"}
_TRUSTED = (".tiktokapis.com", ".tiktok.com", ".tiktokcdn.com")


@dataclass(frozen=True)
class Session:
    """One upload. ``start``: where the last chunk begins; what comes before it shows nothing."""

    publish_id: str
    url: str
    size: int
    chunk: int

    @property
    def start(self) -> int:
        return self.chunk * (max(self.size // self.chunk, 1) - 1)

    def handle(self) -> JSON:
        return {"publish_id": self.publish_id, "upload_url": self.url, "size": self.size, "chunk": self.chunk}


class TikTokUpload(TikTokApi):
    """The steps that show nothing, and the chunk that ends them."""

    chunk: int = CHUNK
    _uploads: tuple[str, ...] = ()

    def _secrets(self) -> tuple[str, ...]:
        # Whoever knows the address may send to it.
        return (*super()._secrets(), *self._uploads)

    def _chunk_of(self, size: int) -> int:
        """A chunk's bytes: the whole file, where it would be one chunk anyway; else the last one takes the rest."""
        return self.chunk if size >= 2 * self.chunk else max(size, 1)

    def _open(self, payload: JSON, step: Step) -> Session:
        """A new session: it holds the words and settings of the post, and waits for the bytes."""
        _media, _path, size = file_of(step)
        chunk = self._chunk_of(size)
        source = {
            "source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk,
            # Rounded down: the last chunk takes the rest (H).
            "total_chunk_count": max(size // chunk, 1),
        }  # fmt: skip
        told = self._post(INIT[payload["as"]], json={**payload["request"], "source_info": source})
        session = Session(self._id(told, "data", "publish_id"), self._id(told, "data", "upload_url"), size, chunk)
        self._know(session.url)
        return session

    def _know(self, url: str) -> None:
        """Remembers the address's own secrets, so that no evidence shows them. Raises Refused for a foreign address."""
        parts = apart(url)
        if not self.app.get("base_url") and (
            parts.scheme != "https" or not f".{parts.hostname or ''}".endswith(_TRUSTED)
        ):
            sentence = _("TikTok named an address for the upload that is not TikTok's. Nothing was sent.")
            raise Refused(sentence, code="foreign_session")
        held = [value for values in parse_qs(parts.query).values() for value in values if len(value) > 5]
        self._uploads = (*self._uploads, *(value for value in held if value not in self._uploads))

    def _session_of(self, step: Step) -> Session:
        """The session that the steps before have left; a later one replaced an earlier one that had ended."""
        told = next(done.handle for done in reversed(step.earlier) if "publish_id" in done.handle)
        self._know(str(told["upload_url"]))
        return Session(str(told["publish_id"]), str(told["upload_url"]), int(told["size"]), int(told["chunk"]))

    def _upload(self, step: Step) -> Published:
        """All but the last chunk. Repeating it goes on behind the last byte that TikTok has."""
        media, path, size = file_of(step)
        opened = next(done for done in step.earlier if done.kind == "session")
        session = self._session_of(step)
        if size != session.size:
            raise Refused(_("The file of this upload has changed. Attach it again."), code="file")
        state = self._status(session.publish_id)
        # K: an upload lives an hour. What it held was never shown, so another one begins anew.
        if text(state, "status") == "PROCESSING_UPLOAD":
            try:
                there = number(state, "uploaded_bytes") or 0
                self._send(session, path, media.mime, start=there, until=session.start)
                return Published(handle=session.handle())
            except _Ended:
                pass
        session = self._open(opened.payload, step)
        try:
            self._send(session, path, media.mime, start=0, until=session.start)
        except _Ended:
            raise NotNow(_("TikTok has ended the upload. It is started again."), code="session_gone") from None
        return Published(handle=session.handle())

    def _send(self, session: Session, path: Path, mime: str, *, start: int, until: int) -> None:
        """The chunks from ``start`` (set back to where one begins) up to ``until``."""

        def say(part: Stretch) -> int | None:
            answer = self._put(session, part, mime)
            return _range(answer, part.start) if answer.status == 416 else part.start + part.length

        start = max(min(start - start % session.chunk, until), 0)
        send_rest(path, size=until, start=start, chunk=session.chunk, send=say, label=self.label)

    def _finish(self, step: Step, session: Session, state: Mapping[str, Any]) -> None:
        """The last chunk, and with it the word to publish. Chunks before it that are missing go first."""
        media, path, size = file_of(step)
        if size != session.size:
            raise Refused(_("The file of this upload has changed. Attach it again."), code="file")
        try:
            there = number(state, "uploaded_bytes")
            if there is not None and there < session.start:
                self._send(session, path, media.mime, start=there, until=session.start)
            answer = self._put(session, Stretch(path, session.start, size - session.start), media.mime)
        except _Ended:
            raise self._ended(session) from None
        if answer.status == 416 or (answer.status == 206 and _range(answer, session.start) < size):
            sentence = _("TikTok has not taken in all of the video. It is tried again.")
            raise NotNow(sentence, retry_at=answer.at + timedelta(seconds=10), code="incomplete")

    def _ended(self, session: Session) -> Failure:
        """The upload's address is gone. Nothing was published, if TikTok says that bytes are missing."""
        there = number(self._status(session.publish_id), "uploaded_bytes")
        if there is not None and there < session.size:
            sentence = _(
                "TikTok ended the upload before it was whole, as it does after an hour. Nothing was published. "
                "Send it again."
            )
            return Refused(sentence, code="session_gone")
        return Unknown(_("TikTok has ended the upload: it may or may not have happened."), code="session_gone")

    def _put(self, session: Session, part: Stretch, mime: str) -> Answer:
        """One chunk. 206: there is more to come; 201: that was all; 416: it begins elsewhere. No token is sent."""
        span = f"bytes {part.start}-{part.start + part.length - 1}/{session.size}"
        answer = self.http.put(
            self._at(session.url), content=part, headers={"Content-Range": span, "Content-Type": mime},
            secrets=self._secrets(),
        )  # fmt: skip
        if answer.status in (201, 206, 416):
            return answer
        if answer.status in (403, 404, 410) and not code_of(answer):  # a place, not TikTok, says so
            raise _Ended
        raise self.understand(answer, writing=True) or self._unreadable(writing=True)


class _Ended(Exception):
    """The address of the upload is no more."""


def wants_bytes(state: Mapping[str, Any], session: Session) -> bool:
    """Whether the upload waits for bytes; where TikTok does not say how many it has, more can do no harm."""
    there = number(state, "uploaded_bytes")
    return text(state, "status") == "PROCESSING_UPLOAD" and (there is None or there < session.size)


def _range(answer: Answer, otherwise: int) -> int:
    """How many bytes are there: ``Content-Range: bytes 0-524287/900000``."""
    found = re.match(r"(?:bytes[ =])?0-(\d{1,18})(?!\d)", answer.headers.get("content-range", "").strip())
    return int(found.group(1)) + 1 if found else otherwise
