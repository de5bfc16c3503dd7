from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from clarion.notifications.models import Notification
from clarion.notifications.sources import Announcements, Tellings


class Clock:
    def __init__(self) -> None:
        self.shift = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def pass_by(self, **time: float) -> None:
        self.shift += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def post_office(clock):
    """Carries what is due after some seconds; how many messages were begun."""
    sources = [Tellings(clock=clock), Announcements(clock=clock)]

    def carry(seconds: float = 10) -> int:
        clock.pass_by(seconds=seconds)
        leases = [(one, lease) for one in sources for lease in one.claim(owner="office", now=clock(), limit=50)]
        for source, lease in leases:
            source.run(lease)
        return len(leases)

    return carry


@pytest.fixture
def tell(cityhall, clock):
    """Something happened in the workspace."""

    def make(*people, kind="delivery.failed", about="Storgata is closed.", subject=None, **fields):
        names = {
            "network": "Mastodon",
            "channel": "@halden",
            "by": "Amir",
            "file": "plan.csv",
            "organisation": "Halden",
        }
        return Notification.objects.tell(**{
            "kind": kind, "people": [one.pk for one in people], "subject": subject or cityhall, "workspace": cityhall,
            "now": clock(), "values": names, "about": about, "address": ("today", [cityhall.pk]), **fields,
        })  # fmt: skip

    return make
