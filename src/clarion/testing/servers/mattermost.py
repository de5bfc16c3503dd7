"""A contract server for Mattermost (API v4), written from its documentation: one channel, a bot and a resident.

Paths, parameters and bodies of posts and files are judged by the public files, where they and PyYAML are at hand.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from .base import Asked, Said, StandIn
from .mastodon_routes import form
from .openapi import OpenApi, specs_folder

BOT, RITA, CHANNEL, TEAM = (name.ljust(26, "9") for name in ("bot", "rita", "news", "city"))
REMEMBERS = 30.0
"""Seconds for which a pending id brings back its post."""
JUDGED = re.compile(r"/api/v4/(posts(/\w+(/patch|/thread)?)?|channels/\w+/posts|files)")


@dataclass
class Sent:
    id: str
    user: str
    text: str
    root: str = ""
    files: list[str] = field(default_factory=list)
    props: Mapping[str, Any] = field(default_factory=dict)
    pending: str = ""
    reactions: list[tuple[str, str]] = field(default_factory=list)
    at: float = field(default_factory=time.time)
    gone: bool = False


class MattermostServer(StandIn):
    """``shows_props=False``: a listing does not tell what we attached."""

    def __init__(self, *, judge: bool = True, shows_props: bool = True, text_limit: int = 16_383) -> None:
        super().__init__()
        self.token = "mm-b0t-t0ken-of-the-city-hall"  # noqa: S105 - a stand-in's
        self.revoked = self.left = self.no_numbers = self.extra_fields = False
        self.shows_props, self.text_limit, self.tells_names = shows_props, text_limit, True
        self.posts: dict[str, Sent] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.complaints: list[str] = []
        self._spec = _specification() if judge else None
        self.name = "news"
        self._count = 0

    # -- the desk

    def handle(self, asked: Asked) -> Said:
        files = form(asked)
        told = json.loads(asked.body) if asked.body and not files else files
        if self._spec is not None and JUDGED.fullmatch(asked.path):
            kind = asked.headers.get("content-type", "") if told else ""
            self.complaints += self._spec.complaints_about_request(
                method=asked.method, path=asked.path, query=asked.query, content_type=kind, fields=told
            )
        if self.revoked or asked.headers.get("authorization") != f"Bearer {self.token}":
            return self.no(401, "api.context.session_expired.app_error", "Invalid or expired session.")
        for method, pattern, name in ROUTES:
            found = re.fullmatch(f"/api/v4{pattern}", asked.path)
            if found and method == asked.method:
                said: Said = getattr(self, name)(asked, told, *found.groups())
                return said
        return self.no(404, "api.context.404.app_error", "Sorry, we could not find the page.")

    def yes(self, data: Any, status: int = 200) -> Said:
        strange = {"x_unheard_of": [1, None]} if self.extra_fields and isinstance(data, dict) else {}
        return Said.json({**data, **strange} if isinstance(data, dict) else data, status)

    def no(self, status: int, id: str, message: str) -> Said:
        return Said.json({"id": id, "message": message, "detailed_error": "", "status_code": status}, status)

    def _shut(self) -> Said:
        message = "You do not have the appropriate permissions."
        return self.no(403, "api.context.permissions.app_error", message)

    # -- who and where

    def me(self, asked: Asked, told: Any) -> Said:
        return self.yes({"id": BOT, "username": "clarion", "nickname": "", "is_bot": True})

    def users(self, asked: Asked, told: Any) -> Said:
        if not self.tells_names:
            return self._shut()
        return self.yes([{"id": id, "username": "rita", "nickname": "Rita Reader"} for id in told if id == RITA])

    def channel(self, asked: Asked, told: Any, *at: str) -> Said:
        if at not in ((CHANNEL,), ("city", "news")):
            return self.no(404, "app.channel.get.existing.app_error", "Unable to find the existing channel.")
        return self.yes({"id": CHANNEL, "team_id": TEAM, "type": "O", "name": self.name, "display_name": "News"})

    def config(self, asked: Asked, told: Any) -> Said:
        return self.yes({"MaxPostSize": str(self.text_limit), "MaxFileSize": "52428800", "Version": "11.1.0"})

    # -- posts

    def upload(self, asked: Asked, told: Any) -> Said:
        name, mime, raw = told["files"]
        if told.get("channel_id") != CHANNEL or not raw:
            return self.no(400, "api.file.upload_file.app_error", "Unable to upload the file.")
        id = f"file{len(self.files):022d}"
        self.files[id] = {"id": id, "name": name, "mime_type": mime, "size": len(raw)}
        return self.yes({"file_infos": [self.files[id]], "client_ids": []}, 201)

    def create(self, asked: Asked, told: Any) -> Said:
        if self.left or told["channel_id"] != CHANNEL:
            return self._shut()
        pending, ids = told.get("pending_post_id", ""), told.get("file_ids") or []
        for one in self.posts.values():
            if pending and one.pending == pending and time.time() - one.at < REMEMBERS:
                return self.yes(self.show(one), 201)
        if len(told["message"]) > self.text_limit:
            return self.no(400, "model.post.is_valid.message_length.app_error", "Post Message is too long.")
        if not told["message"].strip() and not ids:
            return self.no(400, "api.post.create_post.empty.app_error", "The post is empty.")
        if len(ids) > 10 or any(id not in self.files for id in ids):
            return self.no(400, "model.post.is_valid.file_ids.app_error", "Invalid file ids.")
        root = told.get("root_id", "")
        if root and (root not in self.posts or self.posts[root].root):
            return self.no(400, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.")
        sent = self.write(BOT, told["message"], root=root, files=ids, props=told.get("props") or {}, pending=pending)
        return self.yes(self.show(sent), 201)

    def write(self, user: str, text: str, **more: Any) -> Sent:
        """Puts a post into the channel."""
        self._count += 1
        sent = Sent(f"post{self._count:022d}", user, text, **more)
        self.posts[sent.id] = sent
        return sent

    def show(self, sent: Sent) -> dict[str, Any]:
        stamp = int(sent.at * 1000)
        shown: dict[str, Any] = {
            "id": sent.id, "create_at": stamp, "update_at": stamp, "edit_at": 0, "delete_at": 0, "is_pinned": False,
            "user_id": sent.user, "channel_id": CHANNEL, "root_id": sent.root, "original_id": "", "type": "",
            "message": sent.text, "props": dict(sent.props) if self.shows_props else {}, "hashtags": "",
            "file_ids": sent.files, "pending_post_id": "",
        }  # fmt: skip
        if not self.no_numbers:
            below = [one for one in self.posts.values() if one.root == sent.id and not one.gone]
            marks = [{"user_id": who, "post_id": sent.id, "emoji_name": name} for who, name in sent.reactions]
            shown |= {"reply_count": len(below), "metadata": {"reactions": marks} if marks else {}}
        return {**shown, "x_unheard_of": {"a": None}} if self.extra_fields else shown

    def _listing(self, found: list[Sent]) -> Said:
        posts = {sent.id: self.show(sent) for sent in found}
        return self.yes({"order": list(posts), "posts": posts, "next_post_id": "", "prev_post_id": ""})

    def listing(self, asked: Asked, told: Any, channel: str) -> Said:
        if self.left:
            return self._shut()
        size, page = int(asked.one("per_page", "60")), int(asked.one("page", "0"))
        found = [sent for sent in reversed(self.posts.values()) if not sent.gone]
        return self._listing(found[page * size : (page + 1) * size])

    def thread(self, asked: Asked, told: Any, id: str) -> Said:
        if id not in self.posts:
            return self.no(404, "app.post.get.app_error", "Unable to get the post.")
        return self._listing([one for one in self.posts.values() if id in (one.id, one.root) and not one.gone])

    def post(self, asked: Asked, told: Any, id: str) -> Said:
        sent = self.posts.get(id)
        if sent is None or sent.gone:
            return self.no(404, "app.post.get.app_error", "Unable to get the post.")
        if asked.method == "DELETE":
            sent.gone = True
            return self.yes({"status": "OK"})
        if asked.method == "PUT":
            if len(told["message"]) > self.text_limit:
                return self.no(400, "model.post.is_valid.message_length.app_error", "Post Message is too long.")
            sent.text = told["message"]
        return self.yes(self.show(sent))

    def react(self, asked: Asked, told: Any) -> Said:
        mark = (told["user_id"], told["emoji_name"])
        marks = self.posts[told["post_id"]].reactions
        marks += [] if mark in marks else [mark]
        return self.yes(told, 201)


ROUTES = (
    ("GET", "/users/me", "me"),
    ("POST", "/users/ids", "users"),
    ("GET", r"/channels/(\w+)", "channel"),
    ("GET", r"/teams/name/(\w+)/channels/name/(\w+)", "channel"),
    ("GET", "/config/client", "config"),
    ("POST", "/files", "upload"),
    ("POST", "/posts", "create"),
    ("GET", r"/channels/(\w+)/posts", "listing"),
    ("GET", r"/posts/(\w+)/thread", "thread"),
    ("GET", r"/posts/(\w+)", "post"),
    ("DELETE", r"/posts/(\w+)", "post"),
    ("PUT", r"/posts/(\w+)/patch", "post"),
    ("POST", "/reactions", "react"),
)


@cache
def _specification() -> OpenApi | None:
    """The public files of posts and files; they are pieces of a whole that is put together here."""
    folder = specs_folder()
    if folder is None or not (folder / "mattermost").is_dir():
        return None
    try:
        import yaml  # type: ignore[import-untyped,unused-ignore]  # noqa: PLC0415 - for tests only

        pieces = [yaml.safe_load((folder / "mattermost" / f"{name}.yaml").read_text()) for name in ("posts", "files")]
        return OpenApi({"paths": {path: ways for piece in pieces for path, ways in piece.items()}})
    except (ImportError, OSError):
        return None
