"""Once and only once: what a network holds in the end, whatever happened on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from clarion.channels.models import Channel
from clarion.deliveries.models import Attempt, Delivery, State
from clarion.deliveries.run import Run
from clarion.networks.base import Connected
from clarion.networks.mastodon import Mastodon
from clarion.networks.words import Unknown
from clarion.notifications.models import Notification
from clarion.posts.content import Words
from clarion.testing.servers.base import Fault
from clarion.testing.x import XStage
from clarion.work.lease import LENGTH, LostLease

pytestmark = pytest.mark.django_db


def texts(server) -> list[str]:
    return [
        status.told["status"] if isinstance(status.told, dict) else status.told for status in server.statuses.values()
    ]


def posting(method: str, path: str) -> bool:
    return method == "POST" and path == "/api/v1/statuses"


def test_a_due_post_appears_once(mastodon, mastodon_server, promise, worker):
    delivery = promise(mastodon)
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.PUBLISHED
    assert delivery.url and delivery.remote_id in mastodon_server.statuses
    assert len(mastodon_server.statuses) == 1


def test_nothing_leaves_early(mastodon, mastodon_server, promise, worker, clock):
    delivery = promise(mastodon, at=clock() + timedelta(seconds=30))
    assert worker.tick() == 0
    clock.pass_by(seconds=29)
    assert worker.tick() == 0
    clock.pass_by(seconds=1.1)
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.PUBLISHED


def test_a_lost_answer_is_looked_up_and_never_doubles(mastodon, mastodon_server, promise, worker):
    mastodon_server.faults.arm(Fault("lose_answer", match=posting))
    delivery = worker.work_until_settled(promise(mastodon))
    assert delivery.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1
    words = list(Attempt.objects.filter(delivery=delivery).values_list("purpose", "word"))
    assert words == [("send", "unknown"), ("look", "found")]


def test_a_lost_request_is_sent_again_only_after_looking_long_enough(mastodon, mastodon_server, promise, worker, clock):
    mastodon_server.faults.arm(Fault("lose_request", match=posting))
    began = clock()
    delivery = worker.work_until_settled(promise(mastodon))
    assert delivery.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1
    assert clock() - began >= mastodon.kind.once.settle
    looks = Attempt.objects.filter(delivery=delivery, purpose="look")
    assert looks.count() >= 3 and not looks.exclude(word="absent").exists()


def test_a_crash_between_the_intent_and_the_answer_is_looked_up(
    mastodon, mastodon_server, promise, worker, other_worker, clock, monkeypatch
):
    """kill -9 after the request left: the attempt was begun and never ended."""
    delivery = promise(mastodon)
    end = Attempt.end
    monkeypatch.setattr(Attempt, "end", lambda *a, **k: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        worker.tick()
    monkeypatch.setattr(Attempt, "end", end)
    assert len(mastodon_server.statuses) == 1
    clock.pass_by(seconds=LENGTH.total_seconds() + 1)
    other_worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1


def test_each_part_of_a_thread_appears_once_and_under_the_part_before(mastodon, mastodon_server, promise, worker):
    seen = []

    def second(method: str, path: str) -> bool:
        if posting(method, path):
            seen.append(path)
        return posting(method, path) and len(seen) == 2

    mastodon_server.faults.arm(Fault("lose_answer", match=second))
    delivery = worker.work_until_settled(promise(mastodon, parts=[Words("One"), Words("Two"), Words("Three")]))
    assert delivery.state == State.PUBLISHED
    statuses = list(mastodon_server.statuses.values())
    assert len(statuses) == 3
    ids = list(mastodon_server.statuses)
    steps = list(delivery.current_steps().values_list("remote_id", flat=True))
    assert steps == ids


def test_a_server_that_is_down_costs_lateness_and_not_the_post(mastodon, mastodon_server, promise, worker, clock):
    port = mastodon_server.port
    mastodon_server.stop()
    delivery = promise(mastodon)
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.SCHEDULED and delivery.wake_at > clock()
    assert "not" in delivery.reason.lower() or delivery.reason
    from clarion.testing.servers.mastodon import MastodonServer

    again = MastodonServer(port=port, honour_keys=False).start()
    try:
        worker.work_until_settled(delivery)
        assert delivery.state == State.PUBLISHED
        assert len(again.statuses) == 1
    finally:
        again.stop()


def test_an_outage_longer_than_the_late_policy_misses_the_post_and_says_so(mastodon, mastodon_server, promise, worker):
    mastodon_server.stop()
    delivery = worker.work_until_settled(promise(mastodon, late="send", late_minutes=30), minutes=60)
    assert delivery.state == State.MISSED
    assert "was not sent" in delivery.reason
    assert Notification.objects.filter(subject=str(delivery.pk)).count() == 1
    mastodon_server.start()


def test_a_refusal_is_final_and_the_author_is_told(mastodon, mastodon_server, promise, worker, ingrid):
    mastodon_server.faults.arm(Fault("answer", match=posting, status=422, body=b'{"error": "Validation failed: no"}'))
    delivery = worker.work_until_settled(promise(mastodon))
    assert delivery.state == State.FAILED
    assert "Validation failed" in delivery.reason
    assert [told.person for told in Notification.objects.filter(subject=str(delivery.pk))] == [ingrid]
    assert not mastodon_server.statuses


def refuses_doubles(monkeypatch):
    """Mastodon as a network that does not take the same words twice, and says so without telling whose they are."""

    def understand(us, answer, *, writing):
        if answer.status == 422 and b"duplicate" in answer.body:
            return Unknown("These words are there already.", code="duplicate")
        return usual(us, answer, writing=writing)

    usual = Mastodon.understand
    monkeypatch.setattr(Mastodon, "understand", understand)
    return Fault("answer", match=posting, status=422, body=b'{"error": "duplicate"}', lasting=True)


def test_words_that_somebody_else_said_are_not_sent_for_ever(mastodon, mastodon_server, promise, worker, monkeypatch):
    mastodon_server.faults.arm(refuses_doubles(monkeypatch))
    delivery = worker.work_until_settled(promise(mastodon))
    assert (delivery.state, delivery.code) == (State.FAILED, "duplicate")
    assert "posted already" in delivery.reason and delivery.attempts == 1
    assert not mastodon_server.statuses


def test_words_that_are_ours_are_adopted(mastodon, mastodon_server, promise, worker, monkeypatch):
    """The list shows a post only after it was said again: then it is the first one that is there."""
    again: list[str] = []
    mastodon_server.faults.arm(Fault("lose_answer", match=posting))
    mastodon_server.faults.arm(
        replace(refuses_doubles(monkeypatch), match=lambda m, p: posting(m, p) and not again.append(p))
    )
    mastodon_server.faults.arm(
        Fault("answer", lambda m, p: m == "GET" and not again, status=200, body=b"[]", lasting=True)
    )
    delivery = worker.work_until_settled(promise(mastodon))
    assert again and delivery.state == State.PUBLISHED
    assert [status.id for status in mastodon_server.statuses.values()] == [delivery.remote_id]


def test_a_dead_token_holds_the_post_and_a_new_sign_in_sends_it(
    mastodon, mastodon_server, promise, worker, clock, ingrid
):
    from clarion.channels.models import Channel

    mastodon_server.faults.arm(
        Fault("answer", match=posting, status=401, body=b'{"error": "The access token is invalid"}')
    )
    delivery = worker.work_until_settled(promise(mastodon))
    mastodon.refresh_from_db()
    assert delivery.state == State.HELD and mastodon.needs_sign_in
    Channel.objects.connect(
        workspace=mastodon.workspace, network=mastodon.network, by=ingrid, now=clock(),
        fields={"server": mastodon_server.url, "access_token": mastodon_server.token},
    )  # fmt: skip
    worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1


def test_a_server_error_never_asks_for_a_sign_in(mastodon, mastodon_server, promise, worker):
    mastodon_server.faults.arm(Fault("answer", match=posting, status=500, body=b"oops"))
    worker.work_until_settled(promise(mastodon))
    mastodon.refresh_from_db()
    assert not mastodon.needs_sign_in
    assert len(mastodon_server.statuses) == 1


def test_throttling_waits_for_the_time_that_the_network_names(mastodon, mastodon_server, promise, worker, clock):
    mastodon_server.faults.arm(Fault("answer", match=posting, status=429, headers={"retry-after": "90"}))
    delivery = promise(mastodon)
    worker.tick()
    delivery.refresh_from_db()
    wait = (delivery.wake_at - clock()).total_seconds()
    assert 80 < wait < 100
    worker.work_until_settled(delivery)
    assert len(mastodon_server.statuses) == 1


def test_a_worker_that_slept_past_its_lease_sends_nothing(
    mastodon, mastodon_server, promise, worker, other_worker, clock
):
    delivery = promise(mastodon)
    (lease,) = worker.claim()
    clock.pass_by(seconds=LENGTH.total_seconds() + 1)
    assert other_worker.tick() == 1
    with pytest.raises(LostLease):
        worker.source.run(lease)
    delivery.refresh_from_db()
    assert delivery.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1


def test_a_worker_that_slept_between_intent_and_call_sends_nothing(
    mastodon, mastodon_server, promise, worker, clock, monkeypatch
):
    """The lease is checked again directly before the first byte."""
    promise(mastodon)
    begin = Run._begin

    def sleepy(self, *args, **kwargs):
        attempt = begin(self, *args, **kwargs)
        clock.pass_by(seconds=LENGTH.total_seconds() + 1)
        return attempt

    monkeypatch.setattr(Run, "_begin", sleepy)
    (lease,) = worker.claim()
    with pytest.raises(LostLease):
        worker.source.run(lease)
    assert not mastodon_server.statuses


def test_two_workers_claim_a_delivery_once(mastodon, promise, worker, other_worker):
    promise(mastodon)
    assert len(worker.claim()) + len(other_worker.claim()) == 1


def test_one_lane_is_worked_by_one_worker_in_due_order(mastodon, mastodon_server, promise, worker, other_worker, clock):
    first = promise(mastodon, "first", at=clock() - timedelta(seconds=2))
    second = promise(mastodon, "second", at=clock() - timedelta(seconds=1))
    (lease,) = worker.claim()
    assert lease.id == first.pk
    assert other_worker.claim() == []
    following = worker.source.run(lease)
    assert following.id == second.pk
    worker.source.run(following)
    assert [d.state for d in Delivery.objects.all()] == [State.PUBLISHED] * 2


def test_one_that_waits_holds_up_nobody_behind_it(mastodon, mastodon_server, promise, worker, clock):
    mastodon_server.faults.arm(Fault("answer", match=posting, status=429, headers={"retry-after": "600"}))
    first = promise(mastodon, "first", at=clock() - timedelta(seconds=2))
    second = promise(mastodon, "second", at=clock() - timedelta(seconds=1))
    worker.tick()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.SCHEDULED, State.PUBLISHED)


def test_two_posts_with_the_same_words_are_never_taken_for_each_other(mastodon, mastodon_server, promise, worker):
    """The first is out; the second's request is lost: the look must not adopt the first."""
    one = worker.work_until_settled(promise(mastodon, "Same words"))
    mastodon_server.faults.arm(Fault("lose_request", match=posting))
    two = worker.work_until_settled(promise(mastodon, "Same words"))
    assert one.remote_id != two.remote_id
    assert len(mastodon_server.statuses) == 2


def test_a_network_that_cannot_be_asked_leaves_it_to_a_person(
    mastodon, mastodon_server, promise, worker, monkeypatch, clock, ingrid
):
    monkeypatch.setattr(type(mastodon.speak()), "find", lambda self, step, *, key: None)
    mastodon_server.faults.arm(Fault("lose_answer", match=posting))
    delivery = worker.work_until_settled(promise(mastodon))
    assert delivery.state == State.UNKNOWN
    assert "Nothing was sent again" in delivery.reason
    assert len(mastodon_server.statuses) == 1
    clock.pass_by(hours=2)
    assert worker.tick() == 0
    (remote_id,) = mastodon_server.statuses
    delivery.confirm_there(by=ingrid, url=f"{mastodon_server.url}/@cityhall/{remote_id}", now=clock())
    worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED and delivery.remote_id == remote_id
    assert len(mastodon_server.statuses) == 1


def test_a_person_who_saw_that_it_is_not_there_sends_it(
    mastodon, mastodon_server, promise, worker, monkeypatch, clock, ingrid
):
    with monkeypatch.context() as patch:
        patch.setattr(type(mastodon.speak()), "find", lambda self, step, *, key: None)
        mastodon_server.faults.arm(Fault("lose_request", match=posting))
        delivery = worker.work_until_settled(promise(mastodon))
    assert delivery.state == State.UNKNOWN and not mastodon_server.statuses
    delivery.confirm_absent(by=ingrid, now=clock())
    worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1


def test_a_fault_of_ours_before_anything_was_sent_fails_loudly(mastodon, mastodon_server, promise, worker, monkeypatch):
    monkeypatch.setattr(type(mastodon.speak()), "publish", lambda self, step, *, key: 1 / 0)
    delivery = worker.work_until_settled(promise(mastodon))
    assert delivery.state == State.FAILED and "ZeroDivisionError" in delivery.reason


def test_a_fault_of_ours_after_something_was_sent_is_unknown(mastodon, mastodon_server, promise, worker, monkeypatch):
    kind = type(mastodon.speak())
    publish = kind.publish

    def stumble(self, step, *, key):
        publish(self, step, key=key)
        raise KeyError("surprise")

    with monkeypatch.context() as patch:
        patch.setattr(kind, "publish", stumble)
        delivery = promise(mastodon)
        worker.tick()
    worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1


@pytest.fixture
def quill(cityhall, now, tmp_path, monkeypatch):
    """The city hall's channel on a network that refuses the same words a second time, and the stage of that network."""
    with XStage(tmp_path) as stage:
        for name, value in stage.app.items():
            monkeypatch.setenv(f"CLARION_X_{name.upper()}", value)
        stage.server.refuses_duplicates = True
        us = stage.network()
        connected = Connected(us.account, us.vault.read())
        yield Channel.objects.keep(workspace=cityhall, network="x", connected=connected, by=None, now=now), stage


def test_a_post_that_is_called_a_double_and_is_ours_is_adopted(quill, promise, worker):
    channel, stage = quill
    stage.server.faults.arm(Fault("lose_answer", match=stage.is_publishing))
    stage.server.faults.arm(Fault("answer", lambda method, path: path.endswith("/tweets") and method == "GET",
                                  200, b'{"meta": {"result_count": 0}}', lasting=True))  # fmt: skip
    delivery = promise(channel)
    called = Attempt.objects.filter(delivery=delivery, sentence__contains="posted already")
    for _look in range(20):
        worker.work_until_settled(delivery, minutes=0.2)
        if called.exists():
            break
    assert called.count() == 1
    stage.calm()  # until now the listing was late, so what is there was believed absent
    worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED
    assert [post.remote_id for post in stage.posts()] == [delivery.remote_id]


def test_a_post_that_is_called_a_double_and_is_another_s_fails_and_says_why(quill, promise, worker):
    channel, stage = quill
    first, second = promise(channel, "Water is back."), promise(channel, "Water is back.")
    worker.work_until_settled(first)
    worker.work_until_settled(second)
    assert (first.state, second.state, second.code) == (State.PUBLISHED, State.FAILED, "duplicate")
    assert "posted already" in second.reason and len(stage.posts()) == 1
    sent = Attempt.objects.filter(delivery=second, purpose="send")
    assert [attempt.word for attempt in sent] == ["unknown"]
    assert not second.current_steps().exclude(maybe_since=None).exists()


def test_unknown_is_what_an_adapter_cannot_name():
    assert Unknown("x").word == "unknown"
