from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from clarion.deliveries.models import Delivery, State
from clarion.deliveries.sources import Deliveries
from clarion.posts.content import Content
from clarion.posts.models import Post
from clarion.work.lease import Lease, LostLease
from clarion.work.loop import come_again


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.shift = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def pass_by(self, **time: float) -> None:
        self.shift += timedelta(**time)


class Worker:
    """One worker that ticks when the test says so, in the test's own thread."""

    def __init__(self, clock: Clock, name: str = "worker-1") -> None:
        self.clock, self.name = clock, name
        self.source = Deliveries(clock=clock)

    def claim(self) -> list:
        return self.source.claim(owner=self.name, now=self.clock(), limit=50)

    def tick(self) -> int:
        """Carries everything that is due; how many runs there were."""
        return sum(self.carry(lease) for lease in self.claim())

    def carry(self, lease: Lease) -> int:
        """Carries what was claimed, and the rest of its lane; how many runs there were."""
        runs, current = 0, lease
        while current is not None:
            runs += 1
            try:
                current = self.source.run(current)
            except LostLease:
                raise
            except Exception as error:
                come_again(self.source, current, error, now=self.clock())
                break
        return runs

    def work_until_settled(self, delivery: Delivery, *, minutes: float = 10) -> Delivery:
        """Ticks, moving the clock to the next wake, until nothing but a person would change the delivery."""
        end = self.clock() + timedelta(minutes=minutes)
        while self.clock() < end:
            self.tick()
            delivery.refresh_from_db()
            if delivery.wake_at is None or delivery.state == State.PUBLISHED:
                return delivery
            if delivery.wake_at > self.clock():
                self.clock.shift += delivery.wake_at - self.clock() + timedelta(milliseconds=5)
        return delivery


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def worker(clock: Clock) -> Worker:
    return Worker(clock)


@pytest.fixture
def other_worker(clock: Clock) -> Worker:
    return Worker(clock, "worker-2")


@pytest.fixture
def promise(cityhall, ingrid, clock) -> Callable[..., Delivery]:
    """Writes a post and schedules it on one channel."""

    def make(channel, text: str = "Storgata is closed between 9 and 12.", *, parts=None, at=None, **fields) -> Delivery:
        from clarion.posts.content import Words

        content = Content(tuple(parts)) if parts else Content((Words(text),))
        post = Post.objects.write(workspace=cityhall, by=ingrid, content=content, channels=[channel], **fields)
        return Delivery.objects.schedule(post, channels=[channel], at=at or clock(), by=ingrid, now=clock())[0]

    return make
