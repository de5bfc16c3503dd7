"""The stage of the example network."""

from __future__ import annotations

from clarion.networks.base import Account, Network, NoVault
from clarion.testing.servers.base import Said
from clarion.testing.stages import Shown, Stage

from .pinboard import Pinboard
from .server import APP, PinboardServer


class PinboardStage(Stage):
    text_limit = 200
    token_path = "/oauth/token"
    troubles = {
        "expired": Said.json({"error": "invalid_token"}, 401),
        "revoked": Said.json({"error": "invalid_token"}, 401),
        "scope": Said.json({"error": "insufficient_scope"}, 403),
        "suspended": Said.json({"error": "This person may not write here any more."}, 403),
        "deleted": Said.json({"error": "There is no such thing."}, 404),
        "quota": Said.json({"error": "Enough for today."}, 429),
    }
    untroubled = {"duplicate": "A note is put under an id of ours: the same id again is the same note."}

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

    def rename(self, handle: str) -> None:
        self.server.boards["b1"] = handle

    def add_unknown_fields(self) -> None:
        self.server.extra = {"colour": "blue"}
