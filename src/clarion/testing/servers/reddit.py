"""A contract server for Reddit, written from what is known of its API: listings, forms whose errors come with a 200,
uploads to a store, posts that appear late. One account of ours, strangers, four communities.

Bytes are counted and hashed, never kept.
"""

from __future__ import annotations

import hashlib
import html
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from .base import Asked, Said, StandIn
from .consent import Consent
from .reddit_routes import ROUTES

US, STRANGER = "halden_city", "rita"


@dataclass
class Thing:
    """A post (t3), a comment (t1) or a message (t4)."""

    name: str
    author: str
    text: str
    at: datetime
    title: str = ""
    sr: str = ""
    kind: str = "self"
    url: str = ""
    parent: str = ""
    post: str = ""
    to: str = ""
    ups: int = 1
    gone: bool = False
    waits: int = 0
    lost: bool = False
    form: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.name.partition("_")[2]


@dataclass
class Place:
    """A community, as its ``about`` tells."""

    name: str
    about: dict[str, Any] = field(default_factory=dict)
    flairs: list[dict[str, Any]] = field(default_factory=list)
    required: dict[str, Any] = field(default_factory=dict)
    closed: str = ""


class RedditServer(StandIn):
    """``then``: what becomes of the next post with a file: (looks until it is there, whether it never comes).
    ``no``: the next form is refused like this: ``[code, text, field]``. ``most``: so many comments come at once."""

    token_path = "/api/v1/access_token"  # noqa: S105 - an address

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.consent = Consent(lifetime=3600, basic=True, rotates=False)
        self.things: dict[str, Thing] = {}
        self.places = {name.casefold(): Place(name) for name in ("halden", "norway", "links", f"u_{US}")}
        self.moderated = ["halden"]
        self.assets: dict[str, str] = {}
        self.leases: dict[str, str] = {}
        self.then: list[tuple[int, bool]] = []
        self.no: list[list[str]] = []
        self.complaints: list[str] = []
        self.scopes: set[str] | None = None
        self.suspended = False
        self.extra_fields = False
        self.no_numbers = False
        self.tells_requirements = True
        self.most = 20
        self.page = 20
        self._lock = threading.RLock()
        self._last = 0

    def handle(self, asked: Asked) -> Said:
        if asked.path == self.token_path:
            return self.consent.token(asked)
        for method, pattern, scope, handler in ROUTES:
            found = pattern.match(asked.path)
            if found is None or method != asked.method:
                continue
            if scope and self.consent.who(asked) is None:
                return Said.json({"message": "Unauthorized", "error": 401}, 401)
            if scope and not re.match(r"web:Clarion:\S+", asked.headers.get("user-agent", "")):
                return Said.json({"message": "Too Many Requests", "error": 429}, 429)
            if scope and self.scopes is not None and scope not in self.scopes:
                header = {"www-authenticate": 'Bearer realm="reddit", error="insufficient_scope"'}
                return Said.json({"message": "Forbidden", "error": 403}, 403, header)
            with self._lock:
                return handler(self, asked, found.groups())
        return Said.json({"message": "Not Found", "error": 404}, 404)

    # -- what is held

    def put(self, prefix: str, author: str, text: str, **more: Any) -> Thing:
        self._last += 1
        made = Thing(f"{prefix}_{1_000_000 + self._last:x}", author, text, more.pop("at", datetime.now(UTC)), **more)
        self.things[made.name] = made
        return made

    def of(self, kind: str) -> list[Thing]:
        """Every thing of a kind that can be seen, newest first."""
        seen = [one for one in self.things.values() if one.name.startswith(kind) and not one.waits and not one.lost]
        return sorted((one for one in seen if not one.gone), key=lambda one: (one.at, one.name), reverse=True)

    def show(self, one: Thing) -> dict[str, Any]:
        kind = one.name[:2]
        author = "[deleted]" if one.gone else one.author
        data: dict[str, Any] = {
            "id": one.id, "name": one.name, "author": author, "created_utc": one.at.timestamp(),
        }  # fmt: skip
        counts = {"score": one.ups, "ups": one.ups, "upvote_ratio": 0.97}
        if kind == "t3":
            data |= {
                "title": one.title, "subreddit": one.sr, "selftext": "[deleted]" if one.gone else one.text,
                "is_self": one.kind == "self", "url": one.url, "permalink": self.link(one), "stickied": False,
                "removed_by_category": "deleted" if one.gone else None,
            }  # fmt: skip
            below = sum(other.post == one.name for other in self.of("t1"))
            counts |= {"num_comments": below, "num_crossposts": 0}
        if kind == "t1":
            data |= {
                "body": one.text, "parent_id": one.parent, "link_id": one.post, "subreddit": one.sr,
                "permalink": self.link(one), "replies": "",
            }  # fmt: skip
        if kind == "t4":
            data |= {
                "body": one.text,
                "subject": "Hello",
                "parent_id": one.parent or None,
                "dest": one.to,
                "context": "",
            }
        return {"kind": kind, "data": {**data, **({} if self.no_numbers or kind == "t4" else counts)}}

    def link(self, one: Thing) -> str:
        if one.name.startswith("t1_"):
            return f"/r/{one.sr}/comments/{one.post[3:]}/_/{one.id}/"
        return f"/r/{one.sr}/comments/{one.id}/_/"

    # -- what is said

    def say(self, asked: Asked, data: Any) -> Said:
        """Data; without ``raw_json`` the three characters of HTML come escaped."""
        if self.extra_fields and isinstance(data, dict):
            data = {**data, "unheard_of": {"a": [1, None]}}
        raw = asked.one("raw_json") == "1" or b"raw_json=1" in asked.body
        headers = {"x-ratelimit-used": "3", "x-ratelimit-remaining": "997.0", "x-ratelimit-reset": "420"}
        return Said.json(data if raw else _escaped(data), headers=headers)

    def listing(self, asked: Asked, things: list[dict[str, Any]]) -> Said:
        names = [one["data"]["name"] for one in things]
        start = names.index(asked.one("after")) + 1 if asked.one("after") in names else 0
        size = min(int(asked.one("limit", "25")), 100, self.page)
        page = things[start : start + size]
        after = page[-1]["data"]["name"] if page and start + size < len(things) else None
        return self.say(asked, {"kind": "Listing", "data": {"after": after, "before": None, "children": page}})

    def form(self, asked: Asked) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(asked.body.decode(), keep_blank_values=True).items()}

    def done(self, asked: Asked, data: Any) -> Said:
        return self.say(asked, {"json": {"errors": [], "data": data}})

    def refuse(self, asked: Asked, code: str, said: str, field: str = "sr", **more: Any) -> Said:
        return self.say(asked, {"json": {"errors": [[code, said, field]], **more}})

    def store(self, asked: Asked) -> Said:
        """The store of files: fields of the lease first, in their order, then the file."""
        head = asked.body[:4000]
        names = [name.decode() for name in re.findall(rb'; name="([^"]+)"', head)]
        key = re.search(rb'; name="key"\r\n\r\n([^\r]+)\r\n', head)
        if (
            key is None
            or names != ["acl", "key", "policy", "x-amz-signature", "file"]
            or "authorization" in asked.headers
        ):
            return Said(400, b"<Error><Code>InvalidArgument</Code></Error>", {"content-type": "application/xml"})
        if key[1].decode() not in self.leases:
            return Said(403, b"<Error><Code>AccessDenied</Code></Error>", {"content-type": "application/xml"})
        kind = self.leases.pop(key[1].decode())
        start = asked.body.index(b'; name="file"')
        content = asked.body[asked.body.index(b"\r\n\r\n", start) + 4 : asked.body.rindex(b"\r\n--")]
        url = f"https://reddit-uploaded-media.s3-accelerate.amazonaws.com/{key[1].decode()}"
        self.assets[url] = f"{kind} {hashlib.sha256(content).hexdigest()}"
        body = f"<PostResponse><Location>{url}</Location></PostResponse>".encode()
        return Said(201, body, {"content-type": "application/xml"})


def _escaped(data: Any) -> Any:
    if isinstance(data, str):
        return html.escape(data, quote=False)
    if isinstance(data, dict):
        return {name: _escaped(value) for name, value in data.items()}
    return [_escaped(one) for one in data] if isinstance(data, list) else data
