"""The contract stage of Telegram: our own server in the place of api.telegram.org."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Network, NoVault
from clarion.networks.telegram import Telegram

from .servers.base import Faults, Said
from .servers.telegram import WRITING, TelegramServer
from .stages import Shown, Stage


def _no(code: int, description: str) -> Said:
    return Said.json({"ok": False, "error_code": code, "description": description}, code)


class TelegramStage(Stage):
    """``files_chat=True``: the channel has a private chat in which files wait."""

    text_limit = 4096
    # The shape is of the specification; the words are K, as Telegram documents none.
    troubles = {
        "revoked": _no(401, "Unauthorized"),
        "scope": _no(400, "Bad Request: need administrator rights in the channel chat"),
        "suspended": _no(403, "Forbidden: bot was kicked from the channel chat"),
        "deleted": _no(403, "Forbidden: the group chat was deleted"),
    }
    untroubled = {
        "expired": "A bot's token has no end.",
        "quota": "Telegram counts no posts of a day; it only slows us down.",
        "duplicate": "A channel takes the same words as often as they are said.",
    }

    def __init__(self, folder: Path, *, files_chat: bool = False) -> None:
        super().__init__(folder)
        self.server = TelegramServer()
        self.secrets = (self.server.token, self.server.token.partition(":")[2])
        self._files = str(self.server.files_chat) if files_chat else ""

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def complaints(self) -> list[str]:
        return self.server.complaints

    def is_publishing(self, method: str, path: str) -> bool:
        return path.rpartition("/")[2] in WRITING

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        app = {"base_url": self.server.url}
        fields = {"bot_token": self.server.token, "chat": "@cityhall", "files_chat": self._files}
        connected = Telegram.connect(fields, http=self.http(), app=app)
        vault = NoVault(connected.secrets)
        return (network or Telegram)(connected.account, http=self.http(seconds=seconds), vault=vault, app=app)

    # -- the other side

    def posts(self) -> list[Shown]:
        shown: dict[str, Shown] = {}
        for sent in self.server.messages:
            if sent.chat == self.server.files_chat:
                continue
            before = shown.get(sent.group or str(sent.id))
            ids = f"{before.remote_id},{sent.id}" if before else str(sent.id)
            words, parent = (before.text, before.parent_id) if before else (sent.text, str(sent.parent or ""))
            shown[sent.group or str(sent.id)] = Shown(ids, words, (), parent)
        return list(shown.values())

    def end_token(self) -> None:
        self.server.revoked = True

    def rename(self, handle: str) -> None:
        self.server.name = handle

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hook(self, text: str) -> tuple[Mapping[str, str], bytes, str]:
        rita = {"id": 5550001112223, "is_bot": False, "first_name": "Rita", "username": "rita"}
        chat = {"id": -1002, "type": "supergroup", "title": "Residents", "username": "residents"}
        message = {"message_id": 9, "date": int(time.time()), "chat": chat, "from": rita, "text": text}
        body = json.dumps({"update_id": 1, "message": message}).encode()
        return {"X-Telegram-Bot-Api-Secret-Token": "hook-secret-1"}, body, "hook-secret-1"
