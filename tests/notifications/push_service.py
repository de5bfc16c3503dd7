"""A push service on loopback with one browser behind it: it checks the signature and reads what was sealed for it.

Written from RFC 8030, 8188, 8291 and 8292, from the receiving side.
"""

from __future__ import annotations

import json
import os
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from clarion.testing.servers.base import Asked, Said, StandIn

CURVE = ec.SECP256R1()


def raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def words(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Browser:
    """What a browser keeps of a subscription."""

    def __init__(self, private: int | None = None, auth: bytes = b"") -> None:
        self._key = ec.derive_private_key(private, CURVE) if private else ec.generate_private_key(CURVE)
        self._auth = auth or os.urandom(16)
        self._public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def keys(self) -> dict[str, str]:
        return {"p256dh": words(self._public), "auth": words(self._auth)}

    def reads(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        theirs, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        shared = self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
        secret = HKDF(SHA256(), 32, self._auth, b"WebPush: info\0" + self._public + theirs).derive(shared)
        key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, record, None).rstrip(b"\0")
        assert plain.endswith(b"\x02")
        return plain[:-1]


class PushService(StandIn):
    """``told``: what the browser was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.browser, self.told, self.headers = Browser(), list[dict[str, Any]](), dict[str, str]()
        self.gone = False

    @property
    def endpoint(self) -> str:
        return f"{self.url}/push/secret-of-the-browser"

    def handle(self, asked: Asked) -> Said:
        if self.gone:
            return Said(410)
        if not self._is_signed(asked.headers.get("authorization", "")):
            return Said(403)
        if asked.headers.get("content-encoding") != "aes128gcm" or not asked.headers.get("ttl", "").isdigit():
            return Said(400)
        if len(asked.body) > 4096:
            return Said(413)
        self.headers = dict(asked.headers)
        self.told.append(json.loads(self.browser.reads(asked.body)))
        return Said(201)

    def _is_signed(self, header: str) -> bool:
        scheme, _space, rest = header.partition(" ")
        parts = dict(one.strip().split("=", 1) for one in rest.split(","))
        said, _dot, signature = parts["t"].rpartition(".")
        head, claims = (json.loads(raw(part)) for part in said.split("."))
        both = raw(signature)
        ours = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw(parts["k"]))
        pair = encode_dss_signature(int.from_bytes(both[:32]), int.from_bytes(both[32:]))
        ours.verify(pair, said.encode(), ec.ECDSA(SHA256()))
        return (
            scheme == "vapid" and head["alg"] == "ES256" and claims["aud"] == self.url
            and time.time() < claims["exp"] < time.time() + 24 * 3600
        )  # fmt: skip
