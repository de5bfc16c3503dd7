"""Signing in by OpenID Connect: the code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636, RFC 9207).

Every call leaves by ``networks/http.py``, which looks where an address leads. ``joserfc`` checks signatures; which
algorithms may sign, and what the claims have to say, stands here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.utils.translation import gettext as _

from clarion.networks.addresses import is_this_machine
from clarion.networks.http import Http
from clarion.networks.words import Failure
from clarion.organisations.sign_on import SKEW, Claims, NotLetIn

SIGNED_BY = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Never ``none``, and nothing that a public key could be taken for the secret of (HS256 and its kin)."""
PUBLIC = frozenset({"RSA", "EC", "OKP"})
SCOPES = "openid email profile"
WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Client:
    """Clarion, as the provider knows it. ``told``: the provider's discovery document."""

    issuer: str
    told: Mapping[str, Any]
    client_id: str
    client_secret: str
    redirect_uri: str
    groups_claim: str = ""


@dataclass(frozen=True)
class Trip:
    """One sign-in that was begun: what only this browser's session knows."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def begin(cls) -> Trip:
        return cls(*(secrets.token_urlsafe(size) for size in (24, 24, 48)))

    @property
    def challenge(self) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def discover(issuer: str, *, http: Http) -> dict[str, Any]:
    """The provider's own description, with its issuer exactly as it writes it. Raises NotLetIn."""
    base = issuer.strip().removesuffix(WELL_KNOWN).rstrip("/")
    document = _json(http, f"{safe(base)}{WELL_KNOWN}")
    told = document.get("issuer")
    if not isinstance(told, str) or told.rstrip("/") != base:
        raise NotLetIn(
            "wrong_issuer",
            _("At this address a provider answers that calls itself %(issuer)s. Use the address that it gives itself.")
            % {"issuer": str(told)[:200]},
        )
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        safe(str(document.get(name, "")))
    kept = (
        "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint",
        "token_endpoint_auth_methods_supported", "authorization_response_iss_parameter_supported",
    )  # fmt: skip
    return {name: document[name] for name in kept if name in document}


def address(client: Client, trip: Trip, *, acr: str = "", email: str = "") -> str:
    """Where the person is sent."""
    query = {
        "response_type": "code", "client_id": client.client_id, "redirect_uri": client.redirect_uri, "scope": SCOPES,
        "state": trip.state, "nonce": trip.nonce, "code_challenge": trip.challenge, "code_challenge_method": "S256",
        **({"acr_values": acr} if acr else {}), **({"login_hint": email} if email else {}),
    }  # fmt: skip
    where = str(client.told["authorization_endpoint"])
    return f"{where}{'&' if '?' in where else '?'}{urlencode(query)}"


def come_back(
    client: Client, trip: Trip, brought: Mapping[str, str], *, http: Http, keys: Mapping[str, Any], now: datetime,
    learn: Callable[[Mapping[str, Any]], None],
) -> Claims:  # fmt: skip
    """Who came back, after every check. ``keys``: the provider's as known; ``learn`` is given newer ones to keep.

    Raises NotLetIn.
    """
    if not compare_digest(brought.get("state", ""), trip.state):
        raise wrong_state()
    told_issuer = brought.get("iss", "")
    if told_issuer != client.issuer and (
        told_issuer or client.told.get("authorization_response_iss_parameter_supported")
    ):
        raise NotLetIn("wrong_issuer", _("The answer came from another provider than the one you went to."))
    if "error" in brought:
        if brought["error"] == "access_denied":
            raise NotLetIn("declined", _("The sign-in was declined at the provider."))
        raise NotLetIn(
            "provider_error", _("The provider did not let you in."),
            detail=brought.get("error_description") or brought["error"],
        )  # fmt: skip
    answer = _redeem(client, trip, brought.get("code", ""), http=http)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise NotLetIn("no_id_token", _("The provider’s answer says nothing about who signed in."))
    claims = checked(token, client, nonce=trip.nonce, http=http, keys=keys, now=now, learn=learn)
    if "email" not in claims and client.told.get("userinfo_endpoint") and answer.get("access_token"):
        more = _json(
            http, safe(str(client.told["userinfo_endpoint"])),
            headers={"authorization": f"Bearer {answer['access_token']}"},
        )  # fmt: skip
        if more.get("sub") != claims["sub"]:
            raise NotLetIn("wrong_subject", _("The provider answered about two different people."))
        claims = {**more, **claims}
    return _read(claims, client)


def wrong_state() -> NotLetIn:
    return NotLetIn("wrong_state", _("This sign-in was not begun here, or was used already. Start it again."))


def too_late() -> NotLetIn:
    return NotLetIn("expired", _("The provider’s answer is too old. Start the sign-in again."))


def checked(
    token: str, client: Client, *, nonce: str, http: Http, keys: Mapping[str, Any], now: datetime,
    learn: Callable[[Mapping[str, Any]], None],
) -> dict[str, Any]:  # fmt: skip
    """The claims of an ID token that is whole, fresh, for us, and of this sign-in. Raises NotLetIn."""
    claims = _signed(token, client, http=http, keys=keys, learn=learn)
    if claims.get("iss") != client.issuer:
        raise NotLetIn("wrong_issuer", _("The answer was signed for another provider."), detail=str(claims.get("iss")))
    meant_for = claims.get("aud")
    audience = meant_for if isinstance(meant_for, list) else [meant_for]
    by_party = claims.get("azp")
    if client.client_id not in audience:
        raise NotLetIn("wrong_audience", _("The answer was meant for another application."), detail=str(audience))
    if (len(audience) > 1 or by_party is not None) and by_party != client.client_id:
        raise NotLetIn("wrong_party", _("The answer was given to another application."), detail=str(by_party))
    until, since = _instant(claims.get("exp")), _instant(claims.get("iat"))
    if until is None or since is None or until + SKEW <= now:
        raise too_late()
    if since - SKEW > now or ((begins := _instant(claims.get("nbf"))) is not None and begins - SKEW > now):
        raise NotLetIn("too_early", _("The provider’s answer is from the future: one of the two clocks is wrong."))
    if not isinstance(claims.get("nonce"), str) or not compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise NotLetIn("wrong_nonce", _("The answer belongs to another sign-in. Start it again."))
    if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
        raise NotLetIn("no_subject", _("The provider’s answer says nothing about who signed in."))
    return claims


def _signed(
    token: str, client: Client, *, http: Http, keys: Mapping[str, Any], learn: Callable[[Mapping[str, Any]], None]
) -> dict[str, Any]:
    from joserfc import jwt  # noqa: PLC0415  where somebody signs in
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import KeySet  # noqa: PLC0415

    forged = NotLetIn("bad_signature", _("The answer is not signed by the provider."))
    head = _head(token)
    if head.get("alg") not in SIGNED_BY:
        raise NotLetIn(
            "wrong_algorithm", _("The answer is signed in a way that is not accepted."), detail=str(head.get("alg"))
        )
    named = head.get("kid")
    if not keys or (named and named not in [key.get("kid") for key in keys.get("keys", [])]):
        keys = _public(_json(http, safe(str(client.told["jwks_uri"]))))
        learn(keys)
    fitting = [key for key in keys["keys"] if named is None or key.get("kid") == named]
    for key in fitting:
        try:
            return dict(jwt.decode(token, KeySet.import_key_set({"keys": [key]}), algorithms=list(SIGNED_BY)).claims)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    raise forged


def _public(document: Mapping[str, Any]) -> dict[str, Any]:
    """Of a provider's keys those that check signatures; a secret among them is none."""
    keys = document.get("keys")
    found = [
        key for key in (keys if isinstance(keys, list) else [])
        if isinstance(key, dict) and key.get("kty") in PUBLIC and key.get("use", "sig") == "sig" and "d" not in key
    ]  # fmt: skip
    return {"keys": found[:50]}


def _head(token: str) -> dict[str, Any]:
    part = token.partition(".")[0]
    try:
        head = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return head if isinstance(head, dict) else {}


def _redeem(client: Client, trip: Trip, code: str, *, http: Http) -> dict[str, Any]:
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": client.redirect_uri,
        "code_verifier": trip.verifier,
    }  # fmt: skip
    headers = {"accept": "application/json"}
    methods = client.told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    if "client_secret_basic" in methods:
        pair = ":".join(quote(one, safe="") for one in (client.client_id, client.client_secret))
        headers["authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    else:
        form |= {"client_id": client.client_id, "client_secret": client.client_secret}
    try:
        answer = http.post(
            safe(str(client.told["token_endpoint"])), data=form, headers=headers,
            secrets=[client.client_secret, code, trip.verifier],
        )  # fmt: skip
        document = json.loads(answer.body)
    except Failure as failure:
        raise _silent(failure) from None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or answer.status != 200:
        said = document.get("error_description") or document.get("error") if isinstance(document, dict) else None
        raise NotLetIn(
            "not_redeemed", _("The provider did not confirm the sign-in. Start it again."),
            detail=str(said or answer.status),
        )  # fmt: skip
    return document


def _json(http: Http, url: str, *, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    try:
        answer = http.get(url, headers={"accept": "application/json", **(headers or {})}, redirects=0)
        document = json.loads(answer.body)
    except Failure as failure:
        raise _silent(failure) from None
    except (ValueError, RecursionError):
        document = None
    if answer.status != 200 or not isinstance(document, dict):
        raise NotLetIn(
            "no_description", _("At that address no provider of OpenID Connect answers."),
            detail=f"{url} {answer.status}",
        )  # fmt: skip
    return document


def _silent(failure: Failure) -> NotLetIn:
    return NotLetIn("no_answer", _("The provider cannot be reached. Try again later."), detail=str(failure))


def safe(url: str) -> str:
    """Raises NotLetIn for an address at which words could be read on the way."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except (ValueError, RecursionError):
        parts, host = urlsplit(""), ""
    if not host or (parts.scheme != "https" and not (parts.scheme == "http" and is_this_machine(host))):
        raise NotLetIn("bad_address", _("An address of a provider begins with https://."), detail=url)
    return url


def _instant(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _read(claims: Mapping[str, Any], client: Client) -> Claims:
    try:
        unwritable = "\\u0000" in json.dumps(claims, ensure_ascii=False).encode().decode()
    except (UnicodeEncodeError, RecursionError):  # half a character
        unwritable = True
    if unwritable:
        raise NotLetIn("malformed", _("The provider’s answer cannot be read."))
    groups = claims.get(client.groups_claim) if client.groups_claim else None
    names = [groups] if isinstance(groups, str) else groups
    text = {name: value if isinstance(value := claims.get(name), str) else "" for name in ("email", "name", "acr")}
    return Claims(
        subject=claims["sub"], email=text["email"].strip()[:254],
        # Some providers write it as a string.
        email_verified=claims.get("email_verified") in (True, "true"), name=text["name"].strip()[:120],
        groups=tuple(map(str, names)) if isinstance(names, list) else None, second_factor=text["acr"],
        raw={name: value for name, value in claims.items() if name not in ("nonce", "at_hash", "c_hash")},
    )  # fmt: skip
