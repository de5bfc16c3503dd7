"""The stage of the example network."""

from __future__ import annotations

from clarion.networks.base import Account, Network, NoVault
from clarion.testing.stages import Shown, Stage

from .pinboard import Pinboard
from .server import APP, PinboardServer


class PinboardStage(Stage):
    text_limit = 200

    def start(self) -> None:
        self.server = PinboardServer().start()
        self.vault = NoVault(self.server.sign_in())
        self.secrets = tuple(str(self.vault.read()[name]) for name in ("access_token", "refresh_token"))

    def stop(self) -> None:
        self.server.stop()

    @property
    def faults(self):
        return self.server.faults

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        app = {**APP, "base_url": self.server.url}
        return Pinboard(Account(remote_id="b1"), http=self.http(seconds=seconds), vault=self.vault, app=app)

    def is_publishing(self, method: str, path: str) -> bool:
        return method == "PUT" and "/notes/" in path

    def posts(self) -> list[Shown]:
        return [
            Shown(note["id"], note["text"], tuple(file["alt"] for file in note["files"]))
            for (board, _id), note in self.server.notes.items()
            if board == "b1"
        ]

    def end_token(self) -> None:
        self.server.end_tokens(also_renewal=True)

    def add_unknown_fields(self) -> None:
        self.server.extra = {"colour": "blue"}
