"""Nostr's events: their id, their signature, and keys as people write them. NIP-01, NIP-19, BIP-340.

The signature needs libsecp256k1, which comes with the extra ``nostr``; everything else is done here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .wording import _
from .words import Refused

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_END_OF_TIME = 200_000_000_000
"""Epoch seconds: the year 8307."""
_ESCAPES = {"\n": "\\n", '"': '\\"', "\\": "\\\\", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def signed(
    secret: str, *, kind: int, content: str, tags: Sequence[Sequence[str]], at: int
) -> dict[str, Any]:  # fmt: skip
    """A whole event. ``secret``: 64 hex digits; ``at``: epoch seconds. Raises Refused without the extra ``nostr``."""
    event: dict[str, Any] = {"pubkey": public_of(secret), "created_at": at, "kind": kind,
                             "tags": [list(tag) for tag in tags], "content": content}  # fmt: skip
    event["id"] = id_of(event)
    event["sig"] = _curve().PrivateKey(bytes.fromhex(secret)).sign_schnorr(bytes.fromhex(event["id"])).hex()
    return event


def id_of(event: Mapping[str, Any]) -> str:
    """The hash of the event's canonical form: no white space, and only the seven escapes."""
    parts = [0, event["pubkey"], event["created_at"], event["kind"], event["tags"], event["content"]]
    return hashlib.sha256(_written(parts).encode()).hexdigest()


def _written(value: Any) -> str:
    if isinstance(value, str):
        return '"' + "".join(_ESCAPES.get(letter, letter) for letter in value) + '"'
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_written, value)) + "]"
    return json.dumps(value)


def public_of(secret: str) -> str:
    """The public key (64 hex digits) of a secret one."""
    try:
        return str(_curve().PublicKeyXOnly.from_secret(bytes.fromhex(secret)).format().hex())
    except ValueError:
        raise Refused(_("This is no secret key of Nostr."), code="secret_key") from None


def is_true(event: Mapping[str, Any]) -> bool:
    """Whether the event is what its author signed: relays are not believed. Nor is what has another shape, or a time
    that no clock shows."""
    if not _is_whole(event):
        return False
    try:
        key = _curve().PublicKeyXOnly(bytes.fromhex(event["pubkey"]))
        return event["id"] == id_of(event) and bool(key.verify(bytes.fromhex(event["sig"]), bytes.fromhex(event["id"])))
    except (ValueError, KeyError, TypeError):
        return False


def _is_whole(event: Mapping[str, Any]) -> bool:
    """Whether it has the fields of an event, each of its kind."""
    tags = event.get("tags")
    return (
        all(isinstance(event.get(name), str) for name in ("id", "pubkey", "sig", "content"))
        and all(isinstance(event.get(name), int) for name in ("kind", "created_at"))
        and 0 <= event["created_at"] < _END_OF_TIME
        and isinstance(tags, list)
        and all(isinstance(tag, list) and all(isinstance(one, str) for one in tag) for tag in tags)
    )


def _curve() -> Any:
    try:
        import coincurve  # noqa: PLC0415 - an extra, and a shared library
    except ImportError:
        sentence = _(
            "Nostr needs a part that is not installed here: pip install 'clarion[nostr]'. Ask your administrator."
        )
        raise Refused(sentence, code="extra") from None
    return coincurve


# -- keys as people write them (bech32, BIP-173)


def secret_in(typed: str) -> str:
    """A secret key as 64 hex digits, from those or from ``nsec1…``. Raises Refused."""
    found = _read(typed.strip(), "nsec")
    if not found:
        raise Refused(_("Paste the secret key whole: it begins with nsec1."), code="secret_key")
    return found


def npub(public: str) -> str:
    return encoded("npub", bytes.fromhex(public))


def _read(typed: str, prefix: str) -> str:
    if len(typed) == 64 and all(letter in "0123456789abcdefABCDEF" for letter in typed):
        return typed.lower()
    low = typed.lower()
    data = [_LETTERS.find(letter) for letter in low.removeprefix(prefix + "1")]
    if not low.startswith(prefix + "1") or -1 in data or len(data) < 6 or _checksum([*_spread(prefix), *data]) != 1:
        return ""
    raw = bytes(_regrouped(data[:-6], 5, 8))
    return raw[:32].hex() if len(raw) >= 32 else ""


def encoded(prefix: str, raw: bytes) -> str:
    data = [*_regrouped(raw, 8, 5, pad=True)]
    check = _checksum([*_spread(prefix), *data, *[0] * 6]) ^ 1
    return prefix + "1" + "".join(_LETTERS[one] for one in [*data, *((check >> 5 * (5 - n)) & 31 for n in range(6))])


def _spread(prefix: str) -> list[int]:
    return [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]


def _checksum(values: Iterable[int]) -> int:
    found = 1
    for value in values:
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ value
        for bit, mask in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            found ^= mask if (top >> bit) & 1 else 0
    return found


def _regrouped(data: Iterable[int], old: int, new: int, *, pad: bool = False) -> Iterable[int]:
    held = bits = 0
    for value in data:
        held, bits = (held << old) | value, bits + old
        while bits >= new:
            bits -= new
            yield (held >> bits) & ((1 << new) - 1)
    if pad and bits:
        yield (held << (new - bits)) & ((1 << new) - 1)
