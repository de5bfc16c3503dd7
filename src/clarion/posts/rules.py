"""Rules by which something comes again: those of RFC 5545 that people can say in one sentence.

A rule walks over wall times (naive): "every Monday at nine" stays at nine when clocks change. What instant a wall time
is, is the matter of ``when.resolve``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

from dateutil.rrule import rrule, rrulestr
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from clarion.organisations.dates import written

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MOST_TIMES = 1000
MOST_BETWEEN = 99
KNOWN = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "COUNT", "UNTIL", "WKST"}
LOOK = 1500
"""So many occurrences are walked over at most in one question."""


class BadRule(ValueError):
    """A rule that cannot be used; the sentence says what to choose instead."""


@dataclass(frozen=True)
class Rule:
    """``text`` is the value of an RRULE; the first time is ``begins``, a naive wall time. Raises ``BadRule``."""

    text: str
    begins: datetime

    def __post_init__(self) -> None:
        known = dict(pair.partition("=")[::2] for pair in self.text.upper().split(";"))
        sentence = _("This rule cannot be used here. Choose every so many days, weeks, months or years.")
        if set(known) - KNOWN or known.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
            raise BadRule(sentence)
        if not 1 <= _number(known.get("INTERVAL", "1")) <= MOST_BETWEEN:
            raise BadRule(_("Choose a number from 1 to %(n)d.") % {"n": MOST_BETWEEN})
        if "COUNT" in known and not 1 <= _number(known["COUNT"]) <= MOST_TIMES:
            raise BadRule(_("It can come at most %(n)d times.") % {"n": MOST_TIMES})
        if "COUNT" in known and "UNTIL" in known:
            raise BadRule(sentence)
        try:
            first = next(iter(self._walk), None)
        except (ValueError, TypeError, OverflowError) as error:
            raise BadRule(sentence) from error
        if first is None:
            raise BadRule(_("This rule never comes. Look at its end."))

    @classmethod
    def of(
        cls, begins: datetime, *, every: int, unit: str, weekdays: Sequence[int] = (), nth: bool = False,
        until: date | None = None, times: int | None = None,
    ) -> Rule:  # fmt: skip
        """``unit`` is day, week, month or year. ``nth``: the same weekday of the month (the second Tuesday) and not the
        same day of it; ``until`` is a local day (included), ``times`` counts the first as well."""
        words = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY", "year": "YEARLY"}
        if unit not in words:
            raise BadRule(_("Choose days, weeks, months or years."))
        parts = [f"FREQ={words[unit]}", f"INTERVAL={every}"]
        if unit == "week":
            days = sorted({begins.weekday(), *(day for day in weekdays if 0 <= day <= 6)})
            parts.append("BYDAY=" + ",".join(DAYS[day] for day in days))
        if unit == "month":
            week = (begins.day - 1) // 7 + 1
            # The fifth is not in every month: people who say it mean the last.
            parts.append(
                f"BYDAY={week if week < 5 else -1}{DAYS[begins.weekday()]}" if nth else f"BYMONTHDAY={begins.day}"
            )
        if until is not None:
            if until < begins.date():
                raise BadRule(_("It would end before it begins. Choose a later day."))
            parts.append(f"UNTIL={until:%Y%m%d}T235959")
        elif times is not None:
            parts.append(f"COUNT={times}")
        return cls(";".join(parts), begins)

    @cached_property
    def _walk(self) -> rrule:
        return _read(self.text, self.begins)

    def after(self, since: datetime) -> Iterator[datetime]:
        """Wall times after ``since`` (naive), in order."""
        for number, at in enumerate(self._walk.xafter(since)):
            if number >= LOOK:
                return
            yield at

    def between(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Wall times from ``start`` to before ``end``."""
        for at in self.after(start - timedelta(seconds=1)):
            if at >= end:
                return
            yield at

    def __str__(self) -> str:
        """ "Every 2 weeks on Monday and Thursday, until 3 March 2027"."""
        known = dict(pair.partition("=")[::2] for pair in self.text.upper().split(";"))
        n = int(known.get("INTERVAL", "1"))
        unit = {
            "DAILY": ngettext("Every day", "Every %(n)d days", n),
            "WEEKLY": ngettext("Every week", "Every %(n)d weeks", n),
            "MONTHLY": ngettext("Every month", "Every %(n)d months", n),
            "YEARLY": ngettext("Every year", "Every %(n)d years", n),
        }[known["FREQ"]] % {"n": n}  # fmt: skip
        return self._with_end(self._with_days(unit, known), known)

    def _with_days(self, said: str, known: dict[str, str]) -> str:
        if "BYMONTHDAY" in known:
            return _("%(every)s on day %(day)s") % {"every": said, "day": known["BYMONTHDAY"]}
        days = [re.fullmatch(r"([+-]?\d*)([A-Z]{2})", one) for one in known.get("BYDAY", "").split(",") if one]
        if not days or not all(days):
            return said
        names = [_nth(found[1], str(WEEKDAYS[DAYS.index(found[2])])) for found in days if found]
        return _("%(every)s on %(days)s") % {"every": said, "days": _listed(names)}

    @staticmethod
    def _with_end(said: str, known: dict[str, str]) -> str:
        if "UNTIL" in known:
            day = datetime.strptime(known["UNTIL"][:8], "%Y%m%d").date()
            return _("%(rule)s, until %(day)s") % {"rule": said, "day": written(day, "j F Y")}
        if "COUNT" in known:
            n = int(known["COUNT"])
            return ngettext("%(rule)s, once", "%(rule)s, %(n)d times in all", n) % {"rule": said, "n": n}
        return said


@lru_cache(maxsize=1024)
def _read(text: str, begins: datetime) -> rrule:
    """Reading one takes longer than walking over a year of it, and calendars walk over the same ones all day."""
    found = rrulestr(text, dtstart=begins)
    assert isinstance(found, rrule)
    return found


def _nth(number: str, day: str) -> str:
    names = {
        "1": _("the first %(day)s"), "2": _("the second %(day)s"), "3": _("the third %(day)s"),
        "4": _("the fourth %(day)s"), "-1": _("the last %(day)s"),
    }  # fmt: skip
    return names.get(number, "%(day)s") % {"day": day}


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return pgettext("a list", "%(some)s and %(last)s") % {"some": ", ".join(names[:-1]), "last": names[-1]}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
