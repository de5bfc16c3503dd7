"""The verbs of the crisis switch."""

from __future__ import annotations

from collections.abc import Callable

from clarion.deliveries.models import Delivery
from clarion.organisations.models import Pause, Spokesperson


def paused(desk) -> None:
    desk.house.pause(by=desk.ingrid, because="flood", now=desk.now)


def drill(desk) -> None:
    Pause.objects.begin(organisation=desk.house, by=desk.ingrid, because="monthly", now=desk.now, kind="drill")


def spoken_for(desk) -> None:
    Spokesperson.objects.appoint(organisation=desk.house, user=desk.ingrid, by=desk.ingrid, now=desk.now)


CRISIS: dict[str, tuple[str, Callable]] = {
    "PauseQuerySet.begin": ("organisation.paused", paused),
    "Pause.announce": ("organisation.pause_announced", lambda d: Pause.objects.get().announce(d.now, by=d.ingrid)),
    "Pause.end": ("organisation.resumed", lambda d: Pause.objects.get().end(by=d.ingrid, now=d.now)),
    "Pause.finish_review": (
        "organisation.pause_reviewed", lambda d: Pause.objects.get().finish_review(by=d.ingrid, now=d.now),
    ),
    "Pause.rehearse": (
        "drill.rehearsed",
        lambda d: Pause.objects.get().rehearse(
            "Soon more.", workspace=d.workspace, channels=2, by=d.ingrid, now=d.now
        ),
    ),
    "SpokespersonQuerySet.appoint": ("spokesperson.appointed", spoken_for),
    "Spokesperson.withdraw": ("spokesperson.withdrawn", lambda d: Spokesperson.objects.get().withdraw(by=d.ingrid)),
    "Stoppable.let": ("delivery.let", lambda d: Delivery.objects.filter(pk=d.delivery.pk).let(by=d.ingrid, now=d.now)),
    "Stoppable.keep_back": (
        "delivery.held", lambda d: Delivery.objects.keep_back(Pause.objects.get(), until=d.delivery.due_at, by=d.ingrid)
    ),
}  # fmt: skip

CRISIS_BEFORE: dict[str, Callable] = {
    **dict.fromkeys(("Pause.announce", "Pause.end", "Pause.finish_review", "Stoppable.keep_back"), paused),
    "Pause.rehearse": drill, "Spokesperson.withdraw": spoken_for,
    "Stoppable.let": lambda desk: (spoken_for(desk), paused(desk)),
}  # fmt: skip

CRISIS_NO_VERBS = {
    "Organisation.stopped_by", "PauseQuerySet.running", "PauseQuerySet.over", "PauseQuerySet.stopping",
    "Pause.stops_in", "Pause.is_over", "Pause.may_be_ended_by", "PauseQuerySet.in_house",
    "Pause.lets_publish", "Pause.missing", "Pause.as_json", "SpokespersonQuerySet.able",
    "Stoppable.not_stopped", "Stoppable.let_out", "Stoppable.speaks", "Stoppable.caught_by",
    # A worker's own note that it has stopped, and the event of the verbs above.
    "PauseQuerySet.acknowledge", "Pause.tell", "Spokesperson.tell",
}  # fmt: skip
"""Questions; a worker's own note that it has stopped; and the event of the verbs above."""
