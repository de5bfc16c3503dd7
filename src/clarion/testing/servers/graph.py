"""What the contract servers of Meta's networks share: signing in, proofs, errors in their shape, pages by cursor.

A subclass gives ``routes`` (``route``) and a judge. Values that the real servers would make up are short here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from .base import Asked, Said, StandIn
from .consent import Consent
from .mastodon_routes import form

Params = dict[str, Any]
Handler = Callable[..., Said]


class Wrong(Exception):
    """A no, in Meta's shape."""

    def __init__(self, message: str, code: int = 100, subcode: int = 0, *, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "A1b2C3", **more}
        self.said = Said.json({"error": {**error, **({"error_subcode": subcode} if subcode else {})}}, status)


def gone(id: str) -> Wrong:
    said = f"Unsupported request. Object with ID '{id}' does not exist or cannot be loaded due to missing permissions"
    return Wrong(said, 100, 33)


def route(method: str, pattern: str, node: str = "", edge: str = "", *, public: bool = False) -> Any:
    """Marks a handler. ``node`` and ``edge`` name its place in the public contract (empty: not in it)."""

    def mark(handler: Handler) -> Handler:
        handler.route = (method, re.compile(pattern + r"\Z"), node, edge, public)  # type: ignore[attr-defined]
        return handler

    return mark


class GraphServer(StandIn):
    """In memory, with one account of ours whose token is ``token``. ``complaints``: what the contract does not know."""

    proof_required: ClassVar[bool] = False

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.consent = Consent(refreshes=False, lifetime=3600)
        self.token, self.user_token = "EAAG-page-token-5f1c9a", "EAAG-user-token-77ab02"
        self.consent.tokens |= {self.token: "us", self.user_token: "person"}
        self.complaints: list[str] = []
        self.extra_fields = False
        self.no_numbers = False
        self.usage = 3
        self.granted: tuple[str, ...] = ()
        self.lock = threading.RLock()
        self._ids = itertools.count(17_841_400_000_001)
        found = [getattr(type(self), name) for name in dir(type(self))]
        self._routes = [(*one.route, one) for one in found if hasattr(one, "route")]

    # -- the desk

    def handle(self, asked: Asked) -> Said:
        path = re.sub(r"^/v\d+\.\d+(?=/)", "", asked.path)
        params = self.params(asked)
        for method, pattern, node, edge, public, handler in self._routes:
            at = pattern.match(path)
            if at is None or method != asked.method:
                continue
            try:
                if node:
                    self.complaints += self.judge(asked.method, node, edge, params)
                who = "" if public else self._who(asked, params)
                with self.lock:
                    said = handler(self, params, who, *at.groups())
            except Wrong as wrong:
                said = wrong.said
            told = {"call_count": self.usage, "total_time": 1, "total_cputime": 1}
            more = {"x-app-usage": json.dumps(told), "date": format_datetime(self.now(), usegmt=True)}
            return Said(said.status, said.body, {**said.headers, **more})
        self.complaints.append(f"{asked.method} {asked.path} is not in the contract")
        return Wrong(f"Unknown path components: {path}", 2500).said

    def params(self, asked: Asked) -> Params:
        """Query and form together, as Graph takes them; a file is ``(name, type, bytes)``."""
        found: Params = {name: values[-1] for name, values in asked.query.items()} | form(asked)
        raw = asked.headers.get("content-type", "") == ""
        return {**found, **({"@body": asked.body, "@headers": asked.headers} if raw and asked.body else {})}

    def judge(self, method: str, node: str, edge: str, params: Mapping[str, Any]) -> list[str]:
        return []

    def _who(self, asked: Asked, params: Params) -> str:
        scheme, _space, token = asked.headers.get("authorization", "").partition(" ")
        token = token if scheme in ("Bearer", "OAuth") else str(params.get("access_token") or "")
        who = self.consent.tokens.get(token)
        if who is None:
            raise Wrong("Error validating access token: Session has expired", 190, 463, status=401)
        if self.proof_required:
            proof = hmac.new(self.consent.app["client_secret"].encode(), token.encode(), hashlib.sha256).hexdigest()
            if params.get("appsecret_proof") != proof:
                raise Wrong("API calls from the server require an appsecret_proof argument", 100)
        return who

    # -- what is shown

    def next_id(self) -> str:
        return str(next(self._ids))

    def now(self) -> datetime:
        return datetime.now(UTC)

    @staticmethod
    def stamp(at: datetime) -> str:
        return at.strftime("%Y-%m-%dT%H:%M:%S+0000")

    def show(self, data: Mapping[str, Any], fields: str = "") -> dict[str, Any]:
        """Only what was asked for, and the id."""
        names = {name for name, _more in split_fields(fields)} | {"id"}
        shown = {name: value for name, value in data.items() if name in names and value is not None}
        return self.strange(shown)

    def strange(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "x_unheard_of": {"a": [1, None]}} if self.extra_fields else data

    def said(self, data: dict[str, Any]) -> Said:
        return Said.json(self.strange(data))

    def listed(self, items: Iterable[Any], params: Params, show: Callable[[Any], Any]) -> Said:
        """One page. The cursor names a place in the list as it is now: enough for tests."""
        found, start = list(items), 0
        if after := str(params.get("after") or ""):
            start = int(base64.b64decode(after))
        end = start + min(int(params.get("limit") or 25), 100)
        cursors = {
            name: base64.b64encode(str(at).encode()).decode() for name, at in (("before", start), ("after", end))
        }
        paging = {"cursors": cursors, **({"next": f"{self.url}/next"} if end < len(found) else {})}
        return self.said({"data": [show(one) for one in found[start:end]], "paging": paging})

    # -- signing in

    def traded(self, params: Params) -> Said:
        """A code for a token of an hour, errors in Meta's shape. What was ticked is told elsewhere."""
        body = urlencode({name: value for name, value in params.items() if isinstance(value, str)})
        said = self.consent.token(Asked("POST", "/token", {}, {}, body.encode(), ""))
        if said.status == 401:
            raise Wrong("Error validating application. Cannot get application info.", 101)
        if said.status != 200:
            raise Wrong("This authorization code has been used.", 100, 36009)
        told = json.loads(said.body)
        self.granted = tuple(str(told.get("scope") or "").split(","))
        return Said.json({name: value for name, value in told.items() if name != "scope"})

    def long_lived(self, token: str, *, prefix: str) -> Said:
        """A token of sixty days for a living one."""
        who = self.consent.tokens.get(token)
        if who is None:
            raise Wrong("Error validating access token: Session has expired", 190, 463)
        made = f"{prefix}-long-{self.next_id()}"
        self.consent.tokens[made] = who
        return Said.json({"access_token": made, "token_type": "bearer", "expires_in": 5_184_000})

    def is_ours(self, params: Params) -> bool:
        """Whether the application's secret in the call is ours."""
        return params.get("client_secret") == self.consent.app["client_secret"]


def split_fields(fields: str) -> list[tuple[str, str]]:
    """``a,b{c,d},e.limit(0)`` as ``[("a", ""), ("b", "c,d"), ("e", "")]``."""
    found, depth, piece = [], 0, ""
    for sign in [*fields, ","]:
        depth += (sign in "({") - (sign in ")}")
        if sign == "," and depth == 0:
            if piece:
                name, _brace, inner = piece.partition("{")
                found.append((re.split(r"[.(]", name)[0], inner.rstrip("}")))
            piece = ""
        else:
            piece += sign
    return found
