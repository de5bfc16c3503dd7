"""The contract stage of Threads."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Account, Media, Network, NoVault
from clarion.networks.threads import Threads

from .servers.base import Faults, Said
from .servers.containers import STRANGER, US
from .servers.graph import Wrong
from .servers.threads import LONGEST, US_ID, ThreadsServer
from .stages import Shown, Stage


def _no(message: str, code: int, subcode: int = 0, *, status: int = 400) -> Said:
    return Wrong(message, code, subcode, status=status).said


class ThreadsStage(Stage):
    # https://developers.facebook.com/docs/graph-api/guides/error-handling; M: 368 and 2207042
    troubles = {
        "expired": _no("Error validating access token: Session has expired.", 190, 463, status=401),
        "revoked": _no("Error validating access token: The user has not authorized application.", 190, 458, status=401),
        "scope": _no("Application does not have permission for this action", 10, status=403),
        "suspended": _no("The action attempted has been deemed abusive or is otherwise disallowed", 368),
        "deleted": _no("Unsupported post request. Object with ID 'me' does not exist", 100, 33),
        "quota": _no("You reached the maximum number of posts that is allowed to be published.", 9, 2_207_042),
    }
    untroubled = {"duplicate": "A container is published once; a look at it tells whether it was."}
    text_limit = LONGEST
    token_path = "/oauth/access_token"  # noqa: S105 - an address

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = ThreadsServer(judge=True)
        self.consent = self.server.consent
        self.secrets = (self.server.token, self.consent.app["client_secret"])

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
        return method == "POST" and path.endswith("/threads_publish")

    @property
    def app(self) -> dict[str, str]:
        return {**self.consent.app, "base_url": self.server.url}

    def lend(self, media: Media) -> str:
        """An address that is signed and good for a while, as the network's fetcher gets it."""
        address = f"https://clarion.example/lent/{media.sha256}?signature={len(self.server.lent)}"
        self.server.lent[address] = media.path.read_bytes()
        return address

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        account = Account(server="https://www.threads.com", remote_id=US_ID, handle=f"@{US}")
        vault = NoVault({"access_token": self.server.token})
        return (network or Threads)(
            account, http=self.http(seconds=seconds), vault=vault, app=self.app, lend=self.lend
        )  # fmt: skip

    def video(self, size: int = 50_000) -> Media:
        """A film of so many bytes that no player would play."""
        path, raw = self.folder / "film.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(size - 12)
        path.write_bytes(raw)
        return Media(path, "video/mp4", size, hashlib.sha256(raw).hexdigest(), alt="A bridge.", name="film.mp4")

    # -- the other side

    def posts(self) -> list[Shown]:
        ours = [one for one in self.server.posts.values() if one.author == US and one.kind in ("post", "reply")]
        return [Shown(one.id, one.text, one.alts, one.parent_id) for one in ours]

    def end_token(self) -> None:
        self.consent.end_tokens()

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.process_next(times=times, then=then)

    def rename(self, handle: str) -> None:
        self.server.username = handle

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.say(STRANGER, text, parent_id=remote_id, kind="reply").id

    def stranger_mentions(self, text: str) -> str:
        return self.server.say(STRANGER, text, kind="mention").id

    def stranger_posts(self, text: str) -> str:
        return self.server.say(STRANGER, text).id

    def stranger_likes(self, remote_id: str) -> None:
        self.server.posts[remote_id].likes += 1

    def marks(self, remote_id: str) -> Mapping[str, int]:
        return {"likes": 0, "shares": sum(post == remote_id for _who, post in self.server.reposts)}

    def hook(self, text: str) -> tuple[Mapping[str, str], bytes, str]:
        value = {"id": "8901", "username": STRANGER, "text": text, "timestamp": "2026-11-24T09:00:00+0000",
                 "permalink": "https://www.threads.com/@rita/post/x", "replied_to": {"id": "567"}}  # fmt: skip
        told = {"topic": "moderate", "values": {"field": "replies", "value": value}}
        return self.signature(told), json.dumps(told).encode(), self.app["client_secret"]

    def signature(self, told: Mapping[str, object]) -> dict[str, str]:
        """The header of a call in that says this."""
        secret = self.app["client_secret"].encode()
        return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret, json.dumps(told).encode(), "sha256").hexdigest()}
