"""The contract stage of Rocket.Chat: one room of our own server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Network, NoVault
from clarion.networks.rocketchat import RocketChat

from .servers.base import Faults, Said
from .servers.rocketchat import RITA, US, RocketChatServer
from .stages import Shown, Stage


def _no(status: int, said: str, kind: str = "") -> Said:
    told = {"error": f"{said} [{kind}]", "errorType": kind} if kind else {"error": said}
    return Said.json({"success": False, **told}, status)


class RocketChatStage(Stage):
    """``repeats``: what an id that is there already brings (``error`` or ``null``)."""

    text_limit = 5000
    # K: the names of the errors.
    troubles = {
        "expired": Said.json({"status": "error", "message": "You must be logged in to do this."}, 401),
        "revoked": _no(401, "You must be logged in to do this.", "error-unauthorized"),
        "scope": _no(403, "User does not have the permissions required for this action", "error-unauthorized"),
        "suspended": _no(400, "You have been muted and cannot speak in this room"),
        "deleted": _no(400, "The required param does not match any channel", "error-room-not-found"),
    }
    untroubled = {
        "quota": "A server of one's own counts no messages; it only slows us down.",
        "duplicate": "The id is ours: of one that is there already the call itself looks, and it is found.",
    }

    def __init__(self, folder: Path, *, repeats: str = "error") -> None:
        super().__init__(folder)
        self.server = RocketChatServer(repeats=repeats)
        self.secrets = (self.server.token,)

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
        return path == "/api/v1/chat.sendMessage" or path.startswith("/api/v1/rooms.mediaConfirm/")

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        fields = {
            "server": self.server.url, "user_id": US, "access_token": self.server.token,
            "room": f"{self.server.url}/channel/news",
        }  # fmt: skip
        connected = RocketChat.connect(fields, http=self.http())
        kind, vault = network or RocketChat, NoVault(connected.secrets)
        limits = RocketChat(connected.account, http=self.http(), vault=vault).limits()
        return kind(connected.account, http=self.http(seconds=seconds), vault=vault, limits=limits)

    # -- the other side

    def posts(self) -> list[Shown]:
        files = self.server.files
        return [
            Shown(
                sent.id, sent.text, (files[sent.file].get("description", ""),) if sent.file else (), sent.thread
            )
            for sent in self.server.messages.values() if sent.user == US
        ]  # fmt: skip

    def end_token(self) -> None:
        self.server.revoked = True

    def rename(self, handle: str) -> None:
        self.server.name = handle

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_posts(self, text: str) -> str:
        return self.server.write(RITA, text).id

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.write(RITA, text, thread=remote_id).id

    def stranger_mentions(self, text: str) -> str:
        return self.server.write(RITA, f"@clarion {text}", mentions=["clarion"]).id

    def stranger_likes(self, remote_id: str) -> None:
        self.server.messages[remote_id].reactions.setdefault(":heart:", set()).add("rita")

    def marks(self, remote_id: str) -> Mapping[str, int]:
        return {"likes": sum(len(who) for who in self.server.messages[remote_id].reactions.values())}
