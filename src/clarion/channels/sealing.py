"""Secrets at rest: sealed by Fernet (AES-128-CBC with HMAC), each with the id of the key that sealed it.

Sealed text is ``id:token`` and lies in a column called ``sealed`` of whatever noun, or where ``ALSO`` says. The first
key seals, all of them open, so keys are rotated by putting a new one in front, sealing everything anew, and removing
the old one (``clarion keys``). Processes that run follow: the keys of the data folder are read whenever something is
sealed.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Place:
    """A column in which secrets lie: a text that is sealed whole, or JSON of which some values are."""

    noun: type[models.Model]
    column: str

    @property
    def is_json(self) -> bool:
        return isinstance(self.noun._meta.get_field(self.column), models.JSONField)

    def rows(self) -> models.QuerySet[Any]:
        rows = self.noun._default_manager.order_by("pk")
        return rows if self.is_json else rows.exclude(**{self.column: ""})

    def sealed(self, row: models.Model) -> dict[str, str]:
        """The sealed texts of a row, by their names in it."""
        found = getattr(row, self.column)
        if not self.is_json:
            return {self.column: found}
        return {name: text for name, text in found.items() if isinstance(text, str) and _SEALED.fullmatch(text)}

    def keep(self, row: Any, fresh: dict[str, str]) -> None:
        """An UPDATE of these columns alone: neither the time of a change nor a lock of the row is touched."""
        if self.is_json:
            columns: dict[str, Any] = {self.column: {**getattr(row, self.column), **fresh}}
        else:
            columns = dict(fresh)
            if hasattr(row, "key_id"):
                columns["key_id"] = fresh[self.column].partition(":")[0]
        self.noun._default_manager.filter(pk=row.pk).update(**columns)


ALSO: dict[str, str] = {}
"""Columns of nouns that are not ours and keep sealed values in JSON, by the label of the noun. A room adds its own."""
_SEALED = re.compile(r"[\w.\-]+:gAAAA[\w=\-]+")


def places() -> list[Place]:
    """Wherever secrets lie, in whatever room."""
    own = [Place(one, COLUMN) for one in apps.get_models() if any(f.name == COLUMN for f in one._meta.concrete_fields)]
    return own + [Place(apps.get_model(noun), column) for noun, column in ALSO.items()]


def sealed_by() -> dict[str, int]:
    """How many secrets each key has sealed. What is under “” is not sealed at all."""
    found: dict[str, int] = {}
    for place in places():
        for row in place.rows().only(place.column).iterator(chunk_size=2000):
            for text in place.sealed(row).values():
                name = text.partition(":")[0] if ":" in text else ""
                found[name] = found.get(name, 0) + 1
    return found


def cannot_open() -> Iterator[tuple[models.Model, CannotOpen]]:
    """What was sealed and cannot be opened with the keys that are here, and why."""
    for place in places():
        for row in place.rows().iterator(chunk_size=2000):
            for text in place.sealed(row).values():
                try:
                    unseal(text if ":" in text else "")
                except CannotOpen as error:
                    yield row, error


def seal_anew() -> Iterator[int]:
    """Seals with the newest key what another one sealed, a batch in a transaction; how many so far, after each.

    It may be stopped at any moment and begun again: what is done is done. What cannot be opened stays as it is.
    """
    newest, done = newest_key_id(), 0
    for place in places():
        at: Any = None
        left = place.rows() if place.is_json else place.rows().exclude(**{f"{place.column}__startswith": f"{newest}:"})
        while batch := list((left if at is None else left.filter(pk__gt=at)).values_list("pk", flat=True)[:BATCH]):
            with transaction.atomic():
                for row in place.noun._default_manager.select_for_update().filter(pk__in=batch):
                    done += _sealed_anew(place, row, newest=newest)
            at = batch[-1]
            yield done


def _sealed_anew(place: Place, row: models.Model, *, newest: str) -> int:
    fresh = {}
    for name, text in place.sealed(row).items():
        with suppress(CannotOpen):
            if not text.startswith(f"{newest}:"):
                fresh[name] = seal(unseal(text))
    if fresh:
        place.keep(row, fresh)
    return len(fresh)
