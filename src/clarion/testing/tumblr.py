"""The contract stage of Tumblr."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clarion.networks.base import Account, Network, NoVault
from clarion.networks.tumblr import Tumblr

from .servers.base import Faults
from .servers.tumblr import BLOG, TumblrServer
from .stages import Shown, Stage


class TumblrStage(Stage):
    text_limit = 100_000
    token_path = TumblrServer.token_path

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = TumblrServer()
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

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Tumblr:
        kind = network if network is not None and issubclass(network, Tumblr) else Tumblr
        account = kind(Account(remote_id=BLOG), http=self.http(), vault=self.vault, app=self.app).whoami()
        return kind(account, http=self.http(seconds=seconds), vault=self.vault, app=self.app)

    def is_publishing(self, method: str, path: str) -> bool:
        return method == "PUT"

    # -- the other side

    def posts(self) -> list[Shown]:
        public = [post for post in self.server.posts.values() if post.state == "published"]
        found = []
        for post in sorted(public, key=lambda post: post.published_at):
            blocks = post.told["content"]
            words = "\n\n".join(b["text"] for b in blocks if b["type"] == "text" and b.get("subtype") != "heading1")
            alts = tuple(b.get("alt_text", "") for b in blocks if b["type"] == "image")
            found.append(Shown(post.id, words, alts))
        return found

    def end_token(self) -> None:
        self.consent.end_tokens(also_renewal=True)

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.noted(remote_id, "reply", text)

    def stranger_likes(self, remote_id: str) -> None:
        self.server.noted(remote_id, "like")
