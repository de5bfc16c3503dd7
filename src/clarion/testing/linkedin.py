"""The contract stages of LinkedIn: a page, and a member."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Account, Network, NoVault
from clarion.networks.linkedin import LinkedIn

from .servers.base import Faults, Said
from .servers.linkedin import LONGEST, MEMBER, PAGE, STRANGER, LinkedInServer
from .stages import Shown, Stage


def _no(status: int, code: str, message: str, service: int = 100) -> Said:
    return Said.json({"status": status, "serviceErrorCode": service, "code": code, "message": message}, status)


def _double(stage: LinkedInStage) -> Said:
    """It names the post that is there: ours where there is one, else somebody's."""
    ours = stage.posts()
    urn = ours[-1].remote_id if ours else stage.stranger_posts("The library opens at ten.")
    return _no(422, "DUPLICATE_POST", f"Content is a duplicate of {urn}")


class LinkedInStage(Stage):
    """We speak for the page."""

    troubles = {
        "expired": _no(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired", 65602),
        "revoked": _no(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked", 65601),
        "scope": _no(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE.20260901"),
        "suspended": _no(403, "ACCESS_DENIED", "This resource is forbidden: the account is restricted"),
        "deleted": _no(404, "NOT_FOUND", "Could not find entity"),
        "quota": _no(429, "TOO_MANY_REQUESTS", "Resource level throttle MEMBER DAY limit for calls is reached.", 101),
        "duplicate": _double,
    }

    text_limit = LONGEST
    token_path = "/oauth/v2/accessToken"  # noqa: S105 - an address
    us = PAGE

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = LinkedInServer()
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
        return method == "POST" and (path == "/rest/posts" or path.endswith("/comments"))

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        kind, vault = network or LinkedIn, NoVault(self._vault)
        account = kind(Account(remote_id=self.us), http=self.http(), vault=vault, app=self.app).whoami()
        return kind(account, http=self.http(seconds=seconds), vault=vault, app=self.app)

    # -- the other side

    def posts(self) -> list[Shown]:
        mine = [one for one in self.server.things.values() if one.author == self.us]
        return [Shown(one.urn, one.text, one.alts, one.parent) for one in mine]

    def rename(self, handle: str) -> None:
        self.server.names[PAGE] = (handle.title(), handle)
        self.server.person = handle

    def end_token(self) -> None:
        self.consent.end_tokens(also_renewal=True)

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.slow.append((times, then))

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.put(STRANGER, text, parent=remote_id).urn

    def stranger_mentions(self, text: str) -> str:
        return str(self.server.notify("SHARE_MENTION", words=text)["generatedActivity"])

    def stranger_posts(self, text: str) -> str:
        return self.server.put(STRANGER, text).urn

    def stranger_likes(self, remote_id: str) -> None:
        self.server.things[remote_id].likes.add(STRANGER)
        self.server.notify("LIKE", source=remote_id)

    def marks(self, remote_id: str) -> Mapping[str, int]:
        return {"likes": len(self.server.things[remote_id].likes), "shares": 0}

    def hook(self, text: str) -> tuple[Mapping[str, str], bytes, str]:
        told = self.server.notify("COMMENT", words=text, source="urn:li:share:7390000000000000")
        return self.signed([told])

    def signed(self, notifications: list[Mapping[str, object]]) -> tuple[Mapping[str, str], bytes, str]:
        """A call in, as LinkedIn makes it."""
        told = {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": notifications}
        body, secret = json.dumps(told).encode(), self.app["client_secret"]
        signature = hmac.new(secret.encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()
        return {"X-LI-Signature": signature}, body, secret


class LinkedInMemberStage(LinkedInStage):
    """We speak for a member, of whom LinkedIn lets applications read nothing."""

    us = MEMBER
    lacks: Mapping[str, str] = dict.fromkeys(
        ("find", "fetch", "replies", "mentions", "notifications", "measure_account"),
        "LinkedIn lets no application read what a member says",
    )
