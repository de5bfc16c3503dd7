"""How a video gets to YouTube: a session that holds its description, chunks that go on after a kill, processing,
captions, a thumbnail.

https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import timedelta
from urllib.parse import parse_qs

from . import captions
from .addresses import apart
from .answers import Answer
from .api import instant, mappings, text, within
from .base import JSON, Absent, NotNow, Processing, Published, Refused, Step
from .bodies import Stretch
from .canonical import same_form
from .google import reasons_in
from .lookup import Mine, looked_up
from .resumable import file_of, send_rest
from .wording import _, gettext_noop, quoting
from .youtube_api import YouTubeApi

UPLOADS = "https://www.googleapis.com/upload/youtube/v3"
CHUNK = 8 * 1024 * 1024
"""A multiple of 256 KiB, as the protocol wants (K)."""
_WHY = {
    "": gettext_noop("YouTube did not accept the video (%(why)s). It was not made public."),
    "codec": gettext_noop("YouTube cannot read the video's format. It was not made public. Save it as MP4 (H.264)."),
    "conversion": gettext_noop("YouTube could not convert the video. It was not made public. Save it as MP4 (H.264)."),
    "emptyFile": gettext_noop("The video file is empty. Nothing was published. Attach it again."),
    "invalidFile": gettext_noop("YouTube cannot read the file as a video. Nothing was published. Attach another."),
    "duplicate": gettext_noop("YouTube has this very video already and refused the copy. It was not made public."),
    "copyright": gettext_noop("YouTube refused the video because of a copyright. It was not made public."),
    "tooSmall": gettext_noop("The video is too small for YouTube. It was not made public. Attach a larger one."),
    "uploadAborted": gettext_noop("The upload was broken off. Nothing was published. Send it again."),
    "claim": gettext_noop("YouTube refused the video because somebody claims rights in it. It was not made public."),
    "inappropriate": gettext_noop("YouTube finds the video inappropriate. It was not made public."),
    "legal": gettext_noop("YouTube refused the video for legal reasons. It was not made public."),
    "termsOfUse": gettext_noop("YouTube sees its terms of use broken by the video. It was not made public."),
    "trademark": gettext_noop("YouTube refused the video because of a trademark. It was not made public."),
    "uploaderAccountClosed": gettext_noop("YouTube has closed the account. The video was not made public."),
    "uploaderAccountSuspended": gettext_noop("YouTube has suspended the account. The video was not made public."),
    "deleted": gettext_noop("The video was deleted on YouTube before it was public. Nothing was published."),
    "length": gettext_noop("The video is too long for this channel. Verify the channel with YouTube, or shorten it."),
}  # fmt: skip


class YouTubeUpload(YouTubeApi):
    """The steps that show nothing."""

    chunk: int = CHUNK
    _sessions: tuple[str, ...] = ()

    def _secrets(self) -> tuple[str, ...]:
        # Whoever knows a session may send to it.
        return (*super()._secrets(), *self._sessions)

    def _know(self, session: str) -> str:
        """Remembers the session's own secret, so that no evidence shows it. Raises Refused for a foreign address."""
        parts = apart(session)
        if not self.app.get("base_url") and (
            parts.scheme != "https" or not f".{parts.hostname or ''}".endswith(".googleapis.com")
        ):
            sentence = _("YouTube named an address for the upload that is not Google's. Nothing was sent.")
            raise Refused(sentence, code="foreign_session")
        ids = parse_qs(parts.query).get("upload_id", [])
        self._sessions = (*self._sessions, *(id for id in ids if id not in self._sessions))
        return session

    def _open(self, payload: JSON, step: Step) -> str:
        """A new session: it holds the description of the video and waits for its bytes."""
        media, _path, size = file_of(step)
        options = payload.get("options") or {}
        answer = self._ask(
            "POST", UPLOADS + "/videos", json=payload["request"],
            params={"uploadType": "resumable", "part": "snippet,status",
                    "notifySubscribers": "false" if options.get("quiet") else "true"},
            headers={"X-Upload-Content-Length": str(size), "X-Upload-Content-Type": media.mime},
        )  # fmt: skip
        if failure := self.understand(answer, writing=True):
            raise failure
        if not (session := answer.headers.get("location", "")):
            raise self._unreadable(writing=True)
        return self._know(session)

    def _upload(self, step: Step) -> Processing:
        """Asks the session how much it has and sends the rest. Repeating it goes on where the server is."""
        media, path, size = file_of(step)
        opened = next(done for done in step.earlier if done.kind == "session")
        session = self._know(str(opened.handle["session"]))
        made: list[str] = []

        def say(part: Stretch | None) -> int | None:
            """One chunk, or (None) the question how much is there. Gives the bytes that are there, None for all."""
            last = part.start + part.length - 1 if part else 0
            span = f"bytes {part.start}-{last}/{size}" if part else f"bytes */{size}"
            answer = self._ask(
                "PUT", session, headers={"Content-Range": span, "Content-Type": media.mime}, content=part or b"",
                writing=part is not None,
            )  # fmt: skip
            if answer.status == 308:
                return _arrived(answer)
            if answer.status in (404, 410):
                raise _Gone
            made.append(self._id(self._read(answer, writing=part is not None), writing=part is not None))
            return None

        try:
            there = say(None)
        except _Gone:
            # K: a session lives about a week. Its video may be there, when the last answer was lost so long ago.
            seen = self._unseen(opened.payload, step)
            if isinstance(seen, Published):
                return Processing({"video": seen.remote_id}, 5.0)
            session, there = self._open(opened.payload, step), 0
        try:
            if there is not None:
                send_rest(path, size=size, start=there, chunk=self.chunk, send=say, label=self.label)
            if not made:
                say(None)
        except _Gone:
            raise NotNow(_("YouTube has ended the upload. It is started again."), code="session_gone") from None
        if not made:
            raise NotNow(_("YouTube has all of the video and is not done with it yet."), code="incomplete")
        return Processing({"video": made[0]}, 5.0)

    def _unseen(self, payload: JSON, step: Step) -> Published | Absent:
        """The private video of a session that is gone, among our own: same title and same text."""
        wanted = payload["request"]["snippet"]
        uploads = str(self.account.settings.get("uploads") or "")
        pages, whole = self._read_back(
            "/playlistItems", step.since, part="snippet", playlistId=uploads, maxResults=50
        )  # fmt: skip

        def mine(one: JSON) -> Mine:
            return Mine(text(one, "snippet", "resourceId", "videoId"), at=instant(one, "snippet", "publishedAt"))

        def is_it(one: JSON) -> bool:
            return all(
                same_form(text(one, "snippet", name)) == same_form(str(wanted[name]))
                for name in ("title", "description")
            )

        return looked_up(step, pages, mine=mine, is_it=is_it, whole=whole)

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        """Whether YouTube has worked through the video, so that it can be seen."""
        id = str(processing.handle["video"])
        one = within(self._listed(self._get("/videos", part="status,processingDetails", id=id)), 0)
        state = text(one, "status", "uploadStatus")
        if state == "processed":
            return Published(handle=processing.handle)
        if state in ("failed", "rejected", "deleted"):
            why = text(one, "status", "failureReason") or text(one, "status", "rejectionReason") or state
            sentence = _(_WHY.get(why) or _WHY[""]) % {"why": why}
            raise Refused(sentence, code=why)
        return Processing(processing.handle, min(processing.seconds * 1.5, 60.0))

    def _captions(self, step: Step) -> Published:
        """Puts one caption file in, unless YouTube has it: asked first, so it may be repeated."""
        video = uploaded(step)
        told, kind, raw = captions.file_of(step, (captions.VTT, captions.SRT))
        there = mappings(self._get("/captions", part="snippet", videoId=video), "items")
        # What YouTube itself made of the sound (ASR) is another track.
        known = (one for one in there if text(one, "snippet", "trackKind").upper() != "ASR")
        if any(text(one, "snippet", "language").lower() == told.language.lower() for one in known):
            return Published()
        about = {"snippet": {"videoId": video, "language": told.language, "name": ""}}
        mark = secrets.token_hex(12)
        head = f"--{mark}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{json.dumps(about)}\r\n"
        head += f"--{mark}\r\nContent-Type: {captions.TYPES[kind]}\r\n\r\n"
        answer = self._ask(
            "POST", UPLOADS + "/captions", params={"uploadType": "multipart", "part": "snippet"},
            content=head.encode() + raw + f"\r\n--{mark}--\r\n".encode(),
            headers={"Content-Type": f"multipart/related; boundary={mark}"},
        )  # fmt: skip
        if answer.status == 409 and "captionExists" in reasons_in(answer):
            return Published()
        if answer.status == 404:  # K: as for thumbnails
            sentence = _("YouTube does not know the video everywhere yet. The captions follow.")
            raise NotNow(sentence, retry_at=answer.at + timedelta(seconds=30), code="not_known_yet")
        failure = self.understand(answer, writing=True)
        if isinstance(failure, Refused):
            sentence = _("YouTube did not take the captions in “%(language)s”. The video was not made public.")
            raise Refused(quoting(sentence % {"language": told.language}, answer.reason()), code=failure.code)
        if failure is not None:
            raise failure
        return Published(handle={"captions": self._id(self._read(answer, writing=True))})

    def _thumbnail(self, step: Step) -> Published:
        """Repeatable: a thumbnail replaces the one before."""
        media, path, _size = file_of(step)
        answer = self._ask(
            "POST", UPLOADS + "/thumbnails/set", params={"videoId": self._video_of(step), "uploadType": "media"},
            content=path, headers={"Content-Type": media.mime},
        )  # fmt: skip
        if answer.status == 404:  # K: for a while after its upload a video is not known everywhere
            sentence = _("YouTube does not know the video everywhere yet. The thumbnail follows.")
            raise NotNow(sentence, retry_at=answer.at + timedelta(seconds=30), code="not_known_yet")
        failure = self.understand(answer, writing=True)
        if isinstance(failure, Refused) or (failure is not None and answer.status == 403):
            sentence = _(
                "YouTube did not take the thumbnail; the video is published. "
                "Channels need a verified telephone number for thumbnails of their own."
            )
            raise Refused(quoting(sentence, answer.reason()), code="thumbnail")
        if failure is not None:
            raise failure
        return Published()


def uploaded(step: Step) -> str:
    """The id of the video that was uploaded before this step."""
    return next(str(done.handle["video"]) for done in step.earlier if done.kind == "upload")


class _Gone(Exception):
    """The upload session is no more."""


def _arrived(answer: Answer) -> int:
    """How many bytes a session has: ``Range: bytes=0-524287``; without it none."""
    found = re.fullmatch(r"(?:bytes=)?0-(\d{1,18})", answer.headers.get("range", "").strip())
    return int(found.group(1)) + 1 if found else 0
