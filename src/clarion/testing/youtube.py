"""The contract stage of YouTube."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from clarion.networks.base import Account, Captions, Draft, Media, Network, NoVault
from clarion.networks.youtube import YouTube

from .servers.base import Faults, Said
from .servers.youtube import YouTubeServer, older
from .servers.youtube_routes import STRANGER, UNIT, US
from .stages import Shown, Stage
from .videos import video


def _no(status: int, reason: str, message: str, domain: str = "youtube.video") -> Said:
    told = {"code": status, "message": message, "errors": [{"message": message, "domain": domain, "reason": reason}]}
    return Said.json({"error": told}, status)


class YouTubeStage(Stage):
    # https://developers.google.com/youtube/v3/docs/errors
    troubles = {
        "expired": _no(401, "authError", "Invalid Credentials", "global"),
        "revoked": _no(401, "authorizationRequired", "Token has been expired or revoked.", "global"),
        "scope": _no(403, "insufficientPermissions", "Insufficient Permission: scopes are missing.", "global"),
        "suspended": _no(403, "authenticatedUserAccountSuspended", "The account of the user is suspended."),
        "deleted": _no(403, "channelClosed", "The channel of the request has been closed."),
        "quota": _no(403, "quotaExceeded", "You have exceeded your quota.", "youtube.quota"),
    }
    untroubled = {"duplicate": "The video is there already when it is made public; to say that twice changes nothing."}
    text_limit = 5000
    token_path = YouTubeServer.token_path

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = YouTubeServer()
        self.consent = self.server.consent
        self._videos = 0

    def start(self) -> None:
        self.server.start()
        self.before = older(self.server)
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

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> YouTube:
        kind = network if network is not None and issubclass(network, YouTube) else YouTube
        account = kind(Account(), http=self.http(), vault=self.vault, app=self.app).whoami()
        us = kind(account, http=self.http(seconds=seconds), vault=self.vault, app=self.app)
        us.chunk = UNIT
        return us

    def is_publishing(self, method: str, path: str) -> bool:
        return (method, path) == ("PUT", "/youtube/v3/videos") or (
            method == "POST" and path in ("/youtube/v3/comments", "/youtube/v3/commentThreads")
        )

    # -- what is said

    def draft(
        self, *texts: str, pictures: int = 0, alts: tuple[str, ...] = (), captions: tuple[Captions, ...] = (),
        **options: Any,
    ) -> Draft:  # fmt: skip
        """No post goes without a video, a title, and the question whether it is for children."""
        draft = super().draft(*texts, pictures=pictures, alts=alts, **options)
        film = replace(self.video(), captions=captions)
        first = replace(draft.parts[0], media=(film, *draft.parts[0].media))
        return Draft((first, *draft.parts[1:]), {"title": "News of the city", "made_for_kids": "no", **options})

    def video(self, size: int = 300_000) -> Media:
        self._videos += 1
        return video(self.folder, size=size, number=self._videos)

    # -- the other side

    def posts(self) -> list[Shown]:
        videos = [(one.public_at, Shown(one.id, one.snippet["description"])) for one in self.server.public()]
        said = [
            (one.public_at, Shown(one.id, one.text, parent_id=one.parent or one.video))
            for one in self.server.comments.values() if one.author == US
        ]  # fmt: skip
        return [shown for _order, shown in sorted(videos + said, key=lambda pair: pair[0])]

    def end_token(self) -> None:
        self.consent.end_tokens(also_renewal=True)

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.then.append((times, "" if then == "ready" else "codec"))

    def rename(self, handle: str) -> None:
        self.server.name = handle

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.comment(remote_id, text).id

    def stranger_comments(self, text: str) -> str:
        """A stranger says something under an older video of ours; gives the comment's id."""
        return self.server.comment(self.before.id, text).id

    def stranger_posts(self, text: str) -> str:
        snippet = {"title": text, "categoryId": "22"}
        return self.server.put(snippet, {"privacyStatus": "public"}, channel=STRANGER).id

    def stranger_likes(self, remote_id: str) -> None:
        self.server.videos[remote_id].likes.add(STRANGER)

    def marks(self, remote_id: str) -> Mapping[str, int]:
        return {"likes": len(self.server.videos[remote_id].likes)}
