"""Signing in to servers of the AT Protocol by OAuth: pushed requests, PKCE, and tokens bound to a key of ours (DPoP).

https://atproto.com/specs/oauth, RFC 9126 (PAR), RFC 9449 (DPoP). The client is public: its id is the address of a
document that Clarion serves, so nothing has to be registered anywhere, and there is no secret to lose.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets as random
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode, urlsplit

from .addresses import is_this_machine
from .answers import Answer, Unreadable
from .api import span, text, within
from .base import JSON, Http
from .clocks import APART, wrong_clock
from .wording import _, gettext_noop, quoting
from .words import NotNow, Refused, SignInAgain, Unknown

BAD_PROOF = "invalid_dpop_proof"
SCOPES = {
    "atproto": gettext_noop("sign you in"),
    "transition:generic": gettext_noop("publish, take down, and read what is said to the account"),
    "transition:chat.bsky": gettext_noop("read direct messages"),
}
DIRECTORY = "https://plc.directory"
EARLY = timedelta(minutes=2)
LIFE = timedelta(days=13)
"""A public client's sign-in ends after two weeks, whatever is renewed meanwhile (H): a person is told in time."""


class Keyed:
    """A key pair of ours. ``pem`` is the secret part.

    The last nonce of each server is kept for the whole process: an old one costs one call more, nothing else.
    """

    _nonces: ClassVar[dict[str, str]] = {}

    def __init__(self, pem: str) -> None:
        self.pem = pem

    @classmethod
    def new(cls) -> Keyed:
        from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415 - few commands sign anything
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
        return cls(pem.decode())

    def proof(self, method: str, url: str, *, token: str = "") -> str:
        """A proof for one call (RFC 9449, 4): who holds only the token cannot make it."""
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - see new
        from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415 - see new

        key = serialization.load_pem_private_key(self.pem.encode(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SignInAgain(_("The key of this sign-in cannot be read. Sign in again."), code="key")
        at = key.public_key().public_numbers()
        jwk = {"kty": "EC", "crv": "P-256", "x": _b64(at.x.to_bytes(32)), "y": _b64(at.y.to_bytes(32))}
        told: dict[str, Any] = {"jti": random.token_urlsafe(16), "htm": method, "htu": url.split("?")[0].split("#")[0],
                                "iat": int(time.time())}  # fmt: skip
        if nonce := self._nonces.get(_origin(url)):
            told["nonce"] = nonce
        if token:
            told["ath"] = _b64(hashlib.sha256(token.encode()).digest())
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk}
        said = ".".join(_b64(json.dumps(part, separators=(",", ":")).encode()) for part in (head, told))
        r, s = utils.decode_dss_signature(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{said}.{_b64(r.to_bytes(32) + s.to_bytes(32))}"

    def heard(self, url: str, answer: Answer) -> bool:
        """Keeps the nonce of an answer. True when the call was turned away for want of it: it did not happen."""
        nonce = answer.headers.get("dpop-nonce", "")
        if not nonce:
            return False
        before, self._nonces[_origin(url)] = self._nonces.get(_origin(url)), nonce
        asked = "use_dpop_nonce" in answer.headers.get("www-authenticate", "") or _error(answer)[0] == "use_dpop_nonce"
        return asked and answer.status in (400, 401) and nonce != before


# -- who stands behind an address


def issuer_of(server: str, *, http: Http, label: str) -> JSON:
    """The metadata of the authorisation server behind a PDS, or of the server itself. Raises Refused or NotNow."""
    told = _document(http.get(f"{server}/.well-known/oauth-protected-resource"))
    named = within(told, "authorization_servers")
    issuer = str(named[0]).rstrip("/") if isinstance(named, list) and named else server
    found = _document(http.get(f"{issuer}/.well-known/oauth-authorization-server"))
    wanted = ("pushed_authorization_request_endpoint", "authorization_endpoint", "token_endpoint")
    if text(found, "issuer").rstrip("/") != issuer or not all(text(found, name) for name in wanted):
        sentence = _(
            "%(server)s offers no sign-in of the kind that %(network)s has. Check the address, or use an app password."
        )
        raise Refused(sentence % {"server": urlsplit(server).netloc, "network": label}, code="server")
    return dict(found)


def home_of(did: str, *, http: Http, directory: str = DIRECTORY) -> str:
    """The address of the account's own server, by its public identity document. Raises Refused or NotNow."""
    if did.startswith("did:web:"):
        address = f"https://{did.removeprefix('did:web:')}/.well-known/did.json"
    else:
        address = f"{directory.rstrip('/')}/{quote(did, safe=':')}"
    services = within(_document(http.get(address)), "service")
    for one in services if isinstance(services, list) else ():
        if text(one, "id").endswith("#atproto_pds") and text(one, "serviceEndpoint"):
            return text(one, "serviceEndpoint").rstrip("/")
    raise Refused(_("The account's public identity names no server. Nothing was connected."), code="identity")


def _document(answer: Answer) -> Any:
    if answer.status >= 500:
        raise NotNow(_("The server is not working at the moment. Try again later."), code=str(answer.status))
    try:
        return answer.json() if answer.ok else None
    except Unreadable:
        return None


# -- our application


def client_id(redirect_uri: str) -> str:
    """Where Clarion describes itself; on this machine alone, the form that the protocol keeps for developers."""
    back = urlsplit(redirect_uri)
    if back.scheme == "https":
        return f"https://{back.netloc}/connect/client/bluesky.json"
    if is_this_machine(back.hostname or ""):
        query = {"redirect_uri": redirect_uri.replace("//localhost", "//127.0.0.1"), "scope": " ".join(SCOPES)}
        return f"http://localhost?{urlencode(query, quote_via=quote)}"
    sentence = _(
        "Signing in there needs Clarion to have an https address (CLARION_BASE_URL). Use an app password instead."
    )
    raise Refused(sentence, code="no_address")


def client_metadata(redirect_uri: str) -> dict[str, Any]:
    """The document behind ``client_id``."""
    return {
        "client_id": client_id(redirect_uri), "client_name": "Clarion", "redirect_uris": [redirect_uri],
        "client_uri": redirect_uri.rpartition("/connect")[0], "scope": " ".join(SCOPES), "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"], "application_type": "web",
        "token_endpoint_auth_method": "none",
        "dpop_bound_access_tokens": True,
    }  # fmt: skip


def pushed(
    issuer: JSON, key: Keyed, *, http: Http, redirect_uri: str, state: str, challenge: str, label: str, hint: str = ""
) -> str:
    """Hands the request over (PAR) and gives the address at which the person signs in."""
    form = {
        "response_type": "code", "client_id": client_id(redirect_uri), "redirect_uri": redirect_uri, "state": state,
        "scope": " ".join(SCOPES), "code_challenge": challenge, "code_challenge_method": "S256",
        **({"login_hint": hint} if hint else {}),
    }  # fmt: skip
    answer = _posted(text(issuer, "pushed_authorization_request_endpoint"), form, key, http=http, label=label)
    uri = text(_document(answer), "request_uri")
    if not uri:
        said = _error(answer)[1] or answer.reason()
        sentence = _("%(network)s did not begin the sign-in. Nothing was connected.") % {"network": label}
        raise Refused(quoting(sentence, said), code=_error(answer)[0] or str(answer.status))
    query = urlencode({"client_id": form["client_id"], "request_uri": uri})
    return f"{text(issuer, 'authorization_endpoint')}?{query}"


def tokens(endpoint: str, form: Mapping[str, str], key: Keyed, *, http: Http, label: str) -> dict[str, Any]:
    """Tokens for a code or a refresh token. Raises SignInAgain for a dead one, Refused for a bad code, else NotNow."""
    answer = _posted(endpoint, form, key, http=http, label=label)
    told, (error, said) = _document_or_none(answer), _error(answer)
    if answer.ok and text(told, "access_token") and text(told, "token_type").lower() == "dpop":
        return dict(told)
    ours = {"network": label}
    if error == BAD_PROOF and is_late(answer, said):
        raise wrong_clock(label, answer)
    if error in ("invalid_grant", "invalid_client", "unauthorized_client", "access_denied"):
        if form.get("grant_type") == "authorization_code":
            raise Refused(_("The sign-in was not completed. Start it again."), code=error)
        raise SignInAgain(quoting(_("%(network)s no longer accepts our sign-in.") % ours, said), code=error)
    values = {**ours, "status": answer.status}
    if form.get("grant_type") == "authorization_code":
        sentence = _("%(network)s broke the sign-in off (%(status)d). Nothing was connected. Start it again.")
        raise NotNow(sentence % values, retry_at=answer.retry_at, code="exchange")
    sentence = _("%(network)s did not renew the sign-in (%(status)d). It is tried again.")
    raise NotNow(sentence % values, retry_at=answer.retry_at, code="renewal")


def kept(told: JSON) -> dict[str, Any]:
    """What of a token answer goes into the vault."""
    ends = datetime.now(UTC) + (span(told, "expires_in") or timedelta(minutes=10))
    return {
        "access": text(told, "access_token"),
        "refresh": text(told, "refresh_token"),
        "expires_at": ends.timestamp(),
    }


def _posted(url: str, form: Mapping[str, str], key: Keyed, *, http: Http, label: str) -> Answer:
    """A form with a proof; once more when the server first wants to give a nonce."""
    hidden = [form[name] for name in ("code", "code_verifier", "refresh_token") if form.get(name)]
    for _again in range(2):
        try:
            answer = http.post(url, data=dict(form), headers={"dpop": key.proof("POST", url)}, secrets=hidden)
        except Unknown:
            if form.get("grant_type") != "refresh_token":
                sentence = _("%(network)s did not answer in time. Nothing was connected. Start the sign-in again.")
                raise NotNow(sentence % {"network": label}, code="exchange") from None
            sentence = _("%(network)s did not answer while the sign-in was renewed. It is tried again.")
            raise NotNow(sentence % {"network": label}, code="renewal") from None
        if not key.heard(url, answer):
            break
    return answer


def _document_or_none(answer: Answer) -> Any:
    try:
        return answer.json()
    except Unreadable:
        return None


def _error(answer: Answer) -> tuple[str, str]:
    told = _document_or_none(answer)
    return text(told, "error"), text(told, "error_description")


def is_late(answer: Answer, said: str) -> bool:
    """Was a proof refused because of its time? The official server names the claim (“"iat" claim timestamp …”)."""
    return '"iat"' in said or abs(answer.ahead) > APART


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
