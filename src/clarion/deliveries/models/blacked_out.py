from __future__ import annotations

from typing import Self

from clarion.deliveries.progress import State
from clarion.posts.models import Blackout
from clarion.work.models import TimedQuerySet


class InBlackouts(TimedQuerySet):
    """Questions about deliveries and a blackout."""

    def caught_in(self, blackout: Blackout) -> Self:
        """What is scheduled within it and was not let through: it would be held when its time comes."""
        return self._within(blackout).filter(state=State.SCHEDULED).exclude(post__in=blackout.exceptions.all())

    def held_in(self, blackout: Blackout) -> Self:
        """What was due within it and is held back because of a blackout."""
        return self._within(blackout).filter(state=State.HELD, code="blackout")

    def _within(self, blackout: Blackout) -> Self:
        zone = blackout.workspace.tz
        span = {"due_at__gte": blackout.starts_at(zone), "due_at__lt": blackout.ends_at(zone)}
        found, only = self.filter(workspace=blackout.workspace_id, **span), blackout.channel_ids
        return found.filter(channel__in=only) if only else found
