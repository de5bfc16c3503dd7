"""From before there were offices: owners of every workspace lead the organisation, and nobody gains a right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clarion.organisations.policy import RIGHTS

from .cluster import new_database
from .old_offices import HOUSES


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    environment = {**os.environ, "CLARION_DATA": str(tmp_path / "data"), "DATABASE_URL": ""}
    if request.param == "postgresql":
        environment["DATABASE_URL"] = new_database(request.getfixturevalue("postgresql"), "offices")
    command = [sys.executable, "-m", "tests.engines.old_offices"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, env=environment, cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["now"] == told["given"], "what came later changed nobody's role"
    return dict(told["given"])


def test_an_organisation_is_led_by_who_owned_all_of_it_and_nobody_gains_a_right(upgraded):
    officers = {tuple(row) for row in upgraded["officers"]}
    assert officers == {
        ("Agency", "anna", "owner"),  # of both of its workspaces
        ("City", "greta", "owner"), ("City", "hans", "owner"),
        ("Two firms", "emil", "owner"),  # nobody owned both: those of the oldest, for somebody has to
        ("Nobody's", "kaya", "owner"),  # the oldest had no owner
    }  # fmt: skip
    after = {(house, place, name): (role, own) for house, place, name, role, own in upgraded["members"]}
    led = {(house, name) for house, name, _role in officers}
    for house, places in HOUSES.items():
        for place, members in places.items():
            for name, before in members.items():
                role, own = after.pop((house, place, name))
                if (house, name) in led:
                    assert (role, own) == ("owner", False)
                else:
                    assert own and role == ("manager" if before == "owner" else before)
                    assert RIGHTS[role] <= RIGHTS[before]
    # An officer has a place in every workspace: only these two, who lead because somebody has to, came to one more.
    assert after == {
        ("Two firms", "Second", "emil"): ("owner", False), ("Nobody's", "Desk", "kaya"): ("owner", False),
    }  # fmt: skip
