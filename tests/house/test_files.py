"""Files: short, free of hosts and of this machine, with a licence and a history."""

import re

import clarion

from . import ROOT, SOURCE, project_files, shown, words

LONGEST = 400
LONGER = {
    "src/clarion/networks/base.py": "the contract between networks and core is read as one page",
    "src/clarion/testing/conformance.py": "the suite that every network is judged by is read from top to bottom",
    "tests/networks/test_http.py": "one table of everything that can go wrong on the wire",
    "tests/networks/test_mastodon.py": "one network's own sentences, beside the suite",
}
"""Files over the limit, each with its reason."""

VENDORED = SOURCE / "web" / "static" / "vendor"


def length(path):
    return len(words(path).splitlines())


def test_files_are_short_enough_to_be_read_at_once():
    found = [
        f"{shown(path)}: {length(path)} lines"
        for path in project_files()
        if path.suffix in {".py", ".html", ".css", ".js"}
        and not path.is_relative_to(VENDORED)
        and "migrations" not in path.parts
        and length(path) > LONGEST
        and shown(path) not in LONGER
    ]
    assert not found, f"over {LONGEST} lines; a noun is hidden in there:\n" + "\n".join(found)


def test_an_exception_that_is_no_longer_needed_is_removed():
    assert [name for name in LONGER if length(ROOT / name) <= LONGEST] == []


def test_no_room_is_kept_for_odds_and_ends():
    odd = {"services.py", "utils.py", "helpers.py", "managers.py"}
    assert [shown(path) for path in project_files() if path.name in odd] == []


def test_nothing_names_a_home_folder():
    home = re.compile(r"/(?:root|home/[a-z0-9_-]+|Users/[A-Za-z0-9_-]+)/")
    text = {".py", ".md", ".toml", ".sh", ".js", ".mjs", ".cjs", ".json", ".html", ".css", ".lock", ""}
    found = [shown(path) for path in project_files() if path.suffix in text and home.search(words(path))]
    assert found == []


def test_the_change_log_tells_of_this_version():
    changes = words(ROOT / "CHANGELOG.md")
    assert re.search(rf"(?m)^## \[?{re.escape(clarion.__version__)}\]?", changes)


def test_the_licence_is_the_whole_apache_licence():
    licence = words(ROOT / "LICENSE")
    assert "Apache License" in licence
    assert "Version 2.0, January 2004" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
