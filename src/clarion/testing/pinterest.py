"""The contract stage of Pinterest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clarion.networks.base import Account, Network, NoVault
from clarion.networks.pinterest import Pinterest

from .servers.base import Faults
from .servers.pinterest import BOARD, PinterestServer
from .stages import Shown, Stage


class PinterestStage(Stage):
    text_limit = 800
    needs_picture = True
    token_path = PinterestServer.token_path

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = PinterestServer()
        self.consent = self.server.consent

    def start(self) -> None:
        self.server.start()
        self.vault = NoVault(self.consent.issue())
        held = self.vault.read()
        self.secrets = (held["access_token"], held["refresh_token"], self.consent.app["client_secret"])

    def stop(self) -> None:
        self.server.stop()

    @property
    def app(self) -> dict[str, str]:
        return {**self.consent.app, "base_url": self.server.url}

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def complaints(self) -> Sequence[str]:
        return self.server.complaints

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Pinterest:
        kind = network if network is not None and issubclass(network, Pinterest) else Pinterest
        account = kind(Account(remote_id=BOARD), http=self.http(), vault=self.vault, app=self.app).whoami()
        return kind(account, http=self.http(seconds=seconds), vault=self.vault, app=self.app)

    def is_publishing(self, method: str, path: str) -> bool:
        return (method, path) == ("POST", "/v5/pins")

    # -- the other side

    def posts(self) -> list[Shown]:
        return [
            Shown(pin.id, pin.told.get("description") or "", (pin.told.get("alt_text") or "", *[""] * (pin.media - 1)))
            for pin in self.server.pins.values()
        ]

    def end_token(self) -> None:
        self.consent.end_tokens(also_renewal=True)

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.then.append((times, "succeeded" if then == "ready" else "failed"))

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_likes(self, remote_id: str) -> None:
        self.server.pins[remote_id].reactions += 1

    def stranger_replies(self, remote_id: str, text: str) -> str:
        """What strangers say below a pin is counted, and told to nobody."""
        self.server.pins[remote_id].comments += 1
        return ""
