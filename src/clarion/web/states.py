"""How a state is shown: a hue, an icon and a word, always all three."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Shown:
    hue: str
    icon: str
    word: str | Promise


STATES: dict[str, Shown] = {
    # of a delivery
    "scheduled": Shown("going", "clock", _("Scheduled")),
    "publishing": Shown("going", "loader-circle", _("Going out")),
    "published": Shown("done", "check-check", _("Published")),
    "failed": Shown("wrong", "circle-alert", _("Failed")),
    "unknown": Shown("unsure", "circle-question-mark", _("Did it appear?")),
    "missed": Shown("unsure", "timer-off", _("Missed its time")),
    "held": Shown("waits", "circle-pause", pgettext_lazy("a delivery that waits", "Held back")),
    "cancelled": Shown("draft", "ban", _("Cancelled")),
    # of a post
    "draft": Shown("draft", "pencil-line", _("Draft")),
    "waits": Shown("waits", "stamp", _("Waits for a yes")),
    "again": Shown("pale", "repeat", _("Will come again")),
    "removed": Shown("draft", "trash-2", _("Taken down")),
    "partly": Shown("wrong", "circle-alert", _("Partly failed")),
    # of a question for a yes
    "waiting": Shown("waits", "stamp", _("Waits for a yes")),
    "approved": Shown("done", "stamp", _("Approved")),
    "refused": Shown("unsure", "undo-2", _("Sent back")),
    "glass": Shown("wrong", "zap", _("Without an approval")),
    "void": Shown("draft", "split", _("No longer holds")),
    "withdrawn": Shown("draft", "ban", _("Withdrawn")),
    # of a channel
    "connected": Shown("done", "circle-check", _("Connected")),
    "ending": Shown("unsure", "clock-alert", _("Sign-in ends soon")),
    "lacking": Shown("unsure", "key-round", _("A permission is missing")),
    "sign_in_again": Shown("wrong", "unplug", _("Sign in again")),
    "disconnected": Shown("draft", "unplug", _("Disconnected")),
    # of anything
    "paused": Shown("wrong", "octagon-pause", _("Paused")),
    "done": Shown("done", "circle-check", _("Done")),
    "working": Shown("going", "loader-circle", _("At work")),
}
UNHEARD_OF = Shown("draft", "circle-dashed", "")

WORST_FIRST = ("unknown", "failed", "missed", "held", "publishing", "scheduled", "published", "cancelled")
"""Which state of many deliveries speaks for the post."""


def shown(state: Any) -> Shown:
    """How a state is shown; one that is not known keeps its own word, so that nothing is hidden."""
    word = str(state)
    return STATES.get(word) or Shown(UNHEARD_OF.hue, UNHEARD_OF.icon, word.replace("_", " ").capitalize())


def worst(states: Any) -> str:
    """The one state that speaks for all: what needs a person first."""
    found = {str(state) for state in states}
    for state in WORST_FIRST:
        if state in found:
            return state
    return next(iter(sorted(found)), "draft")
