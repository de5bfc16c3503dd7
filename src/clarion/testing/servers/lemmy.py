"""A contract server for Lemmy 0.19, written from the facts of its API. Nothing in it is against doubles.

Two people, ``cityhall`` (ours) and ``resident``; one community, ``town``. Errors are codes, mostly with status 400.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .base import Asked, Said, StandIn

TITLE, BODY = 200, 50_000
KNOWN = {
    "/user/login": {"username_or_email", "password", "totp_2fa_token"},
    "/post": {"name", "community_id", "url", "body", "alt_text", "nsfw", "language_id", "post_id"},
    "/post/delete": {"post_id", "deleted"}, "/comment/delete": {"comment_id", "deleted"},
    "/post/like": {"post_id", "score"}, "/comment/like": {"comment_id", "score"},
    "/comment": {"content", "post_id", "parent_id", "language_id"},
}  # fmt: skip


@dataclass
class Person:
    id: int
    name: str


@dataclass
class Post:
    id: int
    author: Person
    name: str
    body: str = ""
    url: str = ""
    alt: str = ""
    nsfw: bool = False
    deleted: bool = False
    likes: set[int] = field(default_factory=set)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Comment:
    id: int
    author: Person
    post: Post
    content: str
    path: str
    deleted: bool = False
    likes: set[int] = field(default_factory=set)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class No(Exception):
    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.said = Said.json({"error": code}, status)


class LemmyServer(StandIn):
    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.version, self.password, self.token = "0.19.11", "correct horse battery", f"jwt.{secrets.token_hex(20)}"
        self.code = ""
        self.opened = True
        self.us, self.resident = Person(2, "cityhall"), Person(3, "resident")
        self.posts: dict[int, Post] = {}
        self.comments: dict[int, Comment] = {}
        self.letters: list[dict[str, Any]] = []
        self.mentions: list[Comment] = []
        self.complaints: list[str] = []
        self.extra_fields = self.no_numbers = False
        self._lock = threading.RLock()
        self._last = 40

    def next_id(self) -> int:
        self._last += 1
        return self._last

    def handle(self, asked: Asked) -> Said:
        if asked.path == "/pictrs/image" and asked.method == "POST":
            return self._picture(asked)
        path = asked.path.removeprefix("/api/v3")
        if path == asked.path:
            return Said.html("404", 404)
        doors: Mapping[tuple[str, str], Callable[[Asked, dict[str, Any]], Any]] = {
            ("GET", "/site"): self._site, ("POST", "/user/login"): self._login, ("GET", "/community"): self._community,
            ("GET", "/user"): self._user, ("GET", "/post"): self._post, ("POST", "/post"): self._make,
            ("PUT", "/post"): self._edit, ("POST", "/post/delete"): self._delete, ("POST", "/post/like"): self._like,
            ("POST", "/comment"): self._say, ("POST", "/comment/delete"): self._delete,
            ("POST", "/comment/like"): self._like, ("GET", "/comment/list"): self._comments,
            ("GET", "/user/mention"): self._mentioned, ("GET", "/user/replies"): self._answered,
            ("GET", "/private_message/list"): self._letters, ("GET", "/search"): self._search,
        }  # fmt: skip
        door = doors.get((asked.method, path))
        if door is None:
            return No("unknown", 404).said
        told = json.loads(asked.body) if asked.body else {}
        self.complaints += [f"{path}: unknown field “{n}”" for n in told if n not in KNOWN.get(path, set())]
        with self._lock:
            try:
                if asked.method != "GET" and path != "/user/login" and not self._is_ours(asked):
                    raise No("not_logged_in", 401)
                data = door(asked, told)
            except No as no:
                return no.said
        return Said.json({**data, **({"x_new": [None]} if self.extra_fields else {})})

    def _is_ours(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == f"Bearer {self.token}"

    # -- people and places

    def _login(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        if (told["username_or_email"], told["password"]) != ("cityhall", self.password):
            raise No("incorrect_login")
        if self.code and told.get("totp_2fa_token") != self.code:
            raise No("incorrect_totp_token" if "totp_2fa_token" in told else "missing_totp_token")
        return {"jwt": self.token if self.opened else None, "registration_created": False, "verify_email_sent": False}

    def _site(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {"version": self.version, "site_view": {"local_site_rate_limit": {"post": 6}}}
        if self._is_ours(asked):
            shown["my_user"] = {"local_user_view": {"person": self._person(self.us)}}
        return shown

    def _community(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        if asked.one("name", "town") != "town" or asked.one("id", "7") != "7":
            raise No("couldnt_find_community")
        counts = {} if self.no_numbers else {"subscribers": 31}
        return {"community_view": {"community": {"id": 7, "name": "town", "title": "Our town", "icon": None,
                                                 "actor_id": f"{self.url}/c/town"}, "counts": counts}}  # fmt: skip

    def _person(self, person: Person) -> dict[str, Any]:
        return {"id": person.id, "name": person.name, "display_name": None, "actor_id": f"{self.url}/u/{person.name}"}

    def _user(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        id = int(asked.one("person_id"))
        posts = [p for p in self.posts.values() if p.author.id == id]
        comments = [c for c in self.comments.values() if c.author.id == id]
        counts = {} if self.no_numbers else {"post_count": len(posts), "comment_count": len(comments)}
        return {"person_view": {"counts": counts}, "posts": self._page(asked, [self.view(p) for p in posts[::-1]]),
                "comments": self._page(asked, [self.comment_view(c) for c in comments[::-1]])}  # fmt: skip

    def _page(self, asked: Asked, found: list[Any]) -> list[Any]:
        each, page = int(asked.one("limit", "10")), int(asked.one("page", "1"))
        if not 1 <= each <= 50:
            raise No("couldnt_get_posts")
        return found[(page - 1) * each : page * each]

    # -- posts

    def _picture(self, asked: Asked) -> Said:
        if not self._is_ours(asked):
            return Said.json({"error": "not_logged_in"}, 401)
        if b'name="images[]"; filename="' not in asked.body or b"Content-Type: image/" not in asked.body:
            return Said.json({"msg": "No files uploaded"}, 400)
        return Said.json({"msg": "ok", "files": [{"file": f"{secrets.token_hex(8)}.png", "delete_token": "d"}]}, 201)

    def _checked(self, told: Mapping[str, Any]) -> None:
        if "name" in told and not 3 <= len(told["name"].strip()) <= TITLE:
            raise No("invalid_post_title")
        if len(told.get("body", "")) > BODY:
            raise No("invalid_body_field")
        if not re.match(r"https?://", told.get("url", "https://")):
            raise No("invalid_url")

    def _make(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        if told["community_id"] != 7:
            raise No("couldnt_find_community")
        self._checked(told)
        return {"post_view": self.view(self.write(self.us, told))}

    def write(self, author: Person, told: Mapping[str, Any]) -> Post:
        url = re.sub(r"[?&]utm_\w+=[^&]*", "", told.get("url", ""))  # as the server cleans links
        post = Post(self.next_id(), author, told["name"].strip(), told.get("body", ""), url,
                    told.get("alt_text", ""), bool(told.get("nsfw")), likes={author.id})  # fmt: skip
        self.posts[post.id] = post
        return post

    def _held(self, post_id: int) -> Post:
        if post_id not in self.posts:
            raise No("couldnt_find_post", 404)
        return self.posts[post_id]

    def _post(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        return {"post_view": self.view(self._held(int(asked.one("id"))))}

    def _edit(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        post = self._held(told["post_id"])
        self._checked(told)
        post.name, post.body = told.get("name", post.name), told.get("body", post.body)
        return {"post_view": self.view(post)}

    def _delete(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        if "comment_id" in told:
            if told["comment_id"] not in self.comments:
                raise No("couldnt_find_comment")
            self.comments[told["comment_id"]].deleted = told["deleted"]
            return {"comment_view": {}}
        post = self._held(told["post_id"])
        if post.deleted is told["deleted"]:
            raise No("couldnt_find_post")
        post.deleted = told["deleted"]
        return {"post_view": self.view(post)}

    def _like(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        liked = self.comments[told["comment_id"]] if "comment_id" in told else self._held(told["post_id"])
        (liked.likes.add if told["score"] == 1 else liked.likes.discard)(self.us.id)
        return {"post_view": {}}

    # -- what people say

    def _say(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        if len(told["content"]) > 10_000:
            raise No("invalid_comment_length")
        made = self.comment(self.us, told["post_id"], told["content"], told.get("parent_id", 0))
        return {"comment_view": self.comment_view(made)}

    def comment(self, author: Person, post_id: int, content: str, parent: int = 0) -> Comment:
        id = self.next_id()
        path = f"{self.comments[parent].path}.{id}" if parent else f"0.{id}"
        self.comments[id] = Comment(id, author, self._held(post_id), content, path)
        return self.comments[id]

    def _comments(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        found = [c for c in self.comments.values() if c.post.id == int(asked.one("post_id"))]
        return {"comments": self._page(asked, [self.comment_view(c) for c in found[::-1]])}

    def _mentioned(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        found = [{**self.comment_view(c), "person_mention": {"id": c.id}} for c in self.mentions[::-1]]
        return {"mentions": self._page(asked, found)}

    def _answered(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        found = [c for c in self.comments.values() if c.post.author is self.us and c.author is not self.us]
        return {"replies": self._page(asked, [self.comment_view(c) for c in found[::-1]])}

    def _letters(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        return {"private_messages": self._page(asked, self.letters[::-1])}

    def write_to_us(self, content: str, *, by_us: bool = False) -> int:
        id, who = self.next_id(), self.us if by_us else self.resident
        self.letters.append({"private_message": {"id": id, "content": content, "published": _stamp(datetime.now(UTC))},
                             "creator": self._person(who), "recipient": self._person(self.us)})  # fmt: skip
        return id

    def _search(self, asked: Asked, told: dict[str, Any]) -> dict[str, Any]:
        words = asked.one("q")
        found = [p for p in self.posts.values() if words in p.name + "\n" + p.body]
        return {"posts": self._page(asked, [self.view(p) for p in found[::-1]])}

    # -- what is shown

    def view(self, post: Post) -> dict[str, Any]:
        counts = {"upvotes": len(post.likes), "downvotes": 0,
                  "comments": len([c for c in self.comments.values() if c.post is post])}  # fmt: skip
        return {
            "post": {"id": post.id, "name": post.name, "body": post.body, "url": post.url or None,
                     "alt_text": post.alt or None, "creator_id": post.author.id, "community_id": 7, "nsfw": post.nsfw,
                     "deleted": post.deleted, "removed": False, "published": _stamp(post.at),
                     "ap_id": f"{self.url}/post/{post.id}"},
            "creator": self._person(post.author), "counts": {} if self.no_numbers else counts,
        }  # fmt: skip

    def comment_view(self, one: Comment) -> dict[str, Any]:
        return {
            "comment": {"id": one.id, "post_id": one.post.id, "content": one.content, "path": one.path,
                        "deleted": one.deleted, "removed": False, "published": _stamp(one.at)},
            "creator": self._person(one.author), "post": {"id": one.post.id},
        }  # fmt: skip


def _stamp(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
