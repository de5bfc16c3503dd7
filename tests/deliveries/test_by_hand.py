"""A channel that no interface reaches: a person is told at the due time, and says when it is out."""

from __future__ import annotations

import pytest

from clarion.channels.models import Channel
from clarion.deliveries.models import State
from clarion.networks.words import Refused
from clarion.notifications.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def mayor(cityhall, ingrid, clock) -> Channel:
    """The mayor's own profile, which takes no posts from a program."""
    fields = {"name": "Mayor's profile", "url": "https://social.example/mayor"}
    return Channel.objects.connect(workspace=cityhall, network="manual", fields=fields, by=ingrid, now=clock())


def test_at_the_due_time_the_person_on_duty_is_told(mayor, promise, worker, ingrid):
    delivery = worker.work_until_settled(promise(mayor))
    assert (delivery.state, delivery.code) == (State.UNKNOWN, "by_hand")
    assert "Mayor's profile" in delivery.reason
    assert Notification.objects.filter(subject=str(delivery.pk), person=ingrid).count() == 1


def test_with_its_link_it_counts_as_published(mayor, promise, worker, ingrid, clock):
    delivery = worker.work_until_settled(promise(mayor))
    delivery.confirm_there(by=ingrid, url="https://social.example/mayor/posts/77", now=clock())
    delivery = worker.work_until_settled(delivery)
    assert (delivery.state, delivery.remote_id) == (State.PUBLISHED, "77")
    assert delivery.url == "https://social.example/mayor/posts/77"


def test_who_was_not_able_to_is_reminded_and_nothing_is_published(mayor, promise, worker, ingrid, clock):
    delivery = worker.work_until_settled(promise(mayor))
    delivery.confirm_absent(by=ingrid, now=clock())
    delivery = worker.work_until_settled(delivery)
    assert (delivery.state, delivery.code) == (State.UNKNOWN, "by_hand")
    assert delivery.published_at is None


def test_a_worker_that_died_while_it_told_tells_again(mayor, promise, worker, other_worker, clock, monkeypatch):
    delivery = promise(mayor)
    with monkeypatch.context() as patch:
        patch.setattr("clarion.deliveries.run.Run._stop", lambda *given, **more: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            worker.tick()
    clock.pass_by(seconds=30)
    delivery = other_worker.work_until_settled(delivery)
    assert (delivery.state, delivery.code) == (State.UNKNOWN, "by_hand")


@pytest.mark.parametrize("fields", [{"name": "  "}, {"name": "Paper", "url": "javascript:alert(1)"}])
def test_a_channel_without_a_name_or_with_a_strange_address_is_refused(cityhall, ingrid, clock, fields):
    with pytest.raises(Refused):
        Channel.objects.connect(workspace=cityhall, network="manual", fields=fields, by=ingrid, now=clock())
