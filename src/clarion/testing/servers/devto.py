"""A contract server for one Forem (the software of DEV), written from its API's documentation.

Requests are judged by the public OpenAPI file where it is at hand. Front matter rules over the fields, as there.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .base import Asked, Said, StandIn
from .openapi import specification

KNOWN = {"title", "body_markdown", "published", "series", "main_image", "canonical_url", "description", "tags",
         "organization_id"}  # fmt: skip


@dataclass
class Article:
    id: int
    title: str
    body: str
    published: bool = False
    tags: list[str] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    published_at: datetime | None = None
    comments: list[dict[str, Any]] = field(default_factory=list)
    reactions: int = 0
    views: int = 0


class ForemServer(StandIn):
    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.username = "cityhall"
        self.key = "pK4mVt8sQz2nXw6hJc3yLr9d"
        self.articles: dict[int, Article] = {}
        self.complaints: list[str] = []
        self.extra_fields = self.no_numbers = False
        self._lock = threading.RLock()
        self._spec = specification("devto", "api_v1.json")
        self._last = 500

    def handle(self, asked: Asked) -> Said:
        with self._lock:
            return self._answer(asked)

    def _answer(self, asked: Asked) -> Said:
        path = asked.path.removeprefix("/api")
        if path == asked.path:
            return Said.html("Not Found", 404)
        self._judge(asked, path)
        if path == "/comments" and asked.method == "GET":
            one = self.articles.get(int(asked.one("a_id", "0")))
            return Said.json(one.comments) if one else self.no(404, "not found")
        found = re.fullmatch(r"/articles/([\w-]+/)?([\w-]+)", path)
        if asked.method == "GET" and found and found[1] != "me/":
            return self._public(found[2])
        if asked.headers.get("api-key") != self.key:
            return self.no(401, "unauthorized")
        if path == "/users/me":
            return self.show({"type_of": "user", "id": 71, "username": self.username, "name": "City Hall",
                              "profile_image": f"{self.url}/cityhall.png"})  # fmt: skip
        if path in ("/articles/me/published", "/articles/me/unpublished"):
            return self._mine(asked, published=path.endswith("/published"))
        if path == "/articles" and asked.method == "POST":
            return self._write(asked, None)
        if found and found[2].isdigit() and asked.method == "PUT":
            one = self.articles.get(int(found[2]))
            return self._write(asked, one) if one else self.no(404, "not found")
        return self.no(404, "not found")

    def _judge(self, asked: Asked, path: str) -> None:
        if asked.headers.get("accept") != "application/vnd.forem.api-v1+json":
            self.complaints.append("no Accept header of version 1")
        told = json.loads(asked.body) if asked.body else {}
        self.complaints += [f"unknown field “{name}”" for name in told.get("article", {}) if name not in KNOWN]
        if self._spec is not None:
            known = {name: value for name, value in asked.query.items() if name not in ("page", "per_page")}
            self.complaints += self._spec.complaints_about_request(
                method=asked.method, path=path, query=known, content_type=asked.headers.get("content-type", ""),
                fields=told,
            )  # fmt: skip

    def no(self, status: int, sentence: str) -> Said:
        return Said.json({"error": sentence, "status": status}, status)

    def _write(self, asked: Asked, one: Article | None) -> Said:
        told = json.loads(asked.body)["article"]
        front = re.match(r"\A---\s*\n(.*?)\n---\s*(?:\n|\Z)", told.get("body_markdown", ""), re.DOTALL)
        if front:
            rules = dict(line.split(": ", 1) for line in front[1].splitlines() if ": " in line)
            told = {**told, **rules, "published": rules.get("published") == "true"}
        title = str(told.get("title", one.title if one else ""))
        if not title.strip() or len(title) > 128:
            return self.no(422, "Title can't be blank" if not title.strip() else "Title is too long")
        tags = [t.strip() for t in str(told.get("tags", "")).split(",") if t.strip()]
        if len(tags) > 4 or not all(t.isalnum() for t in tags):
            return self.no(422, "Tag list exceed the maximum of 4 tags")
        if "{%" in re.sub(r"\\(.)", r"\1", told.get("body_markdown", "")):
            return self.no(422, "Liquid syntax error: unknown tag")
        if one is None:
            one = Article(self._next(), title, "")
            self.articles[one.id] = one
            status = 201
        else:
            status = 200
        one.title, one.body = title, str(told.get("body_markdown", one.body))
        one.tags = tags or one.tags
        one.told.update(told)
        if told.get("published") and not one.published:
            one.published_at = datetime.now(UTC)
        one.published = bool(told.get("published", one.published))
        return self.show(self.entity(one), status)

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _mine(self, asked: Asked, *, published: bool) -> Said:
        found = [a for a in self.articles.values() if a.published is published]
        found.sort(key=lambda a: (a.published_at or datetime.min.replace(tzinfo=UTC), a.id), reverse=True)
        each, page = int(asked.one("per_page", "30")), int(asked.one("page", "1"))
        return Said.json([self.entity(a, own=True) for a in found[(page - 1) * each : page * each]])

    def _public(self, which: str) -> Said:
        one = next((a for a in self.articles.values() if which in (str(a.id), self.slug(a)) and a.published), None)
        return self.show(self.entity(one)) if one else self.no(404, "not found")

    def slug(self, one: Article) -> str:
        return re.sub(r"[^a-z0-9]+", "-", one.title.lower()).strip("-") + f"-{one.id:x}"

    def entity(self, one: Article, *, own: bool = False) -> dict[str, Any]:
        path = f"/{self.username}/{self.slug(one)}" + ("" if one.published else "-temp-slug")
        shown: dict[str, Any] = {
            "type_of": "article", "id": one.id, "title": one.title, "body_markdown": one.body, "slug": self.slug(one),
            "url": self.url + path, "path": path, "published_at": one.published_at and one.published_at.isoformat(),
            "tag_list": one.tags,
        }  # fmt: skip
        if own:
            shown["published"] = one.published
        if not self.no_numbers:
            shown |= {"comments_count": len(one.comments), "public_reactions_count": one.reactions}
            shown |= {"page_views_count": one.views} if own else {}
        return shown

    def show(self, data: Mapping[str, Any], status: int = 200) -> Said:
        return Said.json({**data, **({"x_new": [None]} if self.extra_fields else {})}, status)

    def comment(self, article: int, said: str) -> str:
        id = f"c{self._next():x}"
        self.articles[article].comments.append({
            "type_of": "comment", "id_code": id, "created_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "body_html": f"<p>{said}</p>\n", "user": {"name": "Rita", "username": "resident"}, "children": [],
        })  # fmt: skip
        return id
