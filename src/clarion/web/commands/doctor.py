"""clarion doctor: checks the set-up and says what to do about each finding."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from clarion.channels import sealing
from clarion.channels.models import Channel, Credential
from clarion.deliveries import gauges
from clarion.deliveries.models import Delivery
from clarion.files.place import store
from clarion.networks.fitting_videos import ffmpeg
from clarion.organisations.models import User
from clarion.web.commands.asked import answer
from clarion.web.migrating import is_up_to_date
from clarion.web.place import TICKS_WITHIN
from clarion.web.said import database_sentence
from clarion.work.models import Pulse


@dataclass(frozen=True)
class Finding:
    """One check. ``level``: ok, warn, or stop. ``do``: what to do about it, empty when it is well."""

    check: str
    level: str
    says: str
    do: str = ""


def examine(*, json: bool) -> None:
    findings = list(_findings())
    worst = (
        "stop"
        if any(f.level == "stop" for f in findings)
        else "warn"
        if any(f.level == "warn" for f in findings)
        else "ok"
    )
    lines = [f"{f.level:<5} {f.check}: {f.says}" + (f"\n      → {f.do}" if f.do else "") for f in findings]
    answer({"verdict": worst, "findings": [asdict(f) for f in findings]}, json=json, human="\n".join(lines))


def _findings() -> Iterator[Finding]:
    yield from _folder()
    yield from _media()
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield Finding("database", "stop", database_sentence(error), "Check DATABASE_URL and that the server runs.")
        return
    if not is_up_to_date():
        yield Finding("database", "stop", "It is empty or of an older version.", "Run clarion migrate.")
        return
    yield Finding("database", "ok", f"{connection.vendor}, migrated")
    yield from _engine()
    yield from _channels()
    yield from _keys()
    yield from _settings()


def _folder() -> Iterator[Finding]:
    data = Path(settings.DATA)
    mode = data.stat().st_mode & 0o077
    if mode:
        yield Finding("data folder", "warn", f"Others on this machine can read {data}.", f"chmod 700 {data}")
    free = shutil.disk_usage(data).free
    if free < 500_000_000:
        yield Finding(
            "disk", "warn", f"Only {free // 1_000_000} MB are free.", "Free some space: a full disk stops publishing."
        )
    else:
        yield Finding("disk", "ok", f"{free // 1_000_000_000} GB free")
    if settings.IS_SQLITE and sqlite3.sqlite_version_info < (3, 35):
        yield Finding(
            "sqlite", "stop", f"SQLite {sqlite3.sqlite_version} is too old.", "Use a Python with SQLite 3.35 or later."
        )


def _media() -> Iterator[Finding]:
    trouble = store().trouble()
    if settings.MEDIA_BUCKET is None:
        if trouble:
            yield Finding("media", "stop", trouble, f"chown and chmod {settings.MEDIA_ROOT}.")
        return
    if trouble:
        yield Finding("media", "stop", trouble, "Check CLARION_MEDIA_URL, its keys, and that the server runs.")
    else:
        yield Finding("media", "ok", f"{settings.MEDIA_BUCKET.shown} can be written")


def _engine() -> Iterator[Finding]:
    now = timezone.now()
    pulse = Pulse.objects.last()
    if pulse is None or now - pulse.ticked_at > TICKS_WITHIN:
        seen = "never" if pulse is None else f"{pulse.ticked_at:%Y-%m-%d %H:%M:%S} UTC"
        yield Finding("worker", "warn", f"No worker ticks (last: {seen}).", "Run clarion serve.")
    else:
        yield Finding("worker", "ok", f"{pulse.kind}, ticked {(now - pulse.ticked_at).total_seconds():.0f} s ago")
    oldest = gauges.oldest_due_seconds(now)
    if oldest > 60:
        yield Finding(
            "queue",
            "warn",
            f"The oldest due delivery waits since {oldest:.0f} s.",
            "Look at clarion deliveries --state scheduled.",
        )
    if waiting := Delivery.objects.needs_a_person().count():
        yield Finding(
            "deliveries", "warn", f"{waiting} need a person.", "Open Today, or clarion deliveries --state unknown."
        )


def _channels() -> Iterator[Finding]:
    for channel in Channel.objects.connected():
        if channel.needs_sign_in:
            yield Finding(
                "channel", "warn", f"{channel.handle} needs a sign-in: {channel.sign_in_because}", "Reconnect it."
            )


def _keys() -> Iterator[Finding]:
    """What is sealed by a key that is not here, by an older one, or not at all."""
    known, sealed = list(sealing.named(sealing.told())), sealing.sealed_by()
    for row, error in sealing.cannot_open():
        owner = row.channel.handle if isinstance(row, Credential) else str(row)
        yield Finding("keys", "stop", f"{owner}: {error}", "Put the key back.")
    if bare := sealed.get(""):
        yield Finding("keys", "stop", f"Secrets that lie in the database unsealed: {bare}", "Enter them again.")
    if older := sum(sealed.get(name, 0) for name in known[1:]):
        yield Finding(
            "keys", "warn", f"Secrets still sealed with an older key: {older}", "Run clarion keys rotate: it goes on."
        )
    elif known[1:]:
        yield Finding(
            "keys", "warn", f"The older key {known[-1]} seals nothing any more.",
            f"clarion keys forget {known[-1]}, or take it out of CLARION_ENCRYPTION_KEYS.",
        )  # fmt: skip
    else:
        yield Finding("keys", "ok", f"Sealed with {known[0]}: {sum(sealed.values())}")
    if settings.SECRET_KEY_FALLBACKS:
        yield Finding(
            "keys", "warn", f"Older keys that still sign people in: {len(settings.SECRET_KEY_FALLBACKS)}",
            "After a month: clarion keys forget signing, or empty CLARION_OLD_SECRET_KEYS. Then restart.",
        )  # fmt: skip
    folder = Path(settings.DATA) / "keys"
    if folder.is_dir() and any(path.stat().st_mode & 0o077 for path in (folder, *folder.iterdir())):
        yield Finding("keys", "stop", f"Others on this machine can read {folder}.", f"chmod -R go= {folder}")


def _settings() -> Iterator[Finding]:
    if not User.objects.exists():
        yield Finding("people", "warn", "Nobody can sign in yet.", "Open the page, or run clarion init.")
    if not settings.ENVIRONMENT["CLARION_EMAIL_URL"]:
        yield Finding(
            "e-mail", "warn", "E-mails are only written to the log: failures are told in the app, and pushed.",
            "Set CLARION_EMAIL_URL.",
        )  # fmt: skip
    if ffmpeg() is None:
        yield Finding(
            "videos", "warn", "There is no ffmpeg: videos go out as they are, or not at all.",
            "Install your system's ffmpeg, or clarion[video].",
        )  # fmt: skip
    if not settings.SECURE:
        yield Finding(
            "address",
            "warn",
            f"{settings.BASE_URL} is not https.",
            "Put a proxy with TLS in front and set CLARION_BASE_URL.",
        )
