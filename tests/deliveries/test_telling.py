"""Failures are loud: the author and those who lead hear of them, once, within a minute. Machines hear, too."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import OperationalError

from clarion.deliveries import gauges
from clarion.deliveries.models import State
from clarion.notifications.models import Notification, Telling
from clarion.notifications.sources import Tellings
from clarion.organisations.models import Member
from clarion.testing.servers.base import Fault
from clarion.work.models import Pulse

from .test_once import posting

pytestmark = pytest.mark.django_db

REFUSED = {"status": 422, "body": b'{"error": "Validation failed: too dull"}'}


@pytest.fixture
def post_office(clock):
    source = Tellings(clock=clock)

    def deliver() -> int:
        leases = source.claim(owner="post-office", now=clock(), limit=20)
        for lease in leases:
            source.run(lease)
        return len(leases)

    return deliver


def test_the_author_gets_one_mail_that_says_what_and_where_to_press(
    mastodon, mastodon_server, promise, worker, clock, post_office, ingrid
):
    mastodon_server.faults.arm(Fault("answer", match=posting, **REFUSED))
    delivery = worker.work_until_settled(promise(mastodon, "Storgata is closed."))
    clock.pass_by(seconds=30)
    post_office()
    (letter,) = mail.outbox
    assert letter.to == [ingrid.email]
    assert letter.subject == "Mastodon did not take it – Storgata is closed."  # as the page says it
    assert "too dull" in letter.body and str(delivery.pk) in letter.body
    clock.pass_by(minutes=5)
    assert post_office() == 0 and len(mail.outbox) == 1


def test_many_failures_at_once_are_one_mail(mastodon, mastodon_server, promise, worker, clock, post_office):
    for number in range(5):
        mastodon_server.faults.arm(Fault("answer", match=posting, **REFUSED))
        promise(mastodon, f"Post {number}")
    worker.tick()
    clock.pass_by(seconds=30)
    post_office()
    (letter,) = mail.outbox
    assert "5" in letter.subject
    assert all(f"Post {number}" in letter.body for number in range(5))


def test_a_contributor_who_left_is_not_told(cityhall, mastodon, mastodon_server, amir, promise, worker):
    delivery = promise(mastodon)
    delivery.post.author = amir
    delivery.post.save()
    Member.objects.get(workspace=cityhall, user=amir).leave(by=None)
    mastodon_server.faults.arm(Fault("answer", match=posting, **REFUSED))
    worker.work_until_settled(delivery)
    assert amir.pk not in set(Notification.objects.values_list("person", flat=True))


def test_a_dead_mail_server_is_tried_again(mastodon, mastodon_server, promise, worker, clock, post_office, monkeypatch):
    from django.core.mail import EmailMultiAlternatives

    mastodon_server.faults.arm(Fault("answer", match=posting, **REFUSED))
    worker.work_until_settled(promise(mastodon))
    clock.pass_by(seconds=30)
    with monkeypatch.context() as patch:
        patch.setattr(
            EmailMultiAlternatives, "send", lambda self, **k: (_ for _ in ()).throw(ConnectionRefusedError("no"))
        )
        post_office()
    assert not mail.outbox and Telling.objects.get().done_at is None
    clock.pass_by(minutes=1)
    post_office()
    assert len(mail.outbox) == 1 and Telling.objects.get().outcome == "sent"


def test_metrics_tell_age_outcomes_lateness_and_budget(mastodon, mastodon_server, promise, worker, clock):
    worker.work_until_settled(promise(mastodon))
    promise(mastodon, "overdue", at=clock() - timedelta(seconds=90))
    text = gauges.exposition(clock()).decode()
    assert 'clarion_deliveries_total{network="mastodon",word="published"}' in text
    assert "clarion_delivery_lateness_seconds_bucket" in text
    assert "clarion_budget_remaining{" in text
    (age,) = [float(line.split()[1]) for line in text.splitlines() if line.startswith("clarion_oldest_due_seconds ")]
    assert 89 < age < 100


def test_ready_means_migrated_and_ticking(client, clock):
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert answer.status_code == 503 and answer.json()["reason"]
    Pulse.objects.beat(owner="w", kind="embedded", now=clock() - timedelta(seconds=60))
    assert client.get("/health/ready").status_code == 503


def test_a_spent_budget_waits_for_its_reset_and_says_so(mastodon, mastodon_server, promise, worker, clock):
    from clarion.channels.models import Budget

    worker.work_until_settled(promise(mastodon, "one"))
    reset = clock() + timedelta(minutes=4)
    Budget.objects.filter(channel=mastodon).update(remaining=0, resets_at=reset)
    delivery = promise(mastodon, "two")
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.wake_at == reset and "spent" in delivery.reason
    assert len(mastodon_server.statuses) == 1
    worker.work_until_settled(delivery)
    assert len(mastodon_server.statuses) == 2


def test_a_sign_in_that_works_again_lets_go_what_waited_for_it(mastodon, mastodon_server, promise, worker, clock):
    dead = {"status": 401, "body": b'{"error": "The access token is invalid"}'}
    mastodon_server.faults.arm(Fault("answer", match=posting, **dead))
    delivery = worker.work_until_settled(promise(mastodon))
    assert delivery.state == "held"
    mastodon.refresh_from_db()
    assert mastodon.verify(now=clock()) is None
    worker.work_until_settled(delivery)
    assert delivery.state == "published"
    assert len(mastodon_server.statuses) == 1


def test_a_fault_of_ours_that_stays_is_told_instead_of_tried_for_ever(
    mastodon, mastodon_server, promise, worker, clock, ingrid, monkeypatch
):
    monkeypatch.setattr("clarion.networks.mastodon.Mastodon.plan", lambda self, draft: {}["token abc"])
    began = clock()
    delivery = worker.work_until_settled(promise(mastodon))
    assert (delivery.state, delivery.code) == (State.FAILED, "stumbled")
    assert "5 times (KeyError)" in delivery.reason and "abc" not in delivery.reason
    assert not mastodon_server.statuses
    assert clock() - began < timedelta(minutes=2)
    assert Notification.objects.filter(subject=str(delivery.pk), person=ingrid).count() == 1
    monkeypatch.undo()
    delivery.send_now(by=ingrid, now=clock())
    assert worker.work_until_settled(delivery).state == State.PUBLISHED


def test_a_fault_of_ours_behind_a_lost_answer_asks_a_person(mastodon, mastodon_server, promise, worker, monkeypatch):
    mastodon_server.faults.arm(Fault("lose_answer", match=posting))
    with monkeypatch.context() as patch:
        patch.setattr("clarion.deliveries.run.Run._look", lambda self, step, steps: 1 / 0)
        delivery = worker.work_until_settled(promise(mastodon))
    assert (delivery.state, delivery.code) == (State.UNKNOWN, "stumbled")
    assert len(mastodon_server.statuses) == 1


def test_a_database_in_trouble_is_no_reason_to_give_a_post_up(mastodon, promise, worker, clock, monkeypatch):
    def locked(self, draft):
        raise OperationalError("database is locked")

    monkeypatch.setattr("clarion.networks.mastodon.Mastodon.plan", locked)
    delivery = worker.work_until_settled(promise(mastodon), minutes=1)
    assert delivery.state == State.SCHEDULED and delivery.wake_at
    monkeypatch.undo()
    assert worker.work_until_settled(delivery).state == State.PUBLISHED
