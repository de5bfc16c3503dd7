"""A clock that jumps, leases that outlive their worker, and rows taken away from under it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clarion.deliveries.models import Delivery, State
from clarion.deliveries.telling import tell
from clarion.notifications.sources import Tellings
from clarion.work.lease import LENGTH, LostLease

pytestmark = pytest.mark.django_db


def test_a_clock_that_jumps_forward_takes_over_and_doubles_nothing(
    mastodon, mastodon_server, promise, worker, other_worker, clock
):
    delivery = promise(mastodon)
    (lease,) = worker.claim()
    clock.pass_by(hours=1)
    assert other_worker.tick() == 1
    with pytest.raises(LostLease):
        worker.source.run(lease)
    delivery.refresh_from_db()
    assert delivery.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1


def test_a_clock_that_jumps_back_sends_nothing_early_and_keeps_no_row_locked(
    mastodon, mastodon_server, promise, worker, other_worker, clock
):
    """The dead worker's lease ends an hour away by the new clock: nobody waits for that."""
    delivery = promise(mastodon)
    assert len(worker.claim()) == 1
    clock.pass_by(hours=-1)
    assert other_worker.tick() == 0
    delivery.refresh_from_db()
    assert delivery.lease_owner == ""
    assert not mastodon_server.statuses
    clock.pass_by(hours=1, seconds=1)
    assert other_worker.tick() == 1
    assert len(mastodon_server.statuses) == 1


def test_a_clock_that_jumps_back_leaves_the_living_worker_its_row(mastodon, mastodon_server, promise, worker, clock):
    """Its next heartbeat writes the new time."""
    promise(mastodon)
    (lease,) = worker.claim()
    clock.pass_by(hours=-1)
    worker.source.renew([lease], now=clock())
    assert worker.source.objects().free_expired(clock()) == 0
    worker.source.run(lease)
    assert len(mastodon_server.statuses) == 1


def test_the_heartbeat_ends_a_lease_that_somebody_took(mastodon, mastodon_server, promise, worker, clock):
    """Even when our own clock says that there is time left."""
    promise(mastodon)
    (lease,) = worker.claim()
    Delivery.objects.update(fence=lease.fence + 1, lease_owner="somebody else")
    worker.source.renew([lease], now=clock())
    with pytest.raises(LostLease):
        worker.source.run(lease)
    assert not mastodon_server.statuses


def test_the_heartbeat_moves_the_end_of_a_living_lease(mastodon, promise, worker, other_worker, clock):
    promise(mastodon)
    (lease,) = worker.claim()
    for _ in range(4):
        clock.pass_by(seconds=LENGTH.total_seconds() * 0.7)
        worker.source.renew([lease], now=clock())
        lease.check()
        assert other_worker.claim() == []


def test_a_row_that_is_given_back_is_free_and_its_old_lease_settles_nothing(
    mastodon, mastodon_server, promise, worker, other_worker, clock
):
    delivery = promise(mastodon)
    (lease,) = worker.claim()
    worker.source.give_back(lease, wake_at=clock() + timedelta(seconds=3))
    assert other_worker.tick() == 0
    clock.pass_by(seconds=3.1)
    assert other_worker.tick() == 1
    delivery.refresh_from_db()
    assert delivery.state == State.PUBLISHED
    worker.source.give_back(lease, wake_at=clock())
    delivery.refresh_from_db()
    assert (delivery.state, delivery.wake_at) == (State.PUBLISHED, None)


def test_what_a_dead_predecessor_held_is_free_when_its_successor_starts(mastodon, promise, worker, clock):
    promise(mastodon)
    worker.name = "serve-abc123:17"
    assert len(worker.claim()) == 1
    worker.name = "serve-abc123:18"
    assert worker.claim() == []
    Delivery.objects.free_owner("serve-abc123")
    assert len(worker.claim()) == 1


def test_the_sweep_hands_over_one_of_each_lane_and_what_dead_workers_left(
    mastodon, board, promise, worker, clock
):  # fmt: skip
    first = promise(mastodon, "first", at=clock() - timedelta(seconds=2))
    promise(mastodon, "second", at=clock() - timedelta(seconds=1))
    notice = promise(board)
    now = clock()
    assert {id for id, _version in worker.source.due_ids(now=now, limit=50)} == {first.pk, notice.pk}
    worker.claim()
    assert worker.source.due_ids(now=now, limit=50) == []
    clock.pass_by(seconds=LENGTH.total_seconds() + 1)
    assert {id for id, _version in worker.source.due_ids(now=clock(), limit=50)} == {first.pk, notice.pk}


def test_an_e_mail_whose_worker_died_is_handed_over_anew(mastodon, promise, ingrid, clock):
    """Else nobody would ever write to this person again: one e-mail at a time."""
    tellings = Tellings(clock=clock)
    delivery = promise(mastodon)
    delivery.state = State.FAILED
    tell(delivery, now=clock())
    clock.pass_by(minutes=1)
    ((id, _fence),) = tellings.due_ids(now=clock(), limit=5)
    assert tellings.claim_one(id, owner="worker-1", now=clock()) is not None
    assert tellings.due_ids(now=clock(), limit=5) == []
    clock.pass_by(seconds=LENGTH.total_seconds() + 1)
    assert [found for found, _fence in tellings.due_ids(now=clock(), limit=5)] == [id]
