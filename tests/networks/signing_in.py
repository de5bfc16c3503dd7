"""Signing in, the same for every network with an application of ours: give ``network`` and a fixture ``stage``.

The stage has ``consent`` (clarion.testing.servers.consent), ``app`` (our keys, with the server's address), ``faults``
and ``token_path``.
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from clarion.networks.base import Connected, NoVault
from clarion.networks.oauth import OAuthApi
from clarion.networks.words import Failure, NotNow, Refused, SignInAgain
from clarion.testing.conformance_shapes import nth
from clarion.testing.servers.base import Fault, Said
from clarion.testing.spoiling import OTHER_SHAPES, SAYS_NOTHING, TWISTS, twisted

BACK = "https://clarion.example/connect/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()

TROUBLE: tuple[dict[str, Any], ...] = (
    {"kind": "answer", "status": 500, "body": b"<h1>Oops</h1>"},
    {"kind": "answer", "status": 503},
    {"kind": "answer", "status": 429, "headers": {"retry-after": "60"}},
    {"kind": "answer", "status": 200, "body": b"<html>"},
    {"kind": "lose_answer"},
    {"kind": "late", "seconds": 2},
)


def _answers(said: Said) -> Callable[[int], Fault]:
    return lambda call: Fault("answer", nth(call), said.status, said.body, said.headers, lasting=call == 0)


def _twists(change: Callable[[Any], Any]) -> Callable[[int], Fault]:
    return lambda call: Fault("twisted", nth(call), twist=twisted(change), lasting=call == 0)


SPOILT = {
    **{name: _answers(said) for name, said in {**SAYS_NOTHING, **OTHER_SHAPES}.items()},
    **{name: _twists(change) for name, change in TWISTS.items()},
}
"""How the answer to one call (0: to every one) is made wrong."""


class Shared(NoVault):
    """One credential that several workers share, with a lock as the database gives it."""

    def __init__(self, secrets: dict[str, Any]) -> None:
        super().__init__(secrets)
        self._lock = threading.Lock()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with self._lock:
            yield


class SignsIn:
    network: ClassVar[type[OAuthApi]]
    scope_separator: ClassVar[str] = " "
    renews: ClassVar[bool] = True
    """False for a network whose tokens cannot be renewed: then a person signs in again at the end."""

    def there_and_back(
        self, stage: Any, *, verifier: str = VERIFIER, redirect_uri: str = BACK, **app: str
    ) -> tuple[Connected, ...]:
        address = self.network.authorise_url("", stage.app, redirect_uri=BACK, state="st4te", challenge=CHALLENGE)
        back = stage.consent.person_says_yes(address)
        assert back["state"] == "st4te"
        return self.network.exchange(
            "", {**stage.app, **app}, code=back["code"], redirect_uri=redirect_uri, verifier=verifier,
            http=stage.http(),
        )  # fmt: skip

    @pytest.fixture
    def vault(self, stage: Any) -> Shared:
        told = stage.consent.issue()
        return Shared({name: told[name] for name in ("access_token", "refresh_token") if name in told})

    @pytest.fixture
    def speak(self, stage: Any, vault: Shared) -> Callable[[], OAuthApi]:
        account = stage.network(self.network).account
        return lambda: self.network(account, http=stage.http(seconds=0.4), vault=vault, app=stage.app)

    @pytest.fixture
    def ending(self, stage: Any, vault: Shared, speak: Callable[[], OAuthApi]) -> dict[str, Any]:
        if not self.renews:
            pytest.skip(f"{self.network.label} has no renewal")
        vault.write({**vault.read(), "expires_at": time.time() + 1})
        return vault.read()

    def test_a_press_officer_signs_in_in_the_browser(self, stage: Any) -> None:
        connected = self.there_and_back(stage)
        assert connected and all(one.account.remote_id and one.account.handle for one in connected)
        assert all(one.secrets["access_token"] for one in connected)
        assert all(one.missing_scopes == () for one in connected)

    def test_only_the_declared_scopes_are_asked_for(self, stage: Any) -> None:
        address = self.network.authorise_url("", stage.app, redirect_uri=BACK, state="s", challenge=CHALLENGE)
        asked = parse_qs(urlsplit(address).query)
        assert tuple(asked["scope"][0].split(self.scope_separator)) == self.network.scopes()
        assert asked["redirect_uri"] == [BACK]
        real = self.network.authorise_url(
            "", {"client_id": "x"}, redirect_uri=BACK, state="s", challenge=CHALLENGE
        )  # fmt: skip
        assert real.startswith(self.network.authorise_at + "?")

    def test_a_scope_that_was_not_ticked_is_named(self, stage: Any) -> None:
        first, *rest = self.network.scopes()
        stage.consent.granted = self.scope_separator.join(rest) or "other"
        (connected, *_more) = self.there_and_back(stage)
        assert connected.missing_scopes == (first,)

    @pytest.mark.parametrize("wrong", [{"verifier": "w" * 64}, {"redirect_uri": "https://elsewhere.example/"}])
    def test_a_code_that_somebody_else_brings_is_worth_nothing(self, stage: Any, wrong: dict[str, str]) -> None:
        if "verifier" in wrong and not self.network.pkce:
            pytest.skip(f"{self.network.label} refuses a code that comes with a verifier")
        with pytest.raises(Refused) as caught:
            self.there_and_back(stage, **wrong)
        assert caught.value.code == "invalid_grant"

    def test_wrong_keys_of_the_application_are_named(self, stage: Any) -> None:
        with pytest.raises(Refused) as caught:
            self.there_and_back(stage, client_secret="a-wrong-secret")
        assert caught.value.code == "invalid_client"

    def test_a_token_is_renewed_before_it_ends_and_only_once_among_many_workers(
        self, stage: Any, vault: Shared, speak: Callable[[], OAuthApi], ending: dict[str, Any]
    ) -> None:
        workers = [speak() for _ in range(4)]
        said: list[str] = []
        threads = [threading.Thread(target=lambda us=us: said.append(us.whoami().handle)) for us in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(said) == 4 and stage.consent.renewals == 1
        after = vault.read()
        assert after["access_token"] != ending["access_token"] and after["refresh_token"]
        assert (after["refresh_token"] != ending["refresh_token"]) is stage.consent.rotates

    def test_a_token_that_ended_too_early_is_renewed_and_the_call_made_again(
        self, stage: Any, speak: Callable[[], OAuthApi], ending: dict[str, Any], vault: Shared
    ) -> None:
        vault.write({**vault.read(), "expires_at": time.time() + 3600})
        stage.consent.end_tokens()
        assert speak().whoami().handle
        assert stage.consent.renewals == 1

    @pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: f"{trouble['kind']} {trouble.get('status', '')}")
    def test_trouble_while_renewing_never_asks_for_a_sign_in(
        self, stage: Any, vault: Shared, speak: Callable[[], OAuthApi], ending: dict[str, Any], trouble: dict[str, Any]
    ) -> None:
        stage.faults.arm(Fault(match=lambda method, path: path == stage.token_path, **trouble))
        with pytest.raises(NotNow):
            speak().whoami()
        assert vault.read()["refresh_token"] == ending["refresh_token"], "nothing was lost"

    @pytest.mark.parametrize("call", range(5), ids=lambda call: f"call {call or 'every'}")
    def test_answers_of_another_shape_while_signing_in_end_in_a_word(self, stage: Any, call: int) -> None:
        wrong = []
        for name, spoil in SPOILT.items():
            stage.faults.arm(spoil(call))
            try:
                connected = self.there_and_back(stage)
            except Failure as failure:
                good = bool(failure.sentence and failure.code)
            except Exception as error:
                good = False
                wrong.append(repr(error))
            else:
                good = all(one.account.remote_id and isinstance(one.secrets["access_token"], str) for one in connected)
            stage.faults.clear()
            wrong += [] if good else [name]
        assert not wrong, wrong

    def test_a_renewal_of_another_shape_never_spoils_the_sign_in(
        self, stage: Any, vault: Shared, speak: Callable[[], OAuthApi], ending: dict[str, Any]
    ) -> None:
        for name, spoil in SPOILT.items():
            fault = spoil(0)
            stage.faults.arm(replace(fault, match=lambda method, path: path == stage.token_path))
            try:
                speak().whoami()
            except Failure as failure:
                assert isinstance(failure, NotNow), name
            stage.faults.clear()
            held = vault.read()
            assert isinstance(held["access_token"], str) and held["access_token"], name
            assert held["expires_at"] is None or isinstance(held["expires_at"], int | float), name
            vault.write({**stage.consent.issue(), "expires_at": time.time() + 1})

    def test_a_sign_in_that_was_taken_back_asks_for_a_new_one(
        self, stage: Any, speak: Callable[[], OAuthApi], vault: Shared
    ) -> None:
        stage.consent.end_tokens(also_renewal=True)
        with pytest.raises(SignInAgain):
            speak().whoami()

    def test_no_secret_of_the_sign_in_is_in_the_evidence(
        self, stage: Any, vault: Shared, speak: Callable[[], OAuthApi], ending: dict[str, Any]
    ) -> None:
        us = speak()
        us.whoami()
        seen = repr(us.http.exchanges) + repr(us.account)
        for name, value in {**ending, **vault.read(), **stage.app}.items():
            assert name in ("client_id", "base_url", "expires_at") or str(value) not in seen
