"""The contract stage of X."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Account, Network, NoVault
from clarion.networks.x import X

from .servers.base import Faults
from .servers.x import XServer
from .stages import Shown, Stage


class XStage(Stage):
    text_limit = 280
    token_path = "/2/oauth2/token"  # noqa: S105 - an address

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = XServer()
        self.consent = self.server.consent
        told = self.consent.issue()
        self._vault = {name: told[name] for name in ("access_token", "refresh_token")}
        self.secrets = (*self._vault.values(), self.consent.app["client_secret"])

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    @property
    def app(self) -> dict[str, str]:
        return {**self.consent.app, "base_url": self.server.url}

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def complaints(self) -> list[str]:
        return self.server.complaints

    def is_publishing(self, method: str, path: str) -> bool:
        return (method, path) == ("POST", "/2/tweets")

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        kind, vault = network or X, NoVault(self._vault)
        account = kind(Account(), http=self.http(), vault=vault, app=self.app).whoami()
        return kind(account, http=self.http(seconds=seconds), vault=vault, app=self.app)

    # -- the other side

    def posts(self) -> list[Shown]:
        mine = [post for post in self.server.posts.values() if post.author == "1"]
        return [Shown(p.id, p.text, tuple(m.alt for m in p.media), p.parent) for p in mine]

    def end_token(self) -> None:
        self.consent.end_tokens(also_renewal=True)

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.slow.append((times, then))

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.put("2", text, parent=remote_id).id

    def stranger_mentions(self, text: str) -> str:
        return self.server.put("2", f"@cityhall {text}").id

    def stranger_writes(self, text: str) -> str:
        return self.server.letter("2", text)

    def stranger_posts(self, text: str) -> str:
        return self.server.put("2", text).id

    def stranger_likes(self, remote_id: str) -> None:
        self.server.posts[remote_id].likes.add("2")

    def marks(self, remote_id: str) -> Mapping[str, int]:
        post = self.server.posts[remote_id]
        return {"likes": len(post.likes), "shares": len(post.shares)}
