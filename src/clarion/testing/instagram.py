"""The contract stages of Instagram: one for each way of signing in."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from clarion.networks.base import Account, Media, Network, NoVault
from clarion.networks.instagram import Instagram, InstagramPage

from .servers.base import Faults
from .servers.containers import STRANGER, US
from .servers.graph import Wrong, gone
from .servers.instagram import LONGEST, PAGE_ID, STRANGER_ID, US_ID, InstagramPageServer, InstagramServer, Whisper
from .stages import Shown, Stage


class InstagramStage(Stage):
    text_limit = LONGEST
    needs_picture = True
    token_path = "/oauth/access_token"  # noqa: S105 - an address
    troubles = {
        "expired": Wrong("Error validating access token: Session has expired on Monday.", 190, 463).said,
        "revoked": Wrong("Error validating access token: The user has not authorized application 1.", 190, 458).said,
        "scope": Wrong("Application does not have permission for this action", 10, status=403).said,
        "suspended": Wrong("The Instagram account is restricted.", 25, 2_207_050, status=403).said,
        "deleted": gone(US_ID).said,
        "quota": Wrong("Application request limit reached", 9, 2_207_042, status=403).said,
    }
    untroubled = {"duplicate": "Instagram takes the same words and pictures again."}
    server_kind: ClassVar[type[InstagramServer]] = InstagramServer
    network_kind: ClassVar[type[Network]] = Instagram

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = self.server_kind(judge=True)
        self.consent = self.server.consent
        self.secrets: tuple[str, ...] = (self.server.token, self.consent.app["client_secret"])

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
        return method == "POST" and path.rpartition("/")[2] in ("media_publish", "comments", "replies")

    @property
    def app(self) -> dict[str, str]:
        return {**self.consent.app, "base_url": self.server.url}

    def lend(self, media: Media) -> str:
        """An address that is signed and good for a while, as the network's fetcher gets it."""
        address = f"https://clarion.example/lent/{media.sha256}?signature={len(self.server.lent)}"
        self.server.lent[address] = media.path.read_bytes()
        return address

    def kept(self) -> dict[str, str]:
        return {"access_token": self.server.token}

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        account = Account(server="https://www.instagram.com", remote_id=US_ID, handle=f"@{US}")
        return (network or self.network_kind)(
            account, http=self.http(seconds=seconds), vault=NoVault(self.kept()), app=self.app, lend=self.lend
        )  # fmt: skip

    def picture(self, alt: str = "") -> Media:
        """A JPEG that nobody would see: its first bytes say what it is."""
        self._pictures += 1
        path = self.folder / f"picture-{self._pictures}.jpg"
        raw = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + self._pictures.to_bytes(2)
        path.write_bytes(raw)
        digest = hashlib.sha256(raw).hexdigest()
        return Media(path, "image/jpeg", len(raw), digest, alt=alt, width=1080, height=1080, name=path.name)

    def video(self, size: int = 50_000, *, seconds: float = 12.0) -> Media:
        """A film of so many bytes that no player would play."""
        path, raw = self.folder / "film.mp4", b"\x00\x00\x00\x18ftypmp42" + bytes(size - 12)
        path.write_bytes(raw)
        return Media(path, "video/mp4", size, hashlib.sha256(raw).hexdigest(), duration=seconds, name="film.mp4")

    # -- the other side

    def posts(self) -> list[Shown]:
        us = (US, self.server.username)
        ours = [one for one in self.server.posts.values() if one.author in us and one.kind != "tag"]
        return [Shown(one.id, one.text, one.alts, one.parent_id) for one in ours if one.text != self._question]

    _question = "What do you want to know?"

    def rename(self, handle: str) -> None:
        self.server.username = handle

    def end_token(self) -> None:
        self.consent.end_tokens()

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.process_next(times=times, then=then)

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.say(STRANGER, text, parent_id=remote_id, kind="comment").id

    def stranger_mentions(self, text: str) -> str:
        return self.server.say(STRANGER, text, kind="tag").id

    def stranger_posts(self, text: str) -> str:
        """Only comments can be answered there: this one stands below a post that we made by hand."""
        post = self.server.say(US, self._question, alts=("",))
        return self.stranger_replies(post.id, text)

    def stranger_writes(self, text: str) -> str:
        """Each time another stranger: of one conversation only the newest words can be read."""
        number = len(self.server.whispers)
        return self.whisper(f"t_{number}", text, author=f"resident{number}")

    def whisper(self, talk: str, text: str, *, author: str = STRANGER) -> str:
        """Somebody (also we) says something in one conversation."""
        author_id = US_ID if author == US else STRANGER_ID
        one = Whisper(f"mid.{self.server.next_id()}", talk, author_id, author, text, self.server.now())
        self.server.whispers.append(one)
        return one.id

    def stranger_likes(self, remote_id: str) -> None:
        self.server.posts[remote_id].likes += 1

    def hook(self, text: str) -> tuple[Mapping[str, str], bytes, str]:
        value = {"id": "8901", "text": text, "from": {"id": STRANGER_ID, "username": STRANGER}, "media": {"id": "567"}}
        told = {"object": "instagram", "entry": [{"id": US_ID, "time": 1_790_000_000,
                                                  "changes": [{"field": "comments", "value": value}]}]}  # fmt: skip
        return self.signature(told), json.dumps(told).encode(), self.app["client_secret"]

    def signature(self, told: Mapping[str, object]) -> dict[str, str]:
        """The header of a call in that says this."""
        secret = self.app["client_secret"].encode()
        return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret, json.dumps(told).encode(), "sha256").hexdigest()}


class InstagramPageStage(InstagramStage):
    token_path = "/v25.0/oauth/access_token"  # noqa: S105 - an address
    server_kind = InstagramPageServer
    network_kind = InstagramPage

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.secrets = (self.server.token, self.server.user_token, self.consent.app["client_secret"])

    def kept(self) -> dict[str, str]:
        return {"access_token": self.server.token, "user_token": self.server.user_token, "page_id": PAGE_ID}
