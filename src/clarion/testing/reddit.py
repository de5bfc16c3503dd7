"""The contract stage of Reddit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from clarion.networks.base import Account, Draft, Media, Network, NoVault
from clarion.networks.reddit import Reddit

from .servers.base import Faults, Said
from .servers.reddit import STRANGER, US, RedditServer
from .stages import Shown, Stage
from .videos import video


def _no(code: str, said: str, field: str) -> Said:
    return Said.json({"json": {"errors": [[code, said, field]]}})


def _status(status: int, message: str, told: str = "", **more: str) -> Said:
    proof = {"www-authenticate": f'Bearer realm="reddit", error="{told}"'} if told else {}
    return Said.json({"message": message, "error": status, **more}, status, proof)


class RedditStage(Stage):
    text_limit = 40_000
    token_path = RedditServer.token_path
    # M and K, as everything of Reddit.
    troubles = {
        "expired": _status(401, "Unauthorized"),
        "revoked": _status(401, "Unauthorized", "invalid_token"),
        "scope": _status(403, "Forbidden", "insufficient_scope"),
        "suspended": _status(403, "Forbidden", explanation="Your account has been suspended.", reason="suspended"),
        "deleted": _no("SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "sr"),
        "quota": _no("RATELIMIT", "Looks like you've been doing that a lot. Take a break for 9 minutes.", "ratelimit"),
        "duplicate": _no("ALREADY_SUB", "that link has already been submitted", "url"),
    }
    untroubled = {"renamed": "Nobody can change a name on Reddit."}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = RedditServer()
        self.consent = self.server.consent

    def start(self) -> None:
        self.server.start()
        self.before = self.server.put("t3", STRANGER, "Older.", title="Older", sr="norway")
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

    def network(
        self, network: type[Network] | None = None, *, seconds: float | None = None, community: str = "halden"
    ) -> Reddit:
        kind = network if network is not None and issubclass(network, Reddit) else Reddit
        chosen = Account(settings={"community": community})
        account = kind(chosen, http=self.http(), vault=self.vault, app=self.app).whoami()
        return kind(account, http=self.http(seconds=seconds), vault=self.vault, app=self.app)

    def is_publishing(self, method: str, path: str) -> bool:
        return method == "POST" and path in ("/api/submit", "/api/comment")

    # -- what is said

    def draft(self, *texts: str, pictures: int = 0, alts: tuple[str, ...] = (), **options: Any) -> Draft:
        """No post goes without a title."""
        draft = super().draft(*texts, pictures=pictures, alts=alts, **options)
        return replace(draft, options={"title": "News of the city", **options})

    def film(self, text: str = "A film.", **options: Any) -> Draft:
        """A video with the picture that is shown before it plays."""
        draft = self.draft(text, pictures=1, **options)
        first = replace(draft.parts[0], media=(self.video(), *draft.parts[0].media))
        return Draft((first,), draft.options)

    def video(self) -> Media:
        return video(self.folder, size=300_000)

    def slow_draft(self, text: str) -> Draft:
        return self.film(text)

    # -- the other side

    def posts(self) -> list[Shown]:
        mine = [*self.server.of("t3"), *self.server.of("t1"), *self.server.of("t4")]
        return [
            Shown(one.name, one.text, parent_id=one.parent)
            for one in sorted(mine, key=lambda one: (one.at, one.name)) if one.author == US
        ]  # fmt: skip

    def end_token(self) -> None:
        self.consent.end_tokens(also_renewal=True)

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.then.append((times, then != "ready"))

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_replies(self, remote_id: str, text: str) -> str:
        parent = self.server.things[remote_id]
        post = parent.post or parent.name
        return self.server.put("t1", STRANGER, text, parent=remote_id, post=post, sr=parent.sr).name

    def stranger_mentions(self, text: str) -> str:
        said = f"{text} u/{US}"
        return self.server.put("t1", STRANGER, said, parent=self.before.name, post=self.before.name, sr="norway").name

    def stranger_writes(self, text: str) -> str:
        return self.server.put("t4", STRANGER, text, to=US).name

    def stranger_posts(self, text: str) -> str:
        return self.server.put("t3", STRANGER, text, title="A question", sr="norway").name

    def stranger_likes(self, remote_id: str) -> None:
        self.server.things[remote_id].ups += 1

    def marks(self, remote_id: str) -> Mapping[str, int]:
        return {"likes": self.server.things[remote_id].ups}
