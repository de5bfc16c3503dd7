"""The progress of a delivery, as a declared graph. An arrow that is not here cannot be taken."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    SCHEDULED = "scheduled", _("Scheduled")
    PUBLISHING = "publishing", _("Publishing")
    PUBLISHED = "published", _("Published")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Needs a look")
    MISSED = "missed", _("Missed")
    HELD = "held", _("Held")
    CANCELLED = "cancelled", _("Cancelled")


ARROWS: dict[str, frozenset[str]] = {
    State.SCHEDULED: frozenset({State.PUBLISHING, State.FAILED, State.HELD, State.MISSED, State.CANCELLED}),
    State.PUBLISHING: frozenset(
        {State.PUBLISHED, State.SCHEDULED, State.FAILED, State.UNKNOWN, State.HELD, State.MISSED}
    ),
    State.UNKNOWN: frozenset({State.PUBLISHING, State.PUBLISHED, State.CANCELLED}),
    State.HELD: frozenset({State.SCHEDULED, State.CANCELLED}),
    State.FAILED: frozenset({State.SCHEDULED, State.CANCELLED}),
    State.MISSED: frozenset({State.SCHEDULED, State.CANCELLED}),
    State.CANCELLED: frozenset({State.SCHEDULED}),
    State.PUBLISHED: frozenset(),
}

NEEDS_A_PERSON = (State.UNKNOWN, State.FAILED, State.HELD, State.MISSED)
"""States that nothing but a person ends."""

BY_A_RULE = "rule"
"""The code of a ``held`` delivery that a rule of the house stopped."""
BY_HAND = "by_hand"
"""The code of an ``unknown`` delivery that waits for a person to publish it."""

CAN_BE_MOVED = (State.SCHEDULED, State.HELD, State.FAILED, State.MISSED, State.CANCELLED)
"""States in which a delivery can be given another time."""


class IllegalArrow(Exception):
    """A change of state that the graph does not have."""


class TooLate(Exception):
    """The delivery is already on its way, or was changed in between; the sentence says which."""


def check_arrow(before: str, after: str) -> None:
    if after != before and after not in ARROWS[before]:
        raise IllegalArrow(f"{before} → {after}")
