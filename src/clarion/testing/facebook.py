"""The contract stage of Facebook Pages."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Account, Draft, Media, Network, NoVault, Part
from clarion.networks.facebook import Facebook

from .servers.base import Faults
from .servers.facebook import LONGEST, PAGE_ID, STRANGER, FacebookServer
from .servers.graph import Wrong, gone
from .stages import Shown, Stage


class FacebookStage(Stage):
    text_limit = LONGEST
    token_path = "/v25.0/oauth/access_token"  # noqa: S105 - an address
    troubles = {
        "expired": Wrong("Error validating access token: Session has expired on Monday.", 190, 463).said,
        "revoked": Wrong("Error validating access token: The user has not authorized application 1.", 190, 458).said,
        "scope": Wrong("(#200) Requires pages_manage_posts permission to manage the object", 200, status=403).said,
        "suspended": Wrong("The action attempted has been deemed abusive or is otherwise disallowed", 368).said,
        "deleted": gone(PAGE_ID).said,
        "quota": Wrong("(#32) Page request limit reached", 32, status=403).said,
        "duplicate": Wrong("(#506) Duplicate status message", 506).said,
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = FacebookServer(judge=True)
        self.consent = self.server.consent
        self.secrets = (self.server.token, self.server.user_token, self.server.consent.app["client_secret"])

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
        return method == "POST" and bool(re.fullmatch(r"/v[\d.]+/\d+(_\d+)?(/comments)?", path))

    @property
    def app(self) -> dict[str, str]:
        return {**self.server.consent.app, "base_url": self.server.url}

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        account = Account(server="https://www.facebook.com", remote_id=PAGE_ID)
        kept = {"access_token": self.server.token, "user_token": self.server.user_token, "page_id": PAGE_ID}
        return (network or Facebook)(account, http=self.http(seconds=seconds), vault=NoVault(kept), app=self.app)

    def slow_draft(self, text: str) -> Draft:
        return Draft((Part(text, (self.video(),)),))

    def video(self, size: int = 300_000, *, seconds: float = 12.0) -> Media:
        """A film of so many bytes that no player would play."""
        path = self.folder / "film.mp4"
        raw = b"\x00\x00\x00\x18ftypmp42" + bytes(size - 12)
        path.write_bytes(raw)
        return Media(path, "video/mp4", size, hashlib.sha256(raw).hexdigest(), duration=seconds, name="film.mp4")

    # -- the other side

    def posts(self) -> list[Shown]:
        found = [*self.server.of("post"), *self.server.of("video"), *self.server.of("comment")]
        return [
            Shown(
                f"{PAGE_ID}_{one.id}" if one.kind == "video" else one.id, one.text,
                tuple(self.server.things[photo].alt for photo in one.photos), one.parent_id,
            )
            for one in sorted(found, key=lambda one: (one.at, one.id))
        ]  # fmt: skip

    def rename(self, handle: str) -> None:
        self.server.pages[PAGE_ID] = (handle.title(), handle)

    def end_token(self) -> None:
        self.server.consent.end_tokens()

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.process_next(times=times, then=then)

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.put("comment", text=text, author=STRANGER, parent_id=remote_id).id

    def stranger_mentions(self, text: str) -> str:
        return self.server.put("tagged", text=text, author=STRANGER).id

    def stranger_posts(self, text: str) -> str:
        return self.server.put("post", text=text, author=STRANGER).id

    def stranger_likes(self, remote_id: str) -> None:
        self.server.things[remote_id].likes.add(STRANGER)

    def marks(self, remote_id: str) -> Mapping[str, int]:
        return {"likes": len(self.server.things[remote_id].likes), "shares": 0}

    def hook(self, text: str) -> tuple[Mapping[str, str], bytes, str]:
        value = {
            "item": "comment", "verb": "add", "comment_id": "11_22", "post_id": f"{PAGE_ID}_11", "message": text,
            "from": {"id": STRANGER, "name": "Rita Resident"}, "created_time": 1_790_000_000,
        }  # fmt: skip
        told = {"object": "page", "entry": [{"id": PAGE_ID, "time": 1_790_000_001,
                                             "changes": [{"field": "feed", "value": value}]}]}  # fmt: skip
        body = json.dumps(told).encode()
        return self.signature(body), body, self.app["client_secret"]

    def signature(self, body: bytes) -> dict[str, str]:
        """The header of a call in."""
        signed = hmac.new(self.app["client_secret"].encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={signed}"}
