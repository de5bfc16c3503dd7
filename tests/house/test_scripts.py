"""The scripts in bin/: each says how it is used, and refuses what it does not know."""

import os
import re
import subprocess

import pytest

from ..groups import group_of
from . import ROOT, shown, words

SCRIPTS = sorted(path for path in [*(ROOT / "bin").iterdir(), ROOT / ".ci" / "run"] if path.is_file())
FROM_THE_ISSUE = {"setup", "run", "test", "check", "bench"}


def called(path, *arguments):
    return subprocess.run([path, *arguments], capture_output=True, text=True, cwd=ROOT.parent, timeout=60)


def test_the_promised_scripts_are_there():
    assert {path.name for path in SCRIPTS} >= FROM_THE_ISSUE


@pytest.mark.parametrize("path", SCRIPTS, ids=shown)
def test_a_script_says_how_it_is_used(path):
    assert os.access(path, os.X_OK), "not executable"
    assert words(path).startswith("#!/usr/bin/env ")
    answer = called(path, "--help")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.lower().lstrip().startswith("usage: ")


@pytest.mark.parametrize("path", [p for p in SCRIPTS if "bash" in words(p).split("\n")[0]], ids=shown)
def test_a_script_is_sound_shell(path):
    judged = subprocess.run(["bash", "-n", path], capture_output=True, text=True)
    assert judged.returncode == 0, judged.stderr


def test_every_mark_that_the_groups_of_bin_test_choose_by_is_where_they_look_for_it():
    mark = re.compile(r"mark\.(server|postgres|package|browser)\b")
    elsewhere = [
        shown(path)
        for folder in (ROOT / "tests", ROOT / "src" / "clarion" / "testing")
        for path in folder.rglob("*.py")
        if not path.name.startswith("test_") and mark.search(words(path))
    ]
    assert sorted(elsewhere) == ["tests/engines/conftest.py", "tests/journeys/conftest.py"]
    assert not [
        shown(path) for path in (ROOT / "tests").rglob("test_*.py") if re.search(r"mark\.browser\b", words(path))
    ]


def test_a_file_that_names_a_group_is_run_by_one_process():
    tests = ROOT / "tests"
    found = {
        path: group_of(path) for path in tests.rglob("test_*.py") if re.search(r"mark\.xdist_group\(", words(path))
    }
    assert set(found) >= {tests / "house" / "test_package.py", tests / "networks" / "test_synapse.py"}
    assert all(found.values())
    assert group_of(tests / "networks" / "test_text.py") == ""


@pytest.mark.parametrize("name", ["setup", "check", "lock"])
def test_an_unknown_flag_is_refused_with_the_usage(name):
    answer = called(ROOT / "bin" / name, "--sideways")
    assert answer.returncode == 2
    assert "--sideways" in answer.stderr
    assert f"usage: bin/{name}" in answer.stderr


class TestSetup:
    """bin/setup on machines where Python is hard to find. It is run in an empty checkout that it cannot finish."""

    @pytest.fixture
    def checkout(self, tmp_path):
        (tmp_path / "bin").mkdir()
        script = tmp_path / "bin" / "setup"
        script.write_text(words(ROOT / "bin" / "setup"))
        script.chmod(0o755)
        (tmp_path / ".python-version").write_text("3.12\n")
        return tmp_path

    @pytest.fixture
    def tools(self, tmp_path):
        """A PATH with the system's tools and no Python at all."""
        folder = tmp_path / "tools"
        folder.mkdir()
        for tool in ("bash", "env", "cat", "grep", "sed", "awk", "dirname", "flock", "id"):
            for place in ("/usr/bin", "/bin"):
                if os.path.exists(f"{place}/{tool}") and not (folder / tool).exists():
                    (folder / tool).symlink_to(f"{place}/{tool}")
        return folder

    def set_up(self, checkout, tools, **environment):
        return subprocess.run(
            [checkout / "bin" / "setup"],
            capture_output=True,
            text=True,
            env={"PATH": str(tools), "HOME": str(checkout / "nobody"), "LANG": "C.UTF-8", **environment},
            timeout=120,
        )

    def test_without_any_python_one_line_says_what_to_install(self, checkout, tools):
        answer = self.set_up(checkout, tools)
        assert answer.returncode == 1
        assert len(answer.stderr.strip().splitlines()) == 1
        assert "Python 3.12 or later was not found" in answer.stderr

    def test_an_old_python_and_a_failing_shim_are_passed_over(self, checkout, tools):
        for name, body in (("python3", "exit 1"), ("python3.12", "echo 'shim: not here' >&2; exit 127")):
            (tools / name).write_text(f"#!/usr/bin/env bash\n{body}\n")
            (tools / name).chmod(0o755)
        answer = self.set_up(checkout, tools)
        assert answer.returncode == 1
        assert "shim: not here" not in answer.stderr
        assert "Python 3.12 or later was not found" in answer.stderr

    def test_a_python_that_only_pyenv_has_is_found(self, checkout, tools):
        home = checkout / "pyenv" / "versions" / "3.13.0" / "bin"
        home.mkdir(parents=True)
        (home / "python3").write_text('#!/usr/bin/env bash\n[ "$1" = -c ] && echo "$0"\nexit 0\n')
        (home / "python3").chmod(0o755)
        answer = self.set_up(checkout, tools, PYENV_ROOT=str(checkout / "pyenv"))
        assert f"making .venv with {home / 'python3'}" in answer.stderr

    def test_a_chosen_python_that_is_too_old_is_named(self, checkout, tools):
        answer = self.set_up(checkout, tools, PYTHON=str(tools / "cat"))
        assert answer.returncode == 1
        assert "PYTHON=" in answer.stderr
