"""A contract server for Matrix (client API), written from its specification: one room, two people.

A transaction id belongs to the access token that it came with: the same again is the same event, with a new sign-in it
is another. Paths and query parameters are judged by the public OpenAPI files where they and PyYAML are at hand.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import unquote

from .base import Asked, Said, StandIn
from .openapi import OpenApi, specs_folder

ROOM, ALIAS = "!hall:city.example", "#news:city.example"
US, RESIDENT = "@cityhall:city.example", "@resident:city.example"
ELSEWHERE = ("/_matrix/client/v3/notifications",)
"""Paths whose files are not among ours."""


class No(Exception):
    def __init__(self, status: int, code: str, **more: Any) -> None:
        super().__init__(code)
        self.said = Said.json({"errcode": code, "error": code.lower().replace("_", " "), **more}, status)


class MatrixServer(StandIn):
    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.password = "correct horse battery"  # noqa: S105 - of a stand-in
        self.tokens = {"syt_Y2l0eWhhbGw_5f1c9ab07e2d": US, "syt_cmVzaWRlbnQ_77ab02c4": RESIDENT}
        self.events: list[dict[str, Any]] = []
        self.transactions: dict[tuple[str, str], str] = {}
        self.logins = 0
        self.delegated = ""
        self.encrypted = self.closed = False
        self.alias = ALIAS
        self.media_limit = 50_000_000
        self.complaints: list[str] = []
        self.extra_fields = self.no_numbers = False
        self._lock = threading.RLock()
        self._spec = _specification()

    @property
    def token(self) -> str:
        return next((token for token, who in self.tokens.items() if who == US), "")

    def handle(self, asked: Asked) -> Said:
        path = unquote(asked.target.partition("?")[0]) if "%2F" not in asked.target else asked.path
        if self._spec is not None and path not in ELSEWHERE:
            # A state's key may be empty: the template wants one sign in its place.
            self.complaints += self._spec.complaints_about_request(
                method=asked.method, path=re.sub(r"/\Z", "/-", path), query=asked.query, content_type="", fields=None
            )
        with self._lock:
            try:
                data = self._answer(asked, path)
            except No as no:
                return no.said
        return Said.json({**data, **({"x.new": [None]} if self.extra_fields else {})})

    def _answer(self, asked: Asked, path: str) -> dict[str, Any]:
        if path == "/.well-known/matrix/client":
            if not self.delegated:
                raise No(404, "M_NOT_FOUND")
            return {"m.homeserver": {"base_url": self.delegated}}
        if path == "/_matrix/client/versions":
            return {"versions": ["v1.1", "v1.11"]}
        if path == "/_matrix/client/v3/login":
            return self._login(json.loads(asked.body))
        who = self.tokens.get(asked.headers.get("authorization", "").removeprefix("Bearer "))
        if who is None:
            raise No(401, "M_UNKNOWN_TOKEN", soft_logout=False)
        if path == "/_matrix/client/v3/account/whoami":
            return {"user_id": who, "device_id": "CLARIONDEV"}
        if path == "/_matrix/media/v3/upload":
            if len(asked.body) > self.media_limit:
                raise No(413, "M_TOO_LARGE")
            return {"content_uri": f"mxc://city.example/{secrets.token_hex(8)}"}
        if path == "/_matrix/client/v1/media/config":
            return {"m.upload.size": self.media_limit}
        if path == "/_matrix/client/v3/notifications":
            return self._notifications(asked, who)
        if path.startswith("/_matrix/client/v3/join/"):
            if path.rpartition("/")[2] not in (ROOM, ALIAS):
                raise No(404, "M_NOT_FOUND")
            if self.closed:
                raise No(403, "M_FORBIDDEN")
            return {"room_id": ROOM}
        found = re.fullmatch(rf"/_matrix/client/v[13]/rooms/{re.escape(ROOM)}/(.+)", path)
        if found is None:
            raise No(404, "M_UNRECOGNIZED")
        first, *rest = found[1].split("/")
        doors: dict[str, Callable[[Asked, str, list[str]], dict[str, Any]]] = {
            "state": self._state, "send": self._send, "messages": self._messages, "event": self._event,
            "redact": self._redact, "relations": self._relations, "joined_members": self._members,
        }  # fmt: skip
        if first not in doors:
            raise No(404, "M_UNRECOGNIZED")
        return doors[first](asked, who, rest)

    def _login(self, told: dict[str, Any]) -> dict[str, Any]:
        if told["type"] != "m.login.password" or told["identifier"]["type"] != "m.id.user":
            raise No(400, "M_UNKNOWN")
        if (told["identifier"]["user"], told["password"]) != ("cityhall", self.password):
            raise No(403, "M_FORBIDDEN")
        self.logins += 1
        token = f"syt_{secrets.token_hex(12)}"
        self.tokens[token] = US
        return {"user_id": US, "access_token": token, "device_id": f"D{self.logins}"}

    # -- the room

    def _state(self, asked: Asked, who: str, rest: list[str]) -> dict[str, Any]:
        if rest[0] == "m.room.name":
            return {"name": "City news"}
        if rest[0] == "m.room.canonical_alias":
            return {"alias": self.alias}
        if rest[0] == "m.room.encryption" and self.encrypted:
            return {"algorithm": "m.megolm.v1.aes-sha2"}
        raise No(404, "M_NOT_FOUND")

    def _members(self, asked: Asked, who: str, rest: list[str]) -> dict[str, Any]:
        return {} if self.no_numbers else {"joined": {US: {}, RESIDENT: {}}}

    def _send(self, asked: Asked, who: str, rest: list[str]) -> dict[str, Any]:
        kind, transaction = rest
        known = (asked.headers["authorization"], transaction)
        if known in self.transactions:
            return {"event_id": self.transactions[known]}
        if len(asked.body) > 65_536 - 300:  # the event around the content
            raise No(413, "M_TOO_LARGE")
        content = json.loads(asked.body)
        if kind == "m.room.message" and not (content.get("msgtype") and isinstance(content.get("body"), str)):
            raise No(400, "M_BAD_JSON")
        relation = content.get("m.relates_to", {})
        if kind == "m.reaction" and any(
            e["type"] == kind and e["sender"] == who and e["content"].get("m.relates_to") == relation
            for e in self.events
        ):
            raise No(400, "M_DUPLICATE_ANNOTATION")
        made = self.put(who, kind, content, transaction)
        self.transactions[known] = made
        return {"event_id": made}

    def put(self, who: str, kind: str, content: dict[str, Any], transaction: str = "") -> str:
        id = f"${secrets.token_urlsafe(16)}"
        self.events.append({"event_id": id, "type": kind, "sender": who, "room_id": ROOM, "content": content,
                            "origin_server_ts": int(time.time() * 1000), "transaction": transaction})  # fmt: skip
        return id

    def held(self, id: str) -> dict[str, Any]:
        for event in self.events:
            if event["event_id"] == id:
                return event
        raise No(404, "M_NOT_FOUND")

    def shown(self, event: dict[str, Any], who: str) -> dict[str, Any]:
        """As ``who`` sees it: only its sender is told its transaction."""
        told = {name: value for name, value in event.items() if name != "transaction"}
        mine = {"transaction_id": event["transaction"]} if event["sender"] == who and event["transaction"] else {}
        return {**told, "unsigned": {"age": 5, **mine}}

    def _event(self, asked: Asked, who: str, rest: list[str]) -> dict[str, Any]:
        return self.shown(self.held(rest[0]), who)

    def _redact(self, asked: Asked, who: str, rest: list[str]) -> dict[str, Any]:
        self.held(rest[0])["content"] = {}
        return {"event_id": self.put(who, "m.room.redaction", {"redacts": rest[0]})}

    def _messages(self, asked: Asked, who: str, rest: list[str]) -> dict[str, Any]:
        if asked.one("dir") != "b":
            raise No(400, "M_INVALID_PARAM")
        wanted = json.loads(asked.one("filter", "{}"))
        found = list(enumerate(self.events))[::-1]
        if asked.one("from"):
            found = [(n, e) for n, e in found if n < int(asked.one("from")[1:])]
        found = [(n, e) for n, e in found if e["sender"] in wanted.get("senders", [US, RESIDENT])
                 and e["type"] in wanted.get("types", [e["type"]])]  # fmt: skip
        page = found[: int(asked.one("limit", "10"))]
        end = {"end": f"t{page[-1][0]}"} if len(found) > len(page) else {}
        return {"start": "t0", "chunk": [self.shown(e, who) for _n, e in page], **end}

    def _relations(self, asked: Asked, who: str, rest: list[str]) -> dict[str, Any]:
        if self.no_numbers:
            raise No(404, "M_UNRECOGNIZED")
        id, kind = rest
        found = []
        for event in self.events[::-1]:
            relation = event["content"].get("m.relates_to", {})
            if (relation.get("event_id"), relation.get("rel_type")) == (id, kind):
                found.append(self.shown(event, who))
        start, limit = int(asked.one("from", "0")), int(asked.one("limit", "5"))
        more = {"next_batch": str(start + limit)} if start + limit < len(found) else {}
        return {"chunk": found[start : start + limit], **more}

    def _notifications(self, asked: Asked, who: str) -> dict[str, Any]:
        found = [e for e in self.events[::-1] if who in e["content"].get("m.mentions", {}).get("user_ids", ())]
        start, limit = int(asked.one("from", "0")), int(asked.one("limit", "10"))
        page = [{"event": self.shown(e, who), "room_id": ROOM, "read": False, "actions": ["notify"],
                 "ts": e["origin_server_ts"]} for e in found[start : start + limit]]  # fmt: skip
        more = {"next_token": str(start + limit)} if start + limit < len(found) else {}
        return {"notifications": page, **more}


@cache
def _specification() -> OpenApi | None:
    """Paths, methods and query parameters of the public files; their bodies refer to schemas that we do not hold."""
    folder = specs_folder()
    if folder is None or not (folder / "matrix" / "client-server").is_dir():
        return None
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 - for tests only
    except ImportError:
        return None
    paths: dict[str, Any] = {}
    for file in sorted((folder / "matrix" / "client-server").glob("*.yaml")):
        document = yaml.safe_load(file.read_text())
        base = document["servers"][0]["variables"].get("basePath", {}).get("default", "")
        shared = document.get("components", {}).get("parameters", {})
        for path, operations in document.get("paths", {}).items():
            paths[base + path] = {
                method: {"parameters": [
                    shared.get(p["$ref"].rpartition("/")[2], {"name": ""}) if "$ref" in p else p
                    for p in operation.get("parameters", [])
                ]}
                for method, operation in operations.items() if isinstance(operation, dict)
            }  # fmt: skip
    return OpenApi({"paths": paths})
