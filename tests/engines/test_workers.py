"""What only `clarion worker` does: Procrastinate carries, and may lose whatever it likes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from .conftest import House
from .installation import Installation, Town, until

pytestmark = pytest.mark.postgres


@pytest.fixture
def house(_on_postgresql: Installation) -> Iterator[House]:
    """Two workers that carry one delivery at a time each, so that a third has to wait in the engine."""
    house = House("workers", _on_postgresql)
    try:
        house.open(concurrency=1)
        yield house
    finally:
        house.installation.rest()


def jobs(house: House) -> list[tuple[int, str, dict[str, object], str | None, object]]:
    return house.installation.rows("SELECT id, status, args, lock, scheduled_at FROM procrastinate_jobs ORDER BY id")


def busy(house: House) -> tuple[list[str], str, Town, Town]:
    """Both workers wait for a slow network, and a third delivery waits in the engine.

    The ids of the slow ones' channels and of the third's; the town that holds its answers, and that of the third.
    """
    (slow, quick), channels = house.channels(3)
    slow.holds_answers(times=2)
    house.installation.promise({channels[0]: ["slow one"], channels[1]: ["slow two"]})
    until(lambda: len(slow.texts) == 2, seconds=60, what="both workers are busy")
    house.installation.promise({channels[2]: ["third"]})
    until(lambda: waiting(house, channels[2]), seconds=60, what="the third waits in the engine")
    return channels[:2], channels[2], slow, quick


def waiting(house: House, channel: str) -> list[int]:
    """Jobs of this channel's only delivery that no worker has taken."""
    ((delivery,),) = house.installation.rows("SELECT id FROM deliveries_delivery WHERE channel_id = ?", channel)
    return [id for id, status, args, _lock, _at in jobs(house) if status == "todo" and args["id"] == str(delivery)]


def test_a_job_carries_no_secret_and_none_stays_behind(house: House):
    channels, third, slow, town = busy(house)
    there = jobs(house)
    assert len({args["id"] for _id, _status, args, _lock, _at in there}) == 3, "only what is due is in the engine"
    for _id, _status, args, lock, scheduled_at in there:
        assert sorted(args) == ["id", "source", "version"]
        assert args["source"] == "delivery"
        assert (lock, scheduled_at) == (None, None)
    slow.lets_go()
    until(lambda: house.installation.all_published(*channels, third), seconds=60, what="all are published")
    assert town.texts == ["third"]
    until(lambda: not jobs(house), seconds=60, what="finished jobs are deleted")


def test_engine_rows_deleted_by_hand_are_handed_over_again(house: House):
    """The one that waits gets a new job; those that are being carried have no need of theirs."""
    channels, third, slow, town = busy(house)
    deleted = house.installation.rows("DELETE FROM procrastinate_jobs RETURNING id")
    assert len(deleted) >= 3
    until(lambda: waiting(house, third), seconds=60, what="it is handed over again")
    slow.lets_go()
    until(lambda: house.installation.all_published(*channels, third), seconds=60, what="all are published")
    assert town.texts == ["third"]


def test_a_database_that_drops_every_connection_costs_nothing(house: House):
    """As a restart or a fail-over does, in the middle of a batch."""
    (town,), channels = house.channels(2, takes=0.1)
    texts = {channel: [f"{name} {n}" for n in range(10)] for channel, name in zip(channels, "ab", strict=True)}
    house.installation.promise(texts)
    for count in (3, 9):
        until(lambda: len(town.texts) >= count, seconds=60, what=f"{count} are out")  # noqa: B023  used at once
        house.installation.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    # Twice an intent may have been kept whose run was lost: its lease has to pass, and then a minute until absence is
    # believed. None may be given up for it.
    until(
        lambda: house.installation.all_published(*channels) or "failed" in house.installation.states(*channels),
        seconds=240, what="all are published",
    )  # fmt: skip
    assert set(house.installation.states(*channels)) == {"published"}
    assert Counter(town.texts) == Counter(text for column in texts.values() for text in column)


def test_a_worker_that_is_asked_to_stop_finishes_what_is_on_its_way(house: House):
    (town,), (channel,) = house.channels(1)
    town.holds_answers(seconds=2)
    house.installation.promise({channel: ["on its way", "behind it"]})
    until(lambda: town.texts, seconds=60, what="it is on the wire")
    asked = house.holder(channel)
    asked.ask_to_end()
    town.lets_go()
    assert asked.end() == 0
    until(lambda: house.installation.all_published(channel), seconds=60, what="the other took the one behind it")
    assert town.texts == ["on its way", "behind it"]
    tried = house.installation.rows(
        "SELECT a.purpose, a.word FROM deliveries_attempt a JOIN deliveries_delivery d ON d.id = a.delivery_id"
        " WHERE d.channel_id = ? ORDER BY a.id",
        channel,
    )
    assert tried == [("send", "published")] * 2, "nothing had to be looked for"
