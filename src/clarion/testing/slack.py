"""The contract stage of Slack: our own server in the place of slack.com and files.slack.com."""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clarion.networks.base import Network, NoVault
from clarion.networks.slack import Slack

from .servers.base import Faults, Said
from .servers.slack import BOT_USER, RITA, TEAM, SlackServer
from .stages import Shown, Stage


def _no(error: str, **more: Any) -> Said:
    return Said.json({"ok": False, "error": error, **more})


class SlackStage(Stage):
    """``metadata=False``: a listing does not show our key, so words must do."""

    text_limit = 40_000
    # https://docs.slack.dev/reference/methods/chat.postMessage#errors
    troubles = {
        "expired": _no("token_expired"),
        "revoked": _no("token_revoked"),
        "scope": _no("missing_scope", needed="chat:write", provided="channels:read"),
        "suspended": _no("account_inactive"),
        "deleted": _no("channel_not_found"),
        "quota": _no("message_limit_exceeded"),
    }
    untroubled = {"duplicate": "A channel takes the same words as often as they are said."}

    def __init__(self, folder: Path, *, metadata: bool = True) -> None:
        super().__init__(folder)
        self.server = SlackServer(metadata=metadata)
        self.secrets = (self.server.token,)

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    @property
    def faults(self) -> Faults:
        return self.server.faults

    @property
    def app(self) -> dict[str, Any]:
        return {"base_url": self.server.url, **self.server.app}

    def complaints(self) -> list[str]:
        return self.server.complaints

    def is_publishing(self, method: str, path: str) -> bool:
        return path in ("/api/chat.postMessage", "/api/files.completeUploadExternal")

    def network(
        self, network: type[Network] | None = None, *, seconds: float | None = None, channel: str = "C0NEWS"
    ) -> Network:  # fmt: skip
        fields = {"bot_token": self.server.token, "channel": channel}
        connected = Slack.connect(fields, http=self.http(), app=self.app)
        vault = NoVault(connected.secrets)
        return (network or Slack)(connected.account, http=self.http(seconds=seconds), vault=vault, app=self.app)

    # -- the other side

    def posts(self) -> list[Shown]:
        return [
            Shown(
                one.ts, html.unescape(one.text), tuple(self.server.files[id]["alt_txt"] for id in one.files), one.thread
            )
            for one in self.server.messages
            if one.user == BOT_USER
        ]

    def end_token(self) -> None:
        self.server.gone = "token_revoked"

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.slow = times + 1

    def rename(self, handle: str) -> None:
        self.server.channels["C0NEWS"]["name"] = handle

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_posts(self, text: str) -> str:
        return self.server.write(RITA, text).ts

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.write(RITA, text, thread=remote_id).ts

    def stranger_mentions(self, text: str) -> str:
        return self.server.write(RITA, f"<@{BOT_USER}> {text}").ts

    def stranger_likes(self, remote_id: str) -> None:
        next(one for one in self.server.messages if one.ts == remote_id).reactions.setdefault("heart", set()).add(RITA)

    def hook(self, text: str, *, age: float = 0.0) -> tuple[Mapping[str, str], bytes, str]:
        event = {"type": "message", "user": RITA, "text": text, "ts": f"{time.time():.6f}", "channel": "C0NEWS"}
        body = json.dumps({"type": "event_callback", "event_id": "Ev1", "team_id": TEAM, "event": event}).encode()
        secret, stamp = self.server.signing_secret, str(int(time.time() - age))
        proof = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={proof}"}, body, secret
