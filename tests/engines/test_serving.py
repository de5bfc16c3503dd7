"""`clarion serve` and its data folder."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from contextlib import closing

import pytest

from .conftest import House
from .installation import until

pytestmark = pytest.mark.parametrize("house", ["sqlite"], indirect=True)


def test_a_second_serve_on_the_same_folder_is_refused_in_one_sentence(house: House):
    serving = next(process for process in house.installation.processes if process.name == "serve")
    second = house.installation.say("serve", "--port", "0")
    assert second.returncode == 1
    assert second.stderr.splitlines() == [
        f"clarion: Another clarion serve (process {serving.pid}) already owns {house.installation.folder}. "
        "Stop it first, or use another data folder."
    ]
    assert serving.popen.poll() is None, "the first goes on"


def test_a_folder_whose_owner_was_killed_is_free_again(house: House):
    house.installation.processes[0].kill()
    house.open()


def test_a_database_that_somebody_holds_for_a_while_costs_lateness_only(house: House):
    (town,), (channel,) = house.channels(1)
    texts = [f"behind the lock {number}" for number in range(5)]
    house.installation.promise({channel: texts})
    with closing(sqlite3.connect(house.installation.folder / "clarion.sqlite3", timeout=30)) as greedy:
        greedy.execute("BEGIN IMMEDIATE")
        held, before = time.monotonic(), len(town.texts)
        while time.monotonic() - held < 4:
            assert len(town.texts) <= before + 1, "only what had its intent written may still leave"
            time.sleep(0.2)
        greedy.rollback()
    until(lambda: house.installation.all_published(channel), seconds=60, what="all are published")
    assert Counter(town.texts) == Counter(texts)


def test_a_serve_that_is_asked_to_stop_finishes_what_is_on_its_way(house: House):
    (town,), (channel,) = house.channels(1)
    town.holds_answers(seconds=2)
    house.installation.promise({channel: ["on its way", "behind it"]})
    until(lambda: town.texts, seconds=60, what="it is on the wire")
    asked = house.holder(channel)
    asked.ask_to_end()
    town.lets_go()
    assert asked.end() == 0
    assert house.installation.states(channel) == ["published", "scheduled"]
    house.open()
    until(lambda: house.installation.all_published(channel), seconds=60, what="the successor took the one behind it")
    assert town.texts == ["on its way", "behind it"]
