"""What a rule of the house looks for: checked when it is written, and as the judging code takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.posts import house

MOST_LINES, LONGEST_LINE = 2_000, 100


class BadRule(ValueError):
    """A rule that cannot be kept; the sentence says why."""


class Kind(models.TextChoices):
    WORDS = "words", gettext_lazy("Words and phrases")
    PATTERN = "pattern", gettext_lazy("A pattern")
    PERSONAL = "personal", gettext_lazy("Personal data")
    LINKS = "links", gettext_lazy("Links")


def sound(kind: str, what: Mapping[str, Any]) -> dict[str, Any]:
    """The same as it is kept, by kind: ``lines``; ``pattern``; ``data``, ``countries``, ``allowed``; ``domains``,
    ``only``, ``signs``, ``ours``. Raises ``BadRule``."""
    if kind == Kind.WORDS:
        lines = _lines(what.get("lines", ()))
        if not lines:
            raise BadRule(_("Write at least one word or phrase."))
        for line in lines:
            if len(line.strip("*").strip()) < 2 or not any(letter.isalnum() for letter in line):
                raise BadRule(_("“%(line)s” is too short: a word has at least two letters.") % {"line": line})
        return {"lines": lines}
    if kind == Kind.PATTERN:
        pattern = str(what.get("pattern", "")).strip()
        try:
            house.compiled(pattern)
        except house.BadPattern as error:
            raise BadRule(str(error)) from None
        return {"pattern": pattern}
    if kind == Kind.PERSONAL:
        data = [one for one in house.DATA if one in what.get("data", ())]
        countries = [one for one in house.COUNTRIES if one in what.get("countries", ())] if "id" in data else []
        if not data:
            raise BadRule(_("Choose at least one kind of personal data."))
        if "id" in data and not countries:
            raise BadRule(_("Choose the countries whose identity numbers are looked for."))
        return {"data": data, "countries": countries, "allowed": _lines(what.get("allowed", ()))}
    if kind == Kind.LINKS:
        return _sound_links(what)
    raise BadRule(_("Choose what the rule looks for."))


def _sound_links(what: Mapping[str, Any]) -> dict[str, Any]:
    domains, ours = _domains(what.get("domains", ())), _domains(what.get("ours", ()))
    only, signs = bool(what.get("only")), [one for one in house.SIGNS if one in what.get("signs", ())]
    if not domains and (only or not signs):
        raise BadRule(_("Write at least one domain, or choose what else is looked at."))
    if "lookalike" in signs and not (ours or (only and domains)):
        raise BadRule(_("Write your own domains: look-alikes are compared with them."))
    return {"domains": domains, "only": only, "signs": signs, "ours": ours}


def entry_of(kind: str, what: Mapping[str, Any], language: str) -> house.Entry:
    """``what`` as ``sound`` gave it."""
    if kind == Kind.WORDS:
        return house.Entry(kind, words=what["lines"], language=language)
    if kind == Kind.PATTERN:
        return house.Entry(kind, pattern=what["pattern"])
    if kind == Kind.PERSONAL:
        return house.Entry(kind, data=what["data"], countries=what["countries"], allowed=what["allowed"])
    return house.Entry(
        kind, domains=what["domains"], only=what["only"], signs=what["signs"], ours=what["ours"]
    )  # fmt: skip


def _lines(lines: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(" ".join(str(line).split()) for line in lines if str(line).strip()))
    if len(found) > MOST_LINES or any(len(line) > LONGEST_LINE for line in found):
        sentence = _("A list has at most %(n)d lines, each of at most %(m)d characters.")
        raise BadRule(sentence % {"n": MOST_LINES, "m": LONGEST_LINE})
    return found


def _domains(lines: Iterable[str]) -> list[str]:
    try:
        return list(dict.fromkeys(house.sound_domain(line) for line in _lines(lines)))
    except ValueError as error:
        raise BadRule(str(error)) from None
