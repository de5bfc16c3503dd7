"""A contract server for TikTok, written from its public documents: Content Posting API, Display API, webhooks.

Bytes are counted and hashed, never kept. One account of ours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from .base import Asked, Said, StandIn
from .consent import Consent
from .tiktok_routes import ROUTES

ALL = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "FOLLOWER_OF_CREATOR", "SELF_ONLY"]


class KeyConsent(Consent):
    """The sign-in: ``client_key`` instead of ``client_id``, the challenge in hexadecimal digits, scopes with commas."""

    def person_says_yes(self, address: str, *, person: str = "us") -> dict[str, str]:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        digits = asked.get("code_challenge", "")
        if len(digits) != 64:
            raise ValueError("the challenge is not in hexadecimal digits")
        asked["code_challenge"] = base64.urlsafe_b64encode(bytes.fromhex(digits)).rstrip(b"=").decode()
        asked["client_id"] = asked.pop("client_key", "")
        return super().person_says_yes(f"?{urlencode(asked)}", person=person)

    def issue(self, person: str = "us", *, scope: str = "") -> dict[str, Any]:
        return {**super().issue(person, scope=scope), "open_id": "open-halden", "refresh_expires_in": 31_536_000}

    def _knows(self, asked: Asked, form: Mapping[str, str]) -> bool:
        given = (form.get("client_key"), form.get("client_secret"))
        return "client_id" not in form and given == (self.app["client_id"], self.app["client_secret"])


@dataclass
class Upload:
    """What one call of init has begun."""

    publish_id: str
    kind: str
    info: dict[str, Any]
    size: int = 0
    chunk: int = 0
    token: str = ""
    got: int = 0
    waits: int = 0
    why: str = ""
    status: str = "PROCESSING_UPLOAD"
    post: str = ""
    photos: list[str] = field(default_factory=list)
    hash: Any = field(default_factory=hashlib.sha256)


@dataclass
class Post:
    id: str
    text: str
    title: str
    privacy: str
    at: datetime
    publish_id: str = ""
    sha256: str = ""
    photos: tuple[str, ...] = ()
    info: dict[str, Any] = field(default_factory=dict)
    likes: int = 0
    comments: int = 0


class TikTokServer(StandIn):
    """``audited`` False: only private accounts may post, for themselves. ``smallest``: bytes of the smallest chunk.
    ``then``: what becomes of the next upload: (questions until it is published, reason of a failure). ``moderates``:
    so many questions until the id of a public post is told. ``hours``: uploads opened before have ended."""

    token_path = "/v2/oauth/token/"  # noqa: S105 - an address

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.consent = KeyConsent(lifetime=86_400)
        self.uploads: dict[str, Upload] = {}
        self.posts: dict[str, Post] = {}
        self.then: list[tuple[int, str]] = []
        self.audited, self.private = True, False
        self.audiences = list(ALL)
        self.off: set[str] = set()
        self.scopes: set[str] | None = None
        self.longest = 600
        self.smallest = 5_000_000
        self.moderates = 0
        self.verified = "https://clarion.example/"
        self.received = 0
        self.ended: set[str] = set()
        self.extra_fields = False
        self.no_numbers = False
        self.tells_bytes = True
        self.banned = ""
        self.name = "halden"
        self._lock = threading.RLock()
        self._last = 0

    def handle(self, asked: Asked) -> Said:
        if asked.path == self.token_path:
            return self.consent.token(asked)
        handler, scope = ROUTES.get((asked.method, asked.path), (None, ""))
        if handler is None:
            return self.error(404, "unsupported_path", "Unsupported path")
        if scope and self.consent.who(asked) is None:
            said = "The access token is invalid or not found in the request."
            return self.error(401, "access_token_invalid", said)
        if scope and self.scopes is not None and scope not in self.scopes:
            return self.error(401, "scope_not_authorized", "The user did not authorize the scope.")
        with self._lock:
            return handler(self, asked)

    # -- what is held

    def begin(self, kind: str, info: dict[str, Any], *, size: int = 0, chunk: int = 0) -> Upload:
        self._last += 1
        waits, why = self.then.pop(0) if self.then else (0, "")
        prefix = {"video": "v_pub_file~v2-1", "inbox": "v_inbox_file~v2", "photos": "p_pub_url~v2"}[kind]
        made = Upload(
            f"{prefix}.{self._last:019d}", kind, info, size, chunk, f"tok-{self._last}-s3cret", waits=waits, why=why
        )
        self.uploads[made.publish_id] = made
        return made

    def all_there(self, one: Upload) -> None:
        """Everything has arrived: TikTok works on it, or is done with it at once."""
        if one.kind == "photos":
            one.status = "PROCESSING_DOWNLOAD"
        if not one.waits:
            self.settle(one)

    def settle(self, one: Upload) -> None:
        if one.why:
            one.status = "FAILED"
            return
        if one.kind == "inbox" or one.info.get("inbox"):
            one.status = "SEND_TO_USER_INBOX"
            return
        one.status, one.post = "PUBLISH_COMPLETE", self.put(one).id

    def put(self, one: Upload | None = None, *, text: str = "", at: datetime | None = None) -> Post:
        self._last += 1
        info = one.info if one else {"title": text, "privacy_level": ALL[0]}
        privacy = "SELF_ONLY" if not self.audited else str(info["privacy_level"])
        said = str(info["description"] if one and one.kind == "photos" else info.get("title", ""))
        made = Post(
            f"73{self._last:017d}", said, str(info.get("title", "")), privacy, at or datetime.now(UTC),
            one.publish_id if one else "", one.hash.hexdigest() if one else "", tuple(one.photos) if one else (), info,
        )  # fmt: skip
        self.posts[made.id] = made
        return made

    def public(self) -> list[Post]:
        """What everybody sees, newest first."""
        found = [one for one in self.posts.values() if one.privacy != "SELF_ONLY"]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)

    def show(self, one: Post, fields: list[str]) -> dict[str, Any]:
        counts = {"like_count": one.likes, "comment_count": one.comments, "share_count": 0, "view_count": 12}
        whole = {
            "id": one.id, "create_time": int(one.at.timestamp()), "video_description": one.text[:150],
            "title": one.title[:150], "share_url": f"https://www.tiktok.com/@halden/video/{one.id}?utm_source=clarion",
            **({} if self.no_numbers else counts),
        }  # fmt: skip
        return {name: whole[name] for name in fields if name in whole}

    # -- what is said

    def say(self, data: dict[str, Any]) -> Said:
        strange = {"unheard_of": {"a": [1, None]}} if self.extra_fields else {}
        error = {"code": "ok", "message": "", "log_id": "20261123", **strange}
        return Said.json({"data": {**data, **strange}, "error": error, **strange})

    def error(self, status: int, code: str, said: str) -> Said:
        return Said.json({"data": {}, "error": {"code": code, "message": said, "log_id": "20261123"}}, status)

    def call(self, event: str, content: dict[str, Any], *, at: datetime | None = None) -> tuple[dict[str, str], bytes]:
        """A webhook's call: headers and body."""
        stamp = int((at or datetime.now(UTC)).timestamp())
        told = {
            "client_key": self.consent.app["client_id"], "event": event, "create_time": stamp,
            "user_openid": "open-halden", "content": json.dumps(content),
        }  # fmt: skip
        body = json.dumps(told).encode()
        key = self.consent.app["client_secret"].encode()
        sign = hmac.new(key, str(stamp).encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "Tiktok-Signature": f"t={stamp},s={sign}"}, body
