"""The contract stage of Discord, for its bot and for its webhook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Network, NoVault
from clarion.networks.discord import Discord, DiscordWebhook

from .servers.base import Faults, Said
from .servers.discord import BOT, CHANNEL, GUILD, HOOK, RITA, DiscordServer
from .stages import Shown, Stage


def _no(status: int, code: int, message: str) -> Said:
    return Said.json({"message": message, "code": code}, status)


class DiscordStage(Stage):
    """``honours_nonce=False``: as some minutes later; ``shows_nonce=False``: a listing does not tell it."""

    text_limit = 2000
    troubles = {
        "revoked": _no(401, 0, "401: Unauthorized"),
        "scope": _no(403, 50013, "Missing Permissions"),
        "suspended": _no(403, 40007, "The user is banned from this guild."),
        "deleted": _no(404, 10003, "Unknown Channel"),
        "quota": Said.json({"message": "You are being rate limited.", "retry_after": 64.57, "global": False}, 429),
    }
    untroubled = {
        "expired": "The token of a bot does not end by itself.",
        "duplicate": "Discord takes the same words again; the same nonce again is the same message.",
    }

    def __init__(self, folder: Path, *, honours_nonce: bool = True, shows_nonce: bool = True) -> None:
        super().__init__(folder)
        self.server = DiscordServer(honours_nonce=honours_nonce, shows_nonce=shows_nonce)
        self.honours_keys = honours_nonce
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
        return method == "POST"

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        kind, app = network or Discord, {"base_url": self.server.url}
        fields = {
            "bot_token": self.server.token, "channel": f"https://discord.com/channels/{GUILD}/{CHANNEL}",
            "address": f"https://discord.com/api/webhooks/{HOOK}/{self.server.hook_token}",
        }  # fmt: skip
        self.secrets = (self.server.hook_token if kind is DiscordWebhook else self.server.token,)
        connected = kind.connect(fields, http=self.http(), app=app)
        return kind(connected.account, http=self.http(seconds=seconds), vault=NoVault(connected.secrets), app=app)

    # -- the other side

    def posts(self) -> list[Shown]:
        return [
            Shown(sent.id, sent.text, tuple(file.get("description", "") for file in sent.files), sent.parent)
            for sent in self.server.messages.values()
            if sent.author in (BOT, HOOK)
        ]

    def rename(self, handle: str) -> None:
        self.server.channel_name = self.server.hook_name = handle

    def end_token(self) -> None:
        self.server.revoked = True

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_posts(self, text: str) -> str:
        return self.server.write(RITA, text).id

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.write(RITA, text, parent=remote_id).id

    def stranger_mentions(self, text: str) -> str:
        return self.server.write(RITA, f"<@{BOT}> {text}", mentions=[BOT]).id

    def stranger_likes(self, remote_id: str) -> None:
        self.server.messages[remote_id].reactions.setdefault("❤", set()).add(RITA)

    def marks(self, remote_id: str) -> Mapping[str, int]:
        return {"likes": sum(len(who) for who in self.server.messages[remote_id].reactions.values())}


class DiscordWebhookStage(DiscordStage):
    troubles = {
        "revoked": _no(401, 50027, "Invalid Webhook Token"),
        "deleted": _no(404, 10015, "Unknown Webhook"),
        "quota": DiscordStage.troubles["quota"],
    }
    untroubled = {
        "expired": "A webhook does not end by itself.",
        "scope": "A webhook may do one thing, and that always.",
        "suspended": "A webhook is there, or it is not.",
        "duplicate": "Discord takes the same words again.",
    }
