"""A contract server for Hashnode's GraphQL, written from its public schema: the operations that a blog needs.

A no comes with status 200. Queries are judged by the schema where it and graphql-core are at hand; the names of a
mutation's input are judged here in any case.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from .base import Asked, Said, StandIn
from .openapi import specs_folder

INPUTS = {
    "createDraft": {"publicationId", "title", "contentMarkdown", "slug", "subtitle", "originalArticleURL", "tags",
                    "coverImageOptions", "settings"},
    "publishDraft": {"draftId"}, "updatePost": {"id", "title", "subtitle", "contentMarkdown"}, "removePost": {"id"},
    "addComment": {"postId", "contentMarkdown"}, "addReply": {"commentId", "contentMarkdown"},
}  # fmt: skip
OBJECT_ID = re.compile(r"[0-9a-f]{24}")


@dataclass
class Article:
    id: str
    told: dict[str, Any]
    slug: str
    post_id: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    comments: list[dict[str, Any]] = field(default_factory=list)
    reactions: int = 0


class No(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.error = {"message": message, "extensions": {"code": code}}


class HashnodeServer(StandIn):
    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.token = "8f1e0c52-77ab-4d2e-9b1a-5f1c9ab07e2d"  # noqa: S105 - of a stand-in
        self.blog = {"id": "a" * 24, "title": "City Hall", "url": "https://news.city.example", "favicon": None}
        self.blogs = [self.blog]
        self.articles: dict[str, Article] = {}
        self.names: dict[str, str] = {}
        self.mailed: list[str] = []
        self.forgets_drafts = False
        self.complaints: list[str] = []
        self.extra_fields = self.no_numbers = False
        self._lock = threading.RLock()

    def answer(self, asked: Asked) -> Said | None:
        """Every call is POST /: faults know it by the operation's name instead (“/publishDraft”)."""
        found = re.search(rb"(?:query|mutation) (\w)(\w*)", asked.body)
        name = (found[1].lower() + found[2]).decode() if found else ""
        return super().answer(replace(asked, path=f"/{name}") if asked.path == "/" else asked)

    def handle(self, asked: Asked) -> Said:
        try:
            told = json.loads(asked.body)
        except ValueError:
            return Said.json({"errors": [{"message": "POST body missing."}]}, 400)
        query, variables, name = str(told.get("query", "")), told.get("variables") or {}, asked.path[1:]
        self.complaints += complaints(query)
        with self._lock:
            try:
                if asked.headers.get("authorization") != self.token:
                    raise No("UNAUTHENTICATED", "You must be authenticated.")
                if name in INPUTS:
                    given = dict(variables["input"])
                    self.complaints += [f"{name}: unknown input “{n}”" for n in given if n not in INPUTS[name]]
                    data = {name: getattr(self, f"_{name}")(given)}
                else:
                    data = getattr(self, f"_{name}")(variables)
            except No as no:
                return Said.json({"data": None, "errors": [no.error]})
        return Said.json({"data": data, **({"extensions": {"new": [None]}} if self.extra_fields else {})})

    # -- queries

    def _me(self, given: dict[str, Any]) -> dict[str, Any]:
        edges = [{"node": blog} for blog in self.blogs]
        return {"me": {**self._author("cityhall"), "profilePicture": None, "publications": {"edges": edges}}}

    def _author(self, who: str) -> dict[str, Any]:
        """``names`` are those of people who have another by now; their ids stay."""
        id = ("b" if who == "cityhall" else "c") * 24
        return {"id": id, "username": self.names.get(who, who), "name": "City Hall" if who == "cityhall" else who}

    def _publication(self, given: dict[str, Any]) -> dict[str, Any]:
        out = len([a for a in self.articles.values() if a.post_id])
        numbers = {} if self.no_numbers else {"followersCount": 9, "posts": {"totalDocuments": out}}
        return {"publication": {**self.blog, **numbers} if given["id"] == self.blog["id"] else None}

    def _draft(self, given: dict[str, Any]) -> dict[str, Any]:
        one = self.articles.get(given["id"])
        if one is None or (self.forgets_drafts and one.post_id):
            return {"draft": None}
        return {"draft": {"id": one.id, "slug": one.slug, "publishedPost": self._shown(one) if one.post_id else None}}

    def _newest(self, given: dict[str, Any]) -> dict[str, Any]:
        out = [a for a in self.articles.values() if a.post_id][::-1]
        return {"publication": {"posts": {"edges": [{"node": self._shown(a)} for a in out[:20]]}}}

    def _post(self, given: dict[str, Any]) -> dict[str, Any]:
        one = self._of(given["id"])
        return {"post": self._shown(one) if one else None}

    def _comments(self, given: dict[str, Any]) -> dict[str, Any]:
        one = self._of(given["id"])
        if one is None:
            return {"post": None}
        start = int(given.get("after") or 0)
        page = one.comments[::-1][start : start + 20]
        more = {"hasNextPage": start + 20 < len(one.comments), "endCursor": str(start + 20)}
        return {"post": {"comments": {"edges": [{"node": c} for c in page], "pageInfo": more}}}

    def _of(self, post_id: str) -> Article | None:
        return next((a for a in self.articles.values() if a.post_id and a.post_id == post_id), None)

    def _shown(self, one: Article) -> dict[str, Any]:
        shown = {"id": one.post_id, "slug": one.slug, "url": f"{self.blog['url']}/{one.slug}",
                 "title": one.told["title"], "publishedAt": one.at.isoformat().replace("+00:00", "Z"),
                 "content": {"markdown": one.told["contentMarkdown"]}}  # fmt: skip
        if not self.no_numbers:
            shown |= {"views": 0, "reactionCount": one.reactions, "responseCount": len(one.comments)}
        return shown

    # -- mutations

    def _createDraft(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["publicationId"] != self.blog["id"]:
            raise No("FORBIDDEN", "You are not a member of this publication.")
        if not str(given.get("title") or "").strip():
            raise No("BAD_USER_INPUT", "Title is required.")
        if any(not {"slug", "name"} <= set(tag) for tag in given.get("tags", ())):
            raise No("BAD_USER_INPUT", "A tag needs an id, or a slug and a name.")
        one = Article(secrets.token_hex(12), given, given.get("slug") or f"untitled-{secrets.token_hex(3)}")
        self.articles[one.id] = one
        return {"draft": {"id": one.id}}

    def _publishDraft(self, given: dict[str, Any]) -> dict[str, Any]:
        if not OBJECT_ID.fullmatch(given["draftId"]):
            raise No("BAD_USER_INPUT", "draftId is not an ObjectId.")
        one = self.articles.get(given["draftId"])
        if one is None or one.post_id:
            raise No("NOT_FOUND", "Draft not found.")
        one.post_id, one.at = secrets.token_hex(12), datetime.now(UTC)
        if (one.told.get("settings") or {}).get("activateNewsletter"):
            self.mailed.append(one.post_id)
        return {"post": self._shown(one)}

    def _updatePost(self, given: dict[str, Any]) -> dict[str, Any]:
        one = self._of(given["id"])
        if one is None:
            raise No("NOT_FOUND", "Post not found.")
        one.told.update({name: value for name, value in given.items() if name != "id"})
        return {"post": self._shown(one)}

    def _removePost(self, given: dict[str, Any]) -> dict[str, Any]:
        one = self._of(given["id"])
        if one is None:
            raise No("NOT_FOUND", "Post not found.")
        del self.articles[one.id]
        return {"post": {"id": given["id"]}}

    def _addComment(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"comment": {"id": self.comment(given["postId"], given["contentMarkdown"], "cityhall")}}

    def _addReply(self, given: dict[str, Any]) -> dict[str, Any]:
        for one in self.articles.values():
            for comment in one.comments:
                if comment["id"] == given["commentId"]:
                    made = self._made(given["contentMarkdown"], "cityhall")
                    comment["replies"]["edges"].append({"node": made})
                    return {"reply": {"id": made["id"]}}
        raise No("NOT_FOUND", "Comment not found.")

    def comment(self, post_id: str, said: str, who: str) -> str:
        one = self._of(post_id)
        if one is None:
            raise No("NOT_FOUND", "Post not found.")
        made = {**self._made(said, who), "replies": {"edges": []}}
        one.comments.append(made)
        return str(made["id"])

    def _made(self, said: str, who: str) -> dict[str, Any]:
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        return {"id": secrets.token_hex(12), "dateAdded": at,
                "content": {"markdown": said, "text": said}, "author": self._author(who)}  # fmt: skip


@cache
def _schema() -> Any:
    folder = specs_folder()
    if folder is None or not (folder / "hashnode" / "schema.graphql").is_file():
        return None
    try:
        from graphql import build_schema  # noqa: PLC0415 - for tests only
    except ImportError:
        return None
    return build_schema((folder / "hashnode" / "schema.graphql").read_text(), assume_valid=True)


def complaints(query: str) -> list[str]:
    """What the public schema does not know; nothing where the schema or graphql-core is not at hand."""
    if _schema() is None:
        return []
    from graphql import parse, validate  # noqa: PLC0415 - for tests only

    return [error.message for error in validate(_schema(), parse(query))]
