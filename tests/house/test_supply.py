"""What others made: a bill of it that auditors' tools read, and the question whether it has known weaknesses."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from supply import audit
from supply.bill import bill, version
from supply.parts import Part, all_parts, locked, needed

from . import ROOT, words
from .test_locks import pins

NOON = datetime(2027, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def parts():
    return all_parts()


@pytest.fixture(scope="module")
def written(parts):
    return bill(parts, version="1.2.3", at=NOON)


def schema(name):
    return json.loads((files("cyclonedx.schema._res") / f"{name}.SNAPSHOT.schema.json").read_text())


def test_the_bill_keeps_to_the_schema_of_cyclonedx(written):
    asked = schema("bom-1.6")
    others = [(one, Resource.from_contents(schema(one))) for one in ("jsf-0.82", "spdx")]
    registry = Registry().with_resources(
        [(f"http://cyclonedx.org/schema/{n}.SNAPSHOT.schema.json", r) for n, r in others]
    )
    judge = Draft7Validator(asked, registry=registry)
    assert [error.message for error in judge.iter_errors(written)] == []
    spoiled = {**written, "components": [{**written["components"][0], "scope": "now and then"}]}
    assert [error.message for error in judge.iter_errors(spoiled)] != []


def test_the_bill_names_every_part_once_with_its_hashes(written):
    named = {(one["name"], one["version"]) for one in written["components"] if one["purl"].startswith("pkg:pypi/")}
    assert named == {(name, str(found)) for name, found in pins("requirements.lock").items()}
    assert len(written["components"]) == len({one["bom-ref"] for one in written["components"]})
    assert [one["name"] for one in written["components"] if not one.get("hashes") and not one.get("components")] == []
    (htmx,) = [one for one in written["components"] if one["name"] == "htmx.org"]
    assert htmx["components"][0]["hashes"][0]["content"] in words(ROOT / "src/clarion/web/static/vendor/vendored.toml")


def test_the_bill_says_who_needs_whom_and_what_may_be_left_out(written):
    scope = {one["name"]: one["scope"] for one in written["components"]}
    assert (scope["django"], scope["sqlparse"], scope["psycopg"], scope["botocore"]) == (
        "required", "required", "optional", "optional",
    )  # fmt: skip
    needs = {one["ref"].partition("@")[0]: one["dependsOn"] for one in written["dependencies"]}
    assert any(ref.startswith("pkg:pypi/django@") for ref in needs["clarion"])
    assert any(ref.startswith("pkg:pypi/sqlparse@") for ref in needs["pkg:pypi/django"])
    known = {"clarion", *(one["bom-ref"] for one in written["components"])}
    assert {ref for on in needs.values() for ref in on} <= known


def test_the_same_checkout_gives_the_same_bill(parts, written):
    assert bill(parts, version="1.2.3", at=NOON) == written
    other = bill(parts[1:], version="1.2.3", at=NOON)
    assert other["serialNumber"] != written["serialNumber"]
    assert version() in words(ROOT / "src" / "clarion" / "__init__.py")


def test_a_lock_file_is_read_whole():
    text = f"""a.b==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:{"1" * 64}
    # via
    #   C
    #   clarion (pyproject.toml)
c==2 \\
    --hash=sha256:{"2" * 64}
    # via clarion (pyproject.toml)
"""
    first, second = locked(text)
    assert first == Part("pypi", "a-b", "1.0", "sys_platform == 'win32'", "", ("1" * 64,), ("c", "clarion"))
    assert second.purl == "pkg:pypi/c@2"
    assert needed([first, second], ["c"]) == {"a-b", "c"}


# --- known weaknesses -------------------------------------------------------------------------------------------------


@pytest.fixture
def database(monkeypatch):
    """An advisory database of our own: knows what a test tells it, and speaks as OSV does."""

    class Database(BaseHTTPRequestHandler):
        known, status, asked = {}, 200, []

        def do_POST(self):
            queries = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
            Database.asked += queries
            weak = [Database.known.get(one["package"]["name"]) for one in queries]
            body = json.dumps({"results": [{"vulns": [{"id": one}]} if one else {} for one in weak]}).encode()
            self.send_response(Database.status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Database)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("CLARION_ADVISORIES", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr("sys.argv", ["bin/audit"])
    yield Database
    server.shutdown()
    server.server_close()


def test_without_a_known_weakness_all_is_well(database, capsys):
    assert audit.main() == 0
    assert "no known weakness" in capsys.readouterr().out
    kinds = {one["package"]["ecosystem"] for one in database.asked}
    assert kinds == {"PyPI", "npm"}
    assert {"name": "django", "ecosystem": "PyPI"} in [one["package"] for one in database.asked]


def test_a_known_weakness_is_a_failure_unless_it_is_accepted(database, capsys, monkeypatch):
    database.known = {"django": "GHSA-1", "htmx.org": "GHSA-2"}
    assert audit.main() == 1
    told = capsys.readouterr().out
    assert "pkg:pypi/django@" in told and "GHSA-1" in told and "GHSA-2" in told
    monkeypatch.setattr(audit, "accepted", lambda: {"GHSA-1": "only on Windows", "GHSA-2": "we do not use it"})
    assert audit.main() == 0
    assert "accepted: only on Windows" in capsys.readouterr().out


def test_a_database_that_does_not_answer_is_said_plainly_and_is_no_failure(database, capsys, monkeypatch):
    database.status = 503
    assert audit.main() == 0
    assert "could not be asked" in capsys.readouterr().out
    monkeypatch.setenv("CLARION_ADVISORIES", "http://127.0.0.1:1")
    assert audit.main() == 0
    assert "NOT known" in capsys.readouterr().out
