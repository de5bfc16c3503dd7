"""A contract server for Tumblr, written from its public documentation. It counts by itself, gives ids that no float
holds, and a new id to a draft that is published; it complains about blocks and fields that it does not know.

Blogs: ``cityhall`` (ours, the main one), ``citylibrary`` (ours) and ``resident``.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from .base import Asked, Said, StandIn
from .consent import Consent
from .mastodon_routes import form

OURS, LIBRARY, STRANGER = "t:City-1_aYxL2Fi1OFJg4", "t:Libr-2_X5xItRbCiJH", "t:Resi-3_0aY0xL2Fi1"
BLOCK, AT_ONCE = 4096, 20
FIELDS = {
    "content", "layout", "state", "publish_on", "date", "tags", "source_url", "slug", "interactability_reblog",
    "is_private",
}  # fmt: skip
BLOCKS = {
    "text": {"type", "text", "subtype", "indent_level", "formatting"},
    "image": {"type", "media", "alt_text", "caption", "attribution"},
    "video": {"type", "media", "url", "provider", "poster"},
    "link": {"type", "url", "title", "description", "author", "site_name", "poster"},
}  # fmt: skip
FILE = {"type", "url", "identifier", "width", "height"}


@dataclass
class Post:
    id: str
    blog: str
    content: list[dict[str, Any]]
    state: str
    tags: list[str] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    genesis: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    likes: set[str] = field(default_factory=set)
    key: str = "rBl0gK3y"


class Wrong(Exception):
    def __init__(self, status: int, message: str, code: int = 0) -> None:
        super().__init__(message)
        errors = {"errors": [{"title": message, "code": code}]} if code else {}
        self.said = Said.json({"meta": {"status": status, "msg": message}, "response": [], **errors}, status)


class TumblrServer(StandIn):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.consent = Consent(lifetime=2520)
        self.complaints: list[str] = []
        self.blogs = {
            OURS: ["cityhall", "City Hall"],
            LIBRARY: ["citylibrary", "The Library"],
            STRANGER: ["resident", "Rita"],
        }
        self.mine = [OURS, LIBRARY]
        self.posts: dict[str, Post] = {}
        self.files: dict[str, bytes] = {}
        self.notes: list[dict[str, Any]] = []
        self.activity: list[dict[str, Any]] = []
        self.tells_first_id = False
        """True: the answer to a publication has the draft's id, as the documentation's words may mean."""
        self.transcoding = 0
        """So many reads show a new video without its file."""
        self.extra_fields = self.no_numbers = False
        self.clock = timedelta()
        self._ids = itertools.count(9_007_199_254_740_993_001)
        self._lock = threading.RLock()

    def handle(self, asked: Asked) -> Said:
        with self._lock:
            try:
                said = self._answered(asked)
            except Wrong as wrong:
                said = wrong.said
        return Said(said.status, said.body, {"date": format_datetime(self._now(), usegmt=True), **said.headers})

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.clock

    def new_id(self) -> str:
        return str(next(self._ids))

    def _answered(self, asked: Asked) -> Said:
        if (asked.method, asked.path) == ("POST", "/v2/oauth2/token"):
            return self.consent.token(asked)
        if not asked.headers.get("user-agent"):
            self.complaints.append("a call without a User-Agent")
        if self.consent.who(asked) is None:
            raise Wrong(401, "Unauthorized")
        version, room, *rest = [unquote(piece) for piece in asked.path.strip("/").split("/")]
        if version == "v2" and room == "user":
            return self._user(asked, rest)
        if version != "v2" or room != "blog":
            self.complaints.append(f"{asked.method} {asked.path} is not in the contract")
            raise Wrong(404, "Not Found")
        blog = next((uuid for uuid, (name, _t) in self.blogs.items() if rest[0] in (uuid, name)), None)
        if blog is None:
            raise Wrong(404, "Not Found")
        path = "/".join("{id}" if piece.isdigit() else piece for piece in rest[1:])
        handlers: dict[tuple[str, str], Callable[[Asked, str, Sequence[str]], Said]] = {
            ("GET", "info"): self._info, ("GET", "posts"): self._published, ("POST", "posts"): self._create,
            ("GET", "posts/draft"): self._drafts, ("GET", "posts/{id}"): self._one, ("PUT", "posts/{id}"): self._edit,
            ("POST", "post/delete"): self._delete, ("GET", "notes"): self._notes,
            ("GET", "notifications"): self._notifications,
        }  # fmt: skip
        handler = handlers.get((asked.method, path))
        if handler is None:
            self.complaints.append(f"{asked.method} {asked.path} is not in the contract")
            raise Wrong(404, "Not Found")
        return handler(asked, blog, rest[1:])

    # -- people and blogs

    def _user(self, asked: Asked, rest: Sequence[str]) -> Said:
        if rest == ["info"]:
            counts = {} if self.no_numbers else {"followers": 12}
            blogs = [
                {"name": name, "title": title, "uuid": uuid, "primary": uuid == self.mine[0],
                 "url": f"https://{name}.tumblr.com/", **counts}
                for uuid in self.mine for name, title in [self.blogs[uuid]]
            ]  # fmt: skip
            return self._told({"user": {"name": "cityhall", "following": 3, "blogs": blogs}})
        told = json.loads(asked.body)
        post = self.posts.get(str(told["id"]))
        if rest != ["like"] or post is None or told["reblog_key"] != post.key:
            raise Wrong(404, "Not Found")
        post.likes.add(OURS)
        return self._told({})

    def _info(self, asked: Asked, blog: str, rest: Sequence[str]) -> Said:
        name, title = self.blogs[blog]
        posts = sum(1 for one in self.posts.values() if one.blog == blog and one.state == "published")
        counts = {} if self.no_numbers else {"posts": posts}
        return self._told({"blog": {"name": name, "title": title, "uuid": blog, **counts}})

    # -- posts

    def _published(self, asked: Asked, blog: str, rest: Sequence[str]) -> Said:
        found = [one for one in self.posts.values() if one.blog == blog and one.state == "published"]
        found.sort(key=lambda one: one.at, reverse=True)
        if asked.one("id"):
            found = [one for one in found if one.id == asked.one("id")]
            if not found:
                raise Wrong(404, "Not Found")
        start, limit = int(asked.one("offset") or 0), int(asked.one("limit") or AT_ONCE)
        if asked.one("npf") != "true" or not 1 <= limit <= AT_ONCE:
            raise Wrong(400, "Bad Request")
        page = [self._shown(one) for one in found[start : start + limit]]
        return self._told({"posts": page, "total_posts": len(found)})

    def _drafts(self, asked: Asked, blog: str, rest: Sequence[str]) -> Said:
        self._may(blog)
        found = [one for one in self.posts.values() if one.blog == blog and one.state == "draft"]
        return self._told({"posts": [self._shown(one) for one in found[::-1][:AT_ONCE]]})

    def _one(self, asked: Asked, blog: str, rest: Sequence[str]) -> Said:
        return self._told(self._shown(self._known(blog, rest[1])))

    def _known(self, blog: str, id: str) -> Post:
        post = self.posts.get(id)
        if post is None or post.blog != blog:
            raise Wrong(404, "Not Found")
        return post

    def _may(self, blog: str) -> None:
        if blog not in self.mine:
            raise Wrong(403, "Forbidden")

    def _create(self, asked: Asked, blog: str, rest: Sequence[str]) -> Said:
        self._may(blog)
        told, files = self._request(asked)
        post = Post(self.new_id(), blog, self._judged(told, files), told.get("state", "published"), at=self._now())
        self._describe(post, told)
        self.posts[post.id] = post
        return Said.json({"meta": {"status": 201, "msg": "Created"}, "response": self._strange({"id": post.id})}, 201)

    def _edit(self, asked: Asked, blog: str, rest: Sequence[str]) -> Said:
        self._may(blog)
        post, (told, files) = self._known(blog, rest[1]), self._request(asked)
        content = self._judged(told, files)
        first = post.id
        if post.state == "draft" and told.get("state") == "published":
            del self.posts[first]
            post.genesis, post.id, post.at = first, self.new_id(), self._now()
            self.posts[post.id] = post
        post.content, post.state = content, told.get("state", post.state)
        self._describe(post, told)
        return self._told({"id": first if self.tells_first_id else post.id})

    def _delete(self, asked: Asked, blog: str, rest: Sequence[str]) -> Said:
        self._may(blog)
        del self.posts[self._known(blog, str(json.loads(asked.body)["id"])).id]
        return self._told({})

    @staticmethod
    def _request(asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
        if not asked.headers.get("content-type", "").startswith("multipart/form-data"):
            return json.loads(asked.body), {}
        files = form(asked)
        return json.loads(files.pop("json")), files

    @staticmethod
    def _describe(post: Post, told: Mapping[str, Any]) -> None:
        post.tags = [tag for tag in str(told.get("tags", "")).split(",") if tag]
        post.more = {name: told[name] for name in ("source_url", "slug", "interactability_reblog") if name in told}

    def _judged(self, told: Mapping[str, Any], files: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The blocks as they are kept. Raises Wrong for what Tumblr refuses."""
        self.complaints += [f"posts: unknown field “{name}”" for name in set(told) - FIELDS]
        content = told.get("content")
        if not isinstance(content, list) or not content:
            raise Wrong(400, "'content' must be an array", 8001)
        if len(json.dumps(content, ensure_ascii=False).encode()) > 1_000_000 or len(content) > 1000:
            raise Wrong(400, "The post is too large", 8001)
        kinds = [block["type"] for block in content]
        if kinds.count("image") > 30 or kinds.count("video") > 1 or kinds.count("link") > 10:
            raise Wrong(400, "Too many blocks of one kind", 8001)
        return [self._block(block, files) for block in content]

    def _block(self, block: Mapping[str, Any], files: Mapping[str, Any]) -> dict[str, Any]:
        kind = block["type"]
        self.complaints += [f"{kind}: unknown “{name}”" for name in set(block) - BLOCKS[kind]]
        if kind == "text":
            self._judge_text(block)
            return dict(block)
        if kind == "link":
            return {**block, "display_url": f"https://href.li/?{block['url']}"}
        if len(block.get("alt_text", "")) > BLOCK:
            raise Wrong(400, "alt_text is too long", 8001)
        media = block["media"] if kind == "image" else [block["media"]]
        kept = [self._file(one, files) for one in media]
        return {**block, "media": kept if kind == "image" else kept[0]}

    def _judge_text(self, block: Mapping[str, Any]) -> None:
        length = len(block["text"])
        if length > BLOCK:
            raise Wrong(400, f"A text block has at most {BLOCK} characters", 8001)
        for one in block.get("formatting", ()):
            said = block["text"][one["start"] : one["end"]]
            if not 0 <= one["start"] < one["end"] <= length:
                raise Wrong(400, "A formatting range is outside of the text", 8001)
            if one["type"] == "link" and one["url"] != said:
                self.complaints.append(f"the link “{one['url']}” stands at “{said}”")
            if one["type"] == "mention" and said.lower() != f"@{self.blogs[one['blog']['uuid']][0]}":
                self.complaints.append(f"the mention of {one['blog']} stands at “{said}”")

    def _file(self, one: Mapping[str, Any], files: Mapping[str, Any]) -> dict[str, Any]:
        self.complaints += [f"media: unknown “{name}”" for name in set(one) - FILE]
        sides = {"width": one.get("width", 540), "height": one.get("height", 405)}
        if "url" in one:
            if one["url"] not in self.files:
                raise Wrong(400, "That file is not here", 8005)
            return {"url": one["url"], "type": one["type"], **sides}
        _name, kind, raw = files.get(one["identifier"], ("", "", b""))
        if not raw or kind != one["type"]:
            raise Wrong(400, f"No file for “{one['identifier']}”", 8005)
        url = f"https://64.media.tumblr.com/{self.new_id()}/{kind.replace('/', '.')}"
        self.files[url] = raw
        return {"url": url, "type": kind, **sides}

    def _shown(self, post: Post) -> dict[str, Any]:
        content = [self._block_shown(block) for block in post.content]
        name = self.blogs[post.blog][0]
        told = {
            "object_type": "post", "type": "blocks", "id": int(post.id), "id_string": post.id, "blog_name": name,
            "post_url": f"https://www.tumblr.com/{name}/{post.id}", "timestamp": int(post.at.timestamp()),
            "state": post.state, "tags": post.tags, "reblog_key": post.key, "content": content, "layout": [],
            "trail": [], **post.more, **({"genesis_post_id": post.genesis} if post.genesis else {}),
        }  # fmt: skip
        return self._strange(told)

    def _block_shown(self, block: Mapping[str, Any]) -> dict[str, Any]:
        if block["type"] == "image":
            extra = {"has_original_dimensions": True, "media_key": "abc:1"}
            return {**block, "media": [{**one, **extra} for one in block["media"]], "colors": {"c0": "336699"}}
        if block["type"] == "video":
            if self.transcoding > 0:
                self.transcoding -= 1
                return {"type": "video"}
            return {**block, "provider": "tumblr", "can_autoplay_on_cellular": True}
        return dict(block)

    # -- what others do

    def put(self, blog: str, words: str) -> Post:
        post = Post(self.new_id(), blog, [{"type": "text", "text": words}], "published", at=self._now())
        self.posts[post.id] = post
        return post

    def note(self, id: str, kind: str, *, words: str = "") -> str:
        """A note of the stranger below a post; gives its id."""
        note = self.new_id()
        stamp = int(self._now().timestamp() * 1_000_000) + len(self.notes)
        told = {"type": kind, "timestamp": stamp, "blog_name": "resident", "blog_uuid": STRANGER, "on": id,
                "blog_url": "https://resident.tumblr.com/"}  # fmt: skip
        named = {"reply": {"reply_text": words, "reply_id": note}, "reblog": {"added_text": words, "post_id": note}}
        self.notes.append({**told, **named.get(kind, {})})
        return note

    def notify(self, kind: str, *, words: str = "", target: str = "") -> str:
        id = self.new_id()
        told = {"id": id, "type": kind, "timestamp": int(self._now().timestamp()) + len(self.activity), "unread": True,
                "target_post_id": target, "from_tumblelog_name": "resident"}  # fmt: skip
        self.activity.append({**told, **({"added_text": words} if words else {})})
        return id

    def _notes(self, asked: Asked, blog: str, rest: Sequence[str]) -> Said:
        self._known(blog, asked.one("id"))
        every = [one for one in self.notes[::-1] if one["on"] == asked.one("id")]
        if asked.one("mode") != "conversation":
            self.complaints.append("notes are read in another mode")
        said = [one for one in every if one["type"] == "reply" or one.get("added_text")]
        before = int(asked.one("before_timestamp") or 0)
        page = [one for one in said if not before or one["timestamp"] < before][:AT_ONCE]
        counts = {
            "total_notes": len(every), "total_likes": sum(one["type"] == "like" for one in every),
            "total_reblogs": sum(one["type"] == "reblog" for one in every),
        }  # fmt: skip
        links = self._next("before_timestamp", page[-1]["timestamp"]) if page and page[-1] is not said[-1] else {}
        notes = [{name: value for name, value in one.items() if name != "on"} for one in page]
        return self._told({"notes": notes, **({} if self.no_numbers else counts), **links})

    def _notifications(self, asked: Asked, blog: str, rest: Sequence[str]) -> Said:
        self._may(blog)
        kinds = [values[0] for name, values in asked.query.items() if re.fullmatch(r"types\[\d+\]", name)]
        every = [one for one in self.activity[::-1] if not kinds or one["type"] in kinds]
        before = int(asked.one("before") or 0)
        page = [one for one in every if not before or one["timestamp"] < before][:AT_ONCE]
        links = self._next("before", page[-1]["timestamp"]) if page and page[-1] is not every[-1] else {}
        return self._told({"notifications": page, **links})

    def _next(self, name: str, value: int) -> dict[str, Any]:
        return {"_links": {"next": {"type": "action", "method": "GET", "href": "/v2/", "query_params": {name: value}}}}

    # -- what is shown

    def _strange(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "x_unheard_of": {"a": [1, None]}} if self.extra_fields else data

    def _told(self, data: dict[str, Any]) -> Said:
        return Said.json({"meta": {"status": 200, "msg": "OK"}, "response": self._strange(data)})
