"""Signing in through OpenID Connect: who comes in, and every answer that is refused with a sentence and a record."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from joserfc.jwk import RSAKey

from clarion.organisations import oidc
from clarion.organisations.models import (
    Domain,
    IdentityProvider,
    Member,
    Organisation,
    SignInPolicy,
    Strictest,
    User,
    Workspace,
)
from clarion.records.models import Event
from clarion.web import single_sign_on as sso

from .sign_on import signed_in

pytestmark = pytest.mark.django_db


def test_a_newcomer_of_the_domain_comes_in_with_the_role_for_newcomers(client, begun, cityhall, provider):
    assert begun.query["code_challenge_method"] == "S256" and begun.query["redirect_uri"].endswith("/sign-in/back")
    begun.back()
    solveig = User.objects.get(email="solveig@halden.example")
    assert signed_in(client) == str(solveig.pk) and solveig.name == "Solveig Dahl"
    assert Member.objects.get(user=solveig).role == "editor" and not solveig.has_usable_password()
    assert Event.objects.filter(verb="provider.admitted", by_id=solveig.pk).count() == 1
    assert [one.session_key for one in UserSession.objects.filter(user=solveig)] == [client.session.session_key]


def test_who_went_elsewhere_with_their_account_is_no_longer_its_own(client, begun, outsider, provider, now):
    provider.identities.create(user=outsider, subject="42", used_at=now)
    begun.back()
    assert not signed_in(client) and Event.objects.get(verb="provider.refused").after["code"] == "stranger"


CASES = {
    "another provider": ({"iss": "https://elsewhere.example"}, "wrong_issuer"),
    "another application": ({"aud": "other"}, "wrong_audience"),
    "given to another application": ({"aud": ["clarion", "other"], "azp": "other"}, "wrong_party"),
    "several applications, and nobody named": ({"aud": ["clarion", "other"]}, "wrong_party"),
    "another sign-in": ({"nonce": "n"}, "wrong_nonce"),
    "no sign-in at all": ({"nonce": None}, "wrong_nonce"),
    "too old": ({"exp": -121}, "expired"),
    "without an end": ({"exp": None}, "expired"),
    "from the future": ({"iat": 130}, "too_early"),
    "nobody": ({"sub": ""}, "no_subject"),
    "no address": ({"email": None}, "no_email"),
    "an address that was not verified": ({"email_verified": False}, "unverified_email"),
    "a zero byte": ({"name": "S\x00lveig"}, "malformed"),
    "an address elsewhere": ({"email": "oscar@elsewhere.example"}, "foreign_domain"),
    "a domain that only looks alike": ({"email": "x@halden.example.evil.example"}, "foreign_domain"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_answer_that_is_not_for_this_sign_in_lets_nobody_in(client, begun, provider, now, case):
    changed, code = CASES[case]
    moments = {
        name: int(now.timestamp()) + value for name, value in changed.items() if name in ("exp", "iat") and value
    }
    page = begun.back(**{**changed, **moments})
    assert not signed_in(client) and not User.objects.filter(email="solveig@halden.example").exists()
    event = Event.objects.get(verb="provider.refused")
    assert event.after["code"] == code and event.because in page.text.replace("&#x27;", "'")


def test_two_minutes_between_the_clocks_are_forgiven(client, begun, now):
    at = int(now.timestamp())
    begun.back(exp=at - 100, iat=at + 100)
    assert signed_in(client)


def _unsigned(claims) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in ({"alg": "none"}, claims)
    ]
    return ".".join([*parts, ""])


FORGED = {
    "nobody signed": (lambda s, claims: _unsigned(claims), "wrong_algorithm"),
    "the public key was taken for a secret": (lambda s, claims: s.by_public_key(claims), "wrong_algorithm"),
    "another key of the same name": (
        lambda s, claims: s.signed(claims, key=RSAKey.generate_key(2048)), "bad_signature",
    ),
    "a key that nobody knows": (
        lambda s, claims: s.signed(claims, key=RSAKey.generate_key(2048), kid="k9"), "bad_signature",
    ),
    "no token": (lambda s, claims: "x.y.z", "wrong_algorithm"),
}  # fmt: skip


@pytest.mark.parametrize("case", FORGED)
def test_what_the_provider_did_not_sign_lets_nobody_in(client, begun, signer, case):
    forge, code = FORGED[case]
    begun.back(forge(signer, begun.claims))
    assert not signed_in(client) and Event.objects.get(verb="provider.refused").after["code"] == code


def test_a_provider_that_changes_its_key_goes_on_at_once(client, begun, signer, provider):
    provider.learn(signer.published)
    signer.key = RSAKey.generate_key(2048, {"kid": "k2", "use": "sig"})
    begun.back(signer.signed(begun.claims, kid="k2"))
    provider.refresh_from_db()
    assert signed_in(client) and [key["kid"] for key in provider.keys["keys"]] == ["k2"]


def test_a_state_that_was_not_begun_here_or_was_used_lets_nobody_in(client, begun, caplog):
    assert "was not begun here" in begun.back(state="forged").text
    assert any(one.name == "clarion.sign_in" and one.levelname == "WARNING" for one in caplog.records)
    begun.back()
    client.logout()
    assert "was not begun here" in begun.back().text and not signed_in(client)


def test_another_organisations_domain_gives_nobody_away(client, begun, outsider, provider):
    """The provider of Halden says that somebody is Oscar of Elsewhere: it is not believed."""
    begun.back(email="oscar@elsewhere.example", sub="evil")
    assert not signed_in(client)


def test_where_several_share_an_installation_a_domain_waits_to_be_confirmed(client, begun, provider, outsider, now):
    theirs = Domain.objects.state(provider=provider, name="elsewhere.example", by=None)
    assert theirs.confirmed_at is None
    begun.back(email="oscar@elsewhere.example")
    assert not signed_in(client)
    with pytest.raises(ValueError, match="stated already"):
        Domain.objects.state(provider=provider, name="Elsewhere.example.", by=None)


def test_a_domain_is_a_must_only_when_somebody_came_through(client, begun, provider, ingrid, now):
    domain = provider.domains.get()
    with pytest.raises(ValueError, match="locked out"):
        domain.enforce(by=ingrid, now=now)
    begun.back()
    client.logout()
    domain.enforce(by=ingrid, now=now)
    page = client.post("/account/login/", {"login": ingrid.email, "password": "correct horse 7"})
    assert page.status_code == 302 and page["Location"] == f"/sign-in/{provider.pk}" and not signed_in(client)
    unknown = client.post("/account/login/", {"login": "nobody@halden.example", "password": "x" * 15})
    assert (unknown.status_code, unknown["Location"]) == (302, page["Location"]), "nobody learns who is known"
    domain.relax(by=None)
    client.post("/account/login/", {"login": ingrid.email, "password": "correct horse 7"})
    assert signed_in(client) == str(ingrid.pk)


@pytest.mark.parametrize(("role", "by", "comes_in"), [
    ("owner", "webauthn", True), ("owner", "totp", False), ("editor", "webauthn", False),
])  # fmt: skip
def test_only_an_owner_with_a_passkey_comes_in_past_the_provider(
    rf, begun, client, provider, ingrid, amir, now, role, by, comes_in
):
    begun.back()
    provider.domains.get().enforce(by=None, now=now)
    request = rf.post("/account/factors/passkeys/login/")
    request.session = client.session
    person = ingrid if role == "owner" else amir
    record_authentication(request, person, method="mfa", type=by, passwordless=by == "webauthn")
    assert (sso.instead(request, person, now=now) is None) is comes_in
    assert Event.objects.filter(verb="provider.passed_by").exists() is comes_in
    IdentityProvider.objects.update(break_glass=False)
    assert sso.instead(request, person, now=now) is not None


def test_a_must_ends_what_was_begun_with_a_password_and_nothing_else(
    client, begun, provider, ingrid, amir, outsider, now
):
    """Amir came in with a password and Ingrid through the provider, Oscar's address is of another domain."""
    begun.back(email=ingrid.email)
    inside = {ingrid: client, amir: Client(), outsider: Client()}
    inside[amir].post("/account/login/", {"login": amir.email, "password": "correct horse 7"})
    inside[outsider].force_login(outsider)
    assert {browser.get("/me").status_code for browser in inside.values()} == {200}
    provider.domains.get().enforce(by=ingrid, now=now)
    provider.domains.get().relax(by=ingrid)
    assert inside[amir].get("/me").status_code == 302, "what has ended stays ended"
    for listed in (True, False):
        inside[amir].force_login(amir)
        if not listed:  # as it was begun by an older version
            UserSession.objects.filter(user=amir).delete()
        provider.domains.get().enforce(by=ingrid, now=now)
        assert Session.objects.filter(session_key=inside[amir].session.session_key).exists() is not listed
    assert inside[ingrid].get("/me").status_code == inside[outsider].get("/me").status_code == 200
    assert "sign in through its own provider" in inside[amir].get("/me", follow=True).text
    assert not signed_in(inside[amir])


@pytest.mark.parametrize(("email", "through"), [
    ("amir@halden.example", True), ("Amir@Halden.EXAMPLE", True), ('"a@b"@halden.example', True),
    ("amir@not.halden.example", False), ("amir@halden.example.org", False), ("amir", False),
])  # fmt: skip
def test_only_what_stands_behind_the_last_at_tells_the_domain(begun, provider, amir, email, through, now):
    begun.back()
    provider.domains.get().enforce(by=None, now=now)
    User.objects.filter(pk=amir.pk).update(email=email)
    rules = Strictest.of(User.objects.annotate(**Strictest.asked()).get(pk=amir.pk))
    assert rules.through == (provider.pk if through else None)


def test_whoever_makes_it_a_must_is_answered_and_then_signs_in_anew(client, begun, provider, cityhall, ingrid):
    begun.back()
    client.logout()
    client.force_login(ingrid)
    page = f"/o/{cityhall.organisation_id}/single-sign-on"
    answer = client.post(f"{page}/domains/{provider.domains.get().pk}/enforce")
    assert answer.status_code == 302 and "single-sign-on" in answer["Location"]
    assert "sign in through its own provider" in client.get(answer["Location"], follow=True).text
    assert not signed_in(client)


def test_an_owner_who_came_in_past_the_provider_stays_until_that_is_turned_off(
    rf, client, begun, provider, ingrid, now
):
    begun.back(email=ingrid.email)
    client.logout()
    client.force_login(ingrid)
    request = rf.get("/")
    request.session = client.session
    record_authentication(request, ingrid, method="mfa", type="webauthn", passwordless=True)
    record_authentication(request, ingrid, method="password", reauthenticated=True)
    request.session.save()
    provider.domains.get().enforce(by=None, now=now)
    assert client.get("/me").status_code == 200
    IdentityProvider.objects.update(break_glass=False)
    assert client.get("/me").status_code == 302


def test_who_looks_after_it_tries_it_out_and_nothing_changes(client, provider, signer, ingrid, now):
    client.force_login(ingrid)
    page = client.get(f"/sign-in/{provider.pk}?trial=1")
    asked = {name: value[0] for name, value in parse_qs(urlsplit(page.context["address"]).query).items()}
    at = int(now.timestamp())
    signer.token = signer.signed({
        "iss": signer.url, "aud": "clarion", "sub": "77", "nonce": asked["nonce"], "iat": at, "exp": at + 60,
        "email": "new@halden.example",
    })  # fmt: skip
    page = client.get("/sign-in/back", {"code": "c", "state": asked["state"]}, follow=True)
    assert "What came back" in page.text and "new@halden.example" in page.text and "not verified" in page.text
    assert not User.objects.filter(email="new@halden.example").exists() and not provider.identities.exists()
    assert signed_in(client) == str(ingrid.pk)


def test_groups_that_the_provider_tells_are_teams_here(client, begun, provider, cityhall, ingrid):
    team = cityhall.organisation.teams.gather(
        organisation=cityhall.organisation, name="Press", outside="g-1", by=ingrid
    )
    team.place(workspace=cityhall, role="contributor", by=ingrid)
    IdentityProvider.objects.update(groups_claim="groups", newcomer_role="", newcomer_workspace=None)
    begun.back(groups=["g-1", "g-2"])
    assert list(team.people.values_list("email", flat=True)) == ["solveig@halden.example"]
    assert Member.objects.get(user__email="solveig@halden.example").role == "contributor"


def test_an_address_that_was_not_verified_counts_where_that_was_chosen(client, begun, provider):
    IdentityProvider.objects.update(believed=True)
    begun.back(email_verified=None)
    assert signed_in(client)


def test_a_second_factor_that_is_asked_for_has_to_be_told(client, begun, provider):
    IdentityProvider.objects.update(acr="phr mfa")
    begun.back(acr="pwd")
    assert not signed_in(client) and Event.objects.get(verb="provider.refused").after["code"] == "factor_missing"


def test_a_provider_looks_to_the_second_factor_of_its_own_organisation_only(client, begun, cityhall, outsider, now):
    """Solveig works for an agency too, which asks everybody for one: that Halden's provider knows her is not enough."""
    begun.back()
    asked = {"second_factor_from": now, "idle_hours": 24, "whole_hours": 24, "by": None}
    SignInPolicy.objects.decide(organisation=cityhall.organisation, **asked)
    assert client.get(f"/w/{cityhall.pk}/").status_code == 200
    agency = Workspace.objects.of(outsider).get()
    SignInPolicy.objects.decide(organisation=agency.organisation, **asked)
    assert client.get(f"/w/{cityhall.pk}/").status_code == 200
    Member.objects.join(workspace=agency, user=User.objects.get(email="solveig@halden.example"), role="editor")
    assert client.get(f"/w/{agency.pk}/")["Location"] == "/me/second-factor"
    assert client.get("/account/factors/app/").status_code == 200, "she can set one up without a password"


def test_an_owner_arranges_a_provider_whose_secret_is_sealed(client, signer, cityhall, ingrid):
    client.force_login(ingrid)
    at = f"/o/{cityhall.organisation_id}/single-sign-on"
    form = {
        "name": "House", "issuer": signer.url + "/", "client_id": "clarion", "secret": "hush", "active": "on",
        "newcomer_role": "viewer",
    }  # fmt: skip
    wrong = client.post(f"{at}/new/oidc", {**form, "issuer": f"{signer.url}/tenant"})
    assert wrong.status_code == 422 and "no provider of OpenID Connect answers" in wrong.text
    page = client.post(f"{at}/new/oidc", form, follow=True)
    made = IdentityProvider.objects.get()
    assert "It is arranged" in page.text and "hush" not in page.text and "hush" not in made.sealed
    assert sso.client_of(made).client_secret == "hush" and made.newcomer_role == ""
    page = client.post(f"{at}/{made.pk}/domains", {"name": "Halden.example"}, follow=True)
    assert "halden.example" in page.text
    assert client.post(f"{at}/{made.pk}/edit", {**form, "name": "Other", "secret": ""}).status_code == 302
    made.refresh_from_db()
    assert made.name == "Other" and sso.client_of(made).client_secret == "hush"
    page = client.post(f"{at}/{made.pk}/remove", follow=True)
    assert "is removed" in page.text and not Domain.objects.exists()


def test_an_address_of_the_inside_is_not_asked(settings):
    settings.PRIVATE_HOSTS = ()
    with pytest.raises(sso.NotLetIn) as refused:
        oidc.discover("http://127.0.0.1:1", http=sso.http_out(IdentityProvider(organisation=Organisation())))
    assert refused.value.code == "no_answer"
