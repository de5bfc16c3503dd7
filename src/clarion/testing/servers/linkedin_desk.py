"""What the contract server of LinkedIn keeps, whom it lets speak, and how files get there."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .base import Asked, Said, StandIn
from .consent import Consent
from .mastodon_routes import form

MEMBER, PAGE, LIBRARY = "urn:li:person:Mbr-1_x", "urn:li:organization:123", "urn:li:organization:456"
WATCHED = "urn:li:organization:789"
NAMES = {PAGE: ("City Hall", "cityhall"), LIBRARY: ("City Library", "citylibrary"), WATCHED: ("Other Town", "other")}
AT_ONCE = 20


@dataclass
class Upload:
    urn: str
    owner: str
    size: int = 0
    parts: dict[int, bytes] = field(default_factory=dict)
    ranges: list[tuple[int, int]] = field(default_factory=list)
    waits: int = 0
    then: str = "ready"
    closed: bool = False
    captions: tuple[dict[str, str], bytes] | None = None

    @property
    def raw(self) -> bytes:
        return b"".join(self.parts[number] for number in sorted(self.parts))


@dataclass
class Thing:
    """A post or a comment. ``parent`` of a comment: what it stands below."""

    urn: str
    author: str
    text: str
    commentary: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    parent: str = ""
    visibility: str = "PUBLIC"
    no_reshare: bool = False
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    likes: set[str] = field(default_factory=set)
    alts: tuple[str, ...] = ()


class Wrong(Exception):
    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        told = {"status": status, "message": message, **({"code": code, "serviceErrorCode": 100} if code else {})}
        self.said = Said.json(told, status)


class LinkedInDesk(StandIn):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.consent = Consent(pkce=False, rotates=False, lifetime=5_184_000)
        self.versions = {"202609", "202610"}
        self.names, self.person = dict(NAMES), "Mara Officer"
        self.complaints: list[str] = []
        self.things: dict[str, Thing] = {}
        self.uploads: dict[str, Upload] = {}
        self.gone: dict[str, str] = {}
        self.notified: list[dict[str, Any]] = []
        self.slow: list[tuple[int, str]] = []
        self.roles = {PAGE: "ADMINISTRATOR", LIBRARY: "CONTENT_ADMINISTRATOR", WATCHED: "ANALYST"}
        self.community = True
        """False: the application has no product for pages."""
        self.openid = True
        self.part_size = 4 * 1024 * 1024
        self.refuses_duplicates = False
        self.extra_fields = self.no_numbers = False
        self.clock = timedelta()
        self._ids = itertools.count(7_390_000_000_000_001)
        self._lock = threading.RLock()

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.clock

    def new_urn(self, kind: str = "share") -> str:
        return f"urn:li:{kind}:{next(self._ids)}"

    def _may(self, urn: str) -> None:
        """Whether our sign-in may speak as this member or page."""
        if urn != MEMBER and (not self.community or self.roles.get(urn, "ANALYST") == "ANALYST"):
            raise Wrong(403, "Organization permissions must be used when using organization as author", "ACCESS_DENIED")

    # -- files

    def _files(self, asked: Asked, rest: Sequence[str], told: Any) -> Said:
        kind = asked.path.split("/")[2].removesuffix("s")
        if asked.method == "GET":
            upload = self.uploads[rest[0]]
            if upload.owner == MEMBER and kind != "video":
                raise Wrong(403, f"Not enough permissions to access: {kind}s.GET", "ACCESS_DENIED")
            upload.waits = max(0, upload.waits - 1) if upload.closed else upload.waits
            return self._told({"id": upload.urn, "owner": upload.owner, "status": self._status(upload)})
        if asked.one("action") == "finalizeUpload":
            return self._finalized(told["finalizeUploadRequest"])
        wish = told["initializeUploadRequest"]
        self._may(wish["owner"])
        unknown = set(wish) - {"owner", "fileSizeBytes", "uploadCaptions", "uploadThumbnail"}
        self.complaints += [f"initializeUpload: unknown field “{name}”" for name in unknown]
        waits, then = self.slow.pop(0) if self.slow else (0, "ready")
        upload = Upload(self.new_urn(kind), wish["owner"], wish.get("fileSizeBytes", 0), waits=waits, then=then)
        self.uploads[upload.urn] = upload
        address = f"https://www.linkedin.com/dms-uploads/{upload.urn.rpartition(':')[2]}"
        if kind != "video":
            upload.ranges = [(0, -1)]
            return self._told({"value": {kind: upload.urn, "uploadUrl": f"{address}/0?v=beta&t=s1gned"}})
        starts = range(0, upload.size, self.part_size)
        upload.ranges = [(at, min(at + self.part_size, upload.size) - 1) for at in starts]
        parts = [
            {"uploadUrl": f"{address}/{number}?t=s1gned", "firstByte": first, "lastByte": last}
            for number, (first, last) in enumerate(upload.ranges)
        ]
        value = {"video": upload.urn, "uploadToken": "t0ken", "uploadInstructions": parts}
        if wish["uploadCaptions"]:
            value["captionsUploadUrl"] = f"{address}/captions?t=s1gned"
        return self._told({"value": value})

    def _part(self, asked: Asked, id: str, part: str) -> Said:
        upload = next((one for one in self.uploads.values() if one.urn.endswith(f":{id}")), None)
        if upload is None:
            return Said.html("This upload has ended", 404)
        if part == "captions":
            return self._captions(asked, upload)
        number = int(part)
        is_video = ":video:" in upload.urn
        if is_video and "authorization" in asked.headers:
            self.complaints.append("a part of a video carries a sign-in that it does not need")
        if not is_video and self.consent.who(asked) is None:
            return Said.html("Unauthorized", 401)
        first, last = upload.ranges[number]
        if is_video and len(asked.body) != last - first + 1:
            return Said.html("Wrong length", 400)
        upload.parts[number] = asked.body
        upload.closed = upload.closed or not is_video
        return Said(200 if is_video else 201, b"", {"etag": f'"{id}-{number}"'})

    def _captions(self, asked: Asked, upload: Upload) -> Said:
        told = form(asked)
        about, (_name, _kind, raw) = json.loads(told["metadata"]), told["file"]
        unknown = set(about) - {"format", "source", "transcriptType", "locale"}
        self.complaints += [f"captions: unknown field “{name}”" for name in unknown]
        if self.consent.who(asked) is None:
            return Said.html("Unauthorized", 401)
        if about["format"] != "SRT" or not raw.startswith(b"1\n00:"):
            return Said.html("Not SRT", 400)
        upload.captions = (about["locale"], raw)
        return Said(201)

    def _finalized(self, wish: Mapping[str, Any]) -> Said:
        upload = self.uploads[wish["video"]]
        id = upload.urn.rpartition(":")[2]
        if upload.closed or wish["uploadedPartIds"] != [f"{id}-{n}" for n in range(len(upload.ranges))]:
            raise Wrong(400, "The parts are not those of this upload")
        if len(upload.raw) != upload.size:
            raise Wrong(400, "The file is not whole")
        upload.closed = True
        return Said(200)

    def _status(self, upload: Upload) -> str:
        if not upload.closed:
            return "WAITING_UPLOAD"
        return "PROCESSING" if upload.waits else "PROCESSING_FAILED" if upload.then == "failed" else "AVAILABLE"

    # -- what is shown

    def _strange(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "x_unheard_of": {"a": [1, None]}} if self.extra_fields else data

    def _told(self, data: dict[str, Any]) -> Said:
        return Said.json(self._strange(data))

    def _listed(self, asked: Asked, items: list[dict[str, Any]]) -> Said:
        start = int(asked.one("start") or 0)
        page = items[start : start + min(AT_ONCE, int(asked.one("count") or 10))]
        paging = {"start": start, "count": len(page), "links": [], **({} if self.no_numbers else {"total": len(items)})}
        return self._told({"elements": page, "paging": paging})
