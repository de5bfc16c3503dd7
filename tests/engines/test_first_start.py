"""An empty database is laid out at once: it is the one that all migrations, one after the other, come to.

On SQLite the database of the oldest version comes to it: see ``test_upgrade.py``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .cluster import new_database
from .described import described
from .installation import Installation


@pytest.mark.postgres
def test_laid_out_at_once_is_what_all_migrations_come_to(tmp_path: Path, postgresql: str):
    def place(name: str) -> Installation:
        (tmp_path / name).mkdir()
        return Installation(tmp_path / name, database_url=new_database(postgresql, name))

    at_once, step_by_step = place("at_once"), place("step_by_step")
    assert at_once.say("migrate").returncode == 0
    told = at_once.environment | step_by_step.environment | {"DJANGO_SETTINGS_MODULE": "clarion.config.settings"}
    subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], env=told, check=True)

    ours, theirs = described(at_once), described(step_by_step)
    assert all(ours.values())
    for what in ours:
        assert ours[what] == theirs[what], what
