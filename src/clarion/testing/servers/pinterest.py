"""A contract server for Pinterest, written from its public documentation: boards, pins, uploads of videos, numbers."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .base import Asked, Said, StandIn
from .consent import Consent
from .mastodon_routes import form
from .openapi import OpenApi, specification

BOARD = "5301"
ERRORS = {400: 1, 401: 2, 403: 7, 404: 50, 429: 8}


@dataclass
class Pin:
    id: str
    told: dict[str, Any]
    media: int = 1
    raws: list[bytes] = field(default_factory=list)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    reactions: int = 0
    comments: int = 0


@dataclass
class Upload:
    id: str
    raw: bytes = b""
    waits: int = 0
    then: str = "succeeded"


class PinterestServer(StandIn):
    """``newest_first`` False: boards list their pins in no order. ``then``: what becomes of the next video."""

    token_path = "/v5/oauth/token"  # noqa: S105 - an address

    def __init__(self, *, judge: bool = True) -> None:
        super().__init__()
        self.consent = Consent(basic=True, prefix="pina_")
        self.pins: dict[str, Pin] = {}
        self.uploads: dict[str, Upload] = {}
        self.then: list[tuple[int, str]] = []
        self.user = "cityhall"
        self.boards = {BOARD: "News", "5302": "Summer"}
        self.extra_fields = self.no_numbers = False
        self.newest_first = True
        self.complaints: list[str] = []
        self._last = 810_000
        self._lock = threading.RLock()
        self._spec: OpenApi | None = specification("pinterest", "openapi-v5.json") if judge else None

    def handle(self, asked: Asked) -> Said:
        if asked.path == self.token_path:
            return self.consent.token(asked)
        with self._lock:
            if asked.path.startswith("/bucket/"):
                return self._bytes(asked)
            self._judge(asked)
            if self.consent.who(asked) is None:
                return self.no(401, "Authentication failed.")
            said = self._answered(asked)
            if self._spec and said.status < 300 and said.body and not self.extra_fields:
                self.complaints += self._spec.complaints_about_answer(
                    method=asked.method, path=asked.path.removeprefix("/v5"), status=said.status,
                    data=json.loads(said.body),
                )  # fmt: skip
            return said

    def _judge(self, asked: Asked) -> None:
        fields = json.loads(asked.body) if asked.body else None
        # What is too long is refused below: that is an answer, not a wrong request.
        if self._spec is not None and len((fields or {}).get("description") or "") <= 800:
            self.complaints += self._spec.complaints_about_request(
                method=asked.method, path=asked.path.removeprefix("/v5"), query=asked.query,
                content_type=asked.headers.get("content-type", ""),
                fields=fields,
            )  # fmt: skip

    def no(self, status: int, message: str) -> Said:
        return Said.json({"code": ERRORS.get(status, status), "message": message}, status)

    def yes(self, data: dict[str, Any], status: int = 200) -> Said:
        return Said.json({**data, **({"unheard_of": {"a": [1, None]}} if self.extra_fields else {})}, status)

    def new_id(self) -> str:
        self._last += 1
        return str(self._last)

    # -- the desk

    def _answered(self, asked: Asked) -> Said:
        told = json.loads(asked.body) if asked.body else {}
        match (asked.method, *asked.path.removeprefix("/v5/").split("/")):
            case ("GET", "user_account"):
                return self.yes(self._person())
            case ("GET", "boards"):
                return self._listed(asked, [self._board(id) for id in self.boards])
            case ("GET", "boards", id) if id in self.boards:
                return self.yes(self._board(id))
            case ("GET", "boards", id, "pins") if id in self.boards:
                found = [pin for pin in self.pins.values() if pin.told["board_id"] == id]
                if self.newest_first:
                    found.sort(key=lambda pin: -int(pin.id))
                return self._listed(asked, [self._pin(pin) for pin in found])
            case ("POST", "pins"):
                return self._create(told)
            case ("GET", "pins", id) if id in self.pins:
                return self.yes(self._pin(self.pins[id], metrics=asked.one("pin_metrics") == "true"))
            case ("PATCH", "pins", id) if id in self.pins:
                self.pins[id].told |= told
                return self.yes(self._pin(self.pins[id]))
            case ("DELETE", "pins", id) if id in self.pins:
                del self.pins[id]
                return Said(204)
            case ("POST", "media"):
                return self._begun(told)
            case ("GET", "media", id) if id in self.uploads:
                return self._state(self.uploads[id])
        return self.no(404, "Not found.")

    def _person(self) -> dict[str, Any]:
        counts = {"follower_count": 12, "following_count": 3, "pin_count": len(self.pins), "monthly_views": 7,
                  "board_count": 2}  # fmt: skip
        return {"id": "71", "username": self.user, "account_type": "BUSINESS", **({} if self.no_numbers else counts)}

    def _board(self, id: str) -> dict[str, Any]:
        return {"id": id, "name": self.boards[id], "owner": {"username": self.user}, "privacy": "PUBLIC"}

    def _listed(self, asked: Asked, rows: list[dict[str, Any]]) -> Said:
        start = int(asked.one("bookmark").removeprefix("mark") or 0)
        more = f"mark{start + 20}" if start + 20 < len(rows) else None
        return self.yes({"items": rows[start : start + 20], "bookmark": more})

    def _create(self, told: dict[str, Any]) -> Said:
        source = told.pop("media_source", {})
        if told.get("board_id") not in self.boards:
            return self.no(404, "Board not found.")
        limits = {"title": 100, "description": 800, "alt_text": 500, "link": 2048}
        for name, limit in limits.items():
            if len(told.get(name) or "") > limit:
                return self.no(400, f"Invalid request: '{name}' is too long")
        kind, raws = source.get("source_type"), list[bytes]()
        if kind == "image_base64":
            raws = [base64.b64decode(source["data"])]
        elif kind == "multiple_image_base64":
            raws = [base64.b64decode(one["data"]) for one in source["items"]]
        elif kind == "video_id":
            upload = self.uploads.get(source["media_id"])
            if upload is None or upload.waits or upload.then != "succeeded" or not upload.raw:
                return self.no(400, "The media is not ready.")
            if not any(name.startswith("cover_image") for name in source):
                return self.no(400, "Missing cover image.")
            raws = [upload.raw]
        if not raws or any(kind != "video_id" and raw[:4] != b"\x89PNG" and raw[:3] != b"\xff\xd8\xff" for raw in raws):
            return self.no(400, "The media cannot be read.")
        pin = Pin(self.new_id(), {**told, "source": source}, len(raws), raws)
        self.pins[pin.id] = pin
        return self.yes(self._pin(pin), 201)

    def _pin(self, pin: Pin, *, metrics: bool = False) -> dict[str, Any]:
        shown = {name: pin.told.get(name) for name in ("board_id", "title", "description", "link", "alt_text")}
        kind = {"media_type": "image", "images": {}}
        if pin.media > 1:
            kind = {"media_type": "multiple_images", "items": [{"images": {}} for _one in range(pin.media)]}  # type: ignore[dict-item]
        shown |= {"id": pin.id, "created_at": pin.at.strftime("%Y-%m-%dT%H:%M:%S"), "is_owner": True, "media": kind}
        if metrics and not self.no_numbers:
            counts = {"pin_click": 2, "impression": 7, "clickthrough": 1, "reaction": pin.reactions,
                      "comment": pin.comments, "save": 0}  # fmt: skip
            shown["pin_metrics"] = {"lifetime_metrics": counts}
        return shown

    # -- videos

    def _begun(self, told: Mapping[str, Any]) -> Said:
        if told.get("media_type") != "video":
            return self.no(400, "media_type")
        waits, then = self.then.pop(0) if self.then else (1, "succeeded")
        upload = Upload(self.new_id(), waits=waits, then=then)
        self.uploads[upload.id] = upload
        proof = {"key": f"uploads/{upload.id}", "policy": "p" * 40, "x-amz-signature": "s" * 40, "x-amz-algorithm": "A",
                 "x-amz-credential": "c", "x-amz-date": "d", "x-amz-security-token": "t" * 40,
                 "Content-Type": "multipart/form-data",
                 "x-amz-data": "e"}  # fmt: skip
        return self.yes({"media_id": upload.id, "media_type": "video", "upload_url": f"{self.url}/bucket/{upload.id}",
                         "upload_parameters": proof}, 201)  # fmt: skip

    def _bytes(self, asked: Asked) -> Said:
        told = form(asked)
        upload = self.uploads[asked.path.rpartition("/")[2]]
        if "authorization" in asked.headers:
            self.complaints.append("our token reached the store of a third party")
        if told.get("key") != f"uploads/{upload.id}" or told.get("x-amz-signature") != "s" * 40:
            return Said(403)
        upload.raw = told["file"][2]
        return Said(204)

    def _state(self, upload: Upload) -> Said:
        upload.waits = max(0, upload.waits - 1)
        state = "processing" if upload.waits else upload.then
        return self.yes({"media_id": upload.id, "media_type": "video", "status": state})
