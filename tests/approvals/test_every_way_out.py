"""By whatever way a post comes to be promised, nothing of it leaves without the yes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clarion.approvals.models import Request
from clarion.channels.models import Notice
from clarion.deliveries import arriving, recurring
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.queue import enqueue
from clarion.posts.content import Content
from clarion.posts.models import Post, Recurrence, Slot
from clarion.posts.rules import Rule
from clarion.web.commands.asked import OPERATOR
from clarion.web.commands.posts import promise

pytestmark = pytest.mark.django_db
TEXT = Content.of("The bridge is closed.")


def from_the_desk(post: Post, board: Any, by: Any, now: Any) -> None:
    Delivery.objects.schedule(post, channels=[board], at=now + timedelta(hours=1), by=by, now=now)


def by_the_queue(post: Post, board: Any, by: Any, now: Any) -> None:
    soon = (now + timedelta(hours=2)).astimezone(post.workspace.tz)
    Slot.objects.offer(board, at=[(soon.weekday(), soon.time().replace(second=0, microsecond=0))], by=by)
    enqueue(post, channels=[board], by=by, now=now)


def by_the_command_line(post: Post, board: Any, by: Any, now: Any) -> None:
    due = now + timedelta(hours=1)
    promise(post, at=due.isoformat(), place=post.workspace, channels=[board], now=now, due=due)


def by_an_import(post: Post, board: Any, by: Any, now: Any) -> None:
    rows = [arriving.Ready(1, now + timedelta(hours=1), TEXT, (board,), (), "key")]
    arriving.write(rows, place=post.workspace, by=by, now=now)


def again_and_again(post: Post, board: Any, by: Any, now: Any) -> None:
    at = now + timedelta(days=1)
    Delivery.objects.schedule(post, channels=[board], at=at, by=by, now=now)
    begins = at.astimezone(post.workspace.tz).replace(tzinfo=None)
    rule = Recurrence.objects.begin(post, rule=Rule.of(begins, every=1, unit="day"), by=by, now=now)
    assert recurring.come(rule, now=now, alive=lambda: None)


@pytest.mark.parametrize(
    "way", [from_the_desk, by_the_queue, by_the_command_line, by_an_import, again_and_again],
    ids=lambda way: way.__name__,
)  # fmt: skip
def test_every_way_waits_for_the_yes(
    cityhall, flow, board, ingrid, clock, worker, way: Callable[..., None]
):  # fmt: skip
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=TEXT, channels=[board])
    way(post, board, OPERATOR if way is by_the_command_line else ingrid, clock())
    promised = list(Delivery.objects.filter(state=State.SCHEDULED))
    assert promised
    assert all(Request.objects.waiting().filter(post=one.post_id).exists() for one in promised), "and it is asked"
    clock.pass_by(days=7 if way is by_the_queue else 3)
    worker.tick()
    due = Delivery.objects.filter(due_at__lte=clock())
    assert due and set(due.values_list("state", flat=True)) <= {State.HELD, State.MISSED}
    assert due.filter(attempts__gt=0).count() == 0 and not Notice.objects.exists()
