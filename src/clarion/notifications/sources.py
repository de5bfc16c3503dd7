"""The rows of this room that wake, as the engines see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clarion.notifications.announcing import Announcing
from clarion.notifications.mail import Letter
from clarion.notifications.models import Announcement, Telling
from clarion.notifications.pushing import Push
from clarion.work.lease import Lease
from clarion.work.rows import Rows


class Tellings(Rows):
    """E-mails and pushes: one at a time for each person and device, gathering what has come together."""

    name = "telling"

    def objects(self) -> Any:
        return Telling.objects.all()

    def claim(self, *, owner: str, now: datetime, limit: int) -> list[Lease]:
        if self.objects().exclude(lease_owner="").filter(lease_until__lte=now).exists():
            self.objects().free_expired(now)
        leases, lanes = [], set()
        due = self.objects().due(now).order_by("wake_at").values_list("pk", "person_id", "device_id")
        for pk, person, device in due[: limit * 4]:
            if (person, device) in lanes:
                continue
            lanes.add((person, device))
            if (lease := self.claim_one(pk, owner=owner, now=now)) is not None:
                leases.append(lease)
        return leases[:limit]

    def run(self, lease: Lease) -> Lease | None:
        row = self._row(lease)
        if row.device_id is None:
            Letter(row, clock=self._clock).send()
        else:
            Push(row, clock=self._clock, alive=lease.check).send()
        return None


class Announcements(Rows):
    """Messages to the teams' own chats."""

    name = "announcement"

    def objects(self) -> Any:
        return Announcement.objects.all()

    def run(self, lease: Lease) -> Lease | None:
        Announcing(self._row(lease), lease=lease, clock=self._clock).carry()
        return None
