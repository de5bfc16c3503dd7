"""The progress of a request, as a declared graph. An arrow that is not here cannot be taken."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    WAITING = "waiting", _("Waits for a yes")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Sent back")
    VOID = "void", _("No longer holds")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    GLASS = "glass", _("Went out without an approval")


ARROWS: dict[str, frozenset[str]] = {
    State.WAITING: frozenset({State.APPROVED, State.REFUSED, State.VOID, State.WITHDRAWN, State.GLASS}),
    State.APPROVED: frozenset({State.VOID, State.WITHDRAWN}),
    State.GLASS: frozenset({State.VOID}),
    State.REFUSED: frozenset({State.VOID, State.GLASS}),
    State.VOID: frozenset(),
    State.WITHDRAWN: frozenset(),
}

LETS_GO = (State.APPROVED, State.GLASS)
"""States in which what was sealed may leave."""
OPEN = (State.WAITING, State.APPROVED, State.GLASS, State.REFUSED)
"""States of the one request of a post that counts; those before it are void or withdrawn."""


class IllegalArrow(Exception):
    """A change of state that the graph does not have."""


class NotNow(Exception):
    """The decision cannot be taken (any more); the sentence says why and what to do."""


class Changed(NotNow):
    """What was shown is not what would go out: somebody changed it in between."""


class Wordless(NotNow):
    """Sent back without a reason: something was forgotten, and nothing else is wrong."""


def check_arrow(before: str, after: str) -> None:
    if after not in ARROWS[before]:
        raise IllegalArrow(f"{before} → {after}")
