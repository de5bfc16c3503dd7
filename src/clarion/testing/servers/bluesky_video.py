"""The video service in Bluesky's contract server: uploads in parts, jobs that put a video onto the account's server.

It takes no sign-in of ours but a token that the account's server signed, for that server and for one method.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from clarion.networks import atproto

from .base import Asked
from .bluesky_appview import Person, Wrong

SERVER_DID = "did:web:localhost"
LARGEST = 300_000_000


@dataclass
class Upload:
    id: str
    person: Person
    size: int
    part: int
    parts: dict[int, bytes] = field(default_factory=dict)
    state: str = "created"
    job: str = ""
    received: int = 0
    """How many bytes came, with those that came twice."""

    @property
    def count(self) -> int:
        return -(-self.size // self.part)

    @property
    def raw(self) -> bytes:
        return b"".join(self.parts[number] for number in sorted(self.parts))


@dataclass
class Job:
    id: str
    person: Person
    raw: bytes
    waits: int = 0
    failure: str = ""


class VideoService:
    """``service``: whether it takes videos for this server at all. ``then``: what becomes of the next job: (questions
    until it is done, code of a failure). ``most_open``: so many uploads of an account may be unfinished."""

    def __init__(self) -> None:
        self.service = True
        self.part_size = 5 * 1024 * 1024
        self.uploads: dict[str, Upload] = {}
        self.jobs: dict[str, Job] = {}
        self.then: list[tuple[int, str]] = []
        self.most_open = 3
        self.today = 25
        self.tokens: dict[str, tuple[Person, dict[str, Any]]] = {}

    def _who(self, asked: Asked) -> Person:
        raise NotImplementedError

    # -- the account's server

    def x_com_atproto_server_getServiceAuth(self, asked: Asked) -> Any:
        person, exp = self._who(asked), int(asked.one("exp") or time.time() + 60)
        if not time.time() < exp <= time.time() + 3600 or not asked.one("lxm"):
            raise Wrong("BadExpiration", "can not request a token with an expiration more than an hour in the future")
        token = f"service-{secrets.token_urlsafe(24)}"
        self.tokens[token] = (person, {"aud": asked.one("aud"), "lxm": asked.one("lxm"), "exp": exp})
        return {"token": token}

    # -- the service

    def _by_token(self, asked: Asked) -> Person:
        if not self.service:
            raise Wrong("AuthRequired", "Unable to resolve the issuer of the token", 401)
        person, claims = self.tokens.get(asked.headers.get("authorization", "").removeprefix("Bearer "), (None, {}))
        wanted = {"aud": SERVER_DID, "lxm": "com.atproto.repo.uploadBlob"}
        if person is None or {**claims, **wanted} != claims or claims["exp"] < time.time():
            raise Wrong("AuthRequired", "The token is not for this, or has expired", 401)
        return person

    def end_service_tokens(self) -> None:
        self.tokens.clear()

    def x_app_bsky_video_startUpload(self, asked: Asked) -> Any:
        person, told = self._by_token(asked), json.loads(asked.body)
        mine = [one for one in self.uploads.values() if one.person is person and one.state == "created"]
        for refused, word in (
            (told["mimeType"] not in ("video/mp4", "video/quicktime"), "UnsupportedContentType"),
            (told["sizeBytes"] > LARGEST, "VideoTooLarge"),
            (told.get("durationMs", 0) > 600_000, "VideoTooLong"),
            (self.today <= 0, "DailyLimitExceeded"),
            (len(mine) >= self.most_open, "TooManyOpenUploads"),
        ):
            if refused:
                raise Wrong(word, "It cannot be.")
        self.today -= 1
        id = f"up-{len(self.uploads) + 1}"
        upload = self.uploads[id] = Upload(id, person, told["sizeBytes"], self.part_size)
        return {"jobId": id, "partSizeBytes": upload.part, "partCount": upload.count, "expiresAt": _soon()}

    def _upload(self, asked: Asked, id: str) -> Upload:
        person, upload = self._by_token(asked), self.uploads.get(id)
        if upload is None or upload.person is not person:
            raise Wrong("UploadNotFound", "The job ID is unknown")
        return upload

    def x_app_bsky_video_uploadPart(self, asked: Asked) -> Any:
        upload, number = self._upload(asked, asked.one("jobId")), int(asked.one("partNumber"))
        if upload.state == "expired":
            raise Wrong("UploadExpired", "The upload session expired")
        if not 1 <= number <= upload.count:
            raise Wrong("InvalidPartNumber", "The part number is outside the range")
        wanted = min(upload.part, upload.size - (number - 1) * upload.part)
        if len(asked.body) != wanted:
            raise Wrong("PartSizeMismatch", f"Expected {wanted} bytes")
        upload.parts[number], upload.received = asked.body, upload.received + wanted
        return {"partNumber": number, "sizeBytes": wanted}

    def x_app_bsky_video_getUploadStatus(self, asked: Asked) -> Any:
        upload = self._upload(asked, asked.one("jobId"))
        told = {
            "jobId": upload.id, "partSizeBytes": upload.part, "partCount": upload.count,
            "receivedParts": sorted(upload.parts), "expiresAt": _soon(), "state": upload.state,
        }  # fmt: skip
        if upload.state == "completed":
            told |= {"completedJobId": upload.job, "jobStatus": self._status(self.jobs[upload.job])}
        return told

    def x_app_bsky_video_finishUpload(self, asked: Asked) -> Any:
        upload = self._upload(asked, json.loads(asked.body)["jobId"])
        missing = [number for number in range(1, upload.count + 1) if number not in upload.parts]
        if missing:
            raise Wrong("MissingParts", f"Missing parts: {missing}")
        if upload.state == "created":
            digest = hashlib.sha256(upload.raw).hexdigest()
            # The same video again is the job that it was.
            same = next((job for job in self.jobs.values() if hashlib.sha256(job.raw).hexdigest() == digest), None)
            waits, failure = self.then.pop(0) if self.then else (0, "")
            if same is None or same.failure:
                same = Job(f"job-{len(self.jobs) + 1}", upload.person, upload.raw, waits, failure)
                self.jobs[same.id] = same
            upload.state, upload.job = "completed", same.id
        return {"completedJobId": upload.job, "jobStatus": self._status(self.jobs[upload.job])}

    def x_app_bsky_video_getJobStatus(self, asked: Asked) -> Any:
        self._by_token(asked)
        job = self.jobs.get(asked.one("jobId"))
        if job is None:
            raise Wrong("InvalidRequest", "Could not find the job")
        told = self._status(job)
        job.waits = max(0, job.waits - 1)
        return {"jobStatus": told}

    def _status(self, job: Job) -> dict[str, Any]:
        told: dict[str, Any] = {"jobId": job.id, "did": job.person.did, "state": "JOB_STATE_ENCODING", "progress": 40}
        if job.waits:
            return told
        if job.failure:
            return {**told, "state": "JOB_STATE_FAILED", "failureCode": job.failure, "message": "It cannot be."}
        cid = atproto.blob_cid(job.raw)
        job.person.blobs[cid] = ("video/mp4", job.raw)
        blob = {"$type": "blob", "ref": {"$link": cid}, "mimeType": "video/mp4", "size": len(job.raw)}
        return {**told, "state": "JOB_STATE_COMPLETED", "progress": 100, "blob": blob}


def _soon() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
