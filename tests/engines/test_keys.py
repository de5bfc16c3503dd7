"""A rotation of keys that was killed in the middle goes on where it stopped, on both databases."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

SEALS = """
from clarion.web.set_up import set_up
set_up()
from clarion.channels import sealing
from clarion.channels.models import App
for n in range(7):
    App.objects.create(network="x", server=f"s{n}", redirect_uri="", sealed=sealing.seal({"client_secret": f"{n}"}))
"""
IS_KILLED = """
import os, signal
from clarion.web.set_up import set_up
set_up()
from clarion.channels import sealing
from clarion.web.commands import keys
sealing.BATCH = 2
keys._made()
for done in sealing.seal_anew():
    if done >= 4:
        os.kill(os.getpid(), signal.SIGKILL)
"""
OPENS = """
from clarion.web.set_up import set_up
set_up()
from clarion.channels.models import App
print(sorted(app.keys["client_secret"] for app in App.objects.all()))
"""


@pytest.mark.parametrize(
    "place", ["_embedded_on_sqlite", pytest.param("_on_postgresql", marks=pytest.mark.postgres)]
)  # fmt: skip
def test_a_rotation_that_was_killed_goes_on(place, request):
    house = request.getfixturevalue(place)

    environment = {**house.environment, "DJANGO_SETTINGS_MODULE": "clarion.config.settings"}

    def say(program: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)

    def seals() -> dict[str, int]:
        return {one["key"]: one["seals"] for one in house.ask("keys", "list") if "seals" in one}

    assert say(SEALS).returncode == 0
    before = seals()
    assert say(IS_KILLED).returncode == -signal.SIGKILL
    (newest, older, *_rest) = seals().values()
    assert newest == 4 and older == sum(before.values()) - 4
    assert say(OPENS).stdout.strip() == str([str(n) for n in range(7)])
    (done,) = house.ask("keys", "rotate")
    assert (done["made"], done["rotated"]) == ("", older)
    house.ask("keys", "forget", done["older"][0])
    assert seals() == {done["newest"]: sum(before.values())}
    assert say(OPENS).stdout.strip() == str([str(n) for n in range(7)])
