"""Web push without a library: messages sealed for one browser (RFC 8291), signed by this installation (RFC 8292).

No network and no database here. Keys travel as base64url without padding, as browsers write them.
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
RECORD = 4096
"""Bytes of the one record; push services take no more (RFC 8030, section 7.2)."""
MOST = RECORD - 16 - 1 - 86
"""Bytes of a message: a record without its tag, its delimiter and the header."""
VALID = timedelta(hours=12)
"""How long one signature may be used; a day is the most (RFC 8292, section 2)."""


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Raises ValueError."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def new_key() -> tuple[str, str]:
    """A key pair: the public point, uncompressed, and the private number of 32 bytes."""
    key = ec.generate_private_key(CURVE)
    return encoded(point(key)), encoded(key.private_numbers().private_value.to_bytes(32))


def our_key(private: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decoded(private)), CURVE)


def their_key(public: bytes) -> ec.EllipticCurvePublicKey:
    """Raises ValueError for what is no point of the curve."""
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, public)


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def sealed(
    message: bytes, *, p256dh: str, auth: str, salt: bytes = b"", key: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    """The body of a push in ``aes128gcm``. ``salt`` and ``key`` are new for each message; only a test gives them.

    Raises ValueError for a message of more than ``MOST`` bytes.
    """
    if len(message) > MOST:
        raise ValueError(f"{len(message)} bytes are more than {MOST}")
    salt, ours, theirs = salt or os.urandom(16), key or ec.generate_private_key(CURVE), decoded(p256dh)
    shared = ours.exchange(ec.ECDH(), their_key(theirs))
    secret = _derived(shared, salt=decoded(auth), info=b"WebPush: info\0" + theirs + point(ours), length=32)
    content_key = _derived(secret, salt=salt, info=b"Content-Encoding: aes128gcm\0", length=16)
    nonce = _derived(secret, salt=salt, info=b"Content-Encoding: nonce\0", length=12)
    public = point(ours)
    header = salt + RECORD.to_bytes(4) + len(public).to_bytes(1) + public
    return header + AESGCM(content_key).encrypt(nonce, message + b"\x02", None)


def _derived(material: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(material)


def proof(endpoint: str, *, private: str, public: str, contact: str, now: datetime) -> str:
    """The ``Authorization`` header for one endpoint. ``contact``: an address (``https:`` or ``mailto:``) of ours."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}", "exp": int((now + VALID).timestamp()), "sub": contact,
    }  # fmt: skip
    head = {"typ": "JWT", "alg": "ES256"}
    said = ".".join(encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (head, claims))
    r, s = decode_dss_signature(our_key(private).sign(said.encode(), ec.ECDSA(SHA256())))
    return f"vapid t={said}.{encoded(r.to_bytes(32) + s.to_bytes(32))}, k={public}"
