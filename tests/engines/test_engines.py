"""One suite for both engines, with real processes that are killed, stopped and robbed of what they hold.

What a network holds in the end decides: every text once. Nothing lost, nothing doubled, nothing stuck.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import chain

import pytest

from .conftest import House
from .installation import until


def batch(name: str, count: int) -> list[str]:
    return [f"{name} {number}" for number in range(1, count + 1)]


def test_what_is_due_is_claimed_once(house: House):
    (town,), channels = house.channels(2)
    texts = [batch("first", 12), batch("second", 12)]
    house.installation.promise(dict(zip(channels, texts, strict=True)))
    until(lambda: house.installation.all_published(*channels), seconds=60, what="all are published")
    assert Counter(town.texts) == Counter(texts[0] + texts[1])


@pytest.mark.long
def test_kill_9_in_the_middle_of_a_batch_loses_and_doubles_nothing(house: House):
    towns, channels = house.channels(3, takes=0.1)
    texts = [batch(name, 8) for name in ("kill one", "kill two", "kill three")]
    house.installation.promise(dict(zip(channels, texts, strict=True)))

    def out() -> int:
        return sum(len(town.texts) for town in towns)

    until(lambda: out() >= 5, seconds=60, what="five are out")
    victim = house.holder(*channels)
    victim.kill()
    assert out() < 24, "it was over before it could be killed"
    if house.engine != "workers":
        house.open()  # as a supervisor would
    # Of what had its intent written and had not arrived, a look says so; it is believed a minute later.
    until(lambda: house.installation.all_published(*channels), seconds=180, what="somebody took over and finished")
    assert Counter(text for town in towns for text in town.texts) == Counter(chain.from_iterable(texts))
    if house.engine == "workers":
        until(lambda: house.installation.struck_off(), seconds=60, what="what the dead worker left is cleared away")


def test_a_restart_goes_on_at_once_because_it_frees_what_its_predecessor_held(house: House):
    if house.engine == "workers":
        return  # two workers have no successor: the other one takes over, which is tested above
    (town,), (channel,) = house.channels(1)
    town.holds_answers()
    house.installation.promise({channel: ["the one that was on its way", "the one behind"]})
    until(lambda: len(town.texts) == 1, seconds=60, what="the first is on the wire")
    house.holder(channel).kill()
    house.open()
    until(lambda: house.installation.all_published(channel), seconds=60, what="both are published")
    assert Counter(town.texts) == Counter(["the one that was on its way", "the one behind"])


def test_a_lease_that_was_lost_on_the_way_settles_nothing(house: House):
    (town,), (channel,) = house.channels(1)
    town.holds_answers()
    house.installation.promise({channel: ["robbed"]})
    until(lambda: town.texts, seconds=60, what="it is on the wire")
    house.installation.rows(
        "UPDATE deliveries_delivery SET fence = fence + 1, lease_owner = '', lease_until = NULL WHERE channel_id = ?",
        house.installation.key(channel),
    )
    until(lambda: house.installation.all_published(channel), seconds=60, what="the new holder found it")
    assert town.texts == ["robbed"]
    words = _words(house, channel)
    assert ("look", "found") in words, words
    # Now the answer arrives at the one that was robbed, which finishes what is on its way.
    town.lets_go()
    for process in house.installation.processes:
        if process.name != "town":
            assert process.end() == 0
    assert house.installation.all_published(channel)
    assert town.texts == ["robbed"]
    assert _words(house, channel) == words, "it has settled something"


@pytest.mark.long
def test_a_slow_network_delays_nobody_and_a_worker_that_slept_past_its_lease_sends_nothing(house: House):
    """The network answers after 40 s. Meanwhile its worker is stopped until its lease is over, and wakes."""
    if house.engine == "postgresql":
        return  # the same loop as on SQLite; the wait is long
    (slow, quick), channels = house.channels(3)
    slow.answers_late(40)
    house.installation.promise({channels[0]: ["slow"]})
    until(lambda: slow.texts, seconds=60, what="it is on the wire")
    house.installation.promise({channels[2]: batch("quick", 6)})
    until(lambda: house.installation.all_published(channels[2]), seconds=60, what="the others are not delayed")
    assert house.installation.states(channels[0]) == ["publishing"], "the slow one was to be on its way still"

    sleeper = house.holder(channels[0])
    sleeper.sleep()
    if house.engine == "workers":
        until(lambda: house.installation.all_published(channels[0]), seconds=60, what="the other worker took over")
    else:
        until(lambda: _lease_is_over(house, channels[0]), seconds=60, what="its lease is over")
    woken_at = datetime.now(UTC)
    sleeper.wake()
    until(lambda: house.installation.ticks(since=woken_at), seconds=60, what="it ticks again")
    until(lambda: house.installation.all_published(channels[0]), seconds=60, what="it was found")
    assert slow.texts == ["slow"]
    assert Counter(quick.texts) == Counter(batch("quick", 6))
    purposes = [purpose for purpose, _word in _words(house, channels[0])]
    assert purposes.count("send") == 1, purposes


def test_cancelling_at_the_due_second_leaves_one_winner_whom_the_record_names(house: House):
    (town,), (channel,) = house.channels(1, takes=0.25)
    texts = batch("maybe", 8)
    house.installation.promise({channel: texts})
    key = house.installation.key(channel)
    ids = [
        str(id)
        for (id,) in house.installation.rows(
            "SELECT id FROM deliveries_delivery WHERE channel_id = ? ORDER BY due_at, id", key
        )
    ]
    until(lambda: town.texts, seconds=60, what="the first is out")
    refused, cancelled = [], []
    for id in (ids[0], ids[-1], ids[-2], ids[3]):
        done = house.installation.terminal("deliveries", "cancel", _dashed(id), "--because", "at the last second")
        (cancelled if done.returncode == 0 else refused).append(id)
        assert done.returncode == 0 or "oo late" in done.stderr, done.stderr
    until(
        lambda: set(house.installation.states(channel)) <= {"published", "cancelled"},
        seconds=60, what="each is one or the other",
    )  # fmt: skip
    assert ids[0] in refused, "what is out cannot be cancelled"
    rows = house.installation.rows("SELECT id, state FROM deliveries_delivery WHERE channel_id = ?", key)
    assert {str(id) for id, state in rows if state == "cancelled"} == set(cancelled)
    assert len(town.texts) == len(set(town.texts)) == len(texts) - len(cancelled)
    for id in ids:
        verbs = house.installation.rows("SELECT verb FROM records_event WHERE subject = ? ORDER BY id", _dashed(id))
        won = "delivery.cancelled" if id in cancelled else "delivery.published"
        assert [verb for (verb,) in verbs] == ["delivery.scheduled", won]


def _dashed(id: str) -> str:
    return id if "-" in id else f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}"


def _words(house: House, channel: str) -> list[tuple[str, str]]:
    """What was tried and what came of it, in order."""
    return house.installation.rows(
        "SELECT a.purpose, a.word FROM deliveries_attempt a JOIN deliveries_delivery d ON d.id = a.delivery_id"
        " WHERE d.channel_id = ? ORDER BY a.id",
        house.installation.key(channel),
    )


def _lease_is_over(house: House, channel: str) -> bool:
    ((until,),) = house.installation.rows(
        "SELECT lease_until FROM deliveries_delivery WHERE channel_id = ?", house.installation.key(channel)
    )
    if isinstance(until, str):
        until = datetime.fromisoformat(until).replace(tzinfo=UTC)
    return until is None or datetime.now(UTC) > until
