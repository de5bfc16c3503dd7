"""The database may go away at any statement of a run: a post is late then, and neither lost, doubled nor given up."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from clarion.channels.models import Notice
from clarion.channels.models.notice import BoardGround
from clarion.deliveries.models import Attempt, State
from clarion.posts.content import Words
from clarion.testing.servers.base import Fault

pytestmark = pytest.mark.django_db

MOST = 200
"""Statements of one delivery; the test sees to it that there are fewer."""


class Away:
    """Refuses one statement of those that a worker makes."""

    def __init__(self, *, statement: int) -> None:
        self.left, self.refused = statement, ""

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left == -1:
            self.refused = sql
            raise OperationalError("terminating connection due to administrator command")
        return execute(sql, params, many, context)


def posting(method: str, path: str) -> bool:
    return method == "POST" and path == "/api/v1/statuses"


@pytest.mark.parametrize(("parts", "lost"), [(2, False), (1, True)], ids=["answered", "answer-lost"])
def test_the_database_is_away_for_one_statement(mastodon, mastodon_server, promise, worker, clock, parts, lost):
    """Each statement of a run in turn, also of one that has to look for what it said."""
    done, statement, ended = [], 0, False
    while not ended:
        if lost:
            mastodon_server.faults.arm(Fault("lose_answer", match=posting))
        clock.shift = timedelta(0)  # the town's clock is not ours: it would not find what was said in our future
        away = Away(statement=statement)
        delivery = promise(mastodon, parts=[Words(f"Part {part} of {statement}") for part in range(parts)])
        with connection.execute_wrapper(away), suppress(OperationalError):  # of a claim: the loop looks again
            worker.tick()
        clock.pass_by(seconds=25)  # a lease that could not be given back has ended
        delivery = worker.work_until_settled(delivery)
        done.append((delivery.state, delivery.code, away.refused))
        mastodon_server.faults.clear()
        statement, ended = statement + 1, not away.refused
        assert statement < MOST
    assert statement > 20
    assert [one for one in done if one[0] != State.PUBLISHED] == []
    assert len(mastodon_server.statuses) == parts * len(done), "once and only once"


def test_nothing_left_so_it_is_sent_as_soon_as_the_database_is_back(
    mastodon, mastodon_server, promise, worker, clock, monkeypatch
):
    """Directly before the byte it is asked once more whether it may leave. No look has to be waited for."""
    delivery = promise(mastodon)
    with monkeypatch.context() as patch:
        patch.setattr("clarion.deliveries.run.Run._before_a_byte", raises)
        worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code, dict(mastodon_server.statuses)) == (State.SCHEDULED, "", {})
    assert delivery.reason == "The database was away for a moment. Nothing was sent, and it goes on by itself."
    clock.pass_by(seconds=5)
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.PUBLISHED
    assert [attempt.word for attempt in Attempt.objects.order_by("pk")] == ["not_now", "published"]


def test_a_notice_whose_commit_may_have_been_lost_is_looked_for(board, promise, worker, monkeypatch):
    """Nothing goes over a wire there, and yet it may have appeared."""
    put = BoardGround.put

    def lost(ground, **given):
        put(ground, **given)
        raise OperationalError("the connection is lost")

    delivery = promise(board)
    with monkeypatch.context() as patch:
        patch.setattr(BoardGround, "put", lost)
        worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.PUBLISHED
    assert [attempt.word for attempt in Attempt.objects.order_by("pk")] == ["unknown", "found"]
    assert Notice.objects.count() == 1


def test_a_notice_that_was_not_put_up_is_put_up_as_soon_as_the_database_is_back(
    board, promise, worker, clock, monkeypatch
):
    delivery = promise(board)
    with monkeypatch.context() as patch:
        patch.setattr("clarion.deliveries.run.Run._before_a_byte", raises)
        worker.tick()
    clock.pass_by(seconds=5)
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, Notice.objects.count()) == (State.PUBLISHED, 1)


def raises(run):
    if run._saying:
        raise OperationalError("the connection is lost")
