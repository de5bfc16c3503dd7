"""The suite is worth what it catches: a network with a planted fault must fail it, the honest one must pass."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.package

HONEST = "class Sabotaged(Mastodon):\n    pass\n"
RANDOM_KEY = """
class Sabotaged(Mastodon):
    def publish(self, step, *, key):
        return super().publish(step, key=uuid4().hex)
"""
LOST_IS_RETRYABLE = """
class Sabotaged(Mastodon):
    def publish(self, step, *, key):
        try:
            return super().publish(step, key=key)
        except Unknown as lost:
            raise NotNow(lost.sentence) from None
"""
WRONG_LIMIT = """
class Sabotaged(Mastodon):
    rules = replace(Mastodon.rules, text=Text(600, unit="mastodon"), asked_of_server=False)
    limits = None
"""
BLIND_FIND = """
class Sabotaged(Mastodon):
    def find(self, step, *, key):
        return Absent(complete=True)
"""
TRUSTING = """
class Sabotaged(Mastodon):
    def _published(self, made):
        return Published(str(made["id"]), "")
"""
UNMOVED = """
class Sabotaged(Mastodon):
    def understand(self, answer, *, writing):
        failure = super().understand(answer, writing=writing)
        return Refused(failure.sentence, code="403") if isinstance(failure, SignInAgain) else failure
"""
STUMBLING = """
class Sabotaged(Mastodon):
    def fetch(self, remote_id):
        one = self._get(f"/api/v1/statuses/{remote_id}")
        return Seen(one["id"], one["url"], one["content"])
"""
ALT_FORGOTTEN = """
class Sabotaged(Mastodon):
    def _upload(self, step):
        return super()._upload(replace(step, media=replace(step.media, alt="")))
"""


def played(folder: Path, sabotage: str, only: str = "test") -> tuple[int, str, dict[str, dict[str, dict[str, str]]]]:
    """Runs the suite (or ``only`` the tests of this name) on a network in a pytest of its own: its exit code, what it
    printed, what it proved."""
    (folder / "test_sabotaged.py").write_text(
        textwrap.dedent(
            """
            from dataclasses import replace
            from uuid import uuid4
            import pytest
            from clarion.networks.base import *
            from clarion.networks.mastodon import Mastodon
            from clarion.testing.conformance import Conformance
            from clarion.testing.mastodon import MastodonStage
            """
        )
        + sabotage
        + textwrap.dedent(
            """
            class TestSabotaged(Conformance):
                network = Sabotaged

                @pytest.fixture
                def stage(self, tmp_path):
                    with MastodonStage(tmp_path, judge=False) as stage:
                        yield stage
            """
        )
    )
    (folder / "pytest.ini").write_text("[pytest]\n")
    proofs = folder / "proved.json"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider", "-p", "no:xdist",
         "-p", "no:randomly", "-p", "clarion.testing.proofs", "--write-proofs", str(proofs), "--tb=no", "-rf",
         "-k", only, "."],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
    )  # fmt: skip
    return run.returncode, run.stdout + run.stderr, json.loads(proofs.read_text()) if proofs.exists() else {}


def test_the_honest_network_passes_and_every_ability_is_proved(tmp_path: Path) -> None:
    code, said, proved = played(tmp_path, HONEST)
    assert code == 0, said
    assert {"publish", "find", "check", "edit", "delete", "limits"} <= set(proved["mastodon"])
    assert {proof["stage"] for proof in proved["mastodon"].values()} == {"contract"}


@pytest.mark.parametrize(
    ("sabotage", "caught_by", "unproved"),
    [
        pytest.param(RANDOM_KEY, "test_a_step_said_twice", "publish", id="a random key per call"),
        pytest.param(LOST_IS_RETRYABLE, "test_a_lost_answer_is_unknown", "publish", id="a lost answer is retryable"),
        pytest.param(WRONG_LIMIT, "test_the_limit_passes", "publish", id="a wrong limit"),
        pytest.param(BLIND_FIND, "test_a_published_post_can_be_found", "find", id="a look that sees nothing"),
        pytest.param(TRUSTING, "test_a_yes_of_another_shape", "publish", id="anything is an id"),
        pytest.param(UNMOVED, "test_trouble_while_publishing", "publish", id="a revoked token is just a no"),
        pytest.param(STUMBLING, "test_an_answer_with_one_wrong_field", "fetch", id="a field that is missing"),
        pytest.param(ALT_FORGOTTEN, "test_alt_text_arrives", "publish", id="alt text forgotten"),
    ],
)
def test_a_planted_fault_is_caught(tmp_path: Path, sabotage: str, caught_by: str, unproved: str) -> None:
    code, said, proved = played(tmp_path, sabotage, caught_by)
    assert code == 1, said
    failed = [line for line in said.splitlines() if line.startswith("FAILED")]
    assert any(caught_by in line for line in failed), said
    assert unproved not in proved.get("mastodon", {})
