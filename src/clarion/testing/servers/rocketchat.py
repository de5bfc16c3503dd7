"""A contract server for Rocket.Chat, written from its documentation: one room, our user and a resident.

Whatever goes wrong is a 400 that says ``success: false``; so is a message whose id is there already.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

from .base import Asked, Said, StandIn
from .mastodon_routes import form

US, RITA, ROOM = "usUSusUSusUSusUSu", "ritaRitaRitaRita1", "GENERALgeneral123"


def units(text: str) -> int:
    """UTF-16 code units."""
    return sum(2 if ord(letter) > 0xFFFF else 1 for letter in text)


@dataclass
class Sent:
    id: str
    user: str
    text: str
    thread: str = ""
    file: str = ""
    reactions: dict[str, set[str]] = field(default_factory=dict)
    mentions: list[str] = field(default_factory=list)
    at: float = 0.0


class RocketChatServer(StandIn):
    """``repeats="null"``: an id that is there already gives a yes without a message, else a no that says nothing."""

    def __init__(self, *, repeats: str = "error", text_limit: int = 5000) -> None:
        super().__init__()
        self.token = "rc-t0ken-of-the-city-hall-s3cret"  # noqa: S105 - a stand-in's
        self.repeats, self.text_limit = repeats, text_limit
        self.revoked = self.left = self.no_numbers = self.extra_fields = self.stumbles = False
        self.name = "news"
        self.clock = 0.0  # seconds that its clock is ahead of ours
        self.messages: dict[str, Sent] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.complaints: list[str] = []
        self._count = 0

    # -- the desk

    def handle(self, asked: Asked) -> Said:
        said = self._answered(asked)
        return Said(said.status, said.body, {**said.headers, "Date": formatdate(self.now(), usegmt=True)})

    def _answered(self, asked: Asked) -> Said:
        given = {name: asked.headers.get(name, "") for name in ("x-auth-token", "x-user-id")}
        if self.revoked or given != {"x-auth-token": self.token, "x-user-id": US}:
            message = "You must be logged in to do this."
            return Said.json({"success": False, "status": "error", "error": message, "message": message}, 401)
        files = form(asked)
        told = {name: values[-1] for name, values in asked.query.items()}
        told |= json.loads(asked.body) if asked.body and not files else files
        name, *at = asked.path.removeprefix("/api/v1/").split("/")
        method, takes, answer = ROUTES.get(name, ("", "", None))
        if method != asked.method or answer is None:
            return Said.json({"success": False, "error": "Resource not found"}, 404)
        if unknown := set(told) - set(takes.split()):
            self.complaints.append(f"{name}: unknown {sorted(unknown)}")
        said: Said = answer(self, told, *at)
        return said

    def now(self) -> float:
        return time.time() + self.clock

    def yes(self, **data: Any) -> Said:
        strange = {"x_unheard_of": [1, None]} if self.extra_fields else {}
        return Said.json({**data, "success": True, **strange})

    def no(self, said: str = "", kind: str = "") -> Said:
        told = {"error": f"{said} [{kind}]", "errorType": kind} if kind else {"error": said} if said else {}
        return Said.json({"success": False, **told}, 400)

    # -- who and where

    def me(self, told: Mapping[str, Any]) -> Said:
        return self.yes(_id=US, username="clarion", name="Clarion")

    def room(self, told: Mapping[str, Any]) -> Said:
        if told.get("roomId") != ROOM and told.get("roomName") != self.name:
            return self.no("The required param does not match any channel", "error-room-not-found")
        if self.left:
            return self.no("not-allowed", "Not Allowed")
        return self.yes(room={"_id": ROOM, "t": "c", "name": self.name, "fname": "News", "u": {"_id": RITA}})

    def settings(self, told: Mapping[str, Any]) -> Said:
        values = {"Message_MaxAllowedSize": self.text_limit, "FileUpload_MaxFileSize": 52_428_800}
        found = [{"_id": id, "value": values[id]} for id in told["_id"].split(",") if id in values]
        return self.yes(settings=found, count=len(found), offset=0, total=len(found))

    # -- messages

    def _refused(self, text: str) -> Said | None:
        if self.left:
            return self.no("Not allowed", "error-not-allowed")
        if units(text) > self.text_limit:
            return self.no("Message size exceeds Message_MaxAllowedSize", "error-message-size-exceeded")
        return None

    def send(self, told: Mapping[str, Any]) -> Said:
        message = told["message"]
        if unknown := set(message) - {"_id", "rid", "msg", "tmid"}:
            self.complaints.append(f"chat.sendMessage: unknown in the message {sorted(unknown)}")
        if refused := self._refused(message["msg"]):
            return refused
        if message["_id"] in self.messages:
            return (
                self.yes() if self.repeats == "null" else self.no("Cannot read properties of undefined (reading 'u')")
            )
        if not message["msg"].strip():
            return self.no("Message is empty", "error-invalid-message-empty")
        sent = self.write(US, message["msg"], id=message["_id"], thread=message.get("tmid", ""))
        return self._shown(sent)

    def upload(self, told: Mapping[str, Any], room: str) -> Said:
        if self.left:
            return Said.json({"success": False, "error": "unauthorized"}, 403)
        name, mime, raw = told["file"]
        id = f"file{len(self.files):020d}"
        self.files[id] = {"_id": id, "name": name, "type": mime, "size": len(raw)}
        return self.yes(file={"_id": id, "url": f"/file-upload/{id}/{name}"})

    def confirm(self, told: Mapping[str, Any], room: str, id: str) -> Said:
        if id not in self.files:
            return self.no("invalid-file", "invalid-file")
        if refused := self._refused(told.get("msg", "")):
            return refused
        self.files[id]["description"] = told.get("description", "")
        return self._shown(self.write(US, told.get("msg", ""), thread=told.get("tmid", ""), file=id))

    def _shown(self, sent: Sent) -> Said:
        if self.stumbles:
            return self.no("Cannot read properties of null (reading 'emit')")
        return self.yes(message=self.show(sent))

    def write(self, user: str, text: str, *, id: str = "", thread: str = "", **more: Any) -> Sent:
        """Puts a message into the room. Threads have one level."""
        self._count += 1
        if thread in self.messages:
            thread = self.messages[thread].thread or thread
        sent = Sent(id or f"message{self._count:010d}", user, text, thread, at=more.pop("at", self.now()), **more)
        self.messages[sent.id] = sent
        return sent

    def show(self, sent: Sent) -> dict[str, Any]:
        name = {US: "clarion", RITA: "rita"}[sent.user]
        stamp = datetime.fromtimestamp(sent.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        shown: dict[str, Any] = {
            "_id": sent.id, "rid": ROOM, "msg": sent.text, "ts": stamp, "_updatedAt": stamp, "urls": [], "mentions": [],
            "u": {"_id": sent.user, "username": name, "name": name.title()},
        }  # fmt: skip
        if sent.thread:
            shown["tmid"] = sent.thread
        if sent.file:
            file = self.files[sent.file]
            shown |= {"file": file, "files": [file], "attachments": [{"description": file.get("description", "")}]}
        if not self.no_numbers:
            below = sum(one.thread == sent.id for one in self.messages.values())
            shown |= {"tcount": below} if below else {}
            marks = {name: {"usernames": sorted(who)} for name, who in sent.reactions.items()}
            shown |= {"reactions": marks} if marks else {}
        return {**shown, "x_unheard_of": {"a": None}} if self.extra_fields else shown

    def message(self, told: Mapping[str, Any]) -> Said:
        sent = self.messages.get(told["msgId"])
        if self.left:
            return self.no("Not allowed", "error-not-allowed")
        return self.no() if sent is None else self.yes(message=self.show(sent))

    def update(self, told: Mapping[str, Any]) -> Said:
        sent = self.messages.get(told["msgId"])
        if sent is None:
            return self.no(f'No message found with the id of "{told["msgId"]}".')
        if refused := self._refused(told["text"]):
            return refused
        sent.text = told["text"]
        return self.yes(message=self.show(sent))

    def delete(self, told: Mapping[str, Any]) -> Said:
        if self.messages.pop(told["msgId"], None) is None:
            return self.no(f'No message found with the id of "{told["msgId"]}".')
        return self.yes(_id=told["msgId"], ts="0")

    def react(self, told: Mapping[str, Any]) -> Said:
        self.messages[told["messageId"]].reactions.setdefault(told["emoji"], set()).add("clarion")
        return self.yes()

    # -- listings

    def sync(self, told: Mapping[str, Any]) -> Said:
        if self.left:
            return self.no("Not allowed", "error-not-allowed")
        since = datetime.fromisoformat(told["lastUpdate"]).timestamp()
        found = [self.show(one) for one in reversed(self.messages.values()) if one.at > since]
        return self.yes(result={"updated": found, "deleted": []})

    def thread(self, told: Mapping[str, Any]) -> Said:
        if told["tmid"] not in self.messages:
            return self.no("Invalid Message", "error-invalid-message")
        return self._paged(told, [one for one in self.messages.values() if one.thread == told["tmid"]])

    def mentioned(self, told: Mapping[str, Any]) -> Said:
        return self._paged(told, [one for one in reversed(self.messages.values()) if "clarion" in one.mentions])

    def _paged(self, told: Mapping[str, Any], found: list[Sent]) -> Said:
        at, count = int(told.get("offset", 0)), int(told.get("count", 50))
        page = [self.show(one) for one in found[at : at + count]]
        return self.yes(messages=page, count=len(page), offset=at, total=len(found))


ROUTES: Mapping[str, Any] = {
    "me": ("GET", "", RocketChatServer.me),
    "rooms.info": ("GET", "roomId roomName", RocketChatServer.room),
    "settings.public": ("GET", "_id count offset", RocketChatServer.settings),
    "chat.sendMessage": ("POST", "message", RocketChatServer.send),
    "rooms.media": ("POST", "file msg", RocketChatServer.upload),
    "rooms.mediaConfirm": ("POST", "msg description tmid", RocketChatServer.confirm),
    "chat.getMessage": ("GET", "msgId", RocketChatServer.message),
    "chat.update": ("POST", "roomId msgId text", RocketChatServer.update),
    "chat.delete": ("POST", "roomId msgId asUser", RocketChatServer.delete),
    "chat.react": ("POST", "messageId emoji shouldReact", RocketChatServer.react),
    "chat.syncMessages": ("GET", "roomId lastUpdate", RocketChatServer.sync),
    "chat.getThreadMessages": ("GET", "tmid count offset", RocketChatServer.thread),
    "chat.getMentionedMessages": ("GET", "roomId count offset", RocketChatServer.mentioned),
}
"""Name of the call -> its method, what it takes, and who answers."""
