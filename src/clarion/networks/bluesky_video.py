"""Videos on their way to Bluesky: its video service takes them in parts, works through them, and puts the result onto
the account's own server, which signs us a token for that. Lexicons: ``app.bsky.video.*``.

A part may be sent again, and the service says which ones it has: so an upload goes on where it was, also after a kill.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from . import captions
from .answers import Answer, Unreadable
from .api import number, text, within
from .atproto_session import blob_of, error_of
from .base import JSON, Media, NotNow, Processing, Published, Refused, Step, understood
from .bluesky_login import BlueskyLogin
from .bodies import Stretch
from .resumable import IN_VAIN, file_of
from .wording import _, gettext_noop, quoting

UPLOAD = "com.atproto.repo.uploadBlob"
LIFE = timedelta(minutes=30)
"""How long a token for the service is asked to live."""
LATER = {
    "DailyLimitExceeded": gettext_noop("%(network)s takes no more videos from this account today. It is tried again."),
    "TooManyOpenUploads": gettext_noop("%(network)s still has unfinished uploads of this account. It is tried again."),
    "ServiceOverloaded": gettext_noop("%(network)s has no room for videos at the moment. It is tried again."),
    "UploadNotReady": gettext_noop("%(network)s has all of the video and is not done with it yet."),
}  # fmt: skip
NEVER = {
    "VideoTooLarge": gettext_noop("The video is too large for %(network)s. Nothing was published. Make it smaller."),
    "VideoTooLong": gettext_noop("The video is too long for %(network)s. Nothing was published. Shorten it."),
    "BadAspectRatio": gettext_noop("%(network)s does not take a video of this shape. Nothing was published."),
    "UnsupportedContentType": gettext_noop("%(network)s does not take this kind of video. Save it as MP4."),
    "UploadForbidden": gettext_noop(
        "%(network)s lets this account upload no videos. Confirm its e-mail address there. Nothing was published."
    ),
    "UploadFailed": gettext_noop("%(network)s could not take the video in. Nothing was published."),
}
GONE = frozenset({"UploadNotFound", "UploadExpired", "UploadAborted"})
"""The upload is no more: the video is sent anew."""
WHY = {
    "": gettext_noop("%(network)s could not use the video. Nothing was published."),
    "validation_failure": gettext_noop("%(network)s does not take this video. Nothing was published."),
    "encoding_failure": gettext_noop("%(network)s could not convert the video. Save it as MP4 (H.264)."),
    "pds_upload_unsupported_blob_size": gettext_noop(
        "The account's own server takes no file as large as this video. Nothing was published. Make it smaller."
    ),
}


class _Gone(Exception):
    """The upload is no more."""


class BlueskyVideos(BlueskyLogin):
    """The steps of a video, which show nothing."""

    video_service: ClassVar[str] = "https://video.bsky.app"
    _service_token: str = ""

    # -- the steps

    def _open(self, step: Step) -> Published:
        media, _path, size = file_of(step)
        return Published(handle=self._opened(media, size))

    def _video(self, step: Step) -> Processing:
        """Sends the parts that are missing, and closes. Repeating it goes on where the service is."""
        media, path, size = file_of(step)
        opened = next(done.handle for done in step.earlier if done.kind == "open" and done.part == step.part)
        for _anew in range(2):
            try:
                return Processing({"job": self._sent(opened, path, size=size)}, 3.0)
            except _Gone:
                opened = self._opened(media, size)
        sentence = _("%(network)s has ended the upload. It is started again.") % {"network": self.label}
        raise NotNow(sentence, code="upload_gone")

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        """Whether the service has worked through the video and put it onto the account's server."""
        job = within(self._asked("getJobStatus", {"jobId": processing.handle["job"]}), "jobStatus")
        if text(job, "state") == "JOB_STATE_FAILED":
            why = text(job, "failureCode")
            sentence = _(WHY.get(why) or WHY[""]) % {"network": self.label}
            raise Refused(quoting(sentence, text(job, "message") or text(job, "error")), code=why or "video")
        if isinstance(within(job, "blob"), Mapping):
            return Published(handle={"blob": blob_of(job, label=self.label)})
        return Processing(processing.handle, min(processing.seconds * 1.5, 30.0))

    def _captions(self, step: Step) -> Published:
        told, kind, raw = captions.file_of(step, (captions.VTT,))
        blob = self.session.upload(raw, mime=captions.TYPES[kind])
        return Published(handle={"blob": blob, "language": told.language})

    # -- an upload

    def _opened(self, media: Media, size: int) -> JSON:
        wish: dict[str, Any] = {"sizeBytes": size, "mimeType": media.mime}
        if media.duration:
            wish["durationMs"] = round(media.duration * 1000)
        if media.width and media.height:
            wish |= {"width": media.width, "height": media.height}
        told = self._said("startUpload", wish)
        part, parts = number(told, "partSizeBytes") or 0, number(told, "partCount") or 0
        if not text(told, "jobId") or part < 1 or parts != -(-size // part):
            raise self._strange()
        return {"upload": text(told, "jobId"), "part": part, "parts": parts}

    def _sent(self, opened: Mapping[str, Any], path: Any, *, size: int) -> str:
        """Everything that is missing, and the end of it; gives the job that works through the video."""
        upload, part = str(opened["upload"]), int(opened["part"])
        for _again in range(IN_VAIN):
            status = self._asked("getUploadStatus", {"jobId": upload})
            if text(status, "state") == "completed":
                if text(status, "jobStatus", "state") == "JOB_STATE_FAILED":
                    raise _Gone  # it failed once; who tries again wants it worked through again
                return self._job(status)
            if text(status, "state") in ("aborted", "expired"):
                raise _Gone
            if text(status, "state") == "failed":
                raise Refused(
                    quoting(_(NEVER["UploadFailed"]) % {"network": self.label}, text(status, "failureReason")),
                    code="UploadFailed",
                )
            there = within(status, "receivedParts")
            known = there if isinstance(there, list) else []
            for one in range(1, int(opened["parts"]) + 1):
                if one not in known:
                    start = (one - 1) * part
                    piece = Stretch(path, start, min(part, size - start))
                    self._said("uploadPart", piece, params={"jobId": upload, "partNumber": one})
            try:
                return self._job(self._said("finishUpload", {"jobId": upload}))
            except Refused as failure:
                if failure.code != "MissingParts":
                    raise
        sentence = _("%(network)s does not take the file in. It is tried again.") % {"network": self.label}
        raise NotNow(sentence, code="no_progress")

    def _job(self, told: Any) -> str:
        job = text(told, "completedJobId")
        if not job:
            raise self._strange()
        return job

    # -- calls

    def _asked(self, name: str, params: Mapping[str, Any]) -> Any:
        return self._call("GET", name, params=params)

    def _said(self, name: str, body: JSON | Stretch, *, params: Mapping[str, Any] | None = None) -> Any:
        given = {"content": body} if isinstance(body, Stretch) else {"json": body}
        return self._call("POST", name, params=params, **given)

    def _call(self, method: str, name: str, **given: Any) -> Any:
        """One call to the service. None of them shows anything, and each may be said again: there is no maybe."""
        answer = self._sent_with_token(method, name, **given)
        if answer.status in (401, 403) and error_of(answer)[0] != "UploadForbidden":
            self._service_token = ""  # it may have run out in the middle of a long upload
            answer = self._sent_with_token(method, name, **given)
        self._judge(answer, name)
        try:
            return answer.json()
        except Unreadable:
            raise self._strange() from None

    def _sent_with_token(self, method: str, name: str, **given: Any) -> Answer:
        token = self._service_token = self._service_token or self._token_for_videos()
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        if "content" in given:
            headers["content-type"] = "application/octet-stream"
        address = f"{str(self.app.get('base_url') or self.video_service).rstrip('/')}/xrpc/app.bsky.video.{name}"
        return self.http.request(method, address, headers=headers, writing=False, secrets=[token], **given)

    def _token_for_videos(self) -> str:
        """Signed by the account's own server and for that server: with it the service may put the video there."""
        about = self.session.ask("com.atproto.server.describeServer", token=False)
        host = urlsplit(str(self.account.settings.get("pds") or self.account.server)).hostname or ""
        wish = {
            "aud": text(about, "did") or f"did:web:{host}", "lxm": UPLOAD,
            "exp": int(time.time() + LIFE.total_seconds()),
        }  # fmt: skip
        token = text(self.session.ask("com.atproto.server.getServiceAuth", wish), "token")
        if not token:
            raise self._strange()
        return token

    def _judge(self, answer: Answer, name: str) -> None:
        word, said = error_of(answer)
        ours = {"network": self.label}
        if word in GONE:
            raise _Gone
        if word in LATER:
            pause = timedelta(hours=1) if word == "DailyLimitExceeded" else None
            retry_at = answer.retry_at or (answer.at + pause if pause else None)
            raise NotNow(quoting(_(LATER[word]) % ours, said), retry_at=retry_at, code=word)
        if word in NEVER:
            raise Refused(quoting(_(NEVER[word]) % ours, said), code=word)
        if word == "MissingParts":
            raise Refused(said, code=word)
        if answer.status in (401, 403, 404, 501) or said.startswith("No service configured"):
            sentence = _(
                "The video service of %(network)s takes no videos for this account's server. "
                "Nothing was published. Leave the video out for this channel."
            )
            raise Refused(quoting(sentence % ours, answer.reason()), code="video_service")
        failure = understood(answer, writing=False, label=self.label)
        if failure is not None:
            raise failure

    def _strange(self) -> NotNow:
        sentence = _("%(network)s gave an answer that cannot be read. It is asked again.") % {"network": self.label}
        return NotNow(sentence, code="unreadable")
