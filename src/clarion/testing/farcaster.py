"""The contract stage of Farcaster."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from clarion.networks.base import Network, NoVault
from clarion.networks.farcaster import Farcaster

from .servers.base import Faults, Said
from .servers.farcaster import HOUSE, STRANGER, US, Cast, NeynarServer
from .stages import Shown, Stage

HOOK = "what Neynar and we know"


def _no(status: int, code: str, message: str) -> Said:
    return Said.json({"code": code, "message": message}, status)


class FarcasterStage(Stage):
    text_limit = 1024
    troubles = {
        "revoked": _no(403, "SignerNotApproved", "The signer is not approved"),
        "scope": _no(403, "InsufficientPermission", "The signer may not publish casts"),
        "suspended": _no(402, "PaymentRequired", "The plan of this API key has ended"),
        "deleted": _no(404, "NotFound", "The user has no such account"),
        "quota": _no(429, "RateLimitExceeded", "Rate limit exceeded"),
    }
    untroubled = {
        "expired": "Neither a key nor a signer ends by itself.",
        "duplicate": "The network takes the same words again; the same idem again is the same cast.",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = NeynarServer()
        self.secrets = (self.server.key, self.server.signer)

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def complaints(self) -> Sequence[str]:
        return self.server.complaints

    def is_publishing(self, method: str, path: str) -> bool:
        return (method, path) == ("POST", f"{HOUSE}/cast/")

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Farcaster:
        app = {"base_url": self.server.url}
        fields = {"api_key": self.server.key, "signer_uuid": self.server.signer}
        connected = Farcaster.connect(fields, http=self.http(), app=app)
        kind = network if network is not None and issubclass(network, Farcaster) else Farcaster
        vault = NoVault(connected.secrets)
        return kind(connected.account, http=self.http(seconds=seconds), vault=vault, app=app)

    # -- the other side

    def posts(self) -> list[Shown]:
        mine = [one for one in self.server.casts.values() if one.author == US]
        return [Shown(one.hash, one.text, (), one.parent) for one in mine]

    def rename(self, handle: str) -> None:
        self.server.names[US] = (handle, "Town Hall")

    def end_token(self) -> None:
        self.server.status, self.server.key = "revoked", "another"

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_posts(self, text: str) -> str:
        return self.server.write(STRANGER, text).hash

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.write(STRANGER, text, parent=remote_id).hash

    def stranger_mentions(self, text: str) -> str:
        return self.server.write(STRANGER, f"@cityhall {text}").hash

    def stranger_likes(self, remote_id: str) -> None:
        self.server.casts[remote_id].likes.add(STRANGER)

    def marks(self, remote_id: str) -> Mapping[str, int]:
        one = self.server.casts[remote_id]
        return {"likes": len(one.likes), "shares": len(one.recasts)}

    def hook(self, text: str) -> tuple[Mapping[str, str], bytes, str]:
        cast = self.server.cast(Cast("0x" + "ab" * 20, text, STRANGER, self.server.now()))
        body = json.dumps({"created_at": 1, "type": "cast.created", "data": cast}).encode()
        proof = hmac.new(HOOK.encode(), body, hashlib.sha512).hexdigest()
        return {"X-Neynar-Signature": proof}, body, HOOK
