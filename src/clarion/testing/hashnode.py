"""The contract stage of Hashnode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clarion.networks.articles import typed_of
from clarion.networks.base import Draft, Network, NoVault
from clarion.networks.hashnode import Hashnode

from .servers.base import Faults, Said
from .servers.hashnode import Article, HashnodeServer
from .stages import Shown, Stage


def _no(code: str, message: str) -> Said:
    return Said.json({"data": None, "errors": [{"message": message, "extensions": {"code": code}}]})


class HashnodeStage(Stage):
    troubles = {
        "revoked": _no("UNAUTHENTICATED", "You must be authenticated."),
        "scope": _no("FORBIDDEN", "You do not have the permission to publish in this publication."),
        "suspended": _no("FORBIDDEN", "This account is restricted."),
        "deleted": _no("NOT_FOUND", "Publication not found."),
        "quota": _no("TOO_MANY_REQUESTS", "Too many requests."),
    }
    untroubled = {
        "expired": "Tokens of Hashnode do not end by themselves.",
        "duplicate": "Hashnode takes the same words again, at another address.",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = HashnodeServer()
        self.secrets = (self.server.token,)

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
        return path in ("/publishDraft", "/addComment", "/addReply")

    def draft(self, *texts: str, pictures: int = 0, alts: tuple[str, ...] = (), **options: Any) -> Draft:
        return super().draft(*texts, pictures=pictures, alts=alts, **{"title": "Opening hours", **options})

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        app = {"base_url": self.server.url}
        connected = Hashnode.connect({"access_token": self.server.token}, http=self.http(), app=app)
        http, vault = self.http(seconds=seconds), NoVault(connected.secrets)
        return (network or Hashnode)(connected.account, http=http, vault=vault, app=app)

    # -- the other side

    def posts(self) -> list[Shown]:
        ours: list[Shown] = []
        for one in self.server.articles.values():
            if one.post_id and one.told.get("author") != "resident":
                ours.append(Shown(one.post_id, typed_of(one.told["contentMarkdown"])))
            ours += [
                Shown(f"{one.post_id}/{c['id']}", typed_of(c["content"]["markdown"]), (), one.post_id)
                for c in one.comments if c["author"]["id"] == "b" * 24
            ]  # fmt: skip
        return ours

    def rename(self, handle: str) -> None:
        """The blog has another address, and its writer another name."""
        self.server.blog["url"] = f"https://{handle}.example"
        self.server.names["cityhall"] = handle

    def end_token(self) -> None:
        self.server.token = "another-token"  # noqa: S105 - of a stand-in

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_posts(self, text: str) -> str:
        told = {"title": "Theirs", "contentMarkdown": text, "author": "resident"}
        one = Article("d" * 24, told, "theirs", "e" * 24)
        self.server.articles[one.id] = one
        return one.post_id

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return f"{remote_id}/{self.server.comment(remote_id, text, 'resident')}"

    def stranger_likes(self, remote_id: str) -> None:
        one = self.server._of(remote_id)
        if one is not None:
            one.reactions += 1
