"""Two clocks: ours, and that of whoever answered. Where they disagree too far, a network refuses what is signed."""

from __future__ import annotations

from datetime import timedelta

from .answers import Answer
from .wording import _
from .words import NotNow

APART = timedelta(seconds=30)
"""So far clocks may differ before it is worth a word: an answer travels, and a cache may give an older date."""


def wrong_clock(label: str, answer: Answer | None = None) -> NotNow:
    """For a no that a network gives because of the time in what we signed. With the answer the sentence says how far
    the clocks are apart, if its Date header does."""
    theirs = answer.server_time if answer is not None else None
    if answer is not None and theirs is not None and abs(theirs - answer.at) > APART:
        sentence = _(
            "%(network)s refuses it: the clock of this server is wrong by %(seconds)d seconds. Set the clock; it is "
            "tried again."
        )
        values = {"network": label, "seconds": round(abs((theirs - answer.at).total_seconds()))}
        return NotNow(sentence % values, code="clock")
    sentence = _("%(network)s refuses it: the clock of this server is wrong. Set the clock; it is tried again.")
    return NotNow(sentence % {"network": label}, code="clock")
