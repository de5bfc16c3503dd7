"""How posts fare: numbers are asked for once a day and kept; best times say from how many posts, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from clarion.deliveries.measuring import LEAST, best_times
from clarion.deliveries.models import Delivery, Measure, Measuring, State
from clarion.deliveries.models.delivery import new_key
from clarion.deliveries.sources import Measurings
from clarion.networks.base import Reading
from clarion.posts.content import Content
from clarion.posts.models import Post
from tests.web.desk import a_channel

OSLO = ZoneInfo("Europe/Oslo")


@pytest.fixture
def out(cityhall, ingrid, now):
    """A post that is out on a channel, at a time and under an id there."""

    def out(channel, at: datetime, remote_id: str = "1") -> Delivery:
        post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Storgata is open."))
        return Delivery.objects.create(
            workspace=cityhall, post=post, channel=channel, due_at=at, published_at=at, state=State.PUBLISHED,
            remote_id=remote_id, key=new_key(), late="send", late_minutes=360, text_sha256="",
        )  # fmt: skip

    return out


def test_a_channel_is_asked_once_a_day_and_the_numbers_are_kept(mastodon, mastodon_server, out, now):
    remote = mastodon_server.write(mastodon_server.people[mastodon_server.token], {"status": "Storgata is open."})
    delivery, gone = out(mastodon, now - timedelta(days=1), remote.id), out(mastodon, now - timedelta(days=2), "404")
    source = Measurings(clock=lambda: now)
    assert source.claim(owner="clerk", now=now, limit=5) == [], "not in the first hour of a connection"
    Measuring.objects.update(wake_at=now)
    (lease,) = source.claim(owner="clerk", now=now, limit=5)
    source.run(lease)
    source.give_back(lease)
    kept = Measure.objects.get()
    assert (kept.delivery, kept.answers, kept.published_at) == (delivery, 0, delivery.published_at)
    assert "likes" in kept.numbers and not Measure.objects.filter(delivery=gone).exists()
    assert Measuring.objects.get(channel=mastodon).wake_at == now + timedelta(days=1)


def test_numbers_that_nobody_gave_are_no_answers(cityhall, out, now):
    delivery = out(a_channel(cityhall, now), now)
    assert Measure.objects.note(delivery, Reading({"likes": None, "views": 900}), now=now).answers is None
    again = Measure.objects.note(delivery, Reading({"likes": 3, "replies": 2, "views": 900}), now=now)
    assert again.answers == 5 and Measure.objects.count() == 1


def test_best_times_are_hours_of_the_week_in_the_workspace_with_what_they_are_read_from(cityhall, out):
    channel, now = a_channel(cityhall, datetime(2026, 11, 27, tzinfo=UTC)), datetime(2026, 11, 27, tzinfo=UTC)
    tuesday = datetime(2026, 10, 20, 17, 30, tzinfo=OSLO)  # one before the clocks went back, four after it
    days = [(tuesday + timedelta(weeks=n), 20 + n) for n in range(5)]
    days += [(datetime(2026, 11, 2, 9, tzinfo=OSLO) + timedelta(days=n), 4) for n in range(LEAST - 5)]
    for at, likes in days[:-1]:
        Measure.objects.note(out(channel, at.astimezone(UTC)), Reading({"likes": likes}), now=now)
    (few,) = best_times([channel], zone=OSLO, now=now)
    assert (few.count, few.hours, few.is_enough) == (LEAST - 1, (), False)
    at, likes = days[-1]
    Measure.objects.note(out(channel, at.astimezone(UTC)), Reading({"likes": likes}), now=now)
    Measure.objects.note(out(channel, now - timedelta(days=91)), Reading({"likes": 10_000}), now=now)
    (best,) = best_times([channel], zone=OSLO, now=now)
    assert (best.count, best.median) == (LEAST, 4.0)
    assert [(h.weekday, h.hour, h.median, h.count) for h in best.hours] == [(1, 17, 22.0, 5)]
    assert best.hours[0].next_after(now, zone=OSLO) == datetime(2026, 12, 1, 17)
