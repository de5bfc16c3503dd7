"""Pinboard: the example of docs/adding-a-network.md. Boards of notes; the API is invented, its server is beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clarion.networks.api import mappings, text
from clarion.networks.base import (
    JSON,
    Absent,
    Account,
    Answer,
    Failure,
    Images,
    OAuth,
    Once,
    Published,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
)
from clarion.networks.oauth import OAuthApi
from clarion.networks.wording import _, gettext_noop


class Pinboard(OAuthApi):
    """One board of one person. A note is put under an id of ours, so the same id twice is one note."""

    name, label = "pinboard", "Pinboard"
    api = "https://api.pinboard.example"
    authorise_at = "https://pinboard.example/oauth/authorise"
    token_at = "https://pinboard.example/oauth/token"
    sign_in = (
        OAuth(
            scopes={
                "notes.write": gettext_noop("publish and take down notes"),
                "notes.read": gettext_noop("look whether a note is there"),
            }
        ),
    )
    rules = Rules(text=Text(200, unit="codepoint"), images=Images(1, size=1_000_000, alt=100, types=("image/png",)))
    once = Once(Once.KEY)

    # -- signing in

    def whoami(self) -> Account:
        if self.account.remote_id:
            return self._board(self._get(f"/boards/{self.account.remote_id}"))
        return self._board(self._get("/boards")[0])

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        return [(self._board(board), {}) for board in mappings(self._get("/boards"))]

    def _board(self, board: Any) -> Account:
        id = self._id(board, writing=False)
        return Account(remote_id=id, handle=text(board, "name") or id, url=text(board, "url"))

    # -- publishing

    def publish(self, step: Step, *, key: str) -> Published:
        if step.media is not None:
            made = self._post("/files", content=step.media.path, headers={"content-type": step.media.mime})
            return Published(handle={"file": self._id(made), "alt": step.media.alt})
        note = {"text": step.payload["text"], "files": [dict(done.handle) for done in step.earlier]}
        made = self._say("PUT", f"/boards/{self.account.remote_id}/notes/{key}", json=note)
        return Published(self._id(made), text(made, "url"))

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        seen = self.fetch(key)
        return Published(seen.remote_id, seen.url) if seen and seen.remote_id not in step.taken else Absent()

    # -- after publishing

    def fetch(self, remote_id: str) -> Seen | None:
        answer = self._ask("GET", f"/boards/{self.account.remote_id}/notes/{remote_id}")
        if answer.status == 404:
            return None
        note = self._read(answer, writing=False)
        alts = tuple(text(file, "alt") for file in mappings(note, "files"))
        return Seen(self._id(note, writing=False), text(note, "url"), text(note, "text"), alts=alts, raw=note)

    def delete(self, remote_id: str) -> None:
        answer = self._ask("DELETE", f"/boards/{self.account.remote_id}/notes/{remote_id}")
        if answer.status != 404:
            self._read(answer, writing=True)

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        if answer.status == 403 and "scope" in answer.reason():
            sentence = _("%(network)s does not let us write on this board. Connect it again and allow it.")
            return SignInAgain(sentence % {"network": self.label}, code="scope")
        return super().understand(answer, writing=writing)
