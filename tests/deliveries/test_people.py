"""What people do to deliveries: cancel, reschedule, pause, and who wins at the last moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import ARROWS, IllegalArrow, TooLate, check_arrow
from clarion.posts.content import Content, Words
from clarion.posts.models import Stale
from clarion.posts.models.post import AlreadyLeaving
from clarion.records.models import Event
from clarion.testing.servers.base import Fault
from clarion.work.lease import LostLease

from .test_once import posting

pytestmark = pytest.mark.django_db


def test_a_cancelled_delivery_stays_at_home(mastodon, mastodon_server, promise, worker, clock, ingrid):
    delivery = promise(mastodon, at=clock() + timedelta(seconds=5))
    delivery.cancel(by=ingrid, now=clock())
    clock.pass_by(seconds=10)
    assert worker.tick() == 0
    assert not mastodon_server.statuses
    assert Event.objects.of(delivery).filter(verb="delivery.cancelled", by_id=ingrid.pk).exists()


def test_cancelling_wins_over_a_worker_that_has_only_claimed(mastodon, mastodon_server, promise, worker, clock, ingrid):
    delivery = promise(mastodon)
    (lease,) = worker.claim()
    delivery.cancel(by=ingrid, now=clock())
    with pytest.raises(LostLease):
        worker.source.run(lease)
    assert not mastodon_server.statuses


def test_cancelling_what_is_out_is_too_late_and_says_so(mastodon, promise, worker, clock, ingrid):
    delivery = worker.work_until_settled(promise(mastodon))
    with pytest.raises(TooLate, match="published"):
        delivery.cancel(by=ingrid, now=clock())


def test_two_people_change_it_at_the_same_moment_and_one_of_them_is_told(mastodon, promise, clock, ingrid):
    delivery = promise(mastodon, at=clock() + timedelta(hours=1))
    hers, his = Delivery.objects.get(pk=delivery.pk), Delivery.objects.get(pk=delivery.pk)
    hers.reschedule(at=clock() + timedelta(hours=2), by=ingrid, now=clock())
    with pytest.raises(TooLate, match="same moment"):
        his.cancel(by=ingrid, now=clock())


def test_a_moved_delivery_leaves_at_its_new_time_only(mastodon, mastodon_server, promise, worker, clock, ingrid):
    delivery = promise(mastodon, at=clock() + timedelta(minutes=1))
    delivery.reschedule(at=clock() + timedelta(minutes=5), by=ingrid, now=clock())
    clock.pass_by(minutes=2)
    assert worker.tick() == 0
    clock.pass_by(minutes=4)
    worker.tick()
    assert len(mastodon_server.statuses) == 1


@pytest.mark.parametrize(("policy", "state"), [("ask", State.HELD), ("drop", State.MISSED)])
def test_the_late_policy_decides_what_is_not_on_time(policy, state, mastodon, mastodon_server, promise, worker, clock):
    delivery = promise(mastodon, late=policy)
    clock.pass_by(minutes=10)
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == state
    assert not mastodon_server.statuses


def test_a_refused_post_is_mended_for_one_channel_and_sent_again(
    mastodon, board, mastodon_server, promise, worker, clock, ingrid
):
    mastodon_server.faults.arm(Fault("answer", match=posting, status=422, body=b'{"error": "Validation failed"}'))
    failed = promise(mastodon, "Old words")
    post = failed.post
    (out,) = Delivery.objects.schedule(post, channels=[board], at=clock(), by=ingrid, now=clock())
    worker.work_until_settled(out)
    failed.refresh_from_db()
    assert (failed.state, out.state) == (State.FAILED, State.PUBLISHED)
    post.refresh_from_db()
    post.edit(by=ingrid, version=post.version, content=Content((Words("New words"),)))
    assert post.said_on(board).text == "Old words"
    assert post.said_on(mastodon).text == "New words"
    failed.send_now(by=ingrid, now=clock())
    worker.work_until_settled(failed)
    assert failed.state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1


def test_words_that_are_out_everywhere_cannot_be_edited(mastodon, promise, worker, ingrid):
    delivery = worker.work_until_settled(promise(mastodon))
    post = delivery.post
    with pytest.raises(AlreadyLeaving):
        post.edit(by=ingrid, version=post.version, content=Content((Words("Other"),)))


def test_two_tabs_on_one_draft_lose_nobodys_words(cityhall, ingrid):
    from clarion.posts.models import Post

    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content((Words("One"),)))
    other = Post.objects.get(pk=post.pk)
    post.edit(by=ingrid, version=1, content=Content((Words("Hers"),)))
    with pytest.raises(Stale) as stale:
        other.edit(by=ingrid, version=1, content=Content((Words("His"),)))
    assert stale.value.current == 2
    assert Post.objects.get(pk=post.pk).said.text == "Hers"


def test_every_arrow_that_is_not_drawn_raises():
    for before in State.values:
        for after in State.values:
            if after == before or after in ARROWS[before]:
                check_arrow(before, after)
            else:
                with pytest.raises(IllegalArrow):
                    check_arrow(before, after)


def test_the_words_of_a_waiting_post_are_the_ones_that_leave(mastodon, mastodon_server, promise, worker, clock, ingrid):
    """A first try that did not happen must not pin the old words."""
    mastodon_server.faults.arm(Fault("answer", match=posting, status=429, headers={"retry-after": "60"}))
    delivery = promise(mastodon, "Old words")
    worker.tick()
    post = delivery.post
    post.edit(by=ingrid, version=post.version, content=Content((Words("New words"),)))
    worker.work_until_settled(delivery)
    (status,) = mastodon_server.statuses.values()
    assert "New words" in str(vars(status))
