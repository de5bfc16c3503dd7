"""Secrets at rest: sealed by Fernet (AES-128-CBC with HMAC), each with the id of the key that sealed it.

Sealed text is ``id:token``. The first key of ``CLARION_ENCRYPTION_KEYS`` seals, all of them open, so a key is rotated
by putting a new one in front, running ``clarion credentials rotate``, and then removing the old one.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.translation import gettext as _


class CannotOpen(Exception):
    """A sealed secret whose key is missing or wrong."""


@lru_cache(maxsize=4)
def _keys(text: str) -> dict[str, Fernet]:
    keys: dict[str, Fernet] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, colon, key = entry.partition(":")
        if not colon:
            name, key = "k1", entry
        # Any passphrase will do: the Fernet key is its SHA-256. Keys that Clarion makes are 48 random bytes.
        keys[name] = Fernet(urlsafe_b64encode(hashlib.sha256(key.encode()).digest()))
    return keys


def keys() -> dict[str, Fernet]:
    environment = settings.ENVIRONMENT
    return _keys(environment["CLARION_ENCRYPTION_KEYS"] or "k1:" + environment.kept_secret("encryption"))


def newest_key_id() -> str:
    return next(iter(keys()))


def seal(secrets: dict[str, Any]) -> str:
    key_id = newest_key_id()
    return f"{key_id}:{keys()[key_id].encrypt(json.dumps(secrets).encode()).decode()}"


def unseal(sealed: str) -> dict[str, Any]:
    """Raises ``CannotOpen`` with a sentence that names the key."""
    if not sealed:
        return {}
    key_id, _colon, token = sealed.partition(":")
    try:
        opened: dict[str, Any] = json.loads(keys()[key_id].decrypt(token.encode()))
    except (KeyError, InvalidToken) as error:
        raise CannotOpen(
            _(
                "The credentials were sealed with the key “%(key)s”, which is not among CLARION_ENCRYPTION_KEYS. "
                "Put that key back, or reconnect the channel."
            )
            % {"key": key_id}
        ) from error
    return opened
