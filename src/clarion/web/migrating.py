"""Bringing the database up to date. The check is cheap when nothing changed: it must not cost every start a second."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.utils import DatabaseError


def fingerprint() -> str:
    """A hash of the names of all migrations that this version carries."""
    names = sorted(
        f"{config.label}.{path.stem}"
        for config in apps.get_app_configs()
        for path in (Path(config.path) / "migrations").glob("[0-9]*.py")
    )
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def is_up_to_date() -> bool:
    """True when the database says that this very set of migrations was applied."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM django_migrations")
            count = cursor.fetchone()[0]
        mark = _mark()
        return mark.read_text() == f"{fingerprint()} {count} {_database()}"
    except (DatabaseError, FileNotFoundError):
        return False


def bring_up_to_date() -> bool:
    """Applies what is missing; True when something was."""
    if is_up_to_date():
        return False
    call_command("migrate", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM django_migrations")
        _mark().write_text(f"{fingerprint()} {cursor.fetchone()[0]} {_database()}")
    return True


def _mark() -> Path:
    return Path(settings.DATA) / "migrated"


def _database() -> str:
    described = "|".join(str(settings.DATABASES["default"].get(k, "")) for k in ("ENGINE", "HOST", "PORT", "NAME"))
    return hashlib.sha256(described.encode()).hexdigest()[:16]
