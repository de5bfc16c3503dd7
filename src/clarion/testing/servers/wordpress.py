"""A contract server for one WordPress site, written from the handbook of its REST API and held against WordPress 6.1.

Two users: ``cityhall`` (ours, an editor) and ``resident``. No idempotency: a slug that is taken becomes “slug-2”.
A wrong password is no error: who gives one is a stranger.
"""

from __future__ import annotations

import html
import json
import re
import threading
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .base import Asked, Said, StandIn

KNOWN = {
    "posts": {"status", "title", "content", "excerpt", "slug", "categories", "tags", "featured_media", "meta"},
    "media": {"alt_text", "caption", "title"},
    "comments": {"post", "parent", "content", "status"},
    "tags": {"name", "slug"},
    "categories": {"name", "slug"},
}
"""The fields that the handbook names, as far as we use them: another one is a complaint."""
STATUSES = {"publish", "future", "draft", "pending", "private"}


@dataclass
class User:
    id: int
    name: str
    shown: str
    password: str


@dataclass
class Post:
    id: int
    author: int
    slug: str
    status: str
    title: str
    content: str
    excerpt: str = ""
    featured: int = 0
    tags: list[int] = field(default_factory=list)
    categories: list[int] = field(default_factory=list)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Comment:
    id: int
    post: int
    parent: int
    author: int
    content: str
    status: str = "approved"
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class No(Exception):
    """What the site refuses: a code, a sentence, a status."""

    def __init__(self, status: int, code: str, message: str, **data: Any) -> None:
        super().__init__(code)
        self.said = Said.json({"code": code, "message": message, "data": {"status": status, **data}}, status)


class WordPressServer(StandIn):
    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.password = "Xk2p9QmvR4tLw8ZnB6yHc3Jd"  # noqa: S105 - of a stand-in
        self.slugs: dict[int, str] = {}
        self.users = [User(1, "cityhall", "City Hall", self.password), User(2, "resident", "Rita", "r" * 24)]
        self.may_publish = True
        self.is_editor = True
        """False: ours has the role of an author, who sees comments only as they are shown, and may not hurry."""
        self.posts: dict[int, Post] = {}
        self.comments: dict[int, Comment] = {}
        self.media: dict[int, dict[str, Any]] = {}
        self.terms: dict[str, dict[int, str]] = {"tags": {}, "categories": {1: "Uncategorised"}}
        self.complaints: list[str] = []
        self.extra_fields = self.no_numbers = False
        self.largest = 1_000_000
        self._lock = threading.RLock()
        self._last = 10

    def next_id(self) -> int:
        self._last += 1
        return self._last

    # -- the doors

    def handle(self, asked: Asked) -> Said:
        if asked.path == "/":
            link = {"Link": f'<{self.url}/wp-json/>; rel="https://api.w.org/"', "content-type": "text/html"}
            return Said(200, b"<!doctype html><title>City Hall</title>", link)
        if asked.path.rstrip("/") == "/wp-json":
            return Said.json({"name": "City Hall", "namespaces": ["oembed/1.0", "wp/v2"], "authentication": {}})
        found = re.fullmatch(r"/wp-json/wp/v2/([a-z]+)(?:/(\d+|me))?", asked.path)
        with self._lock:
            try:
                doors: Mapping[str, Callable[[Asked, User | None, str], Said]] = {
                    "users": self._users, "posts": self._posts, "media": self._media, "comments": self._comments,
                    "tags": self._terms, "categories": self._terms,
                }  # fmt: skip
                if found is None or found[1] not in doors:
                    raise No(404, "rest_no_route", "No route was found matching the URL and request method.")
                return doors[found[1]](asked, self._user(asked), found[2] or "")
            except No as no:
                return no.said

    def _user(self, asked: Asked) -> User | None:
        said = asked.headers.get("authorization", "")
        if not said.startswith("Basic "):
            return None
        name, _colon, password = b64decode(said[6:]).decode().partition(":")
        return next((u for u in self.users if (u.name, u.password) == (name, password)), None)

    def _fields(self, asked: Asked, kind: str) -> dict[str, Any]:
        if not asked.headers.get("content-type", "").startswith("application/json"):
            raise No(400, "rest_invalid_json", "Invalid JSON body passed.")
        try:
            fields = json.loads(asked.body)
        except ValueError:
            raise No(400, "rest_invalid_json", "Invalid JSON body passed.") from None
        self.complaints += [f"{kind}: unknown field “{name}”" for name in fields if name not in KNOWN[kind]]
        return dict(fields)

    # -- what is held

    def _users(self, asked: Asked, user: User | None, which: str) -> Said:
        if which != "me" or user is None:
            raise No(401, "rest_not_logged_in", "You are not currently logged in.")
        return self.show({
            "id": user.id, "username": user.name, "slug": self.slugs.get(user.id, user.name), "name": user.shown,
            "avatar_urls": {
                "24": f"{self.url}/a24.png", "96": f"{self.url}/a96.png"},
            "link": f"{self.url}/author/{user.name}/",
            "capabilities": {"edit_posts": True, "publish_posts": self.may_publish}})  # fmt: skip

    def _posts(self, asked: Asked, user: User | None, which: str) -> Said:
        if asked.method == "GET" and not which:
            return self._listed_posts(asked, user)
        post = self.posts.get(int(which)) if which else None
        if which and post is None:
            raise No(404, "rest_post_invalid_id", "Invalid post ID.")
        editing = _is_editing(asked)
        if asked.method == "GET" and post is not None:
            if user is None and editing:
                raise No(401, "rest_forbidden_context", "Sorry, you are not allowed to edit this post.")
            if user is None and post.status != "publish":
                raise No(401, "rest_forbidden", "Sorry, you are not allowed to do that.")
            return self.show(self.shown(post, editing=editing))
        if user is None:
            verb = "delete" if asked.method == "DELETE" else "edit" if which else "create"
            raise No(401, f"rest_cannot_{verb}", f"Sorry, you are not allowed to {verb} this post.")
        if asked.method == "DELETE" and post is not None:
            if post.status == "trash":
                raise No(410, "rest_already_trashed", "The post has already been deleted.")
            post.status = "trash"
            return self.show(self.shown(post, editing=True))
        fields = self._fields(asked, "posts")
        if fields.get("status", "draft") not in STATUSES:
            raise No(400, "rest_invalid_param", "Invalid parameter(s): status", params={"status": "not one of"})
        if fields.get("status") == "publish" and not self.may_publish:
            raise No(403, "rest_cannot_publish", "Sorry, you are not allowed to publish posts in this post type.")
        made = post is None
        if post is None:
            if not (fields.get("title") or fields.get("content") or fields.get("excerpt")):
                raise No(400, "empty_content", "Content, title, and excerpt are empty.")
            post = Post(self.next_id(), user.id, "", "draft", "", "")
            self.posts[post.id] = post
        self._change(post, fields)
        return self.show(self.shown(post, editing=True), 201 if made else 200)

    def _change(self, post: Post, fields: Mapping[str, Any]) -> None:
        for name in ("status", "title", "content", "excerpt", "tags", "categories"):
            if name in fields:
                setattr(post, name, fields[name])
        post.featured = int(fields.get("featured_media", post.featured))
        if "slug" in fields or (post.status == "publish" and not post.slug):
            slug = str(fields.get("slug") or "")
            if not slug and post.status == "publish":
                slug = re.sub(r"[^\w]+", "-", post.title.lower()).strip("-") or str(post.id)
            taken = {p.slug for p in self.posts.values() if p is not post}
            post.slug = next(s for n in range(1, 999) if (s := slug if n == 1 else f"{slug}-{n}") not in taken or not s)

    def _listed_posts(self, asked: Asked, user: User | None) -> Said:
        status = asked.one("status", "publish")
        if user is None and status != "publish":
            why = {"code": "rest_forbidden_status", "message": "Status is forbidden.", "data": {"status": 401}}
            raise No(400, "rest_invalid_param", "Invalid parameter(s): status", details={"status": why})
        found = [p for p in self.posts.values() if status in ("any", p.status) and p.status != "trash"]
        if "slug" in asked.query:
            found = [p for p in found if p.slug == asked.one("slug")]
        if "author" in asked.query:
            found = [p for p in found if p.author == int(asked.one("author"))]
        return self._page(asked, [self.shown(p, editing=_is_editing(asked)) for p in found[::-1]])

    def _media(self, asked: Asked, user: User | None, which: str) -> Said:
        if which:
            held = self.media.get(int(which))
            if held is None:
                raise No(404, "rest_post_invalid_id", "Invalid post ID.")
            if asked.method == "POST":
                held.update(self._fields(asked, "media"))
            return self.show(held)
        if user is None:
            raise No(401, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user.")
        name = re.search(r'filename="([\w.-]+)"', asked.headers.get("content-disposition", ""))
        if name is None:
            raise No(400, "rest_upload_no_content_disposition", "No Content-Disposition supplied.")
        kind = asked.headers.get("content-type", "")
        if not kind.startswith(("image/", "video/", "text/vtt", "application/pdf")):
            raise No(500, "rest_upload_sideload_error", "Sorry, you are not allowed to upload this file type.")
        if len(asked.body) > self.largest:
            return Said.html("413 Request Entity Too Large", 413)
        id = self.next_id()
        self.media[id] = {"id": id, "source_url": f"{self.url}/wp-content/uploads/{id}-{name[1]}", "alt_text": "",
                          "mime_type": kind, "media_type": kind.partition("/")[0]}  # fmt: skip
        return self.show(self.media[id], 201)

    def _comments(self, asked: Asked, user: User | None, which: str) -> Said:
        if which:
            return self._comment(asked, user, self.comments.get(int(which)))
        if asked.method == "GET":
            return self._listed_comments(asked, user)
        if user is None:
            raise No(401, "rest_comment_login_required", "Sorry, you must be logged in to comment.")
        fields = self._fields(asked, "comments")
        if fields.get("post") not in self.posts:
            raise No(403, "rest_comment_invalid_post_id", "Sorry, you are not allowed to create this comment.")
        mine = [c.at for c in self.comments.values() if c.author == user.id]
        if not self.is_editor and mine and datetime.now(UTC) - max(mine) < timedelta(seconds=15):
            raise No(400, "comment_flood", "You are posting comments too quickly. Slow down.")
        return self.show(self.shown_comment(self.comment(user, fields), editing=self.is_editor), 201)

    def _comment(self, asked: Asked, user: User | None, held: Comment | None) -> Said:
        if held is None:
            raise No(404, "rest_comment_invalid_id", "Invalid comment ID.")
        if user is None:
            raise No(401, "rest_cannot_edit", "Sorry, you are not allowed to edit this comment.")
        if asked.method == "DELETE":
            if held.status == "trash":
                raise No(410, "rest_already_trashed", "The comment has already been trashed.")
            held.status = "trash"
        elif asked.method == "POST":
            held.status = {"hold": "hold", "approved": "approved"}[self._fields(asked, "comments")["status"]]
        return self.show(self.shown_comment(held, editing=self.is_editor))

    def _listed_comments(self, asked: Asked, user: User | None) -> Said:
        protected = {"author", "author_exclude", "status"} & set(asked.query)
        if user is None and protected:
            raise No(401, "rest_forbidden_param", f"Query parameter not permitted: {', '.join(sorted(protected))}")
        if _is_editing(asked) and (user is None or not self.is_editor):
            status = 401 if user is None else 403
            raise No(status, "rest_forbidden_context", "Sorry, you are not allowed to edit comments.")
        statuses = ("approved", "hold") if asked.one("status") == "all" else ("approved",)
        found = [c for c in self.comments.values() if c.status in statuses]
        for name, value in asked.query.items():
            if name in ("post", "author"):
                found = [c for c in found if getattr(c, name) == int(value[0])]
            elif name == "author_exclude":
                found = [c for c in found if c.author != int(value[0])]
            elif name not in ("context", "order", "per_page", "page", "status"):
                self.complaints.append(f"comments: unknown query “{name}”")

        def seen(one: dict[str, Any]) -> bool:
            concerned = (one["author"], self.posts[one["post"]].author)
            return self.is_editor or one["status"] == "approved" or (user is not None and user.id in concerned)

        return self._page(asked, [self.shown_comment(c, editing=_is_editing(asked)) for c in found[::-1]], seen=seen)

    def comment(self, user: User, fields: Mapping[str, Any]) -> Comment:
        parent, content = int(fields.get("parent", 0)), str(fields["content"])
        same = [c for c in self.comments.values() if (c.post, c.parent, c.author, c.content) == (
            fields["post"], parent, user.id, content) and c.status != "trash"]  # fmt: skip
        if same:
            raise No(409, "comment_duplicate", "Duplicate comment detected; it looks as though you already said that!")
        waits = user.id == 1 and not self.is_editor and self.posts[fields["post"]].author != user.id
        status = "hold" if waits else "approved"
        made = Comment(self.next_id(), int(fields["post"]), parent, user.id, content, status)
        self.comments[made.id] = made
        return made

    def _terms(self, asked: Asked, user: User | None, which: str) -> Said:
        kind = asked.path.rpartition("/")[2]
        held = self.terms[kind]
        if asked.method == "GET":
            words = asked.one("search").casefold()
            return self._page(
                asked, [{"id": i, "name": html.escape(n)} for i, n in held.items() if words in n.casefold()]
            )
        if user is None:
            raise No(401, "rest_cannot_create", "Sorry, you are not allowed to create terms in this taxonomy.")
        name = str(self._fields(asked, kind)["name"])
        for id, known in held.items():
            if known.casefold() == name.casefold():
                raise No(400, "term_exists", "A term with the name provided already exists.", term_id=id)
        id = self.next_id()
        held[id] = name
        return self.show({"id": id, "name": html.escape(name)}, 201)

    # -- what is shown

    def show(self, data: Mapping[str, Any], status: int = 200) -> Said:
        return Said.json({**data, **({"x_new": {"a": [None]}} if self.extra_fields else {})}, status)

    def _page(
        self, asked: Asked, found: list[dict[str, Any]], *, seen: Callable[[dict[str, Any]], bool] = lambda one: True
    ) -> Said:
        """What the user may not see counts, and is missing on its page."""
        each, page = int(asked.one("per_page", "10")), int(asked.one("page", "1"))
        if not 1 <= each <= 100:
            return No(400, "rest_invalid_param", "Invalid parameter(s): per_page").said
        pages = -(-len(found) // each)
        if page > pages > 0 and asked.path.endswith("/posts"):
            return No(400, "rest_post_invalid_page_number", "The page number requested is larger than available.").said
        headers = {} if self.no_numbers else {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        return Said.json([one for one in found[(page - 1) * each : page * each] if seen(one)], headers=headers)

    def shown(self, post: Post, *, editing: bool) -> dict[str, Any]:
        link = f"{self.url}/{post.slug}/" if post.status == "publish" else f"{self.url}/?p={post.id}"
        raw = {"raw": post.content} if editing else {}
        return {
            "id": post.id, "slug": post.slug, "status": post.status, "link": link, "author": post.author,
            "date_gmt": post.at.strftime("%Y-%m-%dT%H:%M:%S"), "title": {"raw": post.title, "rendered": post.title},
            "content": {**raw, "rendered": post.content, "protected": False},
            "excerpt": {"raw": post.excerpt, "rendered": f"<p>{post.excerpt}</p>"},
            "featured_media": post.featured, "tags": post.tags, "categories": post.categories,
        }  # fmt: skip

    def shown_comment(self, one: Comment, *, editing: bool) -> dict[str, Any]:
        author = next(u for u in self.users if u.id == one.author)
        linked = re.sub(r"(https?://\S+)", r'<a href="\1" rel="nofollow ugc">\1</a>', _with_types(one.content))
        return {
            "id": one.id, "post": one.post, "parent": one.parent, "author": one.author, "author_name": author.shown,
            "date_gmt": one.at.strftime("%Y-%m-%dT%H:%M:%S"), "status": one.status,
            "content": {
                **({"raw": one.content} if editing else {}),
                "rendered": "<p>" + linked.replace("\n", "<br />\n") + "</p>\n",
            },
            "link": f"{self.url}/?p={one.post}#comment-{one.id}",
        }  # fmt: skip


def _is_editing(asked: Asked) -> bool:
    return asked.one("context", "view") == "edit"


def _with_types(text: str) -> str:
    """As WordPress sets what was typed: other quotes, dashes, dots, and smileys."""
    text = re.sub(r"(?<=\d)x(?=\d)", "×", text.replace("...", "…").replace(" -- ", " — ").replace(":)", "🙂"))
    return re.sub(r'"([^"]*)"', r"“\1”", text).replace("'", "’")
