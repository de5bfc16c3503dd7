"""The benches: each is there, says what it measures, and has its place in the document. No time is asserted here."""

import ast
import json
import re
import subprocess
import sys

import pytest
from bench.__main__ import ALL, NAMES, purpose
from bench.report import Figure, Report, percentile, write_into

from . import ROOT, words

PAGE = ROOT / "docs" / "performance.md"
FROM_THE_ISSUE = {"burst", "lateness", "kill", "slow", "million", "memory", "command", "calendar"}


def bench(*arguments):
    return subprocess.run([ROOT / "bin" / "bench", *arguments], capture_output=True, text=True, timeout=120)


def test_every_promised_figure_has_its_bench():
    assert set(NAMES) >= FROM_THE_ISSUE


def test_without_a_name_all_benches_are_listed_with_what_they_measure():
    answer = bench()
    assert answer.returncode == 0, answer.stderr
    for name in NAMES:
        assert re.search(rf"(?m)^  {name} +{re.escape(purpose(name))}$", answer.stdout)


@pytest.mark.parametrize("name", NAMES)
def test_a_bench_tells_its_options(name):
    answer = bench(name, "--help")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(f"usage: bin/bench {name} ")
    assert "--json" in answer.stdout


def test_an_unknown_bench_is_refused_with_those_that_there_are():
    answer = bench("haste")
    assert answer.returncode == 2
    assert "haste" in answer.stderr
    assert "burst" in answer.stderr


def test_the_document_names_only_benches_that_exist_and_leaves_none_out():
    text = words(PAGE)
    named = set(re.findall(r"bin/bench ([a-z]+)", text)) - {"all"}
    assert named == set(NAMES)


def test_every_report_has_exactly_one_place_in_the_document():
    places = re.findall(r"<!-- bench (\S+) -->", words(PAGE))
    assert len(places) == len(set(places))
    assert len(re.findall("<!-- end -->", words(PAGE))) == len(places)
    engines = {
        "kill-sqlite", "kill-postgresql", "kill-postgresql-workers", "million-sqlite", "million-postgresql",
        "search-sqlite", "search-postgresql", "importing-sqlite", "importing-postgresql",
    }  # fmt: skip
    assert set(places) == (set(NAMES) - {"kill", "million", "search", "importing"}) | engines


def test_running_all_of_them_leaves_none_out():
    assert {line[0] for line in ALL} == set(NAMES)


def test_figures_are_written_into_their_own_place_only(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- bench a -->\nold\n<!-- end -->\nbetween\n<!-- bench b -->\nold\n<!-- end -->\n")
    report = Report("b", "b", {"posts": 2}, [Figure("late", 1.25, "s", 1), Figure("lost", 0, "", 0)], conditions={})
    write_into(page, report, key="b")
    first, second = page.read_text().split("between")
    assert first == "<!-- bench a -->\nold\n<!-- end -->\n"
    assert "| late | 1.25 s | ≤ 1 (missed) |" in second
    assert "| lost | 0 | ≤ 0 |" in second
    assert "old" not in second
    with pytest.raises(LookupError, match="no place for the figures of c"):
        write_into(page, report, key="c")


def test_a_figure_that_was_not_seen_is_never_called_kept():
    assert Figure("late", None, "s", 1).is_kept is False
    assert Figure("late", None, "s").is_kept is None
    assert Figure("late", 1.0, "s", 1).is_kept is True


def test_a_report_is_one_json_object():
    told = json.loads(
        json.dumps(Report("b", "b", {}, [Figure("late", 0.5, "s", 1)], conditions={"cores": 2}).as_json())
    )
    assert told["figures"] == [{"name": "late", "value": 0.5, "unit": "s", "must": 1, "kept": True}]
    assert told["conditions"] == {"cores": 2}


def test_a_percentile_is_a_value_that_was_seen():
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(range(100), 0.95) == 95
    assert percentile([], 0.5) is None


def test_no_test_runs_a_bench_by_accident():
    """The tests assert no timings: only this module knows the benches."""
    found = []
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(words(path))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [path.name for name in names if name.split(".")[0] == "bench"]
    assert set(found) == {"test_bench.py"}
    assert sys.modules.get("bench.house") is None
