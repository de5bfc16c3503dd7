"""The crisis switch: whatever a worker has in hand, not a byte of it leaves after, and nothing fires by itself."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import transaction

from clarion.deliveries import saying
from clarion.deliveries.models import Attempt, Delivery, State
from clarion.deliveries.models.live import Live, NotPossible
from clarion.deliveries.run import Run
from clarion.deliveries.standing import is_stopped, standing
from clarion.networks.http import Http
from clarion.notifications.models import Notification
from clarion.organisations.models import Acknowledgement, Pause, Spokesperson, Workspace
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import Media
from clarion.records.models import Event
from clarion.testing.pictures import png
from clarion.testing.servers.base import Fault
from clarion.work.lease import LostLease

pytestmark = pytest.mark.django_db

ZERO = timedelta(0)


def posting(method: str, path: str) -> bool:
    return method == "POST" and path == "/api/v1/statuses"


def wrote(server) -> int:
    return len(server.statuses) + len(server.media)


@pytest.fixture
def house(cityhall):
    return cityhall.organisation


@pytest.fixture
def thread(promise, mastodon, cityhall, ingrid):
    """Promises three parts, the first with a picture: four things that are said."""

    def make():
        media = Media.objects.keep(
            workspace=cityhall, file=io.BytesIO(png(8, 8)), name="map.png", alt="A map", by=ingrid
        )
        first = Words("Storgata is closed.", (Shot(str(media.pk), "A map"),))
        return promise(mastodon, parts=[first, Words("Line 4 stops at the library."), Words("Until noon.")])

    return make


# --- it stops ---------------------------------------------------------------------------------------------------------


def test_a_paused_organisation_sends_nothing_and_resuming_fires_nothing(
    mastodon, mastodon_server, promise, worker, clock, ingrid, house
):
    delivery = promise(mastodon, at=clock() + timedelta(minutes=1))
    later = promise(mastodon, "later", at=clock() + timedelta(minutes=30))
    house.pause(by=ingrid, because="flood", now=clock())
    clock.pass_by(minutes=10)
    assert worker.tick() == 0
    house.resume(by=ingrid, because="over", now=clock(), hold=ZERO)
    assert worker.tick() == 0
    delivery.refresh_from_db()
    later.refresh_from_db()
    assert (delivery.state, delivery.code) == (State.HELD, "paused")
    assert later.state == State.SCHEDULED
    assert Notification.objects.filter(subject=str(delivery.pk), person=ingrid).exists()
    delivery.send_now(by=ingrid, now=clock())
    worker.tick()
    assert len(mastodon_server.statuses) == 1


def test_what_is_due_within_the_hour_is_kept_back_too_unless_somebody_says_otherwise(
    mastodon, promise, clock, ingrid, house
):
    soon, later = (promise(mastodon, str(n), at=clock() + timedelta(minutes=n)) for n in (59, 61))
    house.pause(by=ingrid, because="flood", now=clock())
    house.resume(by=ingrid, because="over", now=clock())
    soon.refresh_from_db()
    later.refresh_from_db()
    assert (soon.state, later.state) == (State.HELD, State.SCHEDULED)


def test_a_pause_stops_what_is_claimed_and_not_yet_sent(
    mastodon, mastodon_server, promise, worker, clock, ingrid, house
):
    delivery = promise(mastodon)
    (lease,) = worker.claim()
    house.pause(by=ingrid, because="flood", now=clock())
    worker.source.run(lease)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code, delivery.lease_owner) == (State.HELD, "paused", "")
    assert not mastodon_server.statuses


MOMENTS = ("_begin", "_intend", "_before_a_byte", "_call", "_settle", "_planned", "_wait")


@pytest.mark.parametrize(("moment", "lost"), [(n, False) for n in range(22)] + [(n, True) for n in range(8, 24, 3)])
def test_a_pause_at_any_moment_of_a_run_lets_no_byte_out_after_it(
    thread, mastodon_server, worker, clock, ingrid, house, monkeypatch, moment, lost
):
    """At each call of each thing that a run does, and at what lies between them, in turn."""
    passed, there = [0], []

    def at_a_moment(of):
        def around(self, *args, **more):
            if passed[0] == moment:
                house.pause(by=ingrid, because="flood", now=clock())
                there.append(wrote(mastodon_server))
            passed[0] += 1
            return of(self, *args, **more)

        return around

    for name in MOMENTS:
        home = next(one for one in Run.__mro__ if name in vars(one))
        monkeypatch.setattr(home, name, at_a_moment(getattr(home, name)))
    if lost:
        mastodon_server.faults.arm(Fault("lose_answer", match=posting))
    delivery = thread()
    for _ in range(12):
        worker.tick()
        clock.pass_by(seconds=20)
    if not there:  # this run had fewer moments
        delivery.refresh_from_db()
        assert delivery.state == State.PUBLISHED
        return
    # The one request whose first byte was on its way already may have arrived; nothing after it.
    assert wrote(mastodon_server) == there[0]
    delivery.refresh_from_db()
    assert delivery.state in (State.HELD, State.PUBLISHED, State.SCHEDULED)
    house.resume(by=ingrid, because="over", now=clock())
    for _ in range(6):
        worker.tick()
        clock.pass_by(seconds=30)
    assert wrote(mastodon_server) == there[0], "nothing fires by itself"
    delivery.refresh_from_db()
    if delivery.state != State.PUBLISHED:
        assert (delivery.state, delivery.code) == (State.HELD, "paused")
        delivery.send_now(by=ingrid, now=clock())
        mastodon_server.faults.clear()  # the town's clock is not ours: what is lost from here on, it would not find
        worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 3, "once and only once"


def test_a_pause_between_the_last_question_and_the_byte_is_still_in_time(
    mastodon, mastodon_server, promise, worker, clock, ingrid, house, monkeypatch
):
    """The connection is open, the intent is kept: and yet nothing is written to the wire."""
    through, once = Http.request, []

    def request(self, method, url, **more):
        if method == "POST" and not once:
            once.append(house.pause(by=ingrid, because="flood", now=clock()))
        return through(self, method, url, **more)

    monkeypatch.setattr(Http, "request", request)
    delivery = promise(mastodon)
    worker.tick()
    delivery.refresh_from_db()
    assert (once[0].is_drill, delivery.state, delivery.code) == (False, State.HELD, "paused")
    assert not mastodon_server.statuses
    assert Attempt.objects.get().word == "stopped"


def test_what_may_have_happened_is_looked_up_during_the_pause(
    mastodon, mastodon_server, promise, worker, clock, ingrid, house
):
    mastodon_server.faults.arm(Fault("lose_answer", match=posting))
    delivery = promise(mastodon)
    worker.tick()
    house.pause(by=ingrid, because="flood", now=clock())
    worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1


def test_what_was_on_its_way_over_a_whole_pause_is_not_gone_on_with(
    thread, mastodon_server, worker, clock, ingrid, house, monkeypatch
):
    """The pause came and ended while one part was being said: the next part waits for a person."""
    said = Run._settle

    def settle(self, published, attempt, step, steps, **more):
        if step.public and step.number == 1:
            with transaction.atomic():
                house.pause(by=ingrid, because="flood", now=clock())
                house.resume(by=ingrid, because="over", now=clock())
        return said(self, published, attempt, step, steps, **more)

    monkeypatch.setattr(Run, "_settle", settle)
    delivery = thread()
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == (State.HELD, "paused")
    assert len(mastodon_server.statuses) == 1
    monkeypatch.undo()
    delivery.send_now(by=ingrid, now=clock())
    worker.work_until_settled(delivery)
    assert len(mastodon_server.statuses) == 3


def test_a_correction_of_what_is_out_is_stopped_and_taking_down_is_not(
    mastodon, mastodon_server, promise, worker, clock, ingrid, house
):
    delivery = worker.work_until_settled(promise(mastodon))
    house.pause(by=ingrid, because="flood", now=clock())
    post = delivery.post
    post.correct(channel=mastodon, content=Content((Words("Storgata is open."),)), by=ingrid, version=post.version)
    with pytest.raises(NotPossible, match="paused"):
        Live(delivery).edit(post=post, by=ingrid, now=clock())
    assert "open" not in str([status.text for status in mastodon_server.statuses.values()])
    Live(delivery).take_down(by=ingrid, now=clock())
    assert not mastodon_server.statuses


def test_the_whole_installation_is_paused_and_one_organisation_can_be_paused_besides(
    mastodon, mastodon_server, promise, worker, clock, ingrid, house
):
    promise(mastodon)
    whole = Pause.objects.begin(organisation=None, by="command line", because="stolen keys", now=clock())
    assert Pause.objects.begin(organisation=None, by=ingrid, because="again", now=clock()) is None
    assert house.pause(by=ingrid, because="flood", now=clock())
    assert worker.tick() == 0
    assert whole.end(by="command line", now=clock())
    assert not whole.end(by="command line", now=clock())
    assert worker.tick() == 0
    house.resume(by=ingrid, because="over", now=clock())
    assert worker.tick() == 0
    assert Delivery.objects.get().code == "paused"
    told = Event.objects.filter(verb__contains="paused").values_list("verb", flat=True)
    assert list(told) == ["installation.paused", "organisation.paused"]


def test_another_organisation_goes_on(mastodon, mastodon_server, promise, worker, clock, outsider):
    promise(mastodon)
    elsewhere = outsider.memberships.get().workspace.organisation
    elsewhere.pause(by=outsider, because="theirs", now=clock())
    worker.tick()
    assert len(mastodon_server.statuses) == 1


# --- who may still speak ----------------------------------------------------------------------------------------------


@pytest.fixture
def speaker(house, ingrid, now):
    return Spokesperson.objects.appoint(organisation=house, user=ingrid, by=ingrid, now=now)


def test_only_what_a_spokesperson_lets_go_in_the_pause_leaves(
    mastodon, mastodon_server, promise, worker, clock, ingrid, amir, house, speaker
):
    before, statement = promise(mastodon, "Before"), promise(mastodon, "We are looking into it.")
    house.pause(by=ingrid, because="flood", now=clock())
    assert Delivery.objects.filter(pk=before.pk).let(by=amir, now=clock()) == 0, "he is not on the list"
    assert Delivery.objects.filter(pk=statement.pk).let(by=ingrid, now=clock()) == 1
    worker.tick()
    (only,) = mastodon_server.statuses.values()
    assert "looking into it" in str(only.text)


def test_nothing_is_let_go_outside_a_pause_or_by_one_who_left_the_list_or_where_nobody_may(
    mastodon, mastodon_server, promise, worker, clock, ingrid, house, speaker
):
    statement = promise(mastodon, at=clock() + timedelta(seconds=30))
    mine = Delivery.objects.filter(pk=statement.pk)
    assert mine.let(by=ingrid, now=clock()) == 0
    house.pause(by=ingrid, because="flood", now=clock())
    assert mine.let(by=ingrid, now=clock()) == 1
    whole = Pause.objects.begin(organisation=None, by=None, because="keys", now=clock(), lets=False)
    clock.pass_by(minutes=1)
    assert worker.tick() == 0, "of the whole installation nobody speaks"
    assert mine.let(by=ingrid, now=clock()) == 0
    Delivery.objects.keep_back(whole, until=clock() - timedelta(days=1), by=None)
    whole.end(by=None, now=clock(), hold=timedelta(days=-1))
    speaker.withdraw(by=ingrid)
    assert worker.tick() == 0, "withdrawn, and with it what had not left yet"
    assert Delivery.objects.caught_by(Pause.objects.running().get()).get() == statement
    Spokesperson.objects.appoint(organisation=house, user=ingrid, by=ingrid, now=clock())
    worker.tick()
    assert len(mastodon_server.statuses) == 1


def test_a_word_of_one_pause_does_not_open_the_next(
    mastodon, mastodon_server, promise, worker, clock, ingrid, house, speaker
):
    statement = promise(mastodon, at=clock() + timedelta(hours=3))
    house.pause(by=ingrid, because="flood", now=clock())
    Delivery.objects.filter(pk=statement.pk).let(by=ingrid, now=clock())
    house.resume(by=ingrid, because="over", now=clock())
    clock.pass_by(hours=1)
    house.pause(by=ingrid, because="again", now=clock())
    clock.pass_by(hours=3)
    assert worker.tick() == 0
    assert not mastodon_server.statuses


def test_one_client_of_an_agency_pauses_and_the_other_goes_on(
    mastodon, mastodon_server, promise, worker, clock, house, cityhall, ingrid
):
    """Only what is of the paused workspace stops, is kept back and reviewed; each of the two ends for itself."""
    other = Workspace.objects.open(organisation=house, name="Bakery")
    begin = {"organisation": house, "by": ingrid, "because": "flood", "now": clock()}
    pause = Pause.objects.begin(**begin, workspace=other)
    assert Pause.objects.begin(**begin, workspace=other) is None, "one at a time"
    first = promise(mastodon, "The bridge is closed.")
    worker.tick()
    first.refresh_from_db()
    assert first.state == State.PUBLISHED and not is_stopped(first, standing(first, now=clock()))
    with saying.about(cityhall):
        assert not saying.against(pause)
    with saying.about(other):
        assert saying.against(pause)

    here = Pause.objects.begin(**begin, workspace=cityhall)
    second = promise(mastodon, "The bridge is open.")
    assert is_stopped(second, standing(second, now=clock()))
    assert worker.tick() == 0
    pause.end(by=ingrid, now=clock())
    second.refresh_from_db()
    assert (second.state, len(mastodon_server.statuses)) == (State.SCHEDULED, 1), "the other's end changes nothing here"
    here.end(by=ingrid, now=clock())
    second.refresh_from_db()
    assert (second.state, second.code) == (State.HELD, "paused")
    verbs = Event.objects.filter(verb__startswith="workspace.", workspace_id=cityhall.pk).order_by("id")
    assert list(verbs.values_list("verb", flat=True))[-2:] == ["workspace.paused", "workspace.resumed"]


def test_whose_workspace_and_organisation_are_both_paused_waits_for_both(
    mastodon, mastodon_server, promise, worker, clock, house, cityhall, ingrid
):
    begin = {"organisation": house, "by": ingrid, "because": "flood", "now": clock()}
    here, whole = Pause.objects.begin(**begin, workspace=cityhall), Pause.objects.begin(**begin)
    delivery = promise(mastodon, at=clock() + timedelta(hours=10))
    whole.end(by=ingrid, now=clock())
    assert is_stopped(delivery, standing(delivery, now=clock()))
    here.end(by=ingrid, now=clock())
    assert not is_stopped(delivery, standing(delivery, now=clock()))


# --- who has stopped, and drills --------------------------------------------------------------------------------------


def test_a_worker_says_that_it_has_stopped_when_nothing_of_its_own_is_on_its_way(
    clock, ingrid, house, cityhall, outsider
):
    pause = house.pause(by=ingrid, because="flood", now=clock())
    with saying.about(cityhall):
        Pause.objects.acknowledge("w1", clock=clock, is_saying=saying.against)
    with saying.about(outsider.memberships.get().workspace):  # somebody else's words
        Pause.objects.acknowledge("w2", clock=clock, is_saying=saying.against)
    seen = dict(Acknowledgement.objects.values_list("worker", "stopped_at"))
    assert seen["w1"] is None and seen["w2"]
    assert pause.missing(["w1", "w2", "w3"]) == ["w1", "w3"]
    assert pause.seconds_to_stop is None
    Pause.objects.acknowledge("w1", clock=clock, is_saying=saying.against)
    assert 0 <= Pause.objects.get().seconds_to_stop < 60


def test_a_worker_that_looks_slowly_claims_no_time_from_before_its_look(clock, ingrid, house):
    pause = house.pause(by=ingrid, because="flood", now=clock())
    Pause.objects.acknowledge("w1", clock=clock, is_saying=lambda pause: clock.pass_by(seconds=3))
    assert pause.acknowledgements.get().stopped_at >= pause.began_at + timedelta(seconds=3)


def test_a_drill_stops_nothing_unless_it_was_asked_to(mastodon, mastodon_server, promise, worker, clock, ingrid, house):
    begun = {"organisation": house, "by": ingrid, "because": "monthly", "kind": "drill"}
    drill = Pause.objects.begin(**begun, now=clock(), stops=False)
    promise(mastodon)
    worker.tick()
    assert len(mastodon_server.statuses) == 1
    drill.end(by=ingrid, now=clock())
    strict = Pause.objects.begin(**begun, now=clock())
    promise(mastodon, "Another")
    assert worker.tick() == 0
    strict.end(by=ingrid, now=clock())
    assert worker.tick() == 0
    assert len(mastodon_server.statuses) == 1


def test_a_lost_lease_is_still_a_lost_lease(mastodon, promise, worker, clock):
    promise(mastodon)
    (lease,) = worker.claim()
    Delivery.objects.update(lease_owner="somebody else")
    with pytest.raises(LostLease):
        worker.source.run(lease)
