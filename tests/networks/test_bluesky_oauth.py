"""Signing in to Bluesky in the browser: pushed request, proofs by a key of our own, nonces, renewal under a lock."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from clarion.networks.base import Account, Connected
from clarion.networks.bluesky import Bluesky
from clarion.networks.http import Http
from clarion.networks.words import NotNow, Refused, SignInAgain
from clarion.testing.bluesky import BlueskyContract
from clarion.testing.conformance import Conformance
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault

from .bluesky_films import Films
from .signing_in import CHALLENGE, TROUBLE, VERIFIER, Shared

BACK = "http://127.0.0.1:8000/connect/back"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[BlueskyContract]:
    with BlueskyContract(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


def left(stage: BlueskyContract, back: str = BACK) -> tuple[dict[str, str], dict[str, Any]]:
    """What the browser brings back, and what was kept meanwhile."""
    address, begun = Bluesky.begin(
        stage.url, {}, redirect_uri=back, state="st4te", challenge=CHALLENGE, http=stage.http()
    )  # fmt: skip
    return stage.server.door.person_says_yes(address), dict(begun)


def signed_in(stage: BlueskyContract, **more: Any) -> Connected:
    brought, begun = left(stage)
    given = {"code": brought["code"], "redirect_uri": BACK, "verifier": VERIFIER, "came_from": brought["iss"]}
    (connected,) = Bluesky.exchange(
        stage.url, {"base_url": stage.url}, **{**given, **more}, begun=begun, http=stage.http()
    )  # fmt: skip
    return connected


class Keyed(BlueskyContract):
    """The same stage, where we signed in by the browser."""

    token_path = "/oauth/token"

    def network(self, network: Any = None, *, seconds: float | None = None) -> Any:
        if self.account is None:
            connected = signed_in(self)
            self.account, self.vault = connected.account, Shared(dict(connected.secrets))
            self.secrets = (connected.secrets["access"], connected.secrets["refresh"])
            self._limits = Bluesky(self.account, http=self.http(), vault=self.vault).limits()
        kind = network or Bluesky
        return kind(
            self.account, http=self.http(seconds=seconds), vault=self.vault, limits=self._limits,
            app={"base_url": self.url},
        )  # fmt: skip

    def end_token(self) -> None:
        super().end_token()
        self.server.door.ends()


class TestBlueskyByOAuth(Films, Conformance):
    """The whole suite with bound tokens."""

    network = Bluesky

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[BlueskyContract]:
        with Keyed(tmp_path) as stage:
            yield stage


@pytest.mark.parametrize("seconds", [-600, 600])
def test_where_clocks_differ_too_far_it_is_said_so(tmp_path: Path, seconds: int) -> None:
    with Keyed(tmp_path) as stage:
        us = stage.network()
        stage.server.door.ahead = seconds
        with pytest.raises(NotNow, match=r"the clock of this server is wrong by (599|600|601) seconds") as caught:
            us.whoami()
        assert caught.value.code == "clock"
        stage.vault.write({**stage.vault.read(), "expires_at": time.time()})
        before = stage.vault.read()
        with pytest.raises(NotNow, match="the clock of this server is wrong"):  # while the token is renewed
            us.whoami()
        assert stage.vault.read() == before
        stage.server.door.ahead = 0
        assert us.whoami().handle == "cityhall.test"


# --- there and back ---------------------------------------------------------------------------------------------------


def test_a_press_officer_signs_in_in_the_browser(stage: BlueskyContract) -> None:
    connected = signed_in(stage)
    assert (connected.account.handle, connected.account.remote_id) == ("cityhall.test", stage.server.cityhall.did)
    assert connected.missing_scopes == () and connected.expires_at is not None
    assert stage.server.door.wants_nonces == 1, "the first call learns the nonce, the others have it"
    (client,) = set(stage.server.door.client_ids)
    assert parse_qs(urlsplit(client).query)["redirect_uri"] == [BACK]


def test_a_public_installation_is_known_by_its_own_document(stage: BlueskyContract) -> None:
    left(stage, "https://social.halden.example/connect/back")
    assert set(stage.server.door.client_ids) == {"https://social.halden.example/connect/client/bluesky.json"}
    told = Bluesky.client_metadata(redirect_uri="https://social.halden.example/connect/back")
    assert told["client_id"] == "https://social.halden.example/connect/client/bluesky.json"
    assert told["redirect_uris"] == ["https://social.halden.example/connect/back"]
    assert told["dpop_bound_access_tokens"] is True and told["token_endpoint_auth_method"] == "none"
    assert set(told["scope"].split()) == set(Bluesky.sign_in[0].scopes)


def test_an_installation_without_https_is_told_of_app_passwords(stage: BlueskyContract) -> None:
    with pytest.raises(Refused, match="app password"):
        left(stage, "http://clarion.intranet/connect/back")


def test_a_scope_that_was_not_allowed_is_named(stage: BlueskyContract) -> None:
    stage.server.door.allowed = "atproto transition:generic"
    assert signed_in(stage).missing_scopes == ("transition:chat.bsky",)


@pytest.mark.parametrize("wrong", [{"verifier": "w" * 64}, {"code": "stolen"}])
def test_a_code_that_somebody_else_brings_is_worth_nothing(stage: BlueskyContract, wrong: dict[str, str]) -> None:
    with pytest.raises(Refused, match="not completed"):
        signed_in(stage, **wrong)


def test_an_answer_of_another_server_is_not_believed(stage: BlueskyContract) -> None:
    with pytest.raises(Refused, match="another server"):
        signed_in(stage, came_from="https://evil.example")


def test_an_account_whose_own_server_names_another_door_is_not_believed(stage: BlueskyContract, tmp_path: Path) -> None:
    brought, begun = left(stage)
    with BlueskyContract(tmp_path) as other:
        stage.server.door.issuer_in_identity = other.url
        with pytest.raises(Refused, match="does not belong"):
            Bluesky.exchange(
                stage.url, {"base_url": stage.url}, code=brought["code"], redirect_uri=BACK, verifier=VERIFIER,
                came_from=brought["iss"], begun=begun, http=stage.http(),
            )  # fmt: skip


def test_a_server_without_such_a_door_is_named(stage: BlueskyContract) -> None:
    stage.faults.arm(Fault("answer", lambda method, path: "authorization-server" in path, status=404))
    with pytest.raises(Refused, match="use an app password"):
        left(stage)


# --- the key ----------------------------------------------------------------------------------------------------------


def test_a_stolen_token_is_worth_nothing_without_the_key(stage: BlueskyContract) -> None:
    connected = signed_in(stage)
    for scheme in ("Bearer", "DPoP"):
        answer = stage.http().get(
            f"{stage.url}/xrpc/com.atproto.server.getSession",
            headers={"authorization": f"{scheme} {connected.secrets['access']}"},
        )
        assert answer.status == (401 if scheme == "DPoP" else 200), "only the contract server takes it as a bearer's"


def test_each_call_is_proved_anew_and_bound_to_its_token(stage: BlueskyContract, tmp_path: Path) -> None:
    with Keyed(tmp_path) as keyed:
        us = keyed.network()
        seen: list[dict[str, Any]] = []
        whole = Http.request

        def watched(http: Http, method: str, url: str, **given: Any) -> Any:
            proof = (given.get("headers") or {}).get("dpop", "")
            if proof:
                part = proof.split(".")[1]
                seen.append(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))
            return whole(http, method, url, **given)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Http, "request", watched)
            us.whoami()
            us.whoami()
        token = keyed.vault.read()["access"]
        ath = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()
        assert len({one["jti"] for one in seen}) == len(seen) >= 2
        assert {one["ath"] for one in seen} == {ath}


def test_a_new_nonce_costs_one_call_more_and_doubles_nothing(tmp_path: Path) -> None:
    with Keyed(tmp_path) as stage:
        us = stage.network()
        rehearsal = Rehearsal(us, stage.draft("Once.")).to_the_post()
        stage.server.door.nonce = "another-nonce"
        rehearsal.rest()
        assert [post.text for post in stage.posts()] == ["Once."]


def test_neither_key_nor_token_is_in_the_evidence(tmp_path: Path) -> None:
    with Keyed(tmp_path) as stage:
        us = stage.network()
        Rehearsal(us, stage.draft("Evidence.")).rest()
        seen = repr(us.http.exchanges) + repr(us.account)
        for name, value in stage.vault.read().items():
            if name in ("access", "refresh", "dpop_key"):
                assert str(value) not in seen


# --- renewal ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def ending(tmp_path: Path) -> Iterator[Keyed]:
    """A stage whose token ends in a moment."""
    with Keyed(tmp_path) as stage:
        stage.network()
        stage.vault.write({**stage.vault.read(), "expires_at": time.time() + 1})
        yield stage


def test_a_token_is_renewed_before_it_ends_and_only_once_among_many_workers(ending: Keyed) -> None:
    before, said = ending.vault.read(), []
    workers = [ending.network() for _worker in range(4)]
    threads = [threading.Thread(target=lambda us=us: said.append(us.whoami().handle)) for us in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert said == ["cityhall.test"] * 4 and ending.server.door.renewals == 1
    assert ending.vault.read()["refresh"] != before["refresh"]


def test_a_token_that_ended_too_early_is_renewed_and_the_call_made_again(ending: Keyed) -> None:
    ending.vault.write({**ending.vault.read(), "expires_at": time.time() + 900})
    ending.server.end_access()
    assert ending.network().whoami().handle == "cityhall.test"
    assert ending.server.door.renewals == 1


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: f"{trouble['kind']} {trouble.get('status', '')}")
def test_trouble_while_renewing_never_asks_for_a_sign_in(ending: Keyed, trouble: dict[str, Any]) -> None:
    before = ending.vault.read()
    ending.faults.arm(Fault(match=lambda method, path: path == "/oauth/token", **trouble))
    us = ending.network(seconds=0.4)
    with pytest.raises(NotNow):
        us.whoami()
    assert ending.vault.read()["refresh"] == before["refresh"], "nothing was lost"


def test_a_sign_in_that_was_taken_back_asks_for_a_new_one(ending: Keyed) -> None:
    ending.server.door.ends()
    with pytest.raises(SignInAgain):
        ending.network().whoami()


def test_the_app_password_works_as_before(stage: BlueskyContract) -> None:
    us = stage.network()
    assert us.whoami().handle == "cityhall.test" and "dpop_key" not in stage.vault.read()
    assert isinstance(us.account, Account)
