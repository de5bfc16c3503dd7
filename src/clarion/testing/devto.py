"""The contract stage of DEV."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from clarion.networks.articles import typed_of
from clarion.networks.base import Draft, Network, NoVault
from clarion.networks.devto import LIQUID, DevTo

from .servers.base import Faults, Said
from .servers.devto import ForemServer
from .stages import Shown, Stage


def _no(status: int, sentence: str) -> Said:
    return Said.json({"error": sentence, "status": status}, status)


class DevToStage(Stage):
    troubles = {
        "revoked": _no(401, "unauthorized"),
        "suspended": _no(401, "unauthorized"),  # a suspended person may not, as anybody else
        "deleted": _no(404, "not found"),
        "quota": _no(429, "Rate limit reached, try again in 30 seconds"),
    }
    untroubled = {
        "expired": "API keys of Forem do not end by themselves.",
        "scope": "An API key may do all that its owner may.",
        "duplicate": "Only a new draft is compared with the titles of the last five minutes.",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = ForemServer()
        self.secrets = (self.server.key,)

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
        return method == "PUT" and bool(re.search(r"/articles/\d+\Z", path))

    def draft(self, *texts: str, pictures: int = 0, alts: tuple[str, ...] = (), **options: Any) -> Draft:
        return super().draft(*texts, pictures=pictures, alts=alts, **{"title": "Opening hours", **options})

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        fields = {"server": self.server.url, "api_key": self.server.key}
        connected = DevTo.connect(fields, http=self.http())
        http, vault = self.http(seconds=seconds), NoVault(connected.secrets)
        return (network or DevTo)(connected.account, http=http, vault=vault)

    # -- the other side

    def posts(self) -> list[Shown]:
        return [
            Shown(str(a.id), typed_of(a.body.replace(LIQUID, "{")))
            for a in self.server.articles.values() if a.published
        ]  # fmt: skip

    def rename(self, handle: str) -> None:
        self.server.username = handle

    def end_token(self) -> None:
        self.server.key = "another-key"

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.comment(int(remote_id), text)

    def stranger_likes(self, remote_id: str) -> None:
        self.server.articles[int(remote_id)].reactions += 1
