"""Signing in with an application of ours (OAuth 2, RFC 6749 and 7636), and a token that is renewed before it ends."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote_plus, urlencode

from .answers import Unreadable
from .api import JsonApi, span, text
from .base import JSON, Account, Answer, Connected, Http, NoVault, OAuth
from .wording import _, quoting
from .words import NotNow, Refused, SignInAgain, Unknown

EARLY = timedelta(minutes=5)
"""A token that ends sooner than this is renewed before it is used."""

DEAD = frozenset({"invalid_grant", "invalid_token", "access_denied", "unauthorized_client"})
"""What a token's server says when only a person can help. Everything else may pass."""


class OAuthApi(JsonApi):
    """Give ``authorise_at``, ``token_at`` and a ``sign_in`` with ``OAuth(scopes=…)``; the rest is the standard's.

    Secrets in the vault: ``access_token``, ``refresh_token`` (where there is one), ``expires_at`` (epoch seconds).
    """

    needs_app: ClassVar[bool] = True
    authorise_at: ClassVar[str]
    token_at: ClassVar[str]
    scope_separator: ClassVar[str] = " "
    authorise_more: ClassVar[Mapping[str, str]] = {}
    """Further parameters of the sign-in page, such as ``access_type=offline``."""
    client_in_header: ClassVar[bool] = False
    """True where the application proves itself by HTTP Basic; else in the form (RFC 6749, 2.3.1)."""
    pkce: ClassVar[bool] = True
    """False where a network refuses a code that comes with a verifier (RFC 7636)."""
    client_id_name: ClassVar[str] = "client_id"

    # -- there and back

    @classmethod
    def scopes(cls) -> tuple[str, ...]:
        return next((tuple(way.scopes) for way in cls.sign_in if isinstance(way, OAuth)), ())

    @classmethod
    def wanted(cls, app: JSON) -> tuple[str, ...]:
        """The scopes that are asked for: the declared ones, or those that the operator named for this application."""
        return tuple(str(app.get("scopes") or "").replace(",", " ").split()) or cls.scopes()

    @classmethod
    def authorise_url(
        cls, server: str, app: Mapping[str, str], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """Where the person signs in. ``challenge``: S256, base64url without padding (RFC 7636)."""
        query = {
            "response_type": "code", cls.client_id_name: app["client_id"], "redirect_uri": redirect_uri, "state": state,
            "scope": cls.scope_separator.join(cls.wanted(app)),
            **({"code_challenge": challenge, "code_challenge_method": "S256"} if cls.pkce else {}),
            **cls.authorise_more,
        }  # fmt: skip
        return f"{cls(Account(server=server), http=Http(), app=app)._at(cls.authorise_at)}?{urlencode(query)}"

    @classmethod
    def exchange(
        cls, server: str, app: Mapping[str, str], *, code: str, redirect_uri: str, verifier: str, http: Http
    ) -> tuple[Connected, ...]:
        """Turns the code into a token, and the token into the accounts that it may speak for. A code works once."""
        us = cls(Account(server=server), http=http, app=app)
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri,
            **({"code_verifier": verifier} if cls.pkce else {}),
        }  # fmt: skip
        told = us._token_call(form, secrets=(code, verifier))
        return us.signed_in(told.secrets, scopes=told.scopes)

    def signed_in(self, secrets: JSON, *, scopes: Sequence[str] = ()) -> tuple[Connected, ...]:
        """The accounts of a fresh sign-in, for the person to choose from: here the one that the token belongs to."""
        us = type(self)(self.account, http=self.http, vault=NoVault(secrets), app=self.app)
        missing = tuple(scope for scope in self.wanted(self.app) if scopes and scope not in scopes)
        return tuple(
            Connected(account, {**secrets, **own}, tuple(scopes), missing, self._dies_at(secrets))
            for account, own in us.accounts()
        )

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        """What this sign-in may speak for (pages, boards, organisations), each with secrets of its own."""
        return [(self.whoami(), {})]

    @staticmethod
    def _dies_at(secrets: JSON) -> datetime | None:
        """When a person must sign in again; None where the token renews itself or nobody said."""
        ends = secrets.get("refresh_ends_at") if secrets.get("refresh_token") else secrets.get("expires_at")
        return datetime.fromtimestamp(float(ends), UTC) if isinstance(ends, int | float) else None

    # -- the token

    def _token(self) -> str:
        secrets = self.vault.read()
        if self._is_ending(secrets):
            secrets = self._renewed(secrets)
        return str(secrets.get("access_token") or "")

    def _is_ending(self, secrets: JSON) -> bool:
        ends = secrets.get("expires_at")
        return (
            self._can_renew(secrets)
            and isinstance(ends, int | float)
            and datetime.fromtimestamp(ends, UTC) - EARLY <= datetime.now(UTC)
        )

    def _can_renew(self, secrets: JSON) -> bool:
        return bool(secrets.get("refresh_token"))

    def _renewed(self, stale: JSON) -> dict[str, Any]:
        """The secrets after a renewal, ours or that of another worker in the meantime. Raises SignInAgain or NotNow."""
        with self.vault.locked():
            secrets = self.vault.read()
            if secrets.get("access_token") != stale.get("access_token") and not self._is_ending(secrets):
                return secrets
            secrets = {**secrets, **self._renew(secrets)}
            self.vault.write(secrets, expires_at=self._dies_at(secrets))
            return secrets

    def _renew(self, secrets: JSON) -> JSON:
        """The new secrets, by the refresh token (RFC 6749, 6)."""
        form = {"grant_type": "refresh_token", "refresh_token": str(secrets["refresh_token"])}
        # The end of the old token is not that of the new one, also where nobody says when that is.
        return {"expires_at": None, **self._token_call(form, secrets=(form["refresh_token"],)).secrets}

    def _token_call(self, form: Mapping[str, str], *, secrets: Sequence[str] = ()) -> _Told:
        """Asks for a token. A no is SignInAgain or, of a code, Refused; whatever else goes wrong is NotNow."""
        id, secret = str(self.app.get("client_id") or ""), str(self.app.get("client_secret") or "")
        headers, fields = {"Accept": "application/json"}, dict(form)
        if self.client_in_header:
            # Each is encoded as in a form first (RFC 6749, 2.3.1): a secret may hold signs that mean something.
            proof = f"{quote_plus(id)}:{quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(proof.encode()).decode()
        else:
            fields |= {self.client_id_name: id, **({"client_secret": secret} if secret else {})}
        try:
            answer = self.http.post(
                self._at(self.token_at), data=fields, headers=headers, secrets=[s for s in (*secrets, secret) if s]
            )
        except Unknown:
            if "code" in form:
                sentence = _("%(network)s did not answer in time. Nothing was connected. Start the sign-in again.")
                raise NotNow(sentence % {"network": self.label}, code="exchange") from None
            # Nothing public can have happened; should the old token be used up now, the next answer will say so.
            sentence = _("%(network)s did not answer while the sign-in was renewed. It is tried again.")
            raise NotNow(sentence % {"network": self.label}, code="renewal") from None
        return self._told(answer, is_code="code" in form)

    def _told(self, answer: Answer, *, is_code: bool) -> _Told:
        try:
            data = answer.json()
        except Unreadable:
            data = None
        token, error = text(data, "access_token"), text(data, "error")
        if answer.ok and token:
            return _Told(data, answer)
        if error == "invalid_client":
            sentence = _("%(network)s does not know our application. Check its client id and secret.")
            # Of a channel that works nothing is refused for it: what is due waits for the person who sees to the keys.
            raise (Refused if is_code else SignInAgain)(sentence % {"network": self.label}, code="invalid_client")
        if is_code and 400 <= answer.status < 500 and answer.status != 429:
            raise Refused(_("The sign-in was not completed. Start it again."), code="invalid_grant")
        if error in DEAD or (answer.status == 401 and not error):
            said = text(data, "error_description")
            sentence = _("%(network)s no longer accepts our sign-in.") % {"network": self.label}
            raise SignInAgain(quoting(sentence, said), code=error or "401")
        values = {"network": self.label, "status": answer.status}
        if is_code:
            sentence = _("%(network)s broke the sign-in off (%(status)d). Nothing was connected. Start it again.")
            raise NotNow(sentence % values, retry_at=answer.retry_at, code="exchange")
        sentence = _("%(network)s did not renew the sign-in (%(status)d). It is tried again.")
        raise NotNow(sentence % values, retry_at=answer.retry_at, code="renewal")

    # -- calls

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any) -> Answer:
        before = self.vault.read()
        answer = super()._ask(method, path, headers=headers, **given)
        if answer.status == 401 and self._can_renew(before):
            # 401 did not happen: the same call may be made with a new token.
            self._renewed(before)
            answer = super()._ask(method, path, headers=headers, **given)
        return answer


class _Told:
    """A token answer: what to keep, and the scopes that were granted (empty: not told)."""

    def __init__(self, data: JSON, answer: Answer) -> None:
        self.secrets: dict[str, Any] = {"access_token": str(data["access_token"])}
        if refresh := text(data, "refresh_token"):
            self.secrets["refresh_token"] = refresh
        for name, kept in (("expires_in", "expires_at"), ("refresh_token_expires_in", "refresh_ends_at")):
            if life := span(data, name):
                self.secrets[kept] = (answer.at + life).timestamp()
        scope = data.get("scope")
        said = " ".join(scope) if isinstance(scope, list) else str(scope or "")
        self.scopes = tuple(said.replace(",", " ").split())
