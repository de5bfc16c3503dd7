"""Calls to a Personal Data Server (XRPC) with a session that is kept, shared by all workers and renewed under a lock.

Log-ins are few (30 in five minutes, 300 a day), and a refresh token works once: so the tokens live in the vault, are
read again inside its lock, and are renewed only when the server says that the one in use has ended.
https://atproto.com/specs/xrpc, lexicons ``com.atproto.server.*Session``
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .answers import Answer, Unreadable
from .api import number, text, within
from .atproto import is_cid
from .atproto_oauth import BAD_PROOF, EARLY, Keyed, is_late, tokens
from .atproto_oauth import kept as kept_of
from .base import Vault
from .clocks import wrong_clock
from .http import Http
from .wording import _, quoting
from .words import Failure, NotNow, Refused, SignInAgain, Unknown

Params = Mapping[str, Any] | Sequence[tuple[str, Any]]

_ENDED = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired", "invalid_token"})
_SIGN_IN = _ENDED | {"AccountNotFound", "invalid_grant"}
_NOT_ALLOWED = ("Bad token method", "Bad token scope")
_BLOCKED = frozenset({"AccountTakedown", "AccountSuspended", "RepoTakendown"})


def error_of(answer: Answer) -> tuple[str, str]:
    """(name, message) of an XRPC error; empty when the answer is none."""
    try:
        body = answer.json()
    except Unreadable:
        return "", ""
    return text(body, "error"), text(body, "message") or text(body, "error_description")


def understood_xrpc(answer: Answer, *, writing: bool, label: str) -> Failure | None:
    """The words of an XRPC answer where they differ from those of its status; None: the status decides."""
    name, message = error_of(answer)
    said, ours = answer.reason(), {"network": label}
    if not 400 <= answer.status < 500:
        return None
    if name == BAD_PROOF and is_late(answer, message):
        return wrong_clock(label, answer)
    if name == "AuthFactorTokenRequired":
        sentence = _(
            "%(network)s asks for a code by e-mail when the main password is used. Make an app password "
            "(Settings, Privacy and security, App passwords) and connect with that."
        )
        return SignInAgain(sentence % ours, code=name)
    if name == "InvalidToken" and message.startswith(_NOT_ALLOWED):
        sentence = _(
            "This app password may not do that on %(network)s. "
            "For direct messages, make one that allows them and reconnect."
        )
        return Refused(sentence % ours, code="not_allowed")
    if message.startswith("Missing required scope"):
        sentence = _("%(network)s does not let us do this: a permission is missing. Connect the channel again.") % ours
        return SignInAgain(quoting(sentence, said), code="scope")
    if name in _BLOCKED:
        return SignInAgain(quoting(_("%(network)s has blocked this account.") % ours, said), code=name)
    if name == "AccountDeactivated":
        sentence = _("This account is switched off on %(network)s. Switch it on there, then reconnect.")
        return SignInAgain(sentence % ours, code=name)
    if name in _SIGN_IN:
        return SignInAgain(quoting(_("%(network)s no longer accepts our sign-in.") % ours, said), code=name)
    if name == "RateLimitExceeded" or answer.status == 429:
        sentence = _("%(network)s asks us to slow down.") % ours
        return NotNow(sentence, retry_at=answer.retry_at, code=name or "429")
    if name == "BlobNotFound" or said.startswith("Could not find blob"):
        sentence = _(
            "%(network)s no longer has the picture: it waited too long for its post. Nothing was published. "
            "Publish again and the picture is sent anew."
        )
        return Refused(sentence % ours, code="BlobNotFound")
    if name and answer.status in (400, 403, 404, 413, 422):
        return Refused(quoting(_("%(network)s refused it.") % ours, said), code=name)
    return None


def _is_ended(answer: Answer) -> bool:
    """Is the token of this call dead? One that merely may not do this ("Bad token method") is alive."""
    name, message = error_of(answer)
    return name in _ENDED and not message.startswith(_NOT_ALLOWED)


def blob_of(body: Any, *, label: str) -> dict[str, Any]:
    """The blob that an answer names, as a record takes it. Raises NotNow where it names none.

    Only what the data model knows is kept: it becomes part of a record whose hash must be right.
    """
    blob = within(body, "blob")
    link, mime, size = text(blob, "ref", "$link"), text(blob, "mimeType"), number(blob, "size")
    if not is_cid(link) or not mime or size is None:
        sentence = _("%(network)s did not confirm the upload.") % {"network": label}
        raise NotNow(sentence, code="unreadable")
    return {"$type": "blob", "ref": {"$link": link}, "mimeType": mime, "size": size}


class Session:
    """One account at one server. ``network`` gives the words for answers (its ``understand``)."""

    def __init__(self, *, server: str, login_server: str, http: Http, vault: Vault, network: Any) -> None:
        self._server = server.rstrip("/")
        self._login_server = login_server.rstrip("/")
        self._http = http
        self._vault = vault
        self._network = network

    def ask(self, name: str, params: Params | None = None, *, token: bool = True, **more: Any) -> Any:
        """A query (a read): its parsed answer."""
        return self._call("GET", name, writing=False, params=params, token=token, **more)

    def do(self, name: str, json: Any, **more: Any) -> Any:
        """A procedure (a write): its parsed answer. A 2xx that cannot be read is Unknown: it did happen."""
        return self._call("POST", name, writing=True, json=json, **more)

    def upload(self, file: Path | bytes, *, mime: str) -> dict[str, Any]:
        """Gives a file to the server; the blob to put into a record. Shows nothing, may be repeated."""
        body = self._call(
            "POST", "com.atproto.repo.uploadBlob", writing=False, content=file, headers={"content-type": mime}
        )
        return blob_of(body, label=self._network.label)

    def _call(self, method: str, name: str, *, writing: bool, token: bool = True, **more: Any) -> Any:
        access = self._access() if token else ""
        answer = self._send(method, name, writing=writing, token=access, **more)
        if token and answer.status in (400, 401) and _is_ended(answer):
            # The token was looked at first: nothing happened, so the same call may be made with a new one.
            access = self.renew(stale=access)
            answer = self._send(method, name, writing=writing, token=access, **more)
        failure: Failure | None = self._network.understand(answer, writing=writing)
        if failure is not None:
            raise failure
        try:
            return answer.json()
        except Unreadable:
            sentence = _("%(network)s gave an answer that cannot be read.") % {"network": self._network.label}
            raise (Unknown if writing else NotNow)(sentence, code="unreadable") from None

    def _send(
        self, method: str, name: str, *, writing: bool, token: str, host: str = "", headers: Any = None, **more: Any
    ) -> Answer:
        url = f"{host or self._server}/xrpc/{name}"
        given = dict(headers or {}) | self._said_by(method, url, token)
        redirects = 3 if method == "GET" else 0
        # A server may say back anything that it was ever given: none of it may stand in the evidence.
        kept = [str(value) for name, value in self._vault.read().items() if name != "identifier" and value]
        return self._http.request(
            method, url, headers=given, writing=writing, redirects=redirects, secrets=kept, **more
        )

    # -- tokens

    def _said_by(self, method: str, url: str, token: str) -> dict[str, str]:
        """The headers that say who we are."""
        return {"authorization": f"Bearer {token}"} if token else {}

    def _access(self) -> str:
        return str(self._vault.read().get("access") or "") or self.renew(stale="")

    def renew(self, *, stale: str) -> str:
        """A working access token, when ``stale`` is not one any more. One worker renews, the others find it done."""
        with self._vault.locked():
            kept = self._vault.read()
            access = str(kept.get("access") or "")
            if access and access != stale:
                return access
            return self._renewed(kept)

    def _renewed(self, kept: Mapping[str, Any]) -> str:
        """A new access token, kept; called inside the vault's lock."""
        made = self._refreshed(str(kept.get("refresh") or "")) or self.log_in(kept)
        self._vault.write({**kept, "access": made["accessJwt"], "refresh": made["refreshJwt"]})
        return str(made["accessJwt"])

    def _refreshed(self, refresh: str) -> Mapping[str, Any] | None:
        """New tokens, or None when the refresh token is dead. A server in trouble is NotNow, never a dead token."""
        if not refresh:
            return None
        answer = self._send("POST", "com.atproto.server.refreshSession", writing=False, token=refresh)
        if answer.status in (400, 401) and error_of(answer)[0] in _ENDED:
            return None
        return self._tokens(answer)

    def log_in(self, kept: Mapping[str, Any]) -> Mapping[str, Any]:
        """A new session by app password. SignInAgain when it is not accepted."""
        ours = {"network": self._network.label}
        password = str(kept.get("app_password") or "")
        if not password:
            sentence = _("There is no app password for %(network)s. Reconnect the channel.") % ours
            raise SignInAgain(sentence, code="no_password")
        body = {"identifier": kept.get("identifier"), "password": password}
        answer = self._send(
            "POST", "com.atproto.server.createSession", writing=False, token="", host=self._login_server, json=body
        )
        if answer.status in (400, 401) and error_of(answer)[0] in _ENDED:
            sentence = _(
                "%(network)s does not accept this name and app password. Make a new app password there and reconnect."
            )
            raise SignInAgain(sentence % ours, code=error_of(answer)[0])
        return self._tokens(answer)

    def _tokens(self, answer: Answer) -> Mapping[str, Any]:
        ours = {"network": self._network.label}
        failure: Failure | None = self._network.understand(answer, writing=False)
        if failure is not None:
            raise failure
        try:
            made = answer.json()
        except Unreadable:
            made = None
        if not isinstance(made, Mapping) or not all(text(made, name) for name in ("accessJwt", "refreshJwt", "did")):
            sentence = _("%(network)s gave no session. Is the address that of an AT Protocol server?") % ours
            raise NotNow(sentence, code="unreadable")
        if made.get("active") is False:
            why = text(made, "status")
            sentence = (
                _("This account is not active on %(network)s (%(why)s).") % {**ours, "why": why}
                if why
                else _("This account is not active on %(network)s (no reason given).") % ours
            )
            raise SignInAgain(sentence, code="inactive")
        return made


class KeyedSession(Session):
    """A session by OAuth: each call carries a proof made with our own key, and the token is renewed where it came from.

    The vault holds ``dpop_key`` (PEM), ``token_endpoint``, ``client_id``, ``access``, ``refresh``, ``expires_at``.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._key = Keyed(str(self._vault.read()["dpop_key"]))

    def _said_by(self, method: str, url: str, token: str) -> dict[str, str]:
        if not token:
            return {}
        return {"authorization": f"DPoP {token}", "dpop": self._key.proof(method, url, token=token)}

    def _send(self, method: str, name: str, *, token: str, host: str = "", **more: Any) -> Answer:
        url = f"{host or self._server}/xrpc/{name}"
        answer = super()._send(method, name, token=token, host=host, **more)
        if token and self._key.heard(url, answer):
            # Turned away for want of a fresh nonce, before anything was looked at: the same call again.
            answer = super()._send(method, name, token=token, host=host, **more)
            self._key.heard(url, answer)
        return answer

    def _access(self) -> str:
        kept = self._vault.read()
        ends = kept.get("expires_at")
        is_ending = isinstance(ends, int | float) and ends - EARLY.total_seconds() <= time.time()
        return self.renew(stale=str(kept.get("access") or "")) if is_ending else super()._access()

    def _renewed(self, kept: Mapping[str, Any]) -> str:
        form = {"grant_type": "refresh_token", "refresh_token": str(kept.get("refresh") or ""),
                "client_id": str(kept.get("client_id") or "")}  # fmt: skip
        told = tokens(str(kept["token_endpoint"]), form, self._key, http=self._http, label=self._network.label)
        fresh = kept_of(told)
        self._vault.write({**kept, **fresh})
        return str(fresh["access"])
