"""The contract stage of Nostr: one relay, a key pair of ours, and a stranger's."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clarion.networks.base import Network, NoVault
from clarion.networks.nostr import LIKE, NOTE, PROFILE, REPOST, Nostr
from clarion.networks.nostr_event import encoded, public_of, signed

from .servers.base import Faults, Said
from .servers.nostr import Relay
from .stages import Shown, Stage

OURS = "8f" * 31 + "01"
THEIRS = "3c" * 31 + "02"


def _no(said: str) -> Said:
    return Said.json(["OK", "<id>", False, said])


class NostrStage(Stage):
    # NIP-01 and NIP-42 have these very words as their examples.
    troubles = {
        "scope": _no("restricted: we do not accept posts from unregistered users, please sign up at city.example"),
        "suspended": _no("blocked: you are banned from posting here"),
        "quota": _no("rate-limited: slow down there chief"),
    }  # fmt: skip
    untroubled = {
        "expired": "A key has no end.",
        "revoked": "A key cannot be taken back.",
        "deleted": "Nobody can delete a key.",
        "duplicate": "A relay that has the note already is one that has taken it.",
    }
    http_answers = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.relay = self.new_relay()
        self.ours, self.theirs = self.keys()
        self.nsec = encoded("nsec", bytes.fromhex(self.ours))
        self.secrets = (self.ours, self.nsec)
        self._tick = 0

    def new_relay(self) -> Relay:
        return Relay()

    def keys(self) -> tuple[str, str]:
        """The secret keys of our account and of the stranger."""
        return OURS, THEIRS

    def start(self) -> None:
        self.relay.start()

    def stop(self) -> None:
        self.relay.stop()

    @property
    def faults(self) -> Faults:
        return self.relay.faults

    @property
    def address(self) -> str:
        return self.relay.url

    def is_publishing(self, method: str, path: str) -> bool:
        return method == "EVENT"

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Nostr:
        connected = Nostr.connect({"secret_key": self.nsec, "relays": self.address}, http=self.http())
        kind = network if network is not None and issubclass(network, Nostr) else Nostr
        return kind(connected.account, http=self.http(seconds=seconds), vault=NoVault(connected.secrets))

    # -- the other side

    def held(self) -> Sequence[Mapping[str, Any]]:
        """Every event of the relay."""
        return list(self.relay.events.values())

    def tell(self, event: Mapping[str, Any]) -> None:
        """A stranger gives an event to the relay."""
        self.relay.events[str(event["id"])] = dict(event)

    def posts(self) -> list[Shown]:
        gone = {tag[1] for event in self.held() if event["kind"] == 5 for tag in event["tags"] if tag[0] == "e"}
        mine = [
            e for e in self.held() if e["kind"] == NOTE and e["pubkey"] == public_of(self.ours) and e["id"] not in gone
        ]
        return [Shown(e["id"], e["content"], (), _parent(e)) for e in mine]

    def _stranger(self, content: str, tags: list[list[str]], kind: int = NOTE) -> str:
        self._tick += 1
        at = int(time.time()) - 10_000 + self._tick
        event = signed(self.theirs, kind=kind, content=content, tags=tags, at=at)
        self.tell(event)
        return str(event["id"])

    def end_token(self) -> None:
        raise NotImplementedError("a key cannot be taken back")

    def rename(self, handle: str) -> None:
        at = int(time.time())
        self.tell(signed(self.ours, kind=PROFILE, content=json.dumps({"name": handle}), tags=[], at=at))

    def add_unknown_fields(self) -> None:
        self.relay.extra_words = True

    def hide_numbers(self) -> None:
        self.relay.silent = True

    def stranger_posts(self, text: str) -> str:
        return self._stranger(text, [])

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self._stranger(text, [["e", remote_id, "", "root"]])

    def stranger_mentions(self, text: str) -> str:
        return self._stranger(text, [["p", public_of(self.ours)]])

    def stranger_likes(self, remote_id: str) -> None:
        self._stranger("+", [["e", remote_id]], kind=LIKE)

    def marks(self, remote_id: str) -> Mapping[str, int]:
        about = [e for e in self.held() if ["e", remote_id] in [tag[:2] for tag in e["tags"]]]
        return {"likes": sum(e["kind"] == LIKE for e in about), "shares": sum(e["kind"] == REPOST for e in about)}


def _parent(event: Mapping[str, Any]) -> str:
    marked = {tag[3]: tag[1] for tag in event["tags"] if tag[0] == "e" and len(tag) > 3}
    return marked.get("reply") or marked.get("root") or ""
