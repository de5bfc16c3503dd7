"""The contract stage of Bluesky: our own server, judged by the official lexicons where they are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from clarion.networks.base import JSON, Account, Captions, Draft, Media, Network, NoVault, Part, Vault
from clarion.networks.bluesky import Bluesky

from .servers import bluesky as contract
from .servers.base import Faults, Said
from .servers.bluesky_appview import LIKE, POST, REPOST
from .servers.openapi import specs_folder
from .stages import Shown, Stage
from .videos import video

SPECS = specs_folder()
LEXICONS = Path(SPECS, "bluesky", "lexicons") if SPECS else None


class BlueskyStage(Stage):
    """What both have in common. ``url``, ``identifier`` and ``app_password`` are known once it has started."""

    text_limit = 300
    token_path = "/xrpc/com.atproto.server.refreshSession"  # noqa: S105 - an address
    url = identifier = app_password = ""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.vault: Vault = NoVault()
        self.account: Account | None = None
        self._limits: JSON = {}

    def slow_draft(self, text: str) -> Draft:
        return Draft((Part(text, (self.film(),)),))

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        kind = network or Bluesky
        if self.account is None:
            fields = {"server": self.url, "identifier": self.identifier, "app_password": self.app_password}
            connected = kind.connect(fields, http=self.http())
            self.account, self.vault = connected.account, NoVault(connected.secrets)
            self.secrets = (self.app_password, connected.secrets["access"], connected.secrets["refresh"])
            asked = Bluesky(self.account, http=self.http(), vault=self.vault)
            self._limits = asked.limits()
        return kind(
            self.account, http=self.http(seconds=seconds), vault=self.vault, limits=self._limits,
            app={"base_url": self.url},
        )  # fmt: skip

    def film(self, *captions: Captions, size: int = 300_000, alt: str = "") -> Media:
        self._pictures += 1
        return replace(video(self.folder, size=size, number=self._pictures), alt=alt, captions=captions)

    def is_publishing(self, method: str, path: str) -> bool:
        return path.endswith(("repo.putRecord", "repo.applyWrites", "repo.createRecord"))


def shown(uri: str, value: Mapping[str, Any]) -> Shown:
    """A record as the suite compares it."""
    embed = value.get("embed") or {}
    images = embed.get("images") or ([embed] if "video" in embed else [])
    parent = ((value.get("reply") or {}).get("parent") or {}).get("uri", "")
    return Shown(uri, value["text"], tuple(image["alt"] for image in images), parent)


def _wrong(error: str, message: str, status: int = 400) -> Said:
    return Said.json({"error": error, "message": message}, status)


class BlueskyContract(BlueskyStage):
    """In this process, with an AppView; judged by the official lexicons where they are at hand."""

    troubles = {
        "expired": _wrong("ExpiredToken", "Token has expired"),
        "revoked": _wrong("InvalidToken", "Token could not be verified"),
        "scope": _wrong("Forbidden", 'Missing required scope "repo:app.bsky.feed.post?action=create"', 403),
        "suspended": _wrong("AccountTakedown", "Account has been taken down", 401),
        "deleted": _wrong("AccountNotFound", "Account not found", 403),
        "quota": _wrong("RateLimitExceeded", "Rate Limit Exceeded", 429),
    }
    untroubled = {"duplicate": "The same words under another key are another post, as often as anybody likes."}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = contract.Bluesky(lexicons=LEXICONS if LEXICONS and LEXICONS.is_dir() else None)

    def start(self) -> None:
        self.url = self.server.start().url
        self.identifier, self.app_password = self.server.cityhall.handle, self.server.cityhall.app_password

    def stop(self) -> None:
        self.server.stop()

    def complaints(self) -> list[str]:
        return self.server.unlawful

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def posts(self) -> list[Shown]:
        me = self.server.cityhall
        found = sorted(me.of(POST), key=lambda pair: pair[1].value["createdAt"])
        return [shown(me.uri(POST, rkey), kept.value) for rkey, kept in found]

    def rename(self, handle: str) -> None:
        self.server.cityhall.handle = f"{handle}.test"

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.then.append((times, "" if then == "ready" else "encoding_failure"))

    def end_token(self) -> None:
        self.server.end_sign_in(self.server.cityhall)

    def add_unknown_fields(self) -> None:
        self.server.unknown_fields = True

    def hide_numbers(self) -> None:
        self.server.numbers = False

    def stranger_replies(self, remote_id: str, text: str) -> str:
        parent = self.server.ref(remote_id)
        above = self.server.cityhall.records.get((POST, remote_id.rpartition("/")[2]))
        root = (above.value.get("reply") or {}).get("root", parent) if above else parent
        return self.server.says(self.server.gazette, POST, text=text, reply={"root": root, "parent": parent})

    def stranger_mentions(self, text: str) -> str:
        name = f"@{self.identifier} "
        facet = {
            "index": {"byteStart": 0, "byteEnd": len(name) - 1},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": self.server.cityhall.did}],
        }
        # The mention may stand anywhere; the text is what the test looks for.
        text = text if text.startswith(name) else name + text
        return self.server.says(self.server.gazette, POST, text=text, facets=[facet])

    def stranger_posts(self, text: str) -> str:
        return self.server.says(self.server.gazette, POST, text=text)

    def stranger_writes(self, text: str) -> str:
        return self.server.writes(self.server.gazette, text)

    def stranger_likes(self, remote_id: str) -> None:
        self.server.says(self.server.gazette, LIKE, subject=self.server.ref(remote_id))

    def marks(self, remote_id: str) -> Mapping[str, int]:
        return {
            "likes": len(self.server.marked(LIKE, remote_id)),
            "shares": len(self.server.marked(REPOST, remote_id)),
        }
