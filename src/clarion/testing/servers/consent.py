"""The sign-in of a contract server: codes that work once, PKCE checked, tokens that end, renewals that rotate."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .base import Asked, Said


class Consent:
    """Issues tokens for ``person`` (any word). ``basic``: the application proves itself by HTTP Basic, nothing else.

    ``rotates``: a renewal ends the refresh token that it used. ``refreshes`` False: nobody gets a refresh token.
    ``pkce`` False: a verifier is no part of this network's sign-in, and whoever brings one is not known.
    ``granted``: the scopes that a person ticks; None: all that were asked for.
    """

    def __init__(
        self,
        *,
        lifetime: int = 7200,
        basic: bool = False,
        rotates: bool = True,
        refreshes: bool = True,
        prefix: str = "",
        pkce: bool = True,
    ) -> None:
        self.app = {"client_id": "clarion-at-halden", "client_secret": "shh-app-secret-81"}
        self.lifetime = lifetime
        self.basic, self.rotates, self.refreshes = basic, rotates, refreshes
        self.pkce = pkce
        self.granted: str | None = None
        self.renewals = 0
        self.tokens: dict[str, str] = {}
        self._renewable: dict[str, str] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    # -- from the other side

    def person_says_yes(self, address: str, *, person: str = "us") -> dict[str, str]:
        """What the browser brings back when the person allows it: ``{"code", "state"}``."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        if asked.get("response_type") != "code" or asked.get("client_id") != self.app["client_id"]:
            raise ValueError("this is not a sign-in of ours")
        if self.pkce and (asked.get("code_challenge_method") != "S256" or len(asked.get("code_challenge", "")) != 43):
            raise ValueError("the sign-in has no challenge")
        code = secrets.token_urlsafe(16)
        self._codes[code] = {**asked, "person": person}
        return {"code": code, "state": asked["state"]}

    def issue(self, person: str = "us", *, scope: str = "") -> dict[str, Any]:
        """A token answer, as after a sign-in."""
        access = "access-" + secrets.token_urlsafe(12)
        self.tokens[access] = person
        told: dict[str, Any] = {"token_type": "bearer", "access_token": access, "expires_in": self.lifetime}
        if scope:
            told["scope"] = scope
        if self.refreshes:
            refresh = "refresh-" + secrets.token_urlsafe(12)
            self._renewable[refresh] = person
            told["refresh_token"] = refresh
        return told

    def end_tokens(self, *, also_renewal: bool = False) -> None:
        self.tokens.clear()
        if also_renewal:
            self._renewable.clear()

    # -- the wire

    def who(self, asked: Asked) -> str | None:
        """Whose token this call carries; None: nobody's."""
        scheme, _space, token = asked.headers.get("authorization", "").partition(" ")
        return self.tokens.get(token) if scheme.lower() == "bearer" else None

    def token(self, asked: Asked) -> Said:
        """The answer of the token endpoint."""
        with self._lock:
            form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
            if not self._knows(asked, form):
                return Said.json({"error": "invalid_client", "error_description": "No such application."}, 401)
            if form.get("grant_type") == "refresh_token":
                return self._renewed(form)
            return self._exchanged(form)

    def _knows(self, asked: Asked, form: Mapping[str, str]) -> bool:
        if not self.pkce and "code_verifier" in form:
            return False
        given = (form.get("client_id"), form.get("client_secret"))
        if self.basic:
            if "client_secret" in form:
                return False
            scheme, _space, proof = asked.headers.get("authorization", "").partition(" ")
            id, _colon, secret = base64.b64decode(proof or "").decode().partition(":")
            given = (unquote(id), unquote(secret)) if scheme == "Basic" else (None, None)
        return given == (self.app["client_id"], self.app["client_secret"])

    def _renewed(self, form: Mapping[str, str]) -> Said:
        used = form.get("refresh_token", "")
        person = self._renewable.get(used)
        if person is None:
            return Said.json({"error": "invalid_grant", "error_description": "The token was used or ended."}, 400)
        self.renewals += 1
        told = self.issue(person)
        if self.rotates:
            del self._renewable[used]
        else:
            self._renewable.pop(told.pop("refresh_token", ""), None)
        return Said.json(told)

    def _exchanged(self, form: Mapping[str, str]) -> Said:
        kept = self._codes.pop(form.get("code", ""), {})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (self.pkce and kept.get("code_challenge") != challenge) or kept.get("redirect_uri") != form.get(
            "redirect_uri"
        ):
            return Said.json({"error": "invalid_grant", "error_description": "The code is not valid."}, 400)
        scope = kept.get("scope", "") if self.granted is None else self.granted
        return Said.json(self.issue(kept["person"], scope=scope))
