"""The contract stage of X."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Account, Network, NoVault
from clarion.networks.x import X

from .servers.base import Faults, Said
from .servers.x import XServer
from .stages import Shown, Stage


def _no(status: int, title: str, detail: str, kind: str = "") -> Said:
    address = f"https://api.x.com/2/problems/{kind}" if kind else "about:blank"
    told = {"title": title, "detail": detail, "type": address, "status": status}
    return Said.json(told, status, {"content-type": "application/problem+json"})


class XStage(Stage):
    text_limit = 280
    token_path = "/2/oauth2/token"  # noqa: S105 - an address
    # The types are of the specification; the words are M.
    troubles = {
        "expired": _no(401, "Unauthorized", "Unauthorized"),
        "revoked": _no(
            403, "Unsupported Authentication", "Authenticating with OAuth 2.0 is forbidden for this endpoint.",
            "unsupported-authentication",
        ),
        "scope": _no(403, "Forbidden", "Your token lacks the OAuth 2.0 scope tweet.write."),
        "suspended": _no(
            403, "Forbidden", "Your account is suspended and is not permitted to perform this action.",
            "user-suspended",
        ),
        "deleted": _no(401, "Unauthorized", "Could not authenticate you."),
        "quota": _no(429, "UsageCapExceeded", "Usage cap exceeded: Monthly product cap", "usage-capped"),
        "duplicate": _no(403, "Forbidden", "You are not allowed to create a Tweet with duplicate content."),
    }  # fmt: skip

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

    def rename(self, handle: str) -> None:
        self.server.people["1"] = (handle, "Town Hall")

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
