"""A contract server for Telegram's Bot API, written from its documentation: one bot, one channel, one chat for files.

What a method takes is also judged by the public list of methods, where that is at hand.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .base import Asked, Said, StandIn
from .mastodon_routes import form
from .openapi import specs_folder

BOT = {"id": 7700112233, "is_bot": True, "first_name": "City Hall", "username": "cityhall_bot"}
WRITING = ("sendMessage", "sendPhoto", "sendVideo", "sendDocument", "sendAnimation", "sendMediaGroup", "sendPoll")


@dataclass
class Sent:
    """One message of the channel; ``file`` is its kind and file id, ``group`` the album that it belongs to."""

    id: int
    chat: int
    text: str
    file: tuple[str, str] = ("", "")
    group: str = ""
    parent: int = 0
    poll: Mapping[str, Any] | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    at: float = field(default_factory=time.time)


def units(text: str) -> int:
    """UTF-16 code units."""
    return sum(2 if ord(letter) > 0xFFFF else 1 for letter in text)


class TelegramServer(StandIn):
    def __init__(self, *, latency: float = 0.0, judge: bool = True, channel: int = -1001999888777) -> None:
        super().__init__(latency=latency)
        self.token = "7700112233:AAE-sEcReT_of-the-city-hall-bot_0x1"  # noqa: S105 - a stand-in's
        self.revoked = False
        self.channel, self.files_chat, self.moved_to = channel, -1001555, 0
        self.rights: dict[str, Any] = {"status": "administrator", "can_post_messages": True}
        self.messages: list[Sent] = []
        self.files: dict[str, tuple[str, bytes]] = {}
        self.names: dict[str, str] = {}
        self.members = 1234
        self.name = "cityhall"
        self.extra_fields = False
        self.asked_methods: list[str] = []
        self.complaints: list[str] = []
        self._spec = _list_of_methods() if judge else None
        self._last = 40

    # -- the desk

    def handle(self, asked: Asked) -> Said:
        found = re.fullmatch(r"/bot([^/]+)/(\w+)", asked.path)
        if found is None:
            return self.no(404, "Not Found")
        if found[1] != self.token or self.revoked:
            return self.no(401, "Unauthorized")
        method, told, files = found[2], *_fields(asked)
        self.asked_methods.append(method)
        if self._spec is not None:
            self.complaints += _complaints(self._spec, method, told, files)
        if "chat_id" in told and (refused := self._refuses_chat(told["chat_id"])):
            return refused
        if method in WRITING:
            return self._send(method, told, files)
        answer = getattr(self, f"_{method}", None)
        return answer(told) if answer else self.no(404, "Not Found")

    def yes(self, result: Any) -> Said:
        strange = {"x_unheard_of": [1, None]} if self.extra_fields else {}
        return Said.json({"ok": True, "result": result, **strange})

    def no(self, code: int, description: str, **parameters: Any) -> Said:
        more = {"parameters": parameters} if parameters else {}
        return Said.json({"ok": False, "error_code": code, "description": description, **more}, code)

    def _refuses_chat(self, chat: Any) -> Said | None:
        if self.moved_to and chat == self.channel:
            said = "Bad Request: group chat was upgraded to a supergroup chat"
            return self.no(400, said, migrate_to_chat_id=self.moved_to)
        known = (self.channel, "@cityhall", self.files_chat, self.moved_to or self.channel)
        return None if chat in known else self.no(400, "Bad Request: chat not found")

    # -- who

    def _getMe(self, told: Mapping[str, Any]) -> Said:
        return self.yes(BOT)

    def _getChat(self, told: Mapping[str, Any]) -> Said:
        if told["chat_id"] == self.files_chat:
            return self.yes({"id": self.files_chat, "type": "supergroup", "title": "Files"})
        return self.yes(self.chat)

    @property
    def chat(self) -> dict[str, Any]:
        return {"id": self.moved_to or self.channel, "type": "channel", "title": "City Hall", "username": self.name}

    def _getChatMember(self, told: Mapping[str, Any]) -> Said:
        return self.yes({"user": BOT, **self.rights})

    def _getChatMemberCount(self, told: Mapping[str, Any]) -> Said:
        return self.yes(self.members)

    # -- sending

    def _send(self, method: str, told: Mapping[str, Any], files: Mapping[str, Any]) -> Said:
        if method == "sendMediaGroup":
            return self._send_album(told, files)
        if self.rights["status"] in ("left", "kicked"):
            return self.no(403, "Forbidden: bot is not a member of the channel chat")
        text = told.get("caption" if method not in ("sendMessage", "sendPoll") else "text", told.get("question", ""))
        kind = method.removeprefix("send").lower()
        file = ("", "")
        if kind in ("photo", "video", "animation", "document"):
            if units(text) > 1024:
                return self.no(400, "Bad Request: message caption is too long")
            if (known := self._file(kind, told.get(kind), files.get(kind), files)) is None:
                return self.no(400, "Bad Request: wrong file identifier/HTTP URL specified")
            file = (kind, known)
        elif kind == "poll":
            if not 1 <= len(text) <= 300 or not 1 <= len(told["options"]) <= 12:
                return self.no(400, "Bad Request: poll is not possible")
        elif not text.strip():
            return self.no(400, "Bad Request: message text is empty")
        elif units(text) > 4096:
            return self.no(400, "Bad Request: message is too long")
        return self.yes(self.show(self._keep(told, text, file)))

    def _send_album(self, told: Mapping[str, Any], files: Mapping[str, Any]) -> Said:
        items = told["media"]
        if not 2 <= len(items) <= 10:
            return self.no(400, "Bad Request: wrong number of messages in the album")
        held = []
        kinds = {item["type"] for item in items}
        if "document" in kinds and kinds != {"document"}:
            return self.no(400, "Bad Request: document can't be mixed with other media types")
        for item in items:
            if item["type"] not in ("photo", "video", "document") or units(item.get("caption", "")) > 1024:
                return self.no(400, "Bad Request: can't use the media in an album")
            known = self._file(item["type"], item["media"], None, files)
            if known is None:
                return self.no(400, "Bad Request: wrong file identifier/HTTP URL specified")
            held.append((item.get("caption", ""), (item["type"], known)))
        group = str(time.time_ns())
        return self.yes([self.show(self._keep(told, text, file, group=group)) for text, file in held])

    def _file(self, kind: str, named: Any, sent: Any, files: Mapping[str, Any]) -> str | None:
        if isinstance(named, str) and named.startswith("attach://"):
            sent = files.get(named.removeprefix("attach://"))
        elif isinstance(named, str):
            return named if named in self.files else None
        if not isinstance(sent, tuple) or not sent[2] or len(sent[2]) > (10 if kind == "photo" else 50) * 1_048_576:
            return None
        known = f"AgAC-{len(self.files) + 1}"
        self.files[known], self.names[known] = (kind, sent[2]), sent[0]
        return known

    def _keep(self, told: Mapping[str, Any], text: str, file: tuple[str, str], *, group: str = "") -> Sent:
        parent = told.get("reply_parameters", {}).get("message_id", 0)
        self._last += 1
        room = self.channel if told["chat_id"] == "@cityhall" else told["chat_id"]
        sent = Sent(self._last, room, text, file, group, parent, told if told.get("question") else None, told)
        self.messages.append(sent)
        return sent

    def show(self, sent: Sent) -> dict[str, Any]:
        shown: dict[str, Any] = {"message_id": sent.id, "date": int(sent.at), "chat": self.chat}
        kind, id = sent.file
        size = {"file_id": id, "file_unique_id": f"u{id}", "width": 8, "height": 6}
        if kind == "photo":
            shown["photo"] = [{**size, "file_id": f"{id}-small"}, size]
        elif kind:
            shown[kind] = {**size, "duration": 1}
        if sent.text and sent.poll is None:
            shown["caption" if kind else "text"] = sent.text
        if sent.group:
            shown["media_group_id"] = sent.group
        if self.extra_fields:
            shown["x_unheard_of"] = {"a": 1}
        return shown

    # -- after sending

    def _found(self, told: Mapping[str, Any]) -> Sent | None:
        return next((sent for sent in self.messages if sent.id == told.get("message_id")), None)

    def _editMessageText(self, told: Mapping[str, Any]) -> Said:
        return self._edit(told, "text", 4096)

    def _editMessageCaption(self, told: Mapping[str, Any]) -> Said:
        return self._edit(told, "caption", 1024)

    def _edit(self, told: Mapping[str, Any], name: str, limit: int) -> Said:
        sent, text = self._found(told), told.get(name, "")
        if sent is None:
            return self.no(400, "Bad Request: message to edit not found")
        if bool(sent.file[0]) != (name == "caption"):
            return self.no(400, f"Bad Request: there is no {name} in the message to edit")
        if sent.text == text:
            return self.no(400, "Bad Request: message is not modified")
        if units(text) > limit:
            return self.no(400, "Bad Request: MESSAGE_TOO_LONG")
        sent.text = text
        return self.yes(self.show(sent))

    def _deleteMessage(self, told: Mapping[str, Any]) -> Said:
        sent = self._found(told)
        if sent is None:
            return self.no(400, "Bad Request: message to delete not found")
        if time.time() - sent.at > 48 * 3600:
            return self.no(400, "Bad Request: message can't be deleted")
        self.messages.remove(sent)
        return self.yes(True)

    def _deleteMessages(self, told: Mapping[str, Any]) -> Said:
        self.messages = [sent for sent in self.messages if sent.id not in told["message_ids"]]
        return self.yes(True)


def _fields(asked: Asked) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of a call, and its files by name. In a form everything but plain text is JSON."""
    if asked.headers.get("content-type", "").startswith("application/json"):
        return json.loads(asked.body or b"{}"), {}
    given = form(asked)
    files = {name: value for name, value in given.items() if isinstance(value, tuple)}
    texts = {name: value for name, value in given.items() if not isinstance(value, tuple)}
    return {name: value if name in ("caption", "text") else _json(value) for name, value in texts.items()}, files


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


# -- the public list of methods


def _list_of_methods() -> Mapping[str, Any] | None:
    folder = specs_folder()
    path = folder / "telegram" / "api.min.json" if folder else None
    found: Mapping[str, Any] | None = json.loads(path.read_text()) if path and path.is_file() else None
    return found


def _complaints(
    spec: Mapping[str, Any], method: str, told: Mapping[str, Any], files: Mapping[str, Any]
) -> list[str]:  # fmt: skip
    if method not in spec["methods"]:
        return [f"{method} is no method"]
    named = {f["media"].removeprefix("attach://") for f in told.get("media", ()) if isinstance(f, dict)}
    given = {**told, **{name: True for name in files if name not in named}}
    return [f"{method}: {said}" for said in _wrong(spec, spec["methods"][method].get("fields", []), given, set(files))]


def _wrong(spec: Mapping[str, Any], fields: list[Any], given: Mapping[str, Any], files: set[str]) -> list[str]:
    known = {one["name"]: one for one in fields}
    said = [f"unknown “{name}”" for name in given if name not in known]
    said += [f"missing “{name}”" for name, one in known.items() if one["required"] and name not in given]
    for name, value in given.items():
        if name in known and name not in files and not any(_is(spec, kind, value) for kind in known[name]["types"]):
            said.append(f"“{name}” is not {' or '.join(known[name]['types'])}: {value!r}")
    return said


def _is(spec: Mapping[str, Any], kind: str, value: Any) -> bool:
    if kind.startswith("Array of "):
        return isinstance(value, list) and all(_is(spec, kind.removeprefix("Array of "), one) for one in value)
    plain = {"Integer": int, "String": str, "Boolean": bool, "True": bool, "Float": float}
    if kind in plain:
        return isinstance(value, plain[kind]) and (kind == "Boolean" or not isinstance(value, bool))
    named = spec["types"].get(kind, {})
    if isinstance(value, Mapping) and kind.startswith("InputMedia") and "fields" in named:
        wanted = kind.removeprefix("InputMedia").lower()
        if value.get("type") != wanted:
            # An array may hold several kinds: each item is judged by its own.
            other = spec["types"].get(f"InputMedia{str(value.get('type')).capitalize()}")
            return other is not None and not _wrong(spec, other["fields"], value, set())
    return isinstance(value, Mapping) and not _wrong(spec, named.get("fields", []), value, set())
