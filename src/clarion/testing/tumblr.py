"""The contract stage of Tumblr."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Account, Network, NoVault
from clarion.networks.tumblr import Tumblr

from .servers.base import Faults, Said
from .servers.tumblr import OURS, STRANGER, TumblrServer
from .stages import Shown, Stage


def _no(status: int, title: str, detail: str, code: int = 0) -> Said:
    told = {"title": title, "detail": detail, **({"code": code} if code else {})}
    return Said.json({"meta": {"status": status, "msg": title}, "response": [], "errors": [told]}, status)


class TumblrStage(Stage):
    token_path = "/v2/oauth2/token"  # noqa: S105 - an address
    # The statuses and 8023 are documented; the words are K.
    troubles = {
        "expired": _no(401, "Unauthorized", "The access token provided has expired."),
        "revoked": _no(401, "Unauthorized", "Unable to authorize"),
        "scope": _no(403, "Forbidden", "The request requires the scope: write"),
        "suspended": _no(403, "Forbidden", "Your account has been suspended."),
        "deleted": _no(404, "Not Found", "There is no such blog."),
        "quota": _no(403, "Forbidden", "You have reached your daily post limit.", 8023),
    }
    untroubled = {"duplicate": "Tumblr takes the same words as often as they are said."}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = TumblrServer()
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
        return method == "PUT" and bool(re.search(r"/posts/\d+\Z", path))

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        kind, vault = network or Tumblr, NoVault(self._vault)
        account = kind(Account(), http=self.http(), vault=vault, app=self.app).whoami()
        return kind(account, http=self.http(seconds=seconds), vault=vault, app=self.app)

    # -- the other side

    def posts(self) -> list[Shown]:
        return [
            Shown(
                one.id,
                "\n\n".join(b["text"] for b in one.content if b["type"] == "text" and b.get("subtype") != "heading1"),
                tuple(b.get("alt_text", "") for b in one.content if b["type"] == "image"),
            )
            for one in sorted(self.server.posts.values(), key=lambda one: one.at)
            if one.blog == OURS and one.state == "published"
        ]

    def end_token(self) -> None:
        self.consent.end_tokens(also_renewal=True)

    def rename(self, handle: str) -> None:
        self.server.blogs[OURS][0] = handle

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.note(remote_id, "reply", words=text)

    def stranger_mentions(self, text: str) -> str:
        return self.server.notify("mention_in_post", words=text)

    def stranger_posts(self, text: str) -> str:
        return f"resident/{self.server.put(STRANGER, text).id}"

    def stranger_likes(self, remote_id: str) -> None:
        self.server.note(remote_id, "like")
        self.server.notify("like", target=remote_id)

    def marks(self, remote_id: str) -> Mapping[str, int]:
        return {"likes": len(self.server.posts[remote_id.rpartition("/")[2]].likes), "shares": 0}
