"""Signing in at a real OpenID provider (`tests/servers/oidc`): PKCE, codes, scopes, the application's proof.

The networks are the example's (tests/example), whose boards stand behind the provider, and one that knows a person by
OpenID and proves our application by HTTP Basic. What follows a sign-in: tests/channels/test_renewal_server.py.
"""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest

from clarion.networks.api import text
from clarion.networks.base import Account, NoVault, OAuth
from clarion.networks.oauth import OAuthApi
from clarion.networks.words import NotNow, Refused, SignInAgain
from clarion.testing.servers.base import Fault
from clarion.testing.servers.proxy import Proxy
from tests.example.pinboard import Pinboard

from .at_the_provider import Trip, is_token, out, provider

__all__ = ["provider"]
pytestmark = [pytest.mark.server, pytest.mark.xdist_group("oidc")]


class Passport(OAuthApi):
    """A person by OpenID."""

    name, label = "passport", "Passport"
    api = "https://passport.example"
    authorise_at = "https://passport.example/oauth/authorise"
    token_at = "https://passport.example/oauth/token"
    authorise_more = {"prompt": "consent"}  # without it, no offline_access
    sign_in = (OAuth(scopes=("openid", "profile", "offline_access")),)
    rules, once = Pinboard.rules, Pinboard.once
    client_in_header = True

    def whoami(self) -> Account:
        me = self._get("/me")
        return Account(remote_id=self._id(me, "sub", writing=False), handle=text(me, "preferred_username"),
                       name=text(me, "name"))  # fmt: skip


# --- there and back


def test_a_press_officer_signs_in_and_every_board_of_hers_can_be_chosen(provider):
    trip = Trip(provider)
    found = trip.home(trip.there()["code"])
    assert [(one.account.remote_id, one.account.handle) for one in found] == [
        ("b1", "Town hall"), ("b2", "Swimming pool"),
    ]  # fmt: skip
    assert {(one.scopes, one.missing_scopes) for one in found} == {(("notes.write", "notes.read"), ())}
    held = found[0].secrets
    assert held["refresh_token"] and 3500 < held["expires_at"] - time.time() <= 3600
    assert found[0].expires_at is None, "it renews itself"


def test_a_person_is_known_by_openid_and_our_application_by_http_basic(provider):
    trip = Trip(provider, Passport)
    (found,) = trip.home(trip.there()["code"])
    assert (found.account.remote_id, found.account.handle, found.account.name) == (
        "ingrid", "ingrid", "Ingrid Solberg",
    )  # fmt: skip
    assert found.missing_scopes == () and found.secrets["refresh_token"]


@pytest.mark.parametrize("wrong", [{"verifier": "w" * 64}, {"redirect_uri": "https://elsewhere.example/"}])
def test_a_code_that_somebody_else_brings_is_refused(provider, wrong):
    trip = Trip(provider)
    with pytest.raises(Refused, match="The sign-in was not completed") as caught:
        trip.home(trip.there()["code"], **wrong)
    assert caught.value.code == "invalid_grant"


def test_a_code_works_once_and_whoever_brings_it_again_ends_what_came_of_it(provider):
    trip = Trip(provider)
    code = trip.there()["code"]
    (first, _second) = trip.home(code)
    with pytest.raises(Refused) as caught:
        trip.home(code)
    assert caught.value.code == "invalid_grant"
    us = Pinboard(first.account, http=out(), vault=NoVault(first.secrets), app=trip.app)
    with pytest.raises(SignInAgain):
        us.whoami()


def test_wrong_keys_of_the_application_are_named(provider):
    trip = Trip(provider, client_secret="wrong-secret")
    with pytest.raises(Refused, match="client id and secret") as caught:
        trip.home(trip.there()["code"])
    assert caught.value.code == "invalid_client"


def test_what_the_person_did_not_allow_is_named(provider):
    trip = Trip(provider)
    found = trip.home(trip.there(without=("notes.write",))["code"])
    assert {(one.scopes, one.missing_scopes) for one in found} == {(("notes.read",), ("notes.write",))}


def test_without_pkce_the_provider_lets_nobody_in(provider):
    trip = Trip(provider, type("Careless", (Pinboard,), {"pkce": False}))
    assert "code_challenge" not in parse_qs(urlsplit(trip.address).query)
    told = provider.person_says_yes(trip.address)
    assert told["error"] == "invalid_request" and "PKCE" in told["error_description"]


@pytest.mark.parametrize(
    "trouble",
    [{"kind": "answer", "status": 503}, {"kind": "lose_answer"}, {"kind": "late", "seconds": 3}],
    ids=lambda trouble: f"{trouble['kind']} {trouble.get('status', '')}",
)
def test_trouble_while_the_code_is_exchanged_is_told_as_what_it_is(provider, trouble):
    """Nothing is renewed here and nothing is tried again by itself: the person has to."""
    trip = Trip(provider)
    code = trip.there()["code"]
    with Proxy(provider.url) as proxy:
        proxy.faults.arm(Fault(match=is_token, **trouble))
        trip.app["base_url"] = proxy.url
        with pytest.raises(NotNow, match=r"Nothing was connected\. Start") as caught:
            trip.network.exchange(
                "", trip.app, code=code, redirect_uri=provider.back, verifier=trip.verifier, http=out(seconds=1)
            )
    assert "renew" not in caught.value.sentence and "tried again" not in caught.value.sentence
