"""What Google's contract servers share: its sign-in, its errors, its judge."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .base import Asked, Said, StandIn
from .consent import Consent
from .discovery import Discovery

type Handler = Callable[[Any, Asked, tuple[str, ...]], Said]
type Routes = list[tuple[str, re.Pattern[str], Handler]]


def router(routes: Routes) -> Callable[[str, str], Callable[[Handler], Handler]]:
    """A decorator that puts a handler into ``routes``: ``@route("GET", r"/v1/accounts/(\\w+)")``."""

    def route(method: str, path: str) -> Callable[[Handler], Handler]:
        def keep(handler: Handler) -> Handler:
            routes.append((method, re.compile(path + r"\Z"), handler))
            return handler

        return keep

    return route


class GoogleServer(StandIn):
    """Subclasses give ``routes``. ``complaints``: what our requests had that the public documents do not know."""

    token_path = "/token"  # noqa: S105 - an address
    routes: Routes = []

    def __init__(self, *, judges: tuple[Discovery | None, ...] = (), prefix: str = "", **more: Any) -> None:
        super().__init__(**more)
        # Google's refresh tokens stay.
        self.consent = Consent(lifetime=3600, rotates=False, prefix=prefix)
        self.complaints: list[str] = []
        self.extra_fields = False
        self.no_numbers = False
        self._judges = [judge for judge in judges if judge is not None]
        self._lock = threading.RLock()
        self._last = 0

    def handle(self, asked: Asked) -> Said:
        if asked.path == self.token_path:
            return self.consent.token(asked)
        for method, pattern, handler in self.routes:
            found = pattern.match(asked.path)
            if found is None or method != asked.method:
                continue
            if self.consent.who(asked) is None:
                said = "Request had invalid authentication credentials."
                return self.error(401, "authError", said, "UNAUTHENTICATED")
            self._judge(asked)
            with self._lock:
                return handler(self, asked, found.groups())
        return self.error(404, "notFound", "Not Found", "NOT_FOUND")

    def _judge(self, asked: Asked) -> None:
        judge = next((one for one in self._judges if one.operation(asked.method, asked.path)), None)
        if judge is None or self.is_session(asked):
            return
        kind, data = asked.headers.get("content-type", ""), None
        if kind.startswith("multipart/related"):
            data = related(asked)[0]
        elif kind.startswith("application/json") and asked.body:
            data = json.loads(asked.body)
        self.complaints += judge.complaints_about_request(
            method=asked.method, path=asked.path, query=asked.query, data=data
        )

    def is_session(self, asked: Asked) -> bool:
        """Calls to an upload session are no part of the documents."""
        return "upload_id" in asked.query

    def error(self, status: int, reason: str, said: str, word: str = "") -> Said:
        """An error as both generations of Google's APIs say it."""
        inner = {"code": status, "message": said, "errors": [{"message": said, "domain": "global", "reason": reason}]}
        return Said.json({"error": {**inner, **({"status": word} if word else {})}}, status)

    def say(self, data: dict[str, Any], status: int = 200) -> Said:
        strange = {"unheardOf": {"a": [1, None]}, "kindOfThing": "new"} if self.extra_fields else {}
        return Said.json({**data, **strange}, status)

    def page(
        self, asked: Asked, items: list[Any], *, size: str = "maxResults", most: int = 50, default: int = 5
    ) -> tuple[list[Any], dict[str, Any]]:
        """One page of ``items`` and the word for the next, where there is one."""
        start = int(asked.one("pageToken").removeprefix("page-") or 0)
        limit = min(int(asked.one(size, str(default))), most)
        more = {"nextPageToken": f"page-{start + limit}"} if start + limit < len(items) else {}
        return items[start : start + limit], more

    def next_number(self) -> int:
        self._last += 1
        return self._last


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def related(asked: Asked) -> tuple[Any, str, bytes]:
    """A call of two parts (``multipart/related``): what is said in JSON, then the type and the bytes of a file."""
    found = re.fullmatch(r"multipart/related; boundary=(\w+)", asked.headers.get("content-type", ""))
    if found is None:
        return {}, "", b""
    _nothing, first, second, _end = asked.body.split(f"--{found[1]}".encode())
    head, _blank, raw = second.partition(b"\r\n\r\n")
    told = json.loads(first.partition(b"\r\n\r\n")[2])
    return told, head.decode().rpartition("Content-Type: ")[2].strip(), raw.removesuffix(b"\r\n")
