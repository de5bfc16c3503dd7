"""The database of every earlier version opens, is brought up to date, and says what it said.

Each file in `tests/data` is one release's: an organisation whose press office published two posts on Mastodon, has one
waiting, one refused, and one cancelled.
"""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import clarion

from .described import described
from .installation import Installation
from .old_installation import DATA, KEYS, LATER, PUBLISHED, UNSENT, WAITING

pytestmark = pytest.mark.xdist_group("upgrade")  # one upgrade for all of them
FILES = sorted(DATA.glob("*.sql.gz"))


def counted(place: Installation) -> dict[str, int]:
    tables = ("records_event", "deliveries_delivery", "deliveries_step", "deliveries_attempt", "posts_revision")
    return {table: place.rows(f"SELECT count(*) FROM {table}")[0][0] for table in tables}


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.name.removesuffix(".sql.gz"))
def once_upgraded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("old") / "data"
    folder.mkdir(mode=0o700)
    with closing(sqlite3.connect(folder / "clarion.sqlite3")) as database:
        database.executescript(gzip.decompress(request.param.read_bytes()).decode())
    place = at(folder)
    place.before = counted(place)
    done = place.say("migrate")
    assert done.returncode == 0, done.stderr
    return place


@pytest.fixture
def upgraded(once_upgraded: Installation, tmp_path: Path) -> Iterator[Installation]:
    """A copy for each test."""
    place = at(shutil.copytree(once_upgraded.folder, tmp_path / "data"))
    place.before = once_upgraded.before
    yield place
    place.end()


def at(folder: Path) -> Installation:
    place = Installation(folder)
    place.environment["CLARION_ENCRYPTION_KEYS"] = KEYS
    return place


def test_this_version_has_left_its_own_file():
    assert DATA / f"{clarion.__version__}.sql.gz" in FILES, "make it: python -m tests.engines.old_installation"


def test_nothing_is_lost_and_nothing_hangs_in_the_air(upgraded):
    assert counted(upgraded) == upgraded.before
    assert upgraded.rows("PRAGMA integrity_check") == [("ok",)]
    assert upgraded.rows("PRAGMA foreign_key_check") == []


def test_it_has_come_to_what_a_first_start_lays_out(once_upgraded: Installation, tmp_path: Path):
    new = at(tmp_path / "new")
    new.folder.mkdir(mode=0o700)
    assert new.say("migrate").returncode == 0
    ours, theirs = described(new), described(once_upgraded)
    assert all(ours.values())
    for what in ("content types", "permissions"):  # Django keeps those of a model that is no more
        assert set(ours.pop(what)) <= set(theirs.pop(what)), what
    for what in ours:
        assert ours[what] == theirs[what], what


def test_every_delivery_says_what_it_said(upgraded):
    rows = upgraded.ask("deliveries", "--workspace", "Press office")
    assert sorted(row["state"] for row in rows) == ["cancelled", "failed", "published", "published", "scheduled"]
    out = [row for row in rows if row["state"] == "published"]
    assert all(row["url"].startswith("http://127.0.0.1") and row["remote_id"] and row["published_at"] for row in out)
    (refused,) = [row for row in rows if row["state"] == "failed"]
    assert "not today" in refused["reason"]
    (waiting,) = [row for row in rows if row["state"] == "scheduled"]
    assert waiting["due_at"].startswith(LATER.strftime("%Y-%m-%dT%H:%M"))
    (shown,) = upgraded.ask("deliveries", "show", out[0]["id"])
    (step,) = shown["steps"]
    assert step["done_at"]
    assert step["attempts"][0]["evidence"]
    texts = {text for (text,) in upgraded.rows("SELECT text FROM posts_post")}
    assert texts >= {*PUBLISHED, WAITING, UNSENT}


def test_who_was_told_of_a_failure_finds_it_among_the_notifications(upgraded):
    ((kind, about, sentence, settled),) = upgraded.rows(
        "SELECT kind, about, sentence, is_settled FROM notifications_notification"
    )
    assert kind == "delivery.failed" and about.split()[0] in UNSENT and "not today" in sentence and not settled
    assert upgraded.rows("SELECT count(*) FROM notifications_telling WHERE wake_at IS NOT NULL") == [(1,)]


def test_what_was_written_long_ago_is_found(upgraded):
    word = PUBLISHED[0].split()[0].lower()
    found = upgraded.rows(
        "SELECT p.text FROM posts_listing_words w JOIN posts_listing l ON l.id = w.rowid JOIN posts_post p"
        f" ON p.id = l.post_id WHERE w.posts_listing_words MATCH '{word}'"
    )
    assert {text for (text,) in found} == {text for text in PUBLISHED if word in text.lower()}
    drafts = upgraded.rows("SELECT count(*) FROM posts_listing WHERE is_draft")
    assert drafts == [(1,)]  # the one that was taken back


def test_the_record_is_still_append_only(upgraded):
    for statement in ("UPDATE records_event SET verb = 'x'", "DELETE FROM records_event"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            upgraded.rows(statement)


def test_credentials_still_open(upgraded):
    """The server is gone by now; a credential that did not open would be another failure than this."""
    (channel,) = [row for row in upgraded.ask("channels", "list") if row["network"] == "mastodon"]
    (checked,) = upgraded.ask("channels", "check", channel["id"])
    assert checked["failure"] == "not_now"


def test_it_serves(upgraded):
    upgraded.serve()
