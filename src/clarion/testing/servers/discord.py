"""A contract server for Discord, written from its documentation: one server (guild), one channel, a bot and a webhook.

Requests and answers are also judged by the public specification, where that is at hand.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote

from .base import Asked, Said, StandIn
from .mastodon_routes import form
from .openapi import OpenApi, specification

EPOCH = 1_420_070_400_000
GUILD, CHANNEL, BOT, RITA, HOOK = (f"90000000000000000{n}" for n in range(1, 6))
NONCE_LASTS = 180.0


@dataclass
class Sent:
    id: str
    author: str
    text: str
    files: list[dict[str, Any]] = field(default_factory=list)
    parent: str = ""
    nonce: str = ""
    poll: Mapping[str, Any] | None = None
    flags: int = 0
    mentions: list[str] = field(default_factory=list)
    reactions: dict[str, set[str]] = field(default_factory=dict)
    at: float = field(default_factory=time.time)
    told: Mapping[str, Any] = field(default_factory=dict)


class DiscordServer(StandIn):
    """``honours_nonce=False``: as some minutes later. ``shows_nonce``: whether a listing tells the nonce."""

    def __init__(self, *, judge: bool = True, honours_nonce: bool = True, shows_nonce: bool = True) -> None:
        super().__init__()
        self.token = "MTAx.bot-token-of-the-city-hall.s3cret"  # noqa: S105 - a stand-in's
        self.hook_token = "hook-s3cret_of-the-city-hall-0123456789"  # noqa: S105
        self.revoked = self.no_numbers = self.extra_fields = False
        self.honours_nonce, self.shows_nonce = honours_nonce, shows_nonce
        self.kind, self.channel_name, self.hook_name = 5, "news", "City Hall"
        self.clock = 0.0  # seconds that its clock is ahead of ours
        self.members = 4321
        self.messages: dict[str, Sent] = {}
        self.complaints: list[str] = []
        self._spec: OpenApi | None = specification("discord", "openapi.json") if judge else None
        self._last = 0

    # -- the desk

    def handle(self, asked: Asked) -> Said:
        path = unquote(asked.path.removeprefix("/api/v10"))
        told, files = _told(asked)
        for method, pattern, name in ROUTES:
            found = re.fullmatch(pattern, path)
            if found is None or method != asked.method:
                continue
            hook = path.startswith("/webhooks/")
            if not asked.headers.get("user-agent", "").startswith("DiscordBot ("):
                return Said.html("Access denied", 403)
            if hook and (self.revoked or found[1] != HOOK or found[2] != self.hook_token):
                return self.no(401, 50027, "Invalid Webhook Token")
            if not hook and (self.revoked or asked.headers.get("authorization") != f"Bot {self.token}"):
                return self.no(401, 0, "401: Unauthorized")
            self._judge(asked, path, told)
            said: Said = getattr(self, name)(asked, told, files, *found.groups()[2 if hook else 0 :])
            self._judge_answer(asked, path, said)
            return self._headed(said)
        return self.no(404, 0, "404: Not Found")

    def no(self, status: int, code: int, message: str) -> Said:
        return Said.json({"code": code, "message": message}, status)

    def _headed(self, said: Said) -> Said:
        told = {"limit": "5", "remaining": "4", "reset-after": "1.5", "bucket": "abcd"}
        date = {"Date": formatdate(self.now(), usegmt=True)}
        return Said(
            said.status, said.body, {**said.headers, **{f"X-RateLimit-{k}": v for k, v in told.items()}, **date}
        )

    def now(self) -> float:
        return time.time() + self.clock

    def _judge(self, asked: Asked, path: str, told: Mapping[str, Any]) -> None:
        if self._spec is None or len(told.get("content") or "") > 2000:  # that is refused below
            return
        kind = "application/json" if told else ""
        self.complaints += self._spec.complaints_about_request(
            method=asked.method, path=path, query=asked.query, content_type=kind, fields=told
        )

    def _judge_answer(self, asked: Asked, path: str, said: Said) -> None:
        if re.fullmatch(r"/guilds/\d+", path):
            return  # a whole server is more than is held here
        if self._spec is not None and said.body and not self.extra_fields and not self.no_numbers:
            self.complaints += self._spec.complaints_about_answer(
                method=asked.method, path=path, status=said.status, data=json.loads(said.body)
            )

    # -- who

    def me(self, asked: Asked, told: Any, files: Any) -> Said:
        return Said.json({**self.person(BOT), "mfa_enabled": True, "locale": "en-US", "bot": True})

    def channel(self, asked: Asked, told: Any, files: Any, id: str) -> Said:
        if id != CHANNEL:
            return self.no(404, 10003, "Unknown Channel")
        return Said.json(
            {"id": CHANNEL, "type": self.kind, "flags": 0, "guild_id": GUILD, "name": self.channel_name, "position": 1}
        )

    def guild(self, asked: Asked, told: Any, files: Any, id: str) -> Said:
        counted = asked.one("with_counts") == "true" and not self.no_numbers
        more = {"approximate_member_count": self.members} if counted else {}
        return Said.json({"id": GUILD, "name": "The city", **more})

    def hook(self, asked: Asked, told: Any, files: Any) -> Said:
        return Said.json({"id": HOOK, "type": 1, "guild_id": GUILD, "channel_id": CHANNEL, "name": self.hook_name,
                          "avatar": None, "application_id": None, "token": self.hook_token})  # fmt: skip

    def person(self, id: str) -> dict[str, Any]:
        name = {BOT: "cityhall", RITA: "rita", HOOK: "City Hall"}[id]
        return {"id": id, "username": name, "global_name": name.title(), "avatar": None, "discriminator": "0",
                "public_flags": 0, "flags": 0, "primary_guild": None}  # fmt: skip

    # -- messages

    def create(self, asked: Asked, told: Any, files: Any, channel: str) -> Said:
        if channel != CHANNEL:
            return self.no(404, 10003, "Unknown Channel")
        nonce = str(told.get("nonce") or "")
        if nonce and told.get("enforce_nonce") and self.honours_nonce:
            same = (m for m in self.messages.values() if m.nonce == nonce and self.now() - m.at < NONCE_LASTS)
            if known := next(same, None):
                return Said.json(self.show(known))
        return self._written(told, files, BOT, nonce)

    def execute(self, asked: Asked, told: Any, files: Any) -> Said:
        said = self._written(told, files, HOOK, "")
        return said if asked.one("wait") == "true" or said.status != 200 else Said(204)

    def _written(self, told: Mapping[str, Any], files: Mapping[str, Any], author: str, nonce: str) -> Said:
        content, attachments = told.get("content") or "", told.get("attachments") or []
        if not content and not files and not told.get("poll"):
            return self.no(400, 50006, "Cannot send an empty message")
        if len(content) > 2000:
            return self.no(400, 50035, "Invalid Form Body")
        if len(files) > 10 or any(len(file[2]) > 10_485_760 for file in files.values()):
            return self.no(413, 40005, "Request entity too large")
        if len(attachments) != len(files) or any(f"files[{a['id']}]" not in files for a in attachments):
            return self.no(400, 50035, "Invalid Form Body")
        parent = (told.get("message_reference") or {}).get("message_id", "")
        if parent and parent not in self.messages:
            return self.no(400, 50035, "Invalid Form Body: unknown message")
        kept = [{**a, "bytes": files[f"files[{a['id']}]"][2]} for a in attachments]
        sent = self.write(author, content, files=kept, parent=parent, nonce=nonce, poll=told.get("poll"),
                          flags=told.get("flags") or 0, told=told)  # fmt: skip
        return Said.json(self.show(sent))

    def write(self, author: str, text: str, **more: Any) -> Sent:
        """Puts a message in the channel."""
        self._last = max(self._last + 1, (int(self.now() * 1000) - EPOCH) << 22)
        sent = Sent(str(self._last), author, text, **{"at": self.now(), **more})
        self.messages[sent.id] = sent
        return sent

    def show(self, sent: Sent) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": sent.id, "type": 19 if sent.parent else 0, "channel_id": CHANNEL, "content": sent.text, "tts": False,
            "author": self.person(sent.author), "flags": sent.flags, "pinned": False, "mention_everyone": False,
            "timestamp": datetime.fromtimestamp(sent.at, UTC).isoformat(), "edited_timestamp": None, "embeds": [],
            "mentions": [self.person(id) for id in sent.mentions], "mention_roles": [], "components": [],
            "attachments": [self._file(sent, n, file) for n, file in enumerate(sent.files)],
        }  # fmt: skip
        if sent.parent:
            shown["message_reference"] = {"type": 0, "channel_id": CHANNEL, "message_id": sent.parent}
        if sent.nonce and self.shows_nonce:
            shown["nonce"] = sent.nonce
        if sent.reactions and not self.no_numbers:
            shown["reactions"] = [
                {"emoji": {"id": None, "name": emoji}, "count": len(who), "me": BOT in who, "me_burst": False,
                 "count_details": {"burst": 0, "normal": len(who)}, "burst_colors": []}
                for emoji, who in sent.reactions.items()
            ]  # fmt: skip
        if sent.poll:
            answers = [{"answer_id": n, "poll_media": a["poll_media"]} for n, a in enumerate(sent.poll["answers"], 1)]
            shown["poll"] = {"question": sent.poll["question"], "answers": answers, "expiry": shown["timestamp"],
                             "allow_multiselect": False, "layout_type": 1,
                             "results": {"answer_counts": [], "is_finalized": False}}  # fmt: skip
        return {**shown, "x_unheard_of": [None, 1]} if self.extra_fields else shown

    def _file(self, sent: Sent, n: int, file: Mapping[str, Any]) -> dict[str, Any]:
        url = f"https://cdn.example/{sent.id}/{n}"
        alt = {"description": file["description"]} if file.get("description") else {}
        return {"id": f"{sent.id}{n}", "filename": file["filename"], "size": len(file["bytes"]), "url": url,
                "proxy_url": url, **alt}  # fmt: skip

    def listing(self, asked: Asked, told: Any, files: Any, channel: str) -> Said:
        before = int(asked.one("before") or 1 << 62)
        found = sorted((m for m in self.messages.values() if int(m.id) < before), key=lambda m: int(m.id), reverse=True)
        return Said.json([self.show(sent) for sent in found[: int(asked.one("limit", "50"))]])

    def message(self, asked: Asked, told: Any, files: Any, *at: str) -> Said:
        sent = self.messages.get(at[-1])
        return self.no(404, 10008, "Unknown Message") if sent is None else Said.json(self.show(sent))

    def edit(self, asked: Asked, told: Any, files: Any, *at: str) -> Said:
        sent = self.messages.get(at[-1])
        if sent is None:
            return self.no(404, 10008, "Unknown Message")
        if len(told.get("content") or "") > 2000:
            return self.no(400, 50035, "Invalid Form Body")
        sent.text = told.get("content", sent.text)
        return Said.json(self.show(sent))

    def delete(self, asked: Asked, told: Any, files: Any, *at: str) -> Said:
        return Said(204) if self.messages.pop(at[-1], None) else self.no(404, 10008, "Unknown Message")

    def crosspost(self, asked: Asked, told: Any, files: Any, channel: str, id: str) -> Said:
        sent = self.messages[id]
        if sent.flags & 1:
            return self.no(400, 40033, "This message has already been crossposted")
        sent.flags |= 1
        return Said.json(self.show(sent))

    def react(self, asked: Asked, told: Any, files: Any, channel: str, id: str, emoji: str) -> Said:
        self.messages[id].reactions.setdefault(emoji, set()).add(BOT)
        return Said(204)


_ROOM, _AT = r"/channels/(\d+)/messages", r"/webhooks/(\d+)/([\w-]+)"
ROUTES = (
    ("GET", r"/users/@me", "me"),
    ("GET", r"/channels/(\d+)", "channel"),
    ("GET", r"/guilds/(\d+)", "guild"),
    ("POST", _ROOM, "create"),
    ("GET", _ROOM, "listing"),
    ("GET", _ROOM + r"/(\d+)", "message"),
    ("PATCH", _ROOM + r"/(\d+)", "edit"),
    ("DELETE", _ROOM + r"/(\d+)", "delete"),
    ("POST", _ROOM + r"/(\d+)/crosspost", "crosspost"),
    ("PUT", _ROOM + r"/(\d+)/reactions/([^/]+)/@me", "react"),
    ("GET", _AT, "hook"),
    ("POST", _AT, "execute"),
    ("GET", _AT + r"/messages/(\d+)", "message"),
    ("PATCH", _AT + r"/messages/(\d+)", "edit"),
    ("DELETE", _AT + r"/messages/(\d+)", "delete"),
)


def _told(asked: Asked) -> tuple[Any, dict[str, Any]]:
    """The message of a request, and its files by field name."""
    if asked.headers.get("content-type", "").startswith("application/json"):
        return json.loads(asked.body), {}
    given = form(asked)
    files = {name: value for name, value in given.items() if isinstance(value, tuple)}
    return json.loads(given.get("payload_json", "{}")), files
