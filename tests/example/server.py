"""The server of the example network: boards, notes, and a sign-in that checks PKCE and uses a refresh token once."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from urllib.parse import parse_qs

from clarion.testing.servers.base import Asked, Said, StandIn

APP = {"client_id": "clarion-at-halden", "client_secret": "shh-app-secret"}
BOARDS = {"b1": "Town hall", "b2": "Swimming pool"}


class PinboardServer(StandIn):
    """``lifetime``: seconds for which an access token is good."""

    def __init__(self, *, boards: int = 2, lifetime: int = 3600) -> None:
        super().__init__()
        self.lifetime = lifetime
        self.boards = dict(list(BOARDS.items())[:boards])
        self.notes: dict[tuple[str, str], dict] = {}
        self.files: set[str] = set()
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()
        self.refreshes: set[str] = set()
        self.renewals = 0
        self.extra: dict[str, str] = {}

    # -- from the other side

    def person_says_yes(self, address: str) -> dict[str, str]:
        """What the browser brings back when the person allows it: ``{"code", "state"}``."""
        asked = {name: values[0] for name, values in parse_qs(address.partition("?")[2]).items()}
        assert asked["client_id"] == APP["client_id"] and asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"]}

    def sign_in(self) -> dict:
        return self._tokens()

    def end_tokens(self, *, also_renewal: bool = False) -> None:
        self.tokens.clear()
        if also_renewal:
            self.refreshes.clear()

    # -- the wire

    def handle(self, asked: Asked) -> Said:
        if asked.path == "/oauth/token":
            return self._token({name: values[0] for name, values in parse_qs(asked.body.decode()).items()})
        if asked.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Said.json({"error": "invalid_token"}, 401)
        parts = asked.path.strip("/").split("/")
        if asked.path == "/boards":
            return Said.json([self._board(id) for id in self.boards])
        if asked.path == "/files" and asked.method == "POST":
            file = secrets.token_hex(4)
            self.files.add(file)
            return Said.json({"id": file, **self.extra}, 201)
        if parts[0] == "boards" and parts[1] in self.boards:
            return Said.json({**self._board(parts[1]), **self.extra}) if len(parts) == 2 else self._note(asked, parts)
        return Said.json({"error": "There is no such thing."}, 404)

    def _board(self, id: str) -> dict[str, str]:
        return {"id": id, "name": self.boards[id], "url": f"{self.url}/{id}"}

    def _note(self, asked: Asked, parts: list[str]) -> Said:
        where = (parts[1], parts[3])
        if asked.method == "PUT":
            told = json.loads(asked.body)
            if len(told["text"]) > 200 or any(file["file"] not in self.files for file in told["files"]):
                return Said.json({"error": "That is too long, or a file is missing."}, 422)
            self.notes.setdefault(where, {**told, "id": parts[3], "url": f"{self.url}/{parts[1]}/{parts[3]}"})
        if where not in self.notes:
            return Said.json({"error": "There is no such note."}, 404)
        if asked.method == "DELETE":
            del self.notes[where]
            return Said(204)
        return Said.json({**self.notes[where], **self.extra})

    def _token(self, form: dict[str, str]) -> Said:
        if {name: form.get(name) for name in APP} != APP:
            return Said.json({"error": "invalid_client"}, 401)
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refreshes:
                return Said.json({"error": "invalid_grant", "error_description": "used or ended"}, 400)
            self.refreshes.remove(form["refresh_token"])
            self.renewals += 1
            return Said.json(self._tokens())
        kept = self.codes.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if kept is None or kept["code_challenge"] != challenge.decode() or kept["redirect_uri"] != form["redirect_uri"]:
            return Said.json({"error": "invalid_grant"}, 400)
        return Said.json(self._tokens())

    def _tokens(self) -> dict:
        access, refresh = "access-" + secrets.token_urlsafe(12), "refresh-" + secrets.token_urlsafe(12)
        self.tokens.add(access)
        self.refreshes.add(refresh)
        return {
            "access_token": access, "refresh_token": refresh, "expires_in": self.lifetime, "token_type": "Bearer",
            "scope": "notes.read",
        }  # fmt: skip
