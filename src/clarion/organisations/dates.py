"""Days as their reader's language writes them: 3 March, 3. März, 3 de marzo.

Where a form holds more than one part, its order and its little words belong to the language: translators write the form
itself, in the letters of Django's ``date`` filter.
"""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils.formats import date_format
from django.utils.translation import pgettext, pgettext_lazy

FORMS = {
    "j F": pgettext_lazy("date form", "j F"),
    "j F Y": pgettext_lazy("date form", "j F Y"),
    "j F, H:i": pgettext_lazy("date form", "j F, H:i"),
    "j F Y, H:i": pgettext_lazy("date form", "j F Y, H:i"),
    "j F Y H:i": pgettext_lazy("date form", "j F Y H:i"),
    "j M": pgettext_lazy("date form", "j M"),
    "j M Y": pgettext_lazy("date form", "j M Y"),
    "j M H:i": pgettext_lazy("date form", "j M H:i"),
    "j M, H:i": pgettext_lazy("date form", "j M, H:i"),
    "j M, H:i:s": pgettext_lazy("date form", "j M, H:i:s"),
    "j M Y H:i": pgettext_lazy("date form", "j M Y H:i"),
    "j M Y, H:i": pgettext_lazy("date form", "j M Y, H:i"),
    "j M Y, H:i:s": pgettext_lazy("date form", "j M Y, H:i:s"),
    "D j M": pgettext_lazy("date form", "D j M"),
    "D j M H:i": pgettext_lazy("date form", "D j M H:i"),
    "D j M, H:i": pgettext_lazy("date form", "D j M, H:i"),
    "D j M Y, H:i": pgettext_lazy("date form", "D j M Y, H:i"),
    "l j F": pgettext_lazy("date form", "l j F"),
    "l j F, H:i": pgettext_lazy("date form", "l j F, H:i"),
    "l j F Y": pgettext_lazy("date form", "l j F Y"),
    "l j F Y, H:i": pgettext_lazy("date form", "l j F Y, H:i"),
    "l j F Y, H:i:s": pgettext_lazy("date form", "l j F Y, H:i:s"),
    "l j F Y, H:i:s T": pgettext_lazy("date form", "l j F Y, H:i:s T"),
    "F Y": pgettext_lazy("date form", "F Y"),
}

LETTERS = (
    pgettext_lazy("Monday in two letters", "Mo"), pgettext_lazy("Tuesday in two letters", "Tu"),
    pgettext_lazy("Wednesday in two letters", "We"), pgettext_lazy("Thursday in two letters", "Th"),
    pgettext_lazy("Friday in two letters", "Fr"), pgettext_lazy("Saturday in two letters", "Sa"),
    pgettext_lazy("Sunday in two letters", "Su"),
)  # fmt: skip
"""Where there is little room; of Monday first."""


def written(value: date | datetime | time, form: str) -> str:
    """``value`` in a form of ``FORMS``; any other form is the same in every language."""
    return date_format(value, pgettext("date form", form) if form in FORMS else form)
