"""A contract server for Slack, written from its documentation: one workspace, three channels, one application.

Names of arguments are also judged by the public specification, where it is at hand; that is of 2021 and lacks a few.
"""

from __future__ import annotations

import html
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .base import Asked, Said, StandIn
from .mastodon_routes import form
from .openapi import specs_folder

TEAM, BOT, BOT_USER, RITA = "T0CITY", "B0CLARION", "U0CLARION", "U0RITA"
NEWER = {
    "chat.postMessage": {"metadata"},
    "conversations.history": {"include_all_metadata"},
    "conversations.replies": {"include_all_metadata"},
    "oauth.v2.access": {"grant_type", "code_verifier", "refresh_token"},
    "files.getUploadURLExternal": {"filename", "length", "alt_txt"},
    "files.completeUploadExternal": {"files", "channel_id", "initial_comment", "thread_ts"},
}
"""What the documentation of today knows beyond the frozen specification."""


@dataclass
class Sent:
    ts: str
    channel: str
    user: str
    text: str
    thread: str = ""
    files: list[str] = field(default_factory=list)
    metadata: Mapping[str, Any] | None = None
    reactions: dict[str, set[str]] = field(default_factory=dict)
    shown_after: int = 0
    told: Mapping[str, Any] = field(default_factory=dict)


class SlackServer(StandIn):
    """``metadata=False``: listings do not show what applications attached. ``slow``: looks until files are shared."""

    def __init__(self, *, judge: bool = True, metadata: bool = True) -> None:
        super().__init__()
        self.token = "xoxb-111-222-s3cret0fTheCityHall"  # noqa: S105 - a stand-in's
        self.app = {"client_id": "111.222", "client_secret": "slack-app-s3cret"}
        self.signing_secret = "slack-signing-s3cret"  # noqa: S105
        self.refresh_token = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.gone, self.tells_names = "", True
        self.shows_metadata, self.extra_fields, self.no_numbers, self.slow = metadata, False, False, 0
        self.channels = {
            "C0NEWS": {"name": "news", "is_private": False, "is_member": True},
            "C0OPEN": {"name": "open", "is_private": False, "is_member": False},
            "G0SHUT": {"name": "shut", "is_private": True, "is_member": False},
        }
        self.messages: list[Sent] = []
        self.files: dict[str, dict[str, Any]] = {}
        self.complaints: list[str] = []
        self._spec = _arguments() if judge else None
        self._last = 0

    # -- the desk

    def handle(self, asked: Asked) -> Said:
        if asked.path.startswith("/upload/v1/"):
            return self._uploaded(asked)
        method, told = asked.path.removeprefix("/api/"), _told(asked)
        if self._spec is not None:
            known = self._spec.get(method, set()) | NEWER.get(method, set())
            self.complaints += [] if known else [f"{method} is no method"]
            self.complaints += [f"{method}: unknown “{name}”" for name in told if known and name not in known]
        if method == "oauth.v2.access":
            return self._access(told)
        given = asked.headers.get("authorization", "")
        if self.gone or given != f"Bearer {self.token}":
            return self.no(self.gone or ("invalid_auth" if given else "not_authed"))
        answer = getattr(self, "_" + method.replace(".", "_"), None)
        return answer(told) if answer else self.no("unknown_method")

    def yes(self, **data: Any) -> Said:
        strange = {"x_unheard_of": [1, None], "warning": "superfluous_charset"} if self.extra_fields else {}
        return Said.json({"ok": True, **data, **strange})

    def no(self, error: str, **more: Any) -> Said:
        return Said.json({"ok": False, "error": error, **more})

    # -- signing in

    def approve(self, address: str) -> str:
        """What a person's click on “Allow” does: gives the code for the sign-in page at ``address``."""
        code = secrets.token_hex(8)
        self.codes[code] = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        return code

    def _access(self, told: Mapping[str, Any]) -> Said:
        if told.get("client_id") != self.app["client_id"]:
            return self.no("invalid_client_id")
        if told.get("client_secret") != self.app["client_secret"]:
            return self.no("bad_client_secret")
        if told.get("grant_type") == "refresh_token":
            if told.get("refresh_token") != self.refresh_token or not self.refresh_token:
                return self.no("invalid_refresh_token")
        else:
            grant = self.codes.pop(told.get("code", ""), None)
            if grant is None or grant["redirect_uri"] != told.get("redirect_uri"):
                return self.no("invalid_code")
        more = {}
        if self.refresh_token:
            self.token, self.refresh_token = f"xoxe.xoxb-1-{secrets.token_hex(8)}", f"xoxe-1-{secrets.token_hex(8)}"
            more = {"refresh_token": self.refresh_token, "expires_in": 43_200}
        return self.yes(
            access_token=self.token, token_type="bot", scope="chat:write,channels:read,channels:history",  # noqa: S106
            bot_user_id=BOT_USER, app_id="A0", team={"id": TEAM, "name": "The city"}, **more,
        )  # fmt: skip

    def _auth_test(self, told: Mapping[str, Any]) -> Said:
        return self.yes(url="https://city.slack.com/", team="The city", user="clarion", team_id=TEAM, user_id=BOT_USER,
                        bot_id=BOT)  # fmt: skip

    def _users_info(self, told: Mapping[str, Any]) -> Said:
        if not self.tells_names:
            return self.no("missing_scope", needed="users:read")
        return self.yes(user={"id": told["user"], "name": "rita", "real_name": "Rita Reader", "profile": {}})

    # -- channels

    def _conversations_info(self, told: Mapping[str, Any]) -> Said:
        known = self.channels.get(told.get("channel", ""))
        return self.yes(channel={"id": told["channel"], **known}) if known else self.no("channel_not_found")

    def _conversations_list(self, told: Mapping[str, Any]) -> Said:
        found = [{"id": id, **one} for id, one in sorted(self.channels.items(), reverse=True)]
        at = int(told.get("cursor") or 0)
        onward = str(at + 2) if at + 2 < len(found) else ""
        return self.yes(channels=found[at : at + 2], response_metadata={"next_cursor": onward})

    def _conversations_join(self, told: Mapping[str, Any]) -> Said:
        if self.channels[told["channel"]]["is_private"]:
            return self.no("method_not_supported_for_channel_type")
        self.channels[told["channel"]]["is_member"] = True
        return self.yes(channel={"id": told["channel"]})

    def _shut(self, channel: Any) -> str:
        if channel not in self.channels:
            return "channel_not_found"
        return "" if self.channels[channel]["is_member"] else "not_in_channel"

    # -- messages

    def _chat_postMessage(self, told: Mapping[str, Any]) -> Said:
        text = told.get("text") or ""
        if shut := self._shut(told.get("channel")):
            return self.no(shut)
        if not text.strip():
            return self.no("no_text")
        if len(html.unescape(text)) > 40_000:
            return self.no("msg_too_long")
        if told.get("metadata") and not {"event_type", "event_payload"} <= set(told["metadata"]):
            return self.no("invalid_metadata_format")
        sent = self.write(BOT_USER, text, channel=told["channel"], thread=told.get("thread_ts", ""),
                          metadata=told.get("metadata"), told=told)  # fmt: skip
        return self.yes(channel=sent.channel, ts=sent.ts, message=self.show(sent))

    def _files_getUploadURLExternal(self, told: Mapping[str, Any]) -> Said:
        if not told.get("filename") or not str(told.get("length", "")).isdigit():
            return self.no("invalid_arguments")
        id = f"F{len(self.files) + 1:05d}"
        self.files[id] = {"id": id, "name": told["filename"], "alt_txt": told.get("alt_txt", ""),
                          "length": int(told["length"]), "done": False}  # fmt: skip
        return self.yes(upload_url=f"https://files.slack.com/upload/v1/{id}", file_id=id)

    def _uploaded(self, asked: Asked) -> Said:
        file = self.files.get(asked.path.rpartition("/")[2])
        if file is None or len(asked.body) != file["length"]:
            return Said(400, b"error")
        if "authorization" in asked.headers:
            self.complaints.append("the token went to the upload address")
        file["done"] = True
        return Said(200, f"OK - {len(asked.body)}".encode())

    def _files_completeUploadExternal(self, told: Mapping[str, Any]) -> Said:
        ids = [file["id"] for file in told["files"]]
        if any(id not in self.files or not self.files[id]["done"] for id in ids):
            return self.no("file_not_found")
        if shut := self._shut(told.get("channel_id")):
            return self.no(shut)
        if len(html.unescape(told.get("initial_comment", ""))) > 40_000:
            return self.no("msg_too_long")
        self.write(BOT_USER, told.get("initial_comment", ""), channel=told["channel_id"], files=ids, told=told,
                   thread=told.get("thread_ts", ""), shown_after=self.slow)  # fmt: skip
        return self.yes(files=[{"id": id, "title": self.files[id]["name"]} for id in ids])

    def write(self, user: str, text: str, *, channel: str = "C0NEWS", **more: Any) -> Sent:
        """Puts a message into a channel."""
        self._last = max(self._last + 1, int(time.time() * 1e6))
        sent = Sent(f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}", channel, user, text, **more)
        self.messages.append(sent)
        return sent

    def show(self, sent: Sent) -> dict[str, Any]:
        text = re.sub(r"https?://[^\s<>|]*[\w/]", lambda found: f"<{found[0]}>", sent.text)
        shown: dict[str, Any] = {"type": "message", "user": sent.user, "text": text, "ts": sent.ts, "team": TEAM}
        below = [one for one in self.messages if one.thread == sent.ts]
        if sent.thread or below:
            shown["thread_ts"] = sent.thread or sent.ts
        if below and not self.no_numbers:
            shown["reply_count"] = len(below)
        if sent.user == BOT_USER:
            shown["bot_id"] = BOT
        if sent.files:
            names = ("id", "name", "alt_txt")
            shown["files"] = [{name: self.files[id][name] for name in names} for id in sent.files]
        if sent.metadata and self.shows_metadata:
            shown["metadata"] = sent.metadata
        if sent.reactions and not self.no_numbers:
            shown["reactions"] = [{"name": n, "users": [*who], "count": len(who)} for n, who in sent.reactions.items()]
        return {**shown, "x_unheard_of": {"a": None}} if self.extra_fields else shown

    def _conversations_history(self, told: Mapping[str, Any]) -> Said:
        found = [one for one in self.messages[::-1] if one.channel == told["channel"] and not one.thread]
        return self._paged(told, found)

    def _conversations_replies(self, told: Mapping[str, Any]) -> Said:
        at = next((one for one in self.messages if one.ts == told["ts"]), None)
        if at is None:
            return self.no("thread_not_found")
        root = at.thread or at.ts
        found = [one for one in self.messages if one.channel == told["channel"] and root in (one.ts, one.thread)]
        if told.get("latest"):
            found = [one for one in found if told["oldest"] <= one.ts <= told["latest"]]
        return self._paged(told, found)

    def _paged(self, told: Mapping[str, Any], found: list[Sent]) -> Said:
        for one in found:
            one.shown_after -= one.shown_after > 0
        found = [one for one in found if not one.shown_after]
        at, limit = int(told.get("cursor") or 0), min(int(told.get("limit") or 100), 999)
        onward = str(at + limit) if at + limit < len(found) else ""
        return self.yes(messages=[self.show(one) for one in found[at : at + limit]], has_more=bool(onward),
                        response_metadata={"next_cursor": onward})  # fmt: skip

    def _of(self, told: Mapping[str, Any]) -> Sent | None:
        return next((one for one in self.messages if one.ts == told["ts"] and one.channel == told["channel"]), None)

    def _chat_update(self, told: Mapping[str, Any]) -> Said:
        sent = self._of(told)
        if sent is None or sent.user != BOT_USER:
            return self.no("message_not_found" if sent is None else "cant_update_message")
        sent.text = told["text"]
        return self.yes(channel=sent.channel, ts=sent.ts, text=sent.text)

    def _chat_delete(self, told: Mapping[str, Any]) -> Said:
        sent = self._of(told)
        if sent is None:
            return self.no("message_not_found")
        self.messages.remove(sent)
        return self.yes(channel=sent.channel, ts=sent.ts)


def _told(asked: Asked) -> dict[str, Any]:
    if asked.headers.get("content-type", "").startswith("application/json"):
        return dict(json.loads(asked.body or b"{}"))
    return {**{name: values[-1] for name, values in asked.query.items()}, **form(asked)}


@cache
def _arguments() -> Mapping[str, set[str]] | None:
    """The arguments of each method, by the public specification."""
    folder = specs_folder()
    path = folder / "slack" / "slack_web_openapi_v2_without_examples.json" if folder else None
    if path is None or not path.is_file():
        return None
    return {
        name.removeprefix("/"): {one["name"] for way in ways.values() for one in way["parameters"]} | {"token"}
        for name, ways in json.loads(path.read_text())["paths"].items()
    }
