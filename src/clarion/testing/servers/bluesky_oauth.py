"""The sign-in of the Bluesky contract server: metadata, pushed requests, and tokens bound to a key, with fresh nonces.

Proofs are checked as RFC 9449 wants it: signature, method, address, nonce, and the hash of the token.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from .base import Asked, Said

SAME_TIME = 190
"""Seconds by which clocks may differ, as at the official server: ten, and three minutes."""
SCOPES = "atproto transition:generic transition:chat.bsky"


def read(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class BadProof(Exception):
    """The proof does not hold; the word says why, and ``said`` what people read."""

    def __init__(self, word: str, said: str = "The proof does not hold.") -> None:
        super().__init__(word)
        self.said = said


class Doorkeeper:
    """Signs people in for ``server``, a StandIn. ``renewals`` counts; ``allowed``: the scopes that a person allows;
    ``ahead``: seconds that its clock is ahead of ours."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.nonce = secrets.token_urlsafe(8)
        self.allowed = SCOPES
        self.issuer_in_identity: str | None = None
        self.renewals = 0
        self.ahead = 0.0
        self.wants_nonces = 0
        self.client_ids: list[str] = []
        self._pushed: dict[str, dict[str, str]] = {}
        self._codes: dict[str, dict[str, str]] = {}
        self._renewable: dict[str, tuple[str, Any]] = {}
        self._bound: dict[str, str] = {}
        self._seen: set[str] = set()

    # -- the wire

    def answers(self, asked: Asked) -> Said | None:
        """The answer to a call of the sign-in; None: it is none."""
        url = self._server.url
        match (asked.method, asked.path):
            case ("GET", "/.well-known/oauth-protected-resource"):
                issuer = self.issuer_in_identity or url
                return Said.json({"resource": url, "authorization_servers": [issuer]})
            case ("GET", "/.well-known/oauth-authorization-server"):
                return Said.json({
                    "issuer": url, "authorization_endpoint": f"{url}/oauth/authorize",
                    "token_endpoint": f"{url}/oauth/token", "scopes_supported": SCOPES.split(),
                    "pushed_authorization_request_endpoint": f"{url}/oauth/par",
                    "require_pushed_authorization_requests": True, "dpop_signing_alg_values_supported": ["ES256"],
                })  # fmt: skip
            case ("POST", "/oauth/par" | "/oauth/token"):
                return self._posted(asked)
            case ("GET", path) if path.startswith("/did:plc:"):
                service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": url}
                return Said.json({"id": path[1:], "service": [service]})
        return None

    def _posted(self, asked: Asked) -> Said:
        told = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        headers = self.headers()
        try:
            thumb = self.checked(asked)
        except BadProof as bad:
            self.wants_nonces += str(bad) == "use_dpop_nonce"
            return Said.json({"error": str(bad), "error_description": bad.said}, 400, headers)
        said, status = (self._push if asked.path == "/oauth/par" else self._token)(told, thumb)
        return Said.json(said, status, headers)

    def headers(self) -> dict[str, str]:
        """Of every answer: the nonce, and what time it is here."""
        return {"dpop-nonce": self.nonce, "date": formatdate(time.time() + self.ahead, usegmt=True)}

    def checked(self, asked: Asked, *, token: str = "") -> str:
        """The thumbprint of the key that made the call's proof. Raises BadProof."""
        try:
            head, body, mark = asked.headers.get("dpop", "").split(".")
            jwk, told = json.loads(read(head))["jwk"], json.loads(read(body))
            raw = read(mark)
            at = ec.EllipticCurvePublicNumbers(*(int.from_bytes(read(jwk[n])) for n in ("x", "y")), ec.SECP256R1())
            signature = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
            at.public_key().verify(signature, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
        except (ValueError, KeyError, InvalidSignature):
            raise BadProof("invalid_dpop_proof") from None
        if "d" in jwk or told.get("htm") != asked.method or told.get("htu") != self._server.url + asked.path:
            raise BadProof("invalid_dpop_proof")
        if abs(told.get("iat", 0) - time.time() - self.ahead) > SAME_TIME:
            said = 'Failed to verify DPoP proof: "iat" claim timestamp check failed'
            raise BadProof("invalid_dpop_proof", said)
        if told.get("jti") in self._seen:
            raise BadProof("invalid_dpop_proof")
        if token and told.get("ath") != written(hashlib.sha256(token.encode()).digest()):
            raise BadProof("invalid_dpop_proof")
        if told.get("nonce") != self.nonce:
            raise BadProof("use_dpop_nonce")
        self._seen.add(told["jti"])
        plain = json.dumps({n: jwk[n] for n in ("crv", "kty", "x", "y")}, separators=(",", ":"))
        return written(hashlib.sha256(plain.encode()).digest())

    def bound(self, token: str, thumb: str) -> bool:
        return self._bound.get(token) == thumb

    # -- what is asked

    def _push(self, told: dict[str, str], thumb: str) -> tuple[dict[str, Any], int]:
        client = told.get("client_id", "")
        self.client_ids.append(client)
        if urlsplit(client).hostname == "localhost":
            known = parse_qs(urlsplit(client).query)
            is_known = known.get("redirect_uri") == [told.get("redirect_uri")] and known.get("scope") == [told["scope"]]
        else:
            is_known = client.startswith("https://") and client.endswith(".json")
        if not is_known or told.get("code_challenge_method") != "S256" or len(told.get("code_challenge", "")) != 43:
            return {"error": "invalid_request", "error_description": "The request does not fit the client."}, 400
        uri = "urn:ietf:params:oauth:request_uri:" + secrets.token_urlsafe(12)
        self._pushed[uri] = {**told, "thumb": thumb}
        return {"request_uri": uri, "expires_in": 300}, 201

    def person_says_yes(self, address: str) -> dict[str, str]:
        """What the browser brings back when the person signs in and allows it."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        told = self._pushed.pop(asked["request_uri"])
        if set(asked) != {"client_id", "request_uri"} or asked["client_id"] != told["client_id"]:
            raise ValueError("this is not what was pushed")
        code = secrets.token_urlsafe(16)
        self._codes[code] = told
        return {"code": code, "state": told["state"], "iss": self._server.url}

    def _token(self, told: dict[str, str], thumb: str) -> tuple[dict[str, Any], int]:
        bad = {"error": "invalid_grant", "error_description": "Invalid grant."}
        if told.get("grant_type") == "refresh_token":
            held, person = self._renewable.pop(told.get("refresh_token", ""), ("", None))
            if person is None or held != thumb:
                return bad, 400
            self.renewals += 1
            return self._issued(person, thumb), 200
        kept = self._codes.pop(told.get("code", ""), None)
        digest = written(hashlib.sha256(told.get("code_verifier", "").encode()).digest())
        if kept is None or kept["code_challenge"] != digest or kept["thumb"] != thumb:
            return bad, 400
        if kept["redirect_uri"] != told.get("redirect_uri") or kept["client_id"] != told.get("client_id"):
            return bad, 400
        return self._issued(self._server.cityhall, thumb), 200

    def _issued(self, person: Any, thumb: str) -> dict[str, Any]:
        access, refresh = "at-" + secrets.token_urlsafe(30), "rt-" + secrets.token_urlsafe(30)
        person.access.add(access)
        self._bound[access], self._renewable[refresh] = thumb, (thumb, person)
        return {"access_token": access, "refresh_token": refresh, "token_type": "DPoP", "expires_in": 1800,
                "scope": self.allowed, "sub": person.did}  # fmt: skip

    def ends(self) -> None:
        """Nobody's renewal is worth anything any more."""
        self._renewable.clear()
