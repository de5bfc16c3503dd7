"""A contract server for one Ghost site (Admin API), written from its documentation.

Requests are judged by Ghost's own JSON schemas where they are at hand. Ids of a client are ignored and a slug that is
taken becomes “slug-2”: there is nothing against doubles but a draft's id.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from .base import Asked, Said, StandIn
from .openapi import specs_folder


@dataclass
class Article:
    id: str
    slug: str
    title: str
    html: str
    status: str = "draft"
    tags: list[str] = field(default_factory=list)
    excerpt: str | None = None
    cover: str | None = None
    cover_alt: str | None = None
    canonical: str | None = None
    email: dict[str, Any] | None = None
    updated_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    published_at: datetime | None = None


class No(Exception):
    def __init__(self, status: int, kind: str, message: str, context: str | None = None) -> None:
        super().__init__(kind)
        error = {"message": message, "context": context, "type": kind, "details": None, "code": None, "id": "e1"}
        self.said = Said.json({"errors": [error]}, status)


class GhostServer(StandIn):
    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.key_id, self.key_secret = "5f1c9ab07e2d4c6b8a901234", "9c" * 32
        self.articles: dict[str, Article] = {}
        self.newsletters = {"weekly"}
        self.mails: list[tuple[str, str, str]] = []
        self.members: int | None = 12
        self.complaints: list[str] = []
        self.extra_fields = self.no_numbers = False
        self.clock = timedelta()
        self._lock = threading.RLock()

    def handle(self, asked: Asked) -> Said:
        with self._lock:
            try:
                said = self._answer(asked)
            except No as no:
                said = no.said
        date = (datetime.now(UTC) + self.clock).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return Said(said.status, said.body, {**said.headers, "Date": date})

    def _answer(self, asked: Asked) -> Said:
        path = asked.path.removeprefix("/ghost/api/admin")
        if path == asked.path or not path.endswith("/"):
            return Said.html("404 Page not found", 404)
        if path == "/site/":
            return Said.json({"site": {"title": "City Hall", "description": "", "logo": None, "icon": None,
                                       "url": f"{self.url}/", "version": "6.65"}})  # fmt: skip
        self._prove(asked)
        if asked.headers.get("accept-version", "") != "v5.0":
            self.complaints.append("no Accept-Version")
        if path == "/images/upload/":
            return self._image(asked)
        if path == "/members/":
            if self.members is None:
                raise No(403, "NoPermissionError", "You do not have permission to browse members")
            return Said.json({"members": [], **self._meta(self.members)})
        found = re.fullmatch(r"/posts/(?:(slug/)?([\w-]+)/)?", path)
        if found is None:
            raise No(404, "NotFoundError", "Resource not found error.")
        if not found[2]:
            return self._make(asked) if asked.method == "POST" else self._list(asked)
        one = next((a for a in self.articles.values() if found[2] == (a.slug if found[1] else a.id)), None)
        if one is None:
            raise No(404, "NotFoundError", "Resource not found error, cannot read post.", "Post not found.")
        if asked.method == "DELETE":
            del self.articles[one.id]
            return Said(204)
        if asked.method == "PUT":
            self._change(one, self._told(asked, "posts-edit.json"), asked)
        return self.show(one, asked)

    def _prove(self, asked: Asked) -> None:
        """Counts the proof anew from its three parts."""
        pieces = asked.headers.get("authorization", "").removeprefix("Ghost ").split(".")
        if len(pieces) != 3:
            raise No(403, "NoPermissionError", "Authorization failed", "Unable to determine the authenticated user.")
        head, claims = (json.loads(urlsafe_b64decode(p + "=" * (-len(p) % 4))) for p in pieces[:2])
        made = hmac.new(bytes.fromhex(self.key_secret), ".".join(pieces[:2]).encode(), hashlib.sha256).digest()
        now = time.time() + self.clock.total_seconds()
        good = urlsafe_b64decode(pieces[2] + "=" * (-len(pieces[2]) % 4)) == made and head["kid"] == self.key_id
        if not good or claims["aud"] != "/admin/" or claims["exp"] - claims["iat"] > 300 or head["alg"] != "HS256":
            raise No(401, "UnauthorizedError", "Unknown Admin API Key")
        if claims["exp"] < now or claims["iat"] > now + 5:
            raise No(401, "UnauthorizedError", "Invalid token: jwt expired")

    def _told(self, asked: Asked, schema: str) -> dict[str, Any]:
        body = json.loads(asked.body)
        self.complaints += complaints(schema, body)
        return dict(body["posts"][0])

    def _image(self, asked: Asked) -> Said:
        found = re.search(rb'name="file"; filename="([\w.-]+)"\r\nContent-Type: ([\w/]+)', asked.body)
        if found is None:
            raise No(422, "ValidationError", "Please select an image.")
        if found[2].partition(b"/")[0] != b"image":
            raise No(415, "UnsupportedMediaTypeError", "Please select a valid image.")
        url = f"{self.url}/content/images/2026/11/{secrets.token_hex(4)}-{found[1].decode()}"
        return Said.json({"images": [{"url": url, "ref": None}]}, 201)

    def _make(self, asked: Asked) -> Said:
        told = self._told(asked, "posts-add.json")
        if not str(told.get("title") or "").strip():
            raise No(422, "ValidationError", "Validation error, cannot save post.", "Post title cannot be blank.")
        one = Article(secrets.token_hex(12), "", "", "")
        self.articles[one.id] = one
        self._change(one, told, asked)
        return self.show(one, asked, 201)

    def _change(self, one: Article, told: Mapping[str, Any], asked: Asked) -> None:
        if asked.method == "PUT":
            if told.get("updated_at") != _stamp(one.updated_at):
                raise No(409, "UpdateCollisionError", "Saving failed! Someone else is editing this post.")
            if (name := asked.one("newsletter")) and name not in self.newsletters:
                raise No(422, "ValidationError", "Validation error, cannot edit post.", "Newsletter not found.")
        if len(str(told.get("title", ""))) > 255:
            raise No(422, "ValidationError", "Validation error, cannot save post.", "Title is too long.")
        if "html" in told and asked.one("source") == "html":
            # What the editor keeps of a picture: a card, with the description.
            one.html = re.sub(r"<figure[^>]*>", '<figure class="kg-card kg-image-card">', str(told["html"]))
        names = {"title": "title", "custom_excerpt": "excerpt", "feature_image": "cover", "canonical_url": "canonical",
                 "feature_image_alt": "cover_alt"}  # fmt: skip
        for name, kept in names.items():
            if name in told:
                setattr(one, kept, told[name])
        if "tags" in told:
            one.tags = [tag["name"] for tag in told["tags"]]
        was, one.status = one.status, str(told.get("status", one.status))
        if "slug" in told or not one.slug:
            slug = str(told.get("slug") or "") or re.sub(r"[^\w]+", "-", one.title.lower()).strip("-")
            taken = {a.slug for a in self.articles.values() if a is not one}
            one.slug = next(s for n in range(1, 99) if (s := slug if n == 1 else f"{slug}-{n}") not in taken)
        if one.status == "published" and was == "draft":
            one.published_at = datetime.now(UTC)
            if name := asked.one("newsletter"):
                self.mails.append((one.id, name, asked.one("email_segment", "all")))
                one.email = {"delivered_count": 40, "opened_count": 7}
        one.updated_at = max(datetime.now(UTC), one.updated_at + timedelta(milliseconds=1))

    def _list(self, asked: Asked) -> Said:
        found = list(self.articles.values())[::-1]
        for rule in asked.one("filter").split("+"):
            name, _colon, value = rule.partition(":")
            if name:
                found = [a for a in found if getattr(a, name) == value]
        page = [self.entity(a, asked) for a in found[: int(asked.one("limit", "15"))]]
        return Said.json({"posts": page, **self._meta(len(found))})

    def _meta(self, total: int) -> dict[str, Any]:
        return {} if self.no_numbers else {"meta": {"pagination": {"page": 1, "limit": 1, "pages": 1, "total": total}}}

    def show(self, one: Article, asked: Asked, status: int = 200) -> Said:
        return Said.json({"posts": [self.entity(one, asked)]}, status)

    def entity(self, one: Article, asked: Asked) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": one.id, "slug": one.slug, "title": one.title, "status": one.status, "lexical": "{}",
            "updated_at": _stamp(one.updated_at), "published_at": one.published_at and _stamp(one.published_at),
            "url": f"{self.url}/{one.slug}/" if one.status == "published" else f"{self.url}/p/{one.id}/",
            "feature_image": one.cover, "feature_image_alt": one.cover_alt, "custom_excerpt": one.excerpt,
        }  # fmt: skip
        if "html" in asked.one("formats"):
            shown["html"] = one.html
        if "email" in asked.one("include") and not self.no_numbers:
            shown["email"] = one.email
        return {**shown, **({"x_new": [None]} if self.extra_fields else {})}


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cache
def _validator(schema: str) -> Any:
    folder = specs_folder()
    if folder is None or not (folder / "ghost" / schema).is_file():
        return None
    try:
        from jsonschema import Draft7Validator  # type: ignore[import-untyped]  # noqa: PLC0415 - for tests only
        from referencing import Registry, Resource  # noqa: PLC0415 - comes with it
        from referencing.jsonschema import DRAFT7  # noqa: PLC0415 - comes with it
    except ImportError:
        return None
    known = [json.loads(path.read_text()) for path in sorted((folder / "ghost").glob("*.json"))]
    registry = Registry().with_resources(
        [(one["$id"], Resource.from_contents({**one, "$id": f"urn:ghost:{one['$id']}"}, DRAFT7)) for one in known]
    )
    wanted = json.loads((folder / "ghost" / schema).read_text())
    wanted.pop("$id")
    return Draft7Validator(wanted, registry=registry)


def complaints(schema: str, body: Any) -> list[str]:
    """What the public schema does not know; nothing where the schema is not at hand."""
    judge = _validator(schema)
    if judge is None:
        return []
    return [f"{schema}: {'/'.join(map(str, e.absolute_path))} {e.message[:200]}" for e in judge.iter_errors(body)]
