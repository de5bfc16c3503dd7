"""The contract stage of Pinterest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clarion.networks.base import Account, Draft, Network, NoVault, Part
from clarion.networks.pinterest import Pinterest

from .servers.base import Faults, Said
from .servers.pinterest import BOARD, PinterestServer
from .stages import Shown, Stage
from .videos import video


def _no(status: int, code: int, message: str) -> Said:
    return Said.json({"code": code, "message": message}, status)


class PinterestStage(Stage):
    text_limit = 800
    needs_picture = True
    token_path = PinterestServer.token_path
    # The shape and the statuses are of the specification; the codes are M and K.
    troubles = {
        "expired": _no(401, 2, "Authentication failed."),
        "revoked": _no(401, 3, "Authorization failed."),
        "scope": _no(403, 7, "Your application consumer type is not supported. Missing: ['pins:write']"),
        "suspended": _no(403, 29, "Your account has been suspended."),
        "deleted": _no(404, 40, "Board not found."),
        "quota": _no(429, 8, "You have exceeded your rate limit. Try again later."),
    }  # fmt: skip
    untroubled = {"duplicate": "Pinterest documents no refusal of a pin that was made before."}

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

    def slow_draft(self, text: str) -> Draft:
        return Draft((Part(text, (video(self.folder, size=200_000),)),), {"title": "A film"})

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

    def rename(self, handle: str) -> None:
        self.server.user = handle

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
