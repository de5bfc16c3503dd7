"""What waits to be told to one person or device in one message, and what became of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db.models import F

from clarion.notifications.models.notification import Notification
from clarion.notifications.models.telling import Outcome, Telling
from clarion.work.backoff import backoff

log = logging.getLogger("clarion.notifications")

TOGETHER = 50
"""Notifications in one message."""
MOST_TRIES = 100
"""About sixteen hours, after which nobody waits for it any more: in the app it stands all the same."""


class Waiting:
    """The claimed telling and those beside it."""

    def __init__(self, telling: Telling, *, clock: Callable[[], datetime]) -> None:
        self.telling, self.clock = telling, clock
        self._rows: list[Telling] = []

    def told(self) -> list[Notification]:
        """What is still worth telling, oldest first. What is settled, or in places that she has left, is put away; when
        nothing stays, so is the claim."""
        beside = Telling.objects.beside(self.telling)
        beside = beside.filter(wake_at__lte=self.clock()) if self.telling.digest else beside
        rows = list(beside.select_related("notification__workspace__organisation").order_by("id")[:TOGETHER])
        here = Notification.objects.of(self.telling.person_id).filter(pk__in=[row.notification_id for row in rows])
        known = set(here.values_list("pk", flat=True))
        reached = self.telling.person.is_active
        for row in rows:
            if row.notification.is_settled:
                self._put_away([row], Outcome.SETTLED)
            elif not reached or row.notification_id not in known:
                self._put_away([row], Outcome.LEFT)
            else:
                self._rows.append(row)
        if not self._rows:
            self._let_go()
        return [row.notification for row in self._rows]

    def sent(self) -> None:
        self._put_away(self._rows, Outcome.SENT)
        self._let_go()

    def give_up(self) -> None:
        self._put_away(self._rows, Outcome.GIVEN_UP)
        self._let_go()

    def try_again(self, error: Exception, *, at: datetime | None = None) -> None:
        tries, now = self.telling.tries + 1, self.clock()
        log.warning("telling %s failed: %s", self.telling.person_id, type(error).__name__)
        if tries >= MOST_TRIES:
            self.give_up()
            return
        wake_at = max(at or now, now + backoff(tries, first=5, most=600))
        Telling.objects.filter(pk__in=[row.pk for row in self._rows]).update(tries=F("tries") + 1, wake_at=wake_at)
        self._let_go()

    def _put_away(self, rows: list[Telling], outcome: str) -> None:
        Telling.objects.filter(pk__in=[row.pk for row in rows]).update(
            outcome=outcome, done_at=self.clock(), wake_at=None
        )

    def _let_go(self) -> None:
        Telling.objects.filter(pk=self.telling.pk, fence=self.telling.fence).update(lease_owner="", lease_until=None)


def shortened(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
