"""The sentences of this room in the reader's language, although the room itself knows no framework.

A message is one whole sentence with named values: ``_("%(host)s cannot be reached.") % {"host": host}``. It is looked
up while it is said, never at import. Whoever runs the room hands in translators once, at its start (``speak``); until
then, and where nobody does, sentences are English. The names are those that gettext's own tools look for, so messages
are collected from here as from any other room; a network of another package may use them too.
"""

from __future__ import annotations

from collections.abc import Callable

type One = Callable[[str], str]
type Many = Callable[[str, str, int], str]


def _as_written(message: str) -> str:
    return message


def _as_counted(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


_one: One = _as_written
_many: Many = _as_counted


def speak(*, gettext: One = _as_written, ngettext: Many = _as_counted) -> None:
    """Sets the translators of this process, gettext's own functions or alike; without arguments: English again."""
    global _one, _many
    _one, _many = gettext, ngettext


def _(message: str) -> str:
    """The message in the language of whoever reads it now. Values are put in afterwards, with ``%``."""
    return _one(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Like ``_``, in the form that the language has for ``count`` things."""
    return _many(one, many, count)


def gettext_noop(message: str) -> str:
    """Marks what is written at import (labels and help of options and fields): whoever shows it translates it."""
    return message


def quoting(sentence: str, said: str) -> str:
    """The sentence, and after it what the network itself said, in the network's own words; those are often none."""
    return _("%(sentence)s It said: “%(said)s”") % {"sentence": sentence, "said": said} if said else sentence
