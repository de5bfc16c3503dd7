"""The contract stage of Mastodon and kin: our own server in any of its dialects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Account, Network, NoVault
from clarion.networks.mastodon import Mastodon

from .servers.base import Faults, Said
from .servers.mastodon import MastodonServer
from .stages import Shown, Stage


class MastodonStage(Stage):
    """``dialect`` is a name of ``clarion.testing.servers.mastodon_dialects.DIALECTS``."""

    troubles = {
        "revoked": lambda stage: stage.server.bad_token(),
        "scope": Said.json({"error": "This action is outside the authorized scopes"}, 403),
        "suspended": Said.json({"error": "Your login is currently disabled"}, 403),
        "deleted": Said.json({"error": "This method requires an authenticated user"}, 422),
        "quota": Said.json({"error": "Too many requests"}, 429),
    }
    untroubled = {
        "expired": "Tokens of Mastodon and kin do not end by themselves.",
        "duplicate": "Mastodon and kin take the same words again.",
    }

    def __init__(self, folder: Path, *, dialect: str = "mastodon", judge: bool = True) -> None:
        super().__init__(folder)
        self.server = MastodonServer(dialect=dialect, judge=judge)
        self.honours_keys = self.server.honours_keys
        self.text_limit = self.server.text_limit
        self.secrets = (self.server.token,)
        self.needs_picture = self.server.dialect.needs_media
        kind = self.server.dialect
        lacks = {"search": kind.search, "messages": kind.conversations, "check": kind.ask_media}
        self.lacks = {ability: f"{dialect} has none" for ability, there in lacks.items() if not there}

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
        return method == "POST" and path == "/api/v1/statuses"

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        kind = network or Mastodon
        vault = NoVault({"access_token": self.server.token})
        http = self.http(seconds=seconds)
        account = kind(Account(server=self.server.url), http=self.http(), vault=vault).whoami()
        asked = kind(account, http=self.http(), vault=vault)
        limits = asked.limits() if kind.rules.asked_of_server else None  # type: ignore[attr-defined]
        return kind(account, http=http, vault=vault, limits=limits)

    # -- the other side

    def posts(self) -> list[Shown]:
        return [Shown(s.id, s.text, tuple(m.alt for m in s.media), s.parent_id) for s in self.server.of("1")]

    def rename(self, handle: str) -> None:
        self.server.people[self.server.token].name = handle

    def end_token(self) -> None:
        self.server.people.pop(self.server.token)

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.process_next_media(times=times, then=then)

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def _says(self, text: str, **more: str) -> str:
        resident = self.server.people[self.server.other_token]
        return self.server.write(resident, {"status": text, **more}).id

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self._says(text, in_reply_to_id=remote_id)

    def stranger_mentions(self, text: str) -> str:
        return self._says(f"@cityhall {text}")

    def stranger_writes(self, text: str) -> str:
        return self._says(f"@cityhall {text}", visibility="direct")

    def stranger_posts(self, text: str) -> str:
        return self._says(text)

    def stranger_likes(self, remote_id: str) -> None:
        status, resident = self.server.statuses[remote_id], self.server.people[self.server.other_token]
        status.likes.add(resident.id)
        self.server.notify(status.person, resident, "favourite", status)

    def marks(self, remote_id: str) -> Mapping[str, int]:
        status = self.server.statuses[remote_id]
        return {"likes": len(status.likes), "shares": len(status.shares)}
