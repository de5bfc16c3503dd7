"""The contract stage of TikTok."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from clarion.networks.base import Account, Draft, Media, Network, NoVault, Part
from clarion.networks.tiktok import TikTok

from .servers.base import Faults, Said
from .servers.tiktok import TikTokServer
from .servers.tiktok_routes import PLACE
from .stages import Shown, Stage
from .videos import video

UNIT = 100_000


def _no(status: int, code: str, message: str) -> Said:
    return Said.json({"data": {}, "error": {"code": code, "message": message, "log_id": "2026112409"}}, status)


class TikTokStage(Stage):
    """Chunks are as small here as TikTok's are large; everything else is as it is there."""

    text_limit = 2200
    token_path = TikTokServer.token_path
    # M: the codes and statuses.
    troubles = {
        "expired": _no(401, "access_token_invalid", "The access token is invalid or not found in the request."),
        "revoked": _no(401, "access_token_has_been_revoked", "The access token has been revoked."),
        "scope": _no(401, "scope_not_authorized", "The user did not authorize the scope required."),
        "suspended": _no(403, "spam_risk_user_banned_from_posting", "The user is banned from making new posts."),
        "quota": _no(403, "spam_risk_too_many_posts", "The daily post cap from the API is reached for the user."),
    }
    untroubled = {
        "deleted": "The token of an account that is gone is told as one that has ended.",
        "duplicate": "TikTok documents no refusal of a video that it has.",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = TikTokServer()
        self.server.smallest = UNIT
        self.consent = self.server.consent
        self._videos = 0

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

    def lend(self, media: Media) -> str:
        return f"https://clarion.example/lent/{media.sha256[:12]}"

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> TikTok:
        kind = network if network is not None and issubclass(network, TikTok) else TikTok
        account = kind(Account(), http=self.http(), vault=self.vault, app=self.app).whoami()
        us = kind(account, http=self.http(seconds=seconds), vault=self.vault, app=self.app, lend=self.lend)
        us.chunk = UNIT
        return us

    def is_publishing(self, method: str, path: str) -> bool:
        return (method, path) in (("PUT", PLACE), ("POST", "/v2/post/publish/content/init/"))

    # -- what is said

    def draft(self, *texts: str, pictures: int = 0, alts: tuple[str, ...] = (), **options: Any) -> Draft:
        """A video of three chunks, for everybody; pictures instead of it are made by ``photos``."""
        draft = super().draft(*texts, **options)
        first = replace(draft.parts[0], media=(self.video(),))
        return Draft((first, *draft.parts[1:]), {"privacy": "PUBLIC_TO_EVERYONE", **options})

    def photos(self, text: str, *, pictures: int = 2, **options: Any) -> Draft:
        media = tuple(replace(self.picture(), mime="image/jpeg") for _number in range(pictures))
        return Draft((Part(text, media),), {"privacy": "PUBLIC_TO_EVERYONE", **options})

    def video(self, size: int = 3 * UNIT + 17) -> Media:
        self._videos += 1
        return video(self.folder, size=size, number=self._videos)

    # -- the other side

    def posts(self) -> list[Shown]:
        """By the id that we were told: the post's, or the upload's where TikTok keeps the post's to itself."""
        return [
            Shown(one.publish_id if one.privacy == "SELF_ONLY" else one.id, one.text)
            for one in sorted(self.server.posts.values(), key=lambda one: one.id)
        ]

    def end_token(self) -> None:
        self.consent.end_tokens(also_renewal=True)

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.then.append((times, "" if then == "ready" else "file_format_check_failed"))

    def rename(self, handle: str) -> None:
        self.server.name = handle

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def remove(self, remote_id: str) -> None:
        """Somebody takes the post down in the app."""
        del self.server.posts[remote_id]

    def stranger_likes(self, remote_id: str) -> None:
        self.server.posts[remote_id].likes += 1

    def stranger_replies(self, remote_id: str, text: str) -> str:
        self.server.posts[remote_id].comments += 1
        return f"comment-{self.server.posts[remote_id].comments}"

    def hook(self, text: str) -> tuple[Mapping[str, str], bytes, str]:
        """What became of a post; strangers are not heard. ``text`` is the reason of a failure."""
        headers, body = self.server.call("post.publish.failed", {"publish_id": "v_pub_file~v2-1.7", "reason": text})
        return headers, body, self.consent.app["client_secret"]
