"""Regular expressions of strangers: tried before they are kept, and stopped by a clock wherever they run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import regex

from clarion.networks.wording import _

LONGEST = 500
TIME = 0.05
"""Seconds that one pattern may take for one text."""
TOGETHER = 0.5
"""Seconds that all patterns of one judgement may take."""
MOST = 20
"""So many passages of one pattern in one text are told."""


class BadPattern(ValueError):
    """A regular expression that cannot be used; the sentence says why."""


def compiled(pattern: str) -> regex.Pattern[str]:
    """Without regard to capitals. Raises ``BadPattern``, also for one that runs away on texts made to tempt it."""
    if not pattern.strip():
        raise BadPattern(_("Write a pattern."))
    if len(pattern) > LONGEST:
        raise BadPattern(_("A pattern has at most %(n)d signs.") % {"n": LONGEST})
    try:
        made = ready(pattern)
    except (regex.error, RecursionError, OverflowError) as error:
        raise BadPattern(_("This pattern cannot be read: %(why)s.") % {"why": error}) from None
    try:
        if made.search("", timeout=TIME):
            raise BadPattern(_("This pattern is found in every text, because it asks for nothing."))
        for letter in _tempting(pattern):
            for text in (letter * 60 + "\x00", letter * 1_000 + "\x00", (letter + " ") * 300 + "\x00"):
                made.search(text, timeout=TIME)
    except TimeoutError:
        raise BadPattern(
            _("This pattern takes too long. Repetitions within repetitions, such as (a+)+, are what does it.")
        ) from None
    return made


def ready(pattern: str) -> regex.Pattern[str]:
    """One that was tried before."""
    return regex.compile(pattern, regex.IGNORECASE | regex.V0)


def _tempting(pattern: str) -> list[str]:
    return sorted({*"a0 -.", *(letter for letter in pattern if letter.isalnum())})[:40]


def find(
    patterns: Sequence[tuple[int, regex.Pattern[str]]], text: str, *, until: float
) -> Iterator[tuple[int, int, int, bool]]:
    """The rule's number, where it is found, and whether it ran out of time: then it counts as found in all of it.

    ``until``: on the monotonic clock.
    """
    for rule, pattern in patterns:
        left = min(TIME, until - time.monotonic())
        try:
            if left <= 0:
                raise TimeoutError
            for number, found in enumerate(pattern.finditer(text, timeout=left)):
                if found.end() > found.start():
                    yield rule, found.start(), found.end(), False
                if number >= MOST:
                    break
        except TimeoutError:
            yield rule, 0, len(text), True
