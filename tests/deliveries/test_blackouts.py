"""Blackouts keep their word: nothing is scheduled into one, nothing leaves in one, and nothing is moved in silence."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.run import Run
from clarion.notifications.models import Notification
from clarion.organisations.models import Member
from clarion.posts.content import Content, Words
from clarion.posts.models import Blackout, InBlackout, Post

pytestmark = pytest.mark.django_db
OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture
def blackout(cityhall, ingrid, clock):
    """From some minutes from now to others, on the clock of the workspace."""

    def declare(begin, end, **more):
        start, until = ((clock() + timedelta(minutes=minutes)).astimezone(OSLO) for minutes in (begin, end))
        return Blackout.objects.declare(
            workspace=cityhall, name="Election day", by=ingrid, from_day=start.date(), from_time=start.time(),
            until_day=until.date(), until_time=until.time(), **{"level": "block", **more},
        )  # fmt: skip

    return declare


def test_nothing_is_scheduled_or_moved_into_a_blackout_that_blocks(board, promise, blackout, clock, ingrid):
    delivery = promise(board, at=clock() + timedelta(hours=5))
    blackout(60, 120)
    with pytest.raises(InBlackout, match=r"“Election day” lets nothing go out until \d+ \w+, \d\d:\d\d"):
        promise(board, "Vote!", at=clock() + timedelta(minutes=90))
    with pytest.raises(InBlackout):
        delivery.reschedule(at=clock() + timedelta(minutes=90), by=ingrid, now=clock())
    delivery.refresh_from_db()
    assert delivery.due_at > clock() + timedelta(hours=4)
    promise(board, "Afterwards.", at=clock() + timedelta(minutes=181))  # its last hour may be one that comes twice


def test_one_that_only_warns_lets_everything_through(board, promise, blackout, worker, clock):
    blackout(-60, 60, level="warn")
    delivery = promise(board)
    assert worker.work_until_settled(delivery).state == State.PUBLISHED


def test_what_is_due_in_a_later_blackout_is_held_when_its_time_comes_and_people_are_told(
    board, promise, blackout, worker, clock
):
    delivery = promise(board, at=clock() + timedelta(minutes=30))
    blackout(10, 60)
    worker.work_until_settled(delivery, minutes=40)
    assert (delivery.state, delivery.code) == (State.HELD, "blackout")
    assert "“Election day” lets nothing go out until" in delivery.reason
    assert delivery.attempts == 0 and Notification.objects.filter(subject=str(delivery.pk)).exists()


def test_what_is_late_does_not_slip_out_in_a_blackout_nor_what_was_due_in_one_after_it(
    board, promise, blackout, worker, clock
):
    late, within = promise(board, "Late."), promise(board, "Within.", at=clock() + timedelta(minutes=30))
    blackout(10, 60)
    clock.pass_by(minutes=20)  # nobody was at work until now
    worker.tick()
    late.refresh_from_db()
    assert (late.state, late.code) == (State.HELD, "blackout")
    clock.pass_by(minutes=60)  # and again not until it was over
    worker.tick()
    within.refresh_from_db()
    assert (within.state, within.code) == (State.HELD, "blackout")


def test_after_it_what_a_person_lets_go_leaves(board, promise, blackout, worker, clock, ingrid):
    delivery = promise(board, at=clock() + timedelta(minutes=30))
    blackout(10, 60)
    worker.work_until_settled(delivery, minutes=40)
    clock.pass_by(minutes=60)
    delivery.release(by=ingrid, now=clock())
    assert worker.work_until_settled(delivery).state == State.PUBLISHED


def test_let_go_too_early_it_is_held_again(board, promise, blackout, worker, clock, ingrid):
    delivery = promise(board, at=clock() + timedelta(minutes=30))
    blackout(10, 600)
    worker.work_until_settled(delivery, minutes=40)
    delivery.release(by=ingrid, now=clock())
    assert worker.work_until_settled(delivery).state == State.HELD


def test_what_is_caught_in_it_is_known_and_what_is_let_through_goes_out(
    board, mastodon, promise, blackout, worker, clock, ingrid
):
    inside = promise(board, "Inside.", at=clock() + timedelta(minutes=30))
    promise(mastodon, "Elsewhere.", at=clock() + timedelta(minutes=30))
    promise(board, "After.", at=clock() + timedelta(minutes=90))
    election = blackout(10, 60, channels=[board])
    assert list(Delivery.objects.caught_in(election)) == [inside]
    election.let_through([inside.post], by=ingrid)
    assert not Delivery.objects.caught_in(election).exists()
    inside.refresh_from_db()
    inside.reschedule(at=inside.due_at + timedelta(minutes=5), by=ingrid, now=clock())
    assert worker.work_until_settled(inside, minutes=40).state == State.PUBLISHED


def test_what_was_let_through_with_other_words_is_no_longer_let_through(
    cityhall, board, promise, blackout, worker, clock, ingrid, amir
):
    """An editor makes no vehicle of it; who may let it through herself may mend it."""
    Member.objects.join(workspace=cityhall, user=amir, role="editor", by=ingrid)
    inside = promise(board, "The mayor has died.", at=clock() + timedelta(minutes=30))
    election, post = blackout(10, 60), inside.post
    election.let_through([post], by=ingrid)
    post.edit(by=ingrid, version=post.version, content=Content((Words("Our mayor has died."),)))
    assert election.exceptions.count() == 1
    post.edit(by=amir, version=post.version, content=Content((Words("Come to the summer party!"),)))
    worker.work_until_settled(inside, minutes=40)
    assert (inside.state, inside.code) == (State.HELD, "blackout")


def test_new_words_at_the_old_time_are_no_new_promise(board, promise, blackout, clock, ingrid):
    delivery = promise(board, at=clock() + timedelta(minutes=30))
    blackout(10, 60)
    delivery.reschedule(at=delivery.due_at, by=ingrid, now=clock(), because="its words were changed")
    assert delivery.state == State.SCHEDULED


def test_a_thread_that_has_begun_is_ended(mastodon, promise, blackout, worker, clock):
    delivery = promise(mastodon, parts=[Words("One."), Words("Two.")])
    (lease,) = worker.claim()
    delivery.steps.create(
        number=0, kind="post", part=0, public=True, payload={"text": "One."}, round=delivery.round, done_at=clock(),
        remote_id="1", intended_at=clock(),
    )  # fmt: skip
    blackout(-10, 60)
    run = Run(Delivery.objects.whole().get(pk=delivery.pk), lease=lease, clock=clock)
    run.steps = list(delivery.current_steps())
    run._stop_in_blackout(clock())  # says nothing: the rest of the thread follows
    delivery.refresh_from_db()
    assert delivery.state == State.SCHEDULED


def test_a_post_of_another_workspace_is_not_touched(outsider, blackout, now, clock):
    blackout(-10, 60)
    theirs = outsider.memberships.get().workspace
    Channel.objects.open_own_ground(workspace=theirs, by=None, now=now)
    channel = Channel.objects.filter(workspace=theirs).first()
    post = Post.objects.write(workspace=theirs, by=outsider, content=Content.of("Ours"), channels=[channel])
    (made,) = Delivery.objects.schedule(post, channels=[channel], at=clock(), by=outsider, now=now)
    assert made.state == State.SCHEDULED
