"""What a network allows is counted before anything leaves: by channel, and by application for all of its channels."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clarion.channels.models import Budget, Channel
from clarion.deliveries.models import State
from clarion.networks.base import Budget as Declared
from clarion.networks.mastodon import Mastodon
from clarion.testing.servers.base import Fault

from .test_once import posting

pytestmark = pytest.mark.django_db

A_DAY = Declared(2, per=timedelta(days=1), name="day")


@pytest.fixture
def two_a_day(monkeypatch):
    monkeypatch.setattr(Mastodon, "budget", (Declared(300, per=timedelta(minutes=5)), A_DAY))


@pytest.fixture
def silent_headers(monkeypatch):
    monkeypatch.setattr(Mastodon, "budget_told", lambda self, answer: None)


def test_the_third_of_two_a_day_waits_for_tomorrow(two_a_day, mastodon, mastodon_server, promise, worker, clock):
    deliveries = [promise(mastodon, f"Notice {n}", late_minutes=60 * 48) for n in range(3)]
    worker.tick()
    for delivery in deliveries:
        delivery.refresh_from_db()
    assert [d.state for d in deliveries] == [State.PUBLISHED, State.PUBLISHED, State.SCHEDULED]
    assert "allows 2 posts" in deliveries[2].reason
    assert deliveries[2].wake_at > clock() + timedelta(hours=23)
    clock.pass_by(hours=24, minutes=1)
    assert worker.work_until_settled(deliveries[2]).state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 3


def test_a_budget_of_points_is_told_in_posts(monkeypatch, silent_headers, mastodon, promise, worker):
    monkeypatch.setattr(Mastodon, "budget", Declared(7, per=timedelta(hours=1), cost=3))
    deliveries = [promise(mastodon, f"Notice {n}") for n in range(3)]
    worker.tick()
    deliveries[2].refresh_from_db()
    assert "allows 2 posts" in deliveries[2].reason


def test_what_is_left_is_told_for_a_channel_and_for_its_application(
    monkeypatch, silent_headers, cityhall, ingrid, mastodon, mastodon_server, promise, worker, now, clock
):
    hourly, daily = Declared(9, per=timedelta(hours=1), cost=3), Declared(10, per=timedelta(days=1), of=Declared.APP)
    monkeypatch.setattr(Mastodon, "budget", (hourly, daily))
    fields = {"server": mastodon_server.url, "access_token": mastodon_server.other_token}
    pool = Channel.objects.connect(workspace=cityhall, network="mastodon", fields=fields, by=ingrid, now=now)

    def told(at):
        found = Budget.objects.allowances([mastodon, pool], now=at)
        return [[(one.left, one.limit, one.is_shared, one.resets_at is None) for one in found[c.pk]]
                for c in (mastodon, pool)]  # fmt: skip

    untouched = [(3, 3, False, True), (10, 10, True, True)]
    assert told(now) == [untouched, untouched]
    promise(mastodon, "From the town")
    worker.tick()
    assert told(clock()) == [[(2, 3, False, False), (9, 10, True, False)], [(3, 3, False, True), (9, 10, True, False)]]
    assert told(clock() + timedelta(hours=2))[0] == [(3, 3, False, True), (9, 10, True, False)]


def test_all_channels_of_one_application_share_its_budget(
    monkeypatch, cityhall, ingrid, mastodon, mastodon_server, promise, worker, now
):
    monkeypatch.setattr(Mastodon, "budget", Declared(1, per=timedelta(days=1), of=Declared.APP))
    fields = {"server": mastodon_server.url, "access_token": mastodon_server.other_token}
    pool = Channel.objects.connect(workspace=cityhall, network="mastodon", fields=fields, by=ingrid, now=now)
    first, second = promise(mastodon, "From the town"), promise(pool, "From the pool")
    worker.tick()
    states = []
    for delivery in (first, second):
        delivery.refresh_from_db()
        states.append(delivery.state)
    assert sorted(states) == [State.PUBLISHED, State.SCHEDULED]
    assert Budget.objects.get().channel is None


def test_what_did_not_happen_costs_nothing(silent_headers, mastodon, mastodon_server, promise, worker):
    mastodon_server.faults.arm(Fault("answer", posting, status=422, body=b'{"error": "Too dull"}'))
    worker.work_until_settled(promise(mastodon))
    budget = Budget.objects.get(channel=mastodon)
    assert budget.remaining == budget.limit


def test_what_may_have_happened_is_counted(silent_headers, mastodon, mastodon_server, promise, worker):
    mastodon_server.faults.arm(Fault("lose_answer", posting))
    promise(mastodon)
    worker.tick()
    budget = Budget.objects.get(channel=mastodon)
    assert budget.remaining == budget.limit - 1
