"""Signing in to Bluesky: few log-ins, sessions that are kept, shared and renewed once."""

import json
import threading
from datetime import UTC, datetime

import pytest

from clarion.networks.base import Draft, NoVault, Part
from clarion.networks.bluesky import Bluesky
from clarion.networks.http import Http
from clarion.networks.words import NotNow, Refused, SignInAgain
from clarion.testing.bluesky import BlueskyContract
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.bluesky_appview import Kept
from clarion.testing.stages import LOOPBACK

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def stage(tmp_path):
    with BlueskyContract(tmp_path) as stage:
        yield stage
        assert stage.server.unlawful == [], "something was said against the official lexicons"


@pytest.fixture
def network(stage):
    return stage.network()


def publish(network, *texts, **options):
    rehearsal = Rehearsal(network, Draft(tuple(Part(text) for text in texts), options))
    rehearsal.rest()
    return rehearsal


def renewing(path):
    return path.endswith(("refreshSession", "createSession"))


def test_a_handle_pasted_with_an_at_sign_and_invisible_marks_signs_in(stage):
    fields = {
        "server": stage.url,
        "identifier": " \u202a@cityhall.test\u202c ",
        "app_password": stage.app_password + "\n",
    }
    connected = Bluesky.connect(fields, http=Http(private_hosts=LOOPBACK))
    assert (connected.account.handle, connected.account.remote_id) == ("cityhall.test", stage.server.cityhall.did)
    assert set(connected.secrets) == {"identifier", "app_password", "access", "refresh"}
    assert connected.account.settings == {"did": stage.server.cityhall.did, "pds": stage.url}


def test_the_display_name_comes_from_the_accounts_own_record(stage, network):
    profile = Kept("b" * 59, {"displayName": "City Hall"}, "2026-11-23T09:00:00.000Z")
    stage.server.cityhall.records[("app.bsky.actor.profile", "self")] = profile
    assert network.whoami().name == "City Hall"


def test_a_wrong_app_password_asks_for_a_new_one(stage):
    fields = {"server": stage.url, "identifier": "cityhall.test", "app_password": "wrong"}
    with pytest.raises(SignInAgain) as failure:
        Bluesky.connect(fields, http=Http(private_hosts=LOOPBACK))
    assert "app password" in failure.value.sentence


def test_nothing_typed_is_refused_before_anybody_is_asked(stage):
    http = Http(private_hosts=LOOPBACK)
    with pytest.raises(Refused):
        Bluesky.connect({"server": stage.url, "identifier": "", "app_password": ""}, http=http)
    assert http.exchanges == []


def test_the_main_password_with_a_second_factor_is_explained(stage):
    body = json.dumps({"error": "AuthFactorTokenRequired", "message": "A sign in code has been sent"}).encode()
    stage.faults.arm(Fault("answer", lambda m, p: p.endswith("createSession"), status=401, body=body))
    with pytest.raises(SignInAgain) as failure:
        stage.network()
    assert "app password" in failure.value.sentence
    assert failure.value.code == "AuthFactorTokenRequired"


def test_a_server_that_is_something_else_says_so_in_a_sentence(stage):
    stage.faults.arm(Fault("answer", status=200, body=b"<h1>It works!</h1>", headers={"content-type": "text/html"}))
    with pytest.raises(NotNow) as failure:
        stage.network()
    assert "AT Protocol" in failure.value.sentence


def test_the_session_is_kept_so_that_many_posts_need_one_log_in(stage, network):
    for number in range(5):
        publish(stage.network(), f"Notice {number}")
    assert (stage.server.log_ins, stage.server.refreshes) == (1, 0)


def test_an_ended_session_is_renewed_in_the_middle_and_the_post_appears_once(stage, network):
    stage.server.end_access()
    publish(network, "The library opens at nine.")
    assert [post.text for post in stage.posts()] == ["The library opens at nine."]
    assert (stage.server.log_ins, stage.server.refreshes) == (1, 1)


class LockedVault(NoVault):
    """A vault whose lock is real, as among workers."""

    def __init__(self, secrets):
        super().__init__(secrets)
        self._lock = threading.Lock()

    def locked(self):
        return self._lock


def test_many_workers_renew_a_session_once(stage, network):
    vault = LockedVault(stage.vault.read())
    stage.server.end_access()
    handles, failures = [], []

    def work():
        try:
            handles.append(Bluesky(stage.account, http=stage.http(), vault=vault).whoami().handle)
        except Exception as failure:
            failures.append(failure)

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert len(handles) == 8
    assert (stage.server.log_ins, stage.server.refreshes) == (1, 1)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_in_trouble_while_renewing_means_later_and_never_sign_in_again(stage, network, status):
    stage.server.end_access()
    stage.faults.arm(Fault("answer", lambda m, p: renewing(p), status=status, body=b"<h1>oops</h1>"))
    before = stage.vault.read()
    with pytest.raises(NotNow):
        publish(network, "The library opens at nine.")
    assert stage.vault.read() == before
    assert stage.posts() == []


def test_a_renewal_whose_answer_is_lost_is_later_and_the_app_password_helps_next_time(stage, network):
    stage.server.end_access()
    stage.faults.arm(Fault("lose_answer", lambda m, p: renewing(p)))
    rehearsal = Rehearsal(network, stage.draft("The library opens at nine."))
    with pytest.raises(NotNow):
        rehearsal.rest()
    rehearsal.rest()
    assert len(stage.posts()) == 1
    assert stage.server.log_ins == 2


def test_throttled_log_ins_say_when(stage, network):
    stage.vault.write({**stage.vault.read(), "access": "", "refresh": ""})
    body = json.dumps({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}).encode()
    stage.faults.arm(Fault("answer", lambda m, p: renewing(p), status=429, body=body, headers={"retry-after": "289"}))
    with pytest.raises(NotNow) as failure:
        network.whoami()
    assert failure.value.retry_at is not None
