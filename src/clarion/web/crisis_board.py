"""What the crisis board shows: who stopped what, what did not leave, who said what lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

from django.db.models import Q

from clarion.deliveries.models import Delivery, State
from clarion.deliveries.models.stopping import PAUSED
from clarion.organisations.models import HOLD, Pause, Workspace
from clarion.posts.models import Template
from clarion.web.place import TICKS_WITHIN
from clarion.work.models import Pulse

FEW, MOST = 8, 200
LATELY = timedelta(hours=24)
AT_WORK = timedelta(minutes=10)
"""What was begun so long before a pause may have been in a worker's hand."""
PAST = 6


@dataclass(frozen=True)
class Said:
    """A post that went out lately, on some channels."""

    post: Any
    at: datetime
    deliveries: Sequence[Delivery]

    @property
    def who(self) -> str:
        """Whoever scheduled it, else its author."""
        one = self.deliveries[0]
        return str(one.let_by or one.scheduled_by or self.post.author or "")


class Board:
    """Of one workspace. Each thing is asked once, and only when the page shows it."""

    def __init__(self, workspace: Workspace, *, pauses: Sequence[Pause], now: datetime) -> None:
        self.workspace, self.now = workspace, now
        self.stops = next((one for one in pauses if one.stops), None)
        self.drill = next((one for one in pauses if one.is_drill), None)
        real = [one for one in pauses if not one.is_drill]
        self.real = next((one for one in real if one.is_ours), next(iter(real), None))
        self.is_whole = any(one.workspace_id is None for one in real)
        self.whole = next((one for one in pauses if one.organisation_id is None), None)
        self.shown = self.real or self.drill
        self._mine = Delivery.objects.filter(workspace=workspace)

    # -- the workers

    @cached_property
    def workers(self) -> list[str]:
        """Those that live, by their pulse."""
        rows = Pulse.objects.filter(ticked_at__gte=self.now - TICKS_WITHIN).values_list("owner", flat=True)
        return list(rows)

    @cached_property
    def stopped(self) -> int:
        """So many of them have seen the pause and have nothing more on its way."""
        return len(self.workers) - len(self.shown.missing(self.workers)) if self.shown else 0

    @property
    def stopped_after(self) -> float | None:
        return self.shown.seconds_to_stop if self.shown and self.stopped == len(self.workers) else None

    # -- what would leave, and what did not

    @cached_property
    def soon(self) -> int:
        """Due within the next hour."""
        return self._mine.filter(state=State.SCHEDULED, due_at__gt=self.now, due_at__lte=self.now + HOLD).count()

    @cached_property
    def going(self) -> int:
        """On their way at this moment, or in question."""
        return self._mine.filter(state=State.PUBLISHING).count()

    @cached_property
    def to_review(self) -> int:
        return self._mine.filter(state=State.HELD, code=PAUSED).count()

    @cached_property
    def stopped_on_its_way(self) -> list[Delivery]:
        """What a worker had in hand: stopped, out in part, or in question. The latest few."""
        rows = self._mine.filter(state__in=(State.HELD, State.PUBLISHING, State.UNKNOWN))
        since = self.stops.began_at - AT_WORK if self.stops else self.now
        rows = rows.filter(Q(code=PAUSED) | Q(state__in=(State.PUBLISHING, State.UNKNOWN), started_at__gte=since))
        return list(rows.select_related("post", "channel").order_by("-due_at", "-id")[:FEW])

    def _waiting(self) -> Any:
        rows = self._mine.filter(state=State.SCHEDULED, due_at__lte=self.now)
        return rows.caught_by(self.stops) if self.stops else rows.none()

    @cached_property
    def due_meanwhile(self) -> int:
        return int(self._waiting().count())

    @cached_property
    def would_have_left(self) -> list[Delivery]:
        """The first few of them."""
        return list(self._waiting().select_related("post", "channel").order_by("due_at", "id")[:FEW])

    # -- who said what

    @cached_property
    def said(self) -> list[Said]:
        """What went out in the last day, the latest first."""
        since = self.now - LATELY
        rows = self._mine.filter(state=State.PUBLISHED, published_at__gte=since).select_related(
            "post__author", "channel", "scheduled_by", "let_by"
        )
        found = list(rows.order_by("-published_at", "-id")[:MOST])
        found.sort(key=lambda one: str(one.post_id))
        posts = [list(some) for _post, some in groupby(found, key=lambda one: one.post_id)]
        said = [Said(some[0].post, max(one.published_at for one in some), some) for some in posts]
        return sorted(said, key=lambda one: one.at, reverse=True)[:FEW]

    # -- what is prepared, and what was

    @cached_property
    def statements(self) -> list[Template]:
        return list(Template.objects.filter(workspace=self.workspace, for_emergencies=True).order_by("name")[:20])

    @cached_property
    def past(self) -> list[Pause]:
        """The last pauses and drills that have ended."""
        rows = (
            Pause.objects.over(self.workspace, organisation=self.workspace.organisation_id)
            .exclude(ended_at=None)
            .order_by("-began_at")
        )
        return list(rows.prefetch_related("acknowledgements")[:PAST])
