"""The contract stage of Ghost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from clarion.networks.articles import pictures
from clarion.networks.base import Draft, Network, NoVault
from clarion.networks.canonical import plain
from clarion.networks.ghost import Ghost

from .servers.base import Faults, Said
from .servers.ghost import GhostServer
from .stages import Shown, Stage


def _wrong(status: int, kind: str, message: str, context: str | None = None) -> Said:
    return Said.json({"errors": [{"message": message, "context": context, "type": kind, "code": None}]}, status)


class GhostStage(Stage):
    troubles = {
        "revoked": _wrong(401, "UnauthorizedError", "Unknown Admin API Key"),
        "scope": _wrong(403, "NoPermissionError", "You do not have permission to edit posts"),
        "suspended": _wrong(403, "HostLimitError", "Host Limit error, cannot edit post.", "Your plan is at its end."),
        "deleted": _wrong(404, "NotFoundError", "Resource not found error, cannot edit post.", "Post not found."),
        "quota": _wrong(429, "TooManyRequestsError", "Too many requests."),
    }
    untroubled = {
        "expired": "A key does not end by itself; what is made of it for each call lasts five minutes.",
        "duplicate": "Ghost takes the same words again, at another address.",
        "renamed": "A site is its address: another address is another channel.",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = GhostServer()
        self.key = f"{self.server.key_id}:{self.server.key_secret}"
        self.secrets = (self.server.key_secret,)

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
        return method == "PUT" and bool(re.search(r"/posts/\w+/\Z", path))

    def draft(self, *texts: str, pictures: int = 0, alts: tuple[str, ...] = (), **options: Any) -> Draft:
        return super().draft(*texts, pictures=pictures, alts=alts, **{"title": "Opening hours", **options})

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        connected = Ghost.connect({"server": self.server.url, "admin_key": self.key}, http=self.http())
        http, vault = self.http(seconds=seconds), NoVault(connected.secrets)
        return (network or Ghost)(connected.account, http=http, vault=vault)

    # -- the other side

    def posts(self) -> list[Shown]:
        return [
            Shown(a.id, plain(a.html).linked, (
                *([a.cover_alt or ""] if a.cover else ()), *(picture.alt for picture in pictures(a.html))))
            for a in self.server.articles.values() if a.status == "published"
        ]  # fmt: skip

    def end_token(self) -> None:
        self.server.key_secret = "00" * 32

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True
        self.server.members = None
