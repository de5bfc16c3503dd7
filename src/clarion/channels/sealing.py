"""Secrets at rest: sealed by Fernet (AES-128-CBC with HMAC), each with the id of the key that sealed it.

Sealed text is ``id:token`` and lies in a column called ``sealed``, of whatever noun. The first key seals, all of them
open, so keys are rotated by putting a new one in front, sealing everything anew, and removing the old one
(``clarion keys``). Processes that run follow: the keys of the data folder are read whenever something is sealed.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _

COLUMN = "sealed"
BATCH = 200


class CannotOpen(Exception):
    """A sealed secret whose key is missing or wrong."""


@lru_cache(maxsize=4)
def _keys(text: str) -> dict[str, Fernet]:
    # Any passphrase will do: the Fernet key is its SHA-256. Keys that Clarion makes are 48 random bytes.
    return {name: Fernet(urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for name, key in named(text).items()}


def named(text: str) -> dict[str, str]:
    """``id:key,id:key`` taken apart, the newest first. A key without an id is ``k1``."""
    found: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, colon, key = entry.partition(":")
        found[name if colon else "k1"] = key if colon else entry
    return found


def told() -> str:
    """The keys as a person set them, or as the data folder keeps them."""
    return settings.ENVIRONMENT["CLARION_ENCRYPTION_KEYS"] or settings.ENVIRONMENT.kept_secret("encryption")


def keys() -> dict[str, Fernet]:
    return _keys(told())


def newest_key_id() -> str:
    return next(iter(keys()))


def seal(secrets: dict[str, Any]) -> str:
    known = keys()
    key_id = next(iter(known))
    return f"{key_id}:{known[key_id].encrypt(json.dumps(secrets).encode()).decode()}"


def unseal(sealed: str) -> dict[str, Any]:
    """Raises ``CannotOpen`` with a sentence that names the key."""
    if not sealed:
        return {}
    key_id, colon, token = sealed.partition(":")
    try:
        opened: dict[str, Any] = json.loads(keys()[key_id].decrypt(token.encode()))
    except (KeyError, InvalidToken) as error:
        raise CannotOpen(
            _(
                "The credentials were sealed with the key “%(key)s”, which is not among CLARION_ENCRYPTION_KEYS. "
                "Put that key back, or reconnect the channel."
            )
            % {"key": key_id if colon else "?"}  # what nobody sealed is no name of a key
        ) from error
    return opened


def nouns() -> list[type[models.Model]]:
    """All that keep something sealed, of whatever room."""
    return [one for one in apps.get_models() if any(field.name == COLUMN for field in one._meta.concrete_fields)]


def sealed_by() -> dict[str, int]:
    """How many secrets each key has sealed. What is under “” is not sealed at all."""
    found: dict[str, int] = {}
    for noun in nouns():
        for sealed in _rows(noun).values_list(COLUMN, flat=True).iterator(chunk_size=2000):
            name = sealed.partition(":")[0] if ":" in sealed else ""
            found[name] = found.get(name, 0) + 1
    return found


def cannot_open() -> Iterator[tuple[models.Model, CannotOpen]]:
    """What was sealed and cannot be opened with the keys that are here, and why."""
    for noun in nouns():
        for row in _rows(noun).filter(**{f"{COLUMN}__contains": ":"}).iterator(chunk_size=2000):
            try:
                unseal(getattr(row, COLUMN))
            except CannotOpen as error:
                yield row, error


def seal_anew() -> Iterator[int]:
    """Seals with the newest key what another one sealed, a batch in a transaction; how many so far, after each.

    It may be stopped at any moment and begun again: what is done is done. What cannot be opened stays as it is.
    """
    newest, done = newest_key_id(), 0
    for noun in nouns():
        at: Any = None
        left = _rows(noun).exclude(sealed__startswith=f"{newest}:").order_by("pk")
        while batch := list((left if at is None else left.filter(pk__gt=at)).values_list("pk", flat=True)[:BATCH]):
            with transaction.atomic():
                for row in noun._default_manager.select_for_update().filter(pk__in=batch):
                    done += _sealed_anew(row)
            at = batch[-1]
            yield done


def _sealed_anew(row: Any) -> bool:
    try:
        row.sealed = seal(unseal(row.sealed))
    except CannotOpen:
        return False
    # An UPDATE of these columns alone: neither the time of a change nor a lock of the row is touched.
    columns = {COLUMN: row.sealed} | ({"key_id": row.sealed.partition(":")[0]} if hasattr(row, "key_id") else {})
    type(row)._default_manager.filter(pk=row.pk).update(**columns)
    return True


def _rows(noun: type[models.Model]) -> models.QuerySet[Any]:
    return noun._default_manager.exclude(**{COLUMN: ""})
