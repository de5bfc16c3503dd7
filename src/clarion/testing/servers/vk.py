"""A contract server for VK, from its public schema and pages: one community, its wall, its comments and uploads.

Every answer is 200. Where VK's own schema is at hand, each call's name and fields are held against it.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any

from .base import Asked, Said, StandIn
from .mastodon_routes import form
from .openapi import specs_folder

GROUP = 4207
STRANGER = 99
MOST = 16_000
OUTSIDE = ("groups.getById",)
"""Methods whose part of the schema is not stored."""


@dataclass
class Post:
    id: int
    text: str
    files: list[dict[str, Any]] = field(default_factory=list)
    owner: int = -GROUP
    at: int = 0
    likes: int = 0
    guid: str = ""
    told: dict[str, Any] = field(default_factory=dict)


@dataclass
class Comment:
    id: int
    post: int
    author: int
    text: str
    above: int = 0
    guid: str = ""
    at: int = 0


@cache
def methods() -> Mapping[str, frozenset[str]]:
    """Every known method with the names of its fields; empty where the schema is not at hand."""
    folder, found = specs_folder(), {}
    for path in sorted((folder / "vk").glob("*/methods.json")) if folder else ():
        for one in json.loads(path.read_text())["methods"]:
            found[one["name"]] = frozenset(p["name"] for p in one.get("parameters", []))
    return found


class VKServer(StandIn):
    """``keeps_guids``: whether a guid that comes again gives the first post; nobody knows how long VK does."""

    def __init__(self, *, keeps_guids: bool = False) -> None:
        super().__init__()
        self.token = "vk1.a." + secrets.token_urlsafe(40)
        self.keeps_guids = keeps_guids
        self.posts: dict[int, Post] = {}
        self.comments: dict[int, Comment] = {}
        self.photos: dict[str, dict[str, Any]] = {}
        self.uploaded: dict[str, tuple[str, bytes]] = {}
        self.complaints: list[str] = []
        self.error: tuple[int, str] | None = None
        """What the next call is answered with."""
        self.extra_fields = self.no_numbers = self.revoked = False
        self.is_admin: int | None = 1
        self.pinned = 0
        self.name = "cityhall"
        self.clock = timedelta()
        """How far VK's clock is from ours."""
        self._last = 100
        self._lock = threading.RLock()

    def handle(self, asked: Asked) -> Said:
        said = self._handled(asked)
        date = format_datetime(datetime.now(UTC) + self.clock, usegmt=True)
        return replace(said, headers={**said.headers, "Date": date})

    def _handled(self, asked: Asked) -> Said:
        with self._lock:
            told = form(asked)
            if asked.path.startswith("/upload/"):
                return self._upload(asked.path, told)
            method = asked.path.removeprefix("/method/")
            self._judge(method, told)
            if told.get("access_token") != self.token or self.revoked:
                return self.no(5, "User authorization failed: invalid access_token (4).")
            if self.error is not None and method not in OUTSIDE:
                (code, said), self.error = self.error, None
                return self.no(code, said)
            return self._answered(method, told)

    def _judge(self, method: str, told: Mapping[str, Any]) -> None:
        known = methods()
        if "v" not in told:
            self.complaints.append(f"{method} without a version")
        if known and method not in OUTSIDE:
            if method not in known:
                self.complaints.append(f"{method} is not in the schema")
            self.complaints += [
                f"{method} has no field “{name}”"
                for name in set(told) - known.get(method, frozenset()) - {"access_token", "v"}
            ]

    def no(self, code: int, said: str) -> Said:
        return Said.json({"error": {"error_code": code, "error_msg": said, "request_params": []}})

    def yes(self, response: Any) -> Said:
        if self.extra_fields and isinstance(response, dict):
            response = {**response, "unheard_of": {"a": [1, None]}}
        return Said.json({"response": response, **({"next": 1} if self.extra_fields else {})})

    def new_id(self) -> int:
        self._last += 1
        return self._last

    # -- the desk

    def _answered(self, method: str, told: Mapping[str, Any]) -> Said:
        match method:
            case "groups.getById":
                return self._group(str(told["group_id"]))
            case "photos.getWallUploadServer":
                return self.yes({"upload_url": f"{self.url}/upload/photo", "album_id": -14, "user_id": 7})
            case "photos.saveWallPhoto":
                return self._photo(told)
            case "video.save":
                id = self.new_id()
                return self.yes(
                    {
                        "upload_url": f"{self.url}/upload/video{id}",
                        "owner_id": -GROUP,
                        "video_id": id,
                        "access_key": "k",
                    }
                )
            case "wall.post":
                return self._post(told)
            case "wall.edit":
                return self._edit(told)
            case "wall.delete":
                if int(told["post_id"]) not in self.posts:
                    return self.no(104, "Not found")
                del self.posts[int(told["post_id"])]
                return self.yes(1)
            case "wall.deleteComment":
                return (
                    self.yes(1) if self.comments.pop(int(told["comment_id"]), None) else self.no(100, "No such comment")
                )
            case "wall.get":
                mine = [post for post in self.posts.values() if post.owner == -GROUP]
                mine.sort(key=lambda post: (post.id != self.pinned, -post.id))
                return self._listed(told, [self.post(one) for one in mine])
            case "wall.getById":
                ids = [int(name.rpartition("_")[2]) for name in str(told["posts"]).split(",")]
                return self.yes({"items": [self.post(self.posts[id]) for id in ids if id in self.posts]})
            case "wall.createComment":
                return self._comment(told)
            case "wall.getComments":
                return self._comments(told)
        return self.no(3, "Unknown method passed.")

    def _group(self, name: str) -> Said:
        if name not in (str(GROUP), self.name):
            return self.no(100, "One of the parameters specified was missing or invalid: group_id is undefined")
        told = {"id": GROUP, "name": "City Hall", "screen_name": self.name, "type": "page", "is_closed": 0,
                "photo_100": f"{self.url}/cityhall.png"}  # fmt: skip
        told |= {} if self.is_admin is None else {"is_admin": self.is_admin}
        told |= {} if self.no_numbers else {"members_count": 1234}
        return self.yes({"groups": [told], "profiles": []})

    def _upload(self, path: str, told: Mapping[str, Any]) -> Said:
        kind = "photo" if path == "/upload/photo" else "video"
        name, _mime, raw = told["photo" if kind == "photo" else "video_file"]
        key = secrets.token_hex(8)
        self.uploaded[key] = (name, raw)
        if kind == "video":
            return Said.json({"size": len(raw), "video_id": int(path.removeprefix("/upload/video"))})
        is_picture = raw[:4] == b"\x89PNG" or raw[:3] in (b"\xff\xd8\xff", b"GIF")
        return Said.json({"server": 5, "photo": key if is_picture else "[]", "hash": key[::-1]})

    def _photo(self, told: Mapping[str, Any]) -> Said:
        key = str(told["photo"])
        if key not in self.uploaded or told.get("hash") != key[::-1] or told.get("server") != "5":
            return self.no(121, "Invalid hash")
        id = self.new_id()
        self.photos[f"photo-{GROUP}_{id}"] = {"id": id, "owner_id": -GROUP, "album_id": -14, "date": int(time.time()),
                                              "text": str(told.get("caption") or "")}  # fmt: skip
        return self.yes([self.photos[f"photo-{GROUP}_{id}"]])

    def _files(self, told: Mapping[str, Any]) -> list[dict[str, Any]] | None:
        names = [name for name in str(told.get("attachments") or "").split(",") if name]
        found = [
            {"type": "photo", "photo": self.photos[name]} if name in self.photos else
            {"type": "video", "video": {"id": int(name.rpartition("_")[2]), "owner_id": -GROUP}}
            for name in names
        ]  # fmt: skip
        return found if len(found) <= 10 else None

    def _post(self, told: Mapping[str, Any]) -> Said:
        said, files = str(told.get("message") or ""), self._files(told)
        if told.get("owner_id") != str(-GROUP) or told.get("from_group") != "1":
            return self.no(15, "Access denied")
        if files is None or len(said) > MOST or not (said.strip() or files):
            return self.no(100, "One of the parameters specified was missing or invalid: message")
        again = next((p for p in self.posts.values() if told.get("guid") and p.guid == told["guid"]), None)
        if again is not None and self.keeps_guids:
            return self.yes({"post_id": again.id})
        return self.yes({"post_id": self.write(said, files, told=told).id})

    def write(self, said: str, files: Sequence[Any] = (), *, told: Mapping[str, Any] | None = None) -> Post:
        """A post of the community, however it came there."""
        asked = dict(told or {})
        post = Post(self.new_id(), said, list(files), at=self.now(), guid=str(asked.get("guid") or ""), told=asked)
        self.posts[post.id] = post
        return post

    def now(self) -> int:
        return int(time.time() + self.clock.total_seconds())

    def _edit(self, told: Mapping[str, Any]) -> Said:
        post = self.posts.get(int(told["post_id"]))
        if post is None:
            return self.no(100, "No such post")
        post.text, post.files = str(told.get("message") or ""), self._files(told) or []
        return self.yes({"post_id": post.id})

    def _comment(self, told: Mapping[str, Any]) -> Said:
        if int(told["post_id"]) not in self.posts:
            return self.no(100, "No such post")
        again = next((c for c in self.comments.values() if told.get("guid") and c.guid == told["guid"]), None)
        if again is None:
            author = -int(told["from_group"]) if told.get("from_group") else 7
            above, guid = int(told.get("reply_to_comment") or 0), str(told.get("guid") or "")
            again = Comment(self.new_id(), int(told["post_id"]), author, str(told["message"]), above, guid, self.now())
            self.comments[again.id] = again
        return self.yes({"comment_id": again.id, "parents_stack": [again.above] if again.above else []})

    def _comments(self, told: Mapping[str, Any]) -> Said:
        found = [one for one in self.comments.values() if one.post == int(told["post_id"])]
        if told.get("comment_id"):
            found = [one for one in found if one.above == int(told["comment_id"])]
        rows = [
            {"id": one.id, "post_id": one.post, "owner_id": -GROUP, "from_id": one.author, "date": one.at,
             "text": one.text, **({"reply_to_comment": one.above} if one.above else {})}
            for one in sorted(found, key=lambda c: -c.id)
        ]  # fmt: skip
        people = {"profiles": [{"id": STRANGER, "first_name": "Rita", "last_name": "R.", "screen_name": "rita"}],
                  "groups": []}  # fmt: skip
        return self._listed(told, rows, **(people if told.get("extended") else {}))

    def _listed(self, told: Mapping[str, Any], rows: list[dict[str, Any]], **more: Any) -> Said:
        start, count = int(told.get("offset") or 0), min(int(told.get("count") or 20), 100)
        total = {} if self.no_numbers else {"count": len(rows)}
        return self.yes({**total, "items": rows[start : start + count], **more})

    def post(self, one: Post) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": one.id, "owner_id": one.owner, "from_id": one.owner, "date": one.at,
                                 "text": one.text, "attachments": one.files, "type": "post"}  # fmt: skip
        shown |= {"is_pinned": 1} if one.id == self.pinned else {}
        if not self.no_numbers:
            replies = sum(1 for comment in self.comments.values() if comment.post == one.id)
            counts = {"likes": one.likes, "comments": replies, "reposts": 0, "views": 7}
            shown |= {name: {"count": count} for name, count in counts.items()}
        return shown

    # -- what others do

    def stranger_says(self, post: int, text: str) -> int:
        comment = Comment(self.new_id(), post, STRANGER, text, at=self.now())
        self.comments[comment.id] = comment
        return comment.id
