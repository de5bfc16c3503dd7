"""A contract server for Tumblr, from its public documentation of the API and of the Neue Post Format: two blogs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .base import Asked, Said, StandIn
from .consent import Consent
from .mastodon_routes import form

BLOG = "t:HaLdEnCiTyHaLl"
BLOGS = {BLOG: "cityhall", "t:LiBrArYoFhAlDeN": "library"}
FIELDS = {"content", "layout", "state", "publish_on", "date", "tags", "source_url", "slug", "is_private",
          "interactability_reblog", "send_to_twitter"}  # fmt: skip
BLOCK = {"text": {"type", "text", "subtype", "formatting"}, "image": {"type", "media", "alt_text", "caption", "colors"},
         "video": {"type", "media", "url", "provider"}}  # fmt: skip


@dataclass
class Post:
    id: str
    told: dict[str, Any]
    state: str
    at: int = field(default_factory=lambda: int(time.time()))
    published_at: int = 0


class TumblrServer(StandIn):
    """``code``: the error of the next write. Ids are beyond 2^53, as Tumblr's are."""

    token_path = "/v2/oauth2/token"  # noqa: S105 - an address

    def __init__(self) -> None:
        super().__init__()
        self.consent = Consent(lifetime=2520)
        self.posts: dict[str, Post] = {}
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self.complaints: list[str] = []
        self.code: tuple[int, int] | None = None
        self.has_blogs = True
        self.extra_fields = self.no_numbers = False
        self._last = 775_000_000_000_000_000
        self._order = 0
        self._lock = threading.RLock()

    def handle(self, asked: Asked) -> Said:
        if asked.path == self.token_path:
            return self.consent.token(asked)
        with self._lock:
            if not asked.headers.get("user-agent"):
                self.complaints.append("no User-Agent")
            if self.consent.who(asked) is None:
                return self.no(401, 1016, "Unable to authorize")
            if self.code is not None and asked.method in ("POST", "PUT"):
                (status, code), self.code = self.code, None
                return self.no(status, code, "Tumblr says why")
            return self._answered(asked)

    def no(self, status: int, code: int, detail: str) -> Said:
        told = {"meta": {"status": status, "msg": "No"}, "errors": [{"title": "No", "code": code, "detail": detail}]}
        return Said.json({**told, "response": []}, status)

    def yes(self, response: Any, status: int = 200) -> Said:
        strange = {"unheard_of": {"a": [1, None]}} if self.extra_fields else {}
        told = {**response, **strange} if isinstance(response, dict) else response
        return Said.json({"meta": {"status": status, "msg": "OK"}, "response": told, **strange}, status)

    def new_id(self) -> str:
        self._last += 1
        return str(self._last)

    # -- the desk

    def _answered(self, asked: Asked) -> Said:
        parts = asked.path.removeprefix("/v2/").split("/")
        match (asked.method, *parts):
            case ("GET", "user", "info"):
                blogs = [self._blog(id) for id in BLOGS] if self.has_blogs else []
                return self.yes({"user": {"name": "cityhall", "blogs": blogs}})
            case ("GET", "blog", id, "info") if id in BLOGS:
                return self.yes({"blog": self._blog(id)})
            case ("GET", "blog", id, "followers") if id in BLOGS:
                return self.yes({"users": [], **({} if self.no_numbers else {"total_users": 12})})
            case ("GET", "blog", id, "notes") if id in BLOGS:
                return self._noted(asked)
            case ("POST", "blog", id, "posts") if id in BLOGS:
                return self._write(asked, None)
            case ("PUT", "blog", id, "posts", post) if id in BLOGS and post in self.posts:
                return self._write(asked, self.posts[post])
            case ("GET", "blog", id, "posts", post) if id in BLOGS and post in self.posts:
                return self.yes(self._shown(self.posts[post]))
            case ("POST", "blog", id, "post", "delete") if id in BLOGS:
                gone = self.posts.pop(str(json.loads(asked.body)["id"]), None)
                return self.yes({}) if gone else self.no(404, 0, "Not Found")
        return self.no(404, 0, "Not Found")

    def _blog(self, id: str) -> dict[str, Any]:
        name = BLOGS[id]
        mine = sum(1 for post in self.posts.values() if post.state == "published")
        counts = {} if self.no_numbers else {"posts": mine}
        avatar = [{"url": f"{self.url}/{name}.png", "width": 64, "height": 64}]
        return {"uuid": id, "name": name, "title": name.title(), "url": f"https://{name}.tumblr.com/", "avatar": avatar,
                **counts}  # fmt: skip

    def _write(self, asked: Asked, post: Post | None) -> Said:
        fields = form(asked)
        told = json.loads(fields["json"]) if fields else json.loads(asked.body)
        self.complaints += [f"there is no field “{name}”" for name in set(told) - FIELDS]
        content = told.get("content", [])
        for block in content:
            unknown = set(block) - BLOCK.get(block["type"], set())
            self.complaints += [f"a block of {block['type']} has no “{name}”" for name in unknown]
        if not content:
            return self.no(400, 8001, "content is empty")
        texts = [block["text"] for block in content if block["type"] == "text"]
        if any(len(one) > 4096 for one in texts) or any(len(b.get("alt_text", "")) > 4096 for b in content):
            return self.no(400, 8001, "a block is too long")
        if sum(map(len, texts)) > 100_000:
            return self.no(400, 8001, "the post is too long")
        kept = [self._kept(block, fields) for block in content]
        if any(block is None for block in kept):
            return self.no(400, 8005, "a file is missing")
        state = str(told.get("state") or "published")
        told["content"] = kept
        if post is None:
            post = Post(self.new_id(), told, "draft" if state == "draft" else state)
            self.posts[post.id] = post
        else:
            post.told, post.state = told, state
        if post.state == "published" and not post.published_at:
            self._order += 1
            post.published_at, post.at = self._order, int(time.time())
        # Ids are told as text: as numbers they would lose their last digits in many clients.
        return self.yes({"id": post.id, "state": post.state, "display_text": "Posted"}, 201)

    def _kept(self, block: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any] | None:
        """A block as it is held: a file that came along has an address from now on."""
        if block["type"] == "text":
            return block
        media = block["media"] if isinstance(block["media"], list) else [block["media"]]
        shown = []
        for one in media:
            if "identifier" in one:
                if one["identifier"] not in fields:
                    return None
                url = f"https://64.media.tumblr.com/{self.new_id()}"
                self.files[url] = fields[one["identifier"]][2]
                one = {"type": one["type"], "url": url}
            if one["url"] not in self.files:
                return None
            shown.append(one)
        return {**block, "media": shown if block["type"] == "image" else shown[0]}

    def _shown(self, post: Post) -> dict[str, Any]:
        tags = [tag for tag in str(post.told.get("tags") or "").split(",") if tag]
        return {"id": int(post.id), "id_string": post.id, "state": post.state, "timestamp": post.at, "tags": tags,
                "content": post.told["content"], "layout": post.told.get("layout", []),
                "post_url": f"https://www.tumblr.com/cityhall/{post.id}"}  # fmt: skip

    def _noted(self, asked: Asked) -> Said:
        post = self.posts.get(asked.one("id"))
        if post is None:
            return self.no(404, 0, "Not Found")
        notes = self.notes.get(post.id, [])
        said = [note for note in reversed(notes) if note["type"] == "reply"]
        before = int(asked.one("before_timestamp") or 0)
        rest = [note for note in said if not before or note["order"] < before]
        page, more = rest[:20], rest[20:]
        links = {"next": {"query_params": {"before_timestamp": str(page[-1]["order"])}}} if more else {}
        counts = {"total_notes": len(notes), "total_likes": len(notes) - len(said), "total_reblogs": 0}
        rows = [{name: value for name, value in note.items() if name != "order"} for note in page]
        return self.yes({"notes": rows, "_links": links, **({} if self.no_numbers else counts)})

    # -- what others do

    def noted(self, post: str, kind: str, text: str = "") -> str:
        self._order += 1
        note = {"type": kind, "timestamp": int(time.time()), "blog_name": "rita", "order": self._order,
                "blog_url": "https://rita.tumblr.com/", "id": f"n{self._order}"}  # fmt: skip
        self.notes.setdefault(post, []).append({**note, **({"reply_text": text} if text else {})})
        return f"n{self._order}"
