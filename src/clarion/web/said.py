"""Refusals as one sentence: what happened and what to do. Whatever is not known here is a fault of ours."""

from __future__ import annotations

from datetime import UTC, datetime

from clarion.config.discretion import said, told
from clarion.config.environment import BadSetting


class Said(Exception):
    """A refusal that already is its sentence."""


def sentence_of(error: Exception) -> str | None:
    """The sentence for a person, or None when the error is none that a person caused or can mend."""
    from django.core.exceptions import ImproperlyConfigured, ValidationError  # noqa: PLC0415  settings may be what is wrong
    from django.db import DatabaseError  # noqa: PLC0415

    from clarion.networks.words import Failure  # noqa: PLC0415

    if isinstance(error, Said | BadSetting):
        return str(error)
    if isinstance(error, Failure):
        return error.sentence
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, DatabaseError):
        return database_sentence(error)
    if isinstance(error, PermissionError | FileNotFoundError | IsADirectoryError | NotADirectoryError):
        return f"{error.filename or error}: {error.strerror or error}. Check the path and its rights."
    if isinstance(error, OSError):
        return f"The system refused: {error.strerror or error}."
    if isinstance(error, ImproperlyConfigured):
        return str(error)
    if type(error).__module__.startswith("clarion.") and isinstance(error, ValueError | LookupError | RuntimeError):
        return str(error)
    # Refusals of the rooms: each carries its own sentence.
    if type(error).__name__ in ("TooLate", "AlreadyLeaving", "CannotOpen", "NoFreeSlot"):
        return str(error)
    return None


def mistake(error: Exception) -> str:
    """A fault of ours: the details go to a file in the data folder, a person gets a sentence."""
    from django.conf import settings  # noqa: PLC0415  settings may be what is wrong

    try:
        with (settings.DATA / "mistakes.log").open("a") as file:
            file.write(f"{datetime.now(UTC).isoformat()}\n{told(error)}\n")
        where = "The details are in mistakes.log in the data folder: please report it."
    except Exception:
        where = told(error)
    return f"Clarion made a mistake ({said(error)}). {where}"


def database_sentence(error: Exception) -> str:
    """Said by commands and by the page of a database that is gone."""
    from django.utils.translation import gettext as _  # noqa: PLC0415  settings may be what is wrong

    text = str(error).lower()
    if "no such table" in text or "does not exist" in text:
        return _("The database is empty or of an older version. Run clarion serve, or clarion init, first.")
    if "locked" in text:
        return _("The database was busy for more than 30 seconds. Nothing was changed: try again.")
    if "full" in text or "no space" in text:
        return _("The disk is full. Nothing was changed: free some space and try again.")
    if "unable to open" in text or "readonly" in text:
        return _("The database in the data folder cannot be opened. Check that the folder is yours and can be written.")
    return _("The database does not answer. Nothing was changed: check that it runs and try again.")
