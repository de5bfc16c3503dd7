"""clarion keys: what seals secrets at rest, and what signs sessions and links. No key is ever shown."""

from __future__ import annotations

import fcntl
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from django.conf import settings
from django.db import transaction

from clarion.channels import sealing
from clarion.organisations.models import Organisation
from clarion.records.models import Event
from clarion.web.commands.asked import OPERATOR, answer
from clarion.web.said import Said

SETTING = "CLARION_ENCRYPTION_KEYS"
SIGNING = "signing"


def show(*, json: bool) -> None:
    sealed, known = sealing.sealed_by(), sealing.named(sealing.told())
    newest = next(iter(known))
    for name in [*known, *(name for name in sealed if name not in known)]:
        told = {"key": name, "newest": name == newest, "seals": sealed.get(name, 0), "is_here": name in known}
        word = "newest" if name == newest else "older" if name in known else "MISSING" if name else "NOT SEALED"
        answer(told, json=json, human=f"{name or '-':<12} {word:<10} seals {told['seals']}")
    older = len(settings.SECRET_KEY_FALLBACKS)
    answer(
        {"key": SIGNING, "older": older, "is_here": True}, json=json,
        human=f"{SIGNING:<12} signs sessions and links; {older} older still counted",
    )  # fmt: skip


def rotate(*, signing: bool, json: bool) -> None:
    if signing:
        _rotate_signing(json=json)
        return
    made = _made()
    changed = _all_anew()
    known = list(sealing.named(sealing.told()))
    old = known[1:]
    told = f"Secrets sealed anew with the key {known[0]}: {changed}."
    if old and settings.ENVIRONMENT[SETTING]:
        told += f" Now take {', '.join(old)} out of {SETTING}, and keep them for as long as you keep backups."
    elif old:
        told += f" Copy the folder keys to where your backups of it are; then clarion keys forget {old[-1]}."
    elif settings.ENVIRONMENT[SETTING]:
        told += f" To change the key, put a new one in front of it in {SETTING}, restart, and say this again."
    answer({"newest": known[0], "made": made, "rotated": changed, "older": old}, json=json, human=told)


def seal_anew(*, json: bool) -> None:
    changed = _all_anew()
    answer({"rotated": changed}, json=json, human=f"Secrets sealed anew with the newest key: {changed}.")


def forget(*, key: str, json: bool) -> None:
    """Refused for the newest, and while anything is sealed with it."""
    if key == SIGNING:
        _forget_signing(json=json)
        return
    if settings.ENVIRONMENT[SETTING]:
        raise Said(f"The keys stand in {SETTING}: take “{key}” out of it yourself.")
    with _alone():
        known = sealing.named(sealing.told())
        if key not in known:
            raise Said(f"There is no key “{key}”. There are: {', '.join(known)}.")
        if key == next(iter(known)):
            raise Said(f"“{key}” is the newest key: it seals. Make another one first: clarion keys rotate.")
        if left := sealing.sealed_by().get(key, 0):
            raise Said(f"“{key}” still seals secrets: {left}. Seal them anew first: clarion keys rotate.")
        del known[key]
        _keep(known)
    answer({"forgotten": key, "left": list(known)}, json=json, human=f"The key {key} is gone from the data folder.")


def _made() -> str:
    """The id of a key that was made; empty where keys stand in a setting, or an earlier rotation is not at its end."""
    if settings.ENVIRONMENT[SETTING]:
        return ""
    with _alone():
        known = sealing.named(sealing.told())
        _newest, *older = known
        sealed = sealing.sealed_by()
        if any(sealed.get(name) for name in older):
            return ""
        name = next(name for name in map("k{}".format, count(len(known) + 1)) if name not in known)
        _keep({name: secrets.token_urlsafe(48), **known})
        return name


def _keep(known: dict[str, str]) -> None:
    settings.ENVIRONMENT.keep_secret("encryption", ",".join(f"{name}:{key}" for name, key in known.items()))


def _all_anew() -> int:
    done, whole = 0, sum(n for name, n in sealing.sealed_by().items() if name != sealing.newest_key_id())
    for done in sealing.seal_anew():
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} of {whole}")
    if whole and sys.stderr.isatty():
        sys.stderr.write("\n")
    if done:
        with transaction.atomic():
            for organisation in Organisation.objects.all():
                Event.objects.write(
                    "keys.rotated", subject=organisation, organisation=organisation, by=OPERATOR,
                    after={"key": sealing.newest_key_id()},
                )  # fmt: skip
    return done


def _rotate_signing(*, json: bool) -> None:
    if settings.ENVIRONMENT["CLARION_SECRET_KEY"]:
        raise Said(
            "The key stands in CLARION_SECRET_KEY: put a new one there, the one before into CLARION_OLD_SECRET_KEYS, "
            "and restart. After a month the old one can go."
        )
    with _alone():
        newest, *_older = settings.ENVIRONMENT.kept_secret("secret").splitlines()
        settings.ENVIRONMENT.keep_secret("secret", f"{secrets.token_urlsafe(48)}\n{newest}\n")
    answer(
        {"rotated": SIGNING, "restart": True}, json=json,
        human="A new key signs after a restart. Sessions go on; after a month: clarion keys forget signing.",
    )  # fmt: skip


def _forget_signing(*, json: bool) -> None:
    with _alone():
        newest, *older = settings.ENVIRONMENT.kept_secret("secret").splitlines()
        settings.ENVIRONMENT.keep_secret("secret", f"{newest}\n")
    answer(
        {"forgotten": SIGNING, "keys": len(older)}, json=json,
        human="After a restart only the newest key counts: who has not signed in since must do so again.",
    )  # fmt: skip


@contextmanager
def _alone() -> Iterator[None]:
    """One command at a time changes keys: of two new keys that are made at once one would be lost."""
    settings.ENVIRONMENT.kept_secret("encryption")  # the folder is there
    with (settings.DATA / "keys" / "lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
