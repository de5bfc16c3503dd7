"""Signing in with an application of ours, and a token that ends while people sleep."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate

import pytest

from clarion.networks.base import Account, NoVault
from clarion.networks.http import Http
from clarion.networks.words import NotNow, Refused, SignInAgain
from clarion.testing.servers.base import Fault
from tests.example.pinboard import Pinboard
from tests.example.server import APP, PinboardServer

BACK = "https://clarion.example/connect/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Shared(NoVault):
    """One credential that several workers share, with a lock as the database gives it."""

    def __init__(self, secrets: dict) -> None:
        super().__init__(secrets)
        self._lock = threading.Lock()
        self.ends = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        with self._lock:
            yield

    def write(self, secrets, *, expires_at=None) -> None:
        super().write(secrets)
        self.ends = expires_at


@pytest.fixture
def server() -> Iterator[PinboardServer]:
    with PinboardServer() as server:
        yield server


@pytest.fixture
def vault(server: PinboardServer) -> Shared:
    told = server.sign_in()
    return Shared({name: told[name] for name in ("access_token", "refresh_token")})


@pytest.fixture
def speak(server: PinboardServer, vault: Shared):
    def make(**app: str) -> Pinboard:
        http = Http(private_hosts=("127.0.0.1",), seconds=0.6)
        return Pinboard(
            Account(remote_id="b1"), http=http, vault=vault, app={**APP, "base_url": server.url, **app}
        )  # fmt: skip

    return make


def renewing(method: str, path: str) -> bool:
    return path == "/oauth/token"


def ending(vault: Shared, *, seconds: float) -> None:
    vault.write({**vault.read(), "expires_at": time.time() + seconds})


def there_and_back(server: PinboardServer, *, verifier: str = VERIFIER, redirect_uri: str = BACK, **app: str):
    keys = {**APP, "base_url": server.url, **app}
    address = Pinboard.authorise_url("", keys, redirect_uri=BACK, state="s1", challenge=CHALLENGE)
    assert address.startswith(f"{server.url}/oauth/authorise?") and "scope=notes.write+notes.read" in address
    code = server.person_says_yes(address)["code"]
    http = Http(private_hosts=("127.0.0.1",), seconds=0.6)
    return Pinboard.exchange("", keys, code=code, redirect_uri=redirect_uri, verifier=verifier, http=http)


def test_a_sign_in_gives_every_board_to_choose_from_and_names_what_was_not_allowed(server):
    found = there_and_back(server)
    assert [(one.account.remote_id, one.account.handle) for one in found] == [
        ("b1", "Town hall"), ("b2", "Swimming pool"),
    ]  # fmt: skip
    assert {one.missing_scopes for one in found} == {("notes.write",)}
    assert found[0].secrets["refresh_token"] and found[0].secrets["expires_at"] > time.time() + 3500
    assert found[0].expires_at is None, "it renews itself: nobody has to do anything"


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_token_ends_by_our_own_clock(server, vault, speak, minutes):
    told = json.dumps(server.sign_in()).encode()
    theirs = formatdate(time.time() + minutes * 60, usegmt=True)
    server.faults.arm(Fault("answer", renewing, status=200, body=told, headers={"date": theirs}))
    ending(vault, seconds=60)
    assert speak().whoami().handle == "Town hall"
    assert abs(vault.read()["expires_at"] - time.time() - 3600) < 30


@pytest.mark.parametrize("life", [b"-1", b"1" + b"0" * 40, b'"soon"', b"[]", b"null", b"true"])
def test_a_life_that_cannot_be_true_is_not_believed(server, vault, speak, life):
    told = json.dumps(server.sign_in()).encode().replace(b'"expires_in": 3600', b'"expires_in": ' + life)
    server.faults.arm(Fault("answer", renewing, status=200, body=told))
    ending(vault, seconds=60)
    assert speak().whoami().handle == "Town hall"
    before = vault.read()
    assert before["expires_at"] is None and speak().whoami() and vault.read() == before, "it is not renewed for ever"


@pytest.mark.parametrize("wrong", [{"verifier": "w" * 64}, {"redirect_uri": "https://elsewhere.example/"}])
def test_a_code_that_somebody_else_brings_is_worth_nothing(server, wrong):
    with pytest.raises(Refused) as caught:
        there_and_back(server, **wrong)
    assert caught.value.code == "invalid_grant"


def test_wrong_keys_of_the_application_are_named(server):
    with pytest.raises(Refused) as caught:
        there_and_back(server, client_secret="wrong-secret")
    assert caught.value.code == "invalid_client" and "client id and secret" in caught.value.sentence


def test_a_token_is_renewed_before_it_ends(server, vault, speak):
    ending(vault, seconds=60)
    before = vault.read()
    assert speak().whoami().handle == "Town hall"
    after = vault.read()
    assert server.renewals == 1
    assert after["access_token"] != before["access_token"] and after["refresh_token"] != before["refresh_token"]
    assert speak().whoami() and server.renewals == 1, "the new one is good for an hour"


def test_a_token_that_ended_too_early_is_renewed_and_the_call_made_again(server, vault, speak):
    server.end_tokens()
    assert speak().whoami().handle == "Town hall"
    assert server.renewals == 1


def test_many_workers_renew_once(server, vault, speak):
    """A refresh token works once: two renewals would sign the channel out."""
    ending(vault, seconds=1)
    workers = [speak() for _ in range(8)]
    said: list[str] = []
    threads = [threading.Thread(target=lambda us=us: said.append(us.whoami().handle)) for us in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert said == ["Town hall"] * 8
    assert server.renewals == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("answer", renewing, status=500, body=b"<h1>Oops</h1>"),
        Fault("answer", renewing, status=503),
        Fault("answer", renewing, status=429, headers={"retry-after": "60"}),
        Fault("answer", renewing, status=200, body=b"<html>"),
        Fault("answer", renewing, status=400, body=b'{"error": "temporarily_unavailable"}'),
        Fault("lose_answer", renewing),
        Fault("late", renewing, seconds=2),
    ],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
def test_trouble_while_renewing_never_asks_for_a_sign_in(server, vault, speak, fault):
    ending(vault, seconds=1)
    server.faults.arm(fault)
    with pytest.raises(NotNow):
        speak().whoami()
    assert vault.read()["refresh_token"], "nothing was lost"


def test_a_sign_in_that_was_taken_back_asks_for_a_new_one(server, vault, speak):
    server.end_tokens(also_renewal=True)
    with pytest.raises(SignInAgain) as caught:
        speak().whoami()
    assert "used or ended" in caught.value.sentence


def test_without_a_refresh_token_the_end_is_the_persons(server, vault, speak):
    vault.write({"access_token": "long gone"})
    with pytest.raises(SignInAgain):
        speak().whoami()
    assert server.renewals == 0


def test_no_secret_is_in_the_evidence(server, vault, speak):
    ending(vault, seconds=1)
    before, us = vault.read(), speak()
    us.whoami()
    seen = repr(us.http.exchanges)
    for secret in (*before.values(), *vault.read().values(), APP["client_secret"]):
        assert str(secret) not in seen
