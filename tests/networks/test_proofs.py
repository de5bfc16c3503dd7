"""What the suite proved is written down: the stronger proof stays until its own server says otherwise."""

import json
from datetime import date

import pytest

from clarion.testing import proofs

SERVER = {"stage": "server", "on": "2026-11-24"}


@pytest.fixture
def written(tmp_path, monkeypatch):
    """What is written after a run, where the real server had proved counting before it."""

    def write(*, passed=(), failed=()):
        path = tmp_path / "proved.json"
        path.write_text(json.dumps({"pigeon": {"measure": SERVER}}))
        monkeypatch.setattr(proofs, "_passed", {("pigeon", "measure", stage): 1 for stage in passed})
        monkeypatch.setattr(proofs, "_failed", {("pigeon", "measure", stage) for stage in failed})
        proofs.write(path, on=date(2026, 12, 1))
        return json.loads(path.read_text())["pigeon"]

    return write


def test_a_proof_on_the_real_server_stays_when_a_run_cannot_have_that_server(written):
    assert written(passed=["contract"]) == {"measure": SERVER}
    assert written() == {"measure": SERVER}


def test_a_proof_on_the_real_server_is_renewed_by_it_or_taken_back_by_it(written):
    assert written(passed=["contract", "server"]) == {"measure": {"stage": "server", "on": "2026-12-01"}}
    assert written(passed=["contract"], failed=["server"]) == {"measure": {"stage": "contract", "on": "2026-12-01"}}
    assert written(failed=["server"]) == {}
