"""Who may import whom, and who may be named where."""

import os
import re
import shutil
import subprocess
import tomllib

import pytest

from . import ROOT, SOURCE, shown, words

LINT_IMPORTS = ROOT / ".venv" / "bin" / "lint-imports"


def judge(folder, *, source):
    """Runs the import contracts of this project over the package below ``source``."""
    return subprocess.run(
        [LINT_IMPORTS, "--config", ROOT / "pyproject.toml", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
    )


@pytest.fixture
def copy(tmp_path):
    """The package, copied, so that something wrong can be planted in it."""
    shutil.copytree(SOURCE, tmp_path / "clarion", ignore=shutil.ignore_patterns("__pycache__", "static", "templates"))
    return tmp_path


def test_rooms_import_downwards_only():
    judged = judge(ROOT, source=ROOT / "src")
    assert judged.returncode == 0, judged.stdout + judged.stderr


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("organisations", "import clarion.web"),
        ("records", "from clarion.deliveries import models"),
        ("networks", "import django.conf"),
        ("networks", "import clarion.work"),
        ("posts", "import clarion.config.environment"),
        ("deliveries", "import clarion.testing"),
        ("testing", "import clarion.channels"),
    ],
)
def test_an_import_in_the_wrong_direction_is_caught(copy, room, line):
    (copy / "clarion" / room / "planted.py").write_text(f'"""Planted."""\n\n{line}\n')
    judged = judge(copy, source=copy)
    assert judged.returncode == 1, judged.stdout + judged.stderr
    assert f"clarion.{room}.planted" in judged.stdout


def test_a_room_without_a_place_is_caught(copy):
    (copy / "clarion" / "conversations").mkdir()
    (copy / "clarion" / "conversations" / "__init__.py").write_text("")
    judged = judge(copy, source=copy)
    assert judged.returncode != 0
    assert "conversations" in judged.stdout + judged.stderr


# --- the core names no network ----------------------------------------------------------------------------------------

OWN_GROUND = "noticeboard"
# The demo plays a city's channels on stand-ins for real networks: names are its content.
DEMO = "demo*.py"
# A noun of our own has the same name: people belong to teams. What it would tell of the network, no search can see.
OURS_TOO = {"teams"}
CORE = ("deliveries", "posts", "notifications", "channels", "records", "organisations", "work", "web", "config")


def networks():
    """The outside networks that this project ships, from its entry points; our own ground is part of the house."""
    project = tomllib.loads(words(ROOT / "pyproject.toml"))["project"]
    return sorted(set(project["entry-points"]["clarion.networks"]) - {OWN_GROUND})


def test_core_names_no_network():
    # A name that is a letter or an everyday word counts where it stands alone between quotes, as code would name it.
    quoted = {name for name in networks() if len(name) < 3 or name in ("manual", "ghost", "threads", "matrix", "slack")}
    plain = "|".join(sorted(set(networks()) - quoted - OURS_TOO))
    names = re.compile(rf"(?i){plain}|[\"']({'|'.join(sorted(quoted))})[\"']")
    found = [
        f"{shown(path)}:{number}: {line.strip()}"
        for room in CORE
        for path in sorted((SOURCE / room).rglob("*.py"))
        if not (room == "web" and path.match(DEMO))
        for number, line in enumerate(words(path).splitlines(), 1)
        if names.search(line)
    ]
    assert not found, "core code never names a network; let the network declare what is special:\n" + "\n".join(found)


def test_there_are_networks_that_core_could_name():
    assert {"mastodon", "bluesky", "pixelfed"} <= set(networks())
