"""Whose account a provider opens and whose not: addresses that change, other organisations' people, and what strangers
learn, or write into the record, at the door."""

from __future__ import annotations

import json

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from clarion.organisations.models import Domain, IdentityProvider, Member, User, Workspace
from clarion.organisations.sign_on import Claims
from clarion.records.models import Event
from clarion.web import single_sign_on as sso
from clarion.web.command_line import app

from .sign_on import signed_in

pytestmark = pytest.mark.django_db


def test_the_name_that_never_changes_counts_and_the_address_follows_it(
    client, begun, amir, provider, now, mailoutbox, django_capture_on_commit_callbacks
):
    """Amir has another address there since: it is his here too, both hear of it, and the old one opens nothing."""
    provider.identities.create(user=amir, subject="42", used_at=now)
    EmailAddress.objects.create(user=amir, email=amir.email, primary=True, verified=True)
    with django_capture_on_commit_callbacks(execute=True):
        begun.back(email="New.Name@halden.example")
    amir.refresh_from_db()
    assert signed_in(client) == str(amir.pk) and amir.email == "new.name@halden.example"
    changed = Event.objects.get(verb="person.email_changed")
    assert (changed.before, changed.after) == ({"email": "amir@halden.example"}, {"email": amir.email})
    assert "identity provider" in changed.because and changed.organisation_id == provider.organisation_id
    assert [one.to[0] for one in mailoutbox] == ["amir@halden.example", amir.email]
    assert "It is new.name@halden.example now" in mailoutbox[0].body
    login = {"login": "amir@halden.example", "password": "correct horse 7"}
    assert Client().post("/account/login/", login).status_code == 200


NOT_TAKEN = {
    "of no domain of the organisation": {"email": "amir@elsewhere.example"},
    "not verified": {"email": "new@halden.example", "email_verified": False},
    "somebody else's": {"email": "Ingrid@halden.example"},
    "of somebody who is elsewhere too": {"email": "new@halden.example"},
    "in the place of one of no domain here": {"email": "new@halden.example"},
}


@pytest.mark.parametrize("case", NOT_TAKEN)
def test_an_address_that_is_not_the_providers_to_give_is_not_taken_and_that_is_in_the_record(
    client, begun, amir, outsider, provider, now, case
):
    provider.identities.create(user=amir, subject="42", used_at=now)
    if "elsewhere too" in case:
        Member.objects.join(workspace=Workspace.objects.of(outsider).get(), user=amir, role="viewer")
    elif "in the place" in case:
        User.objects.filter(pk=amir.pk).update(email="amir@private.example")
    before = User.objects.get(pk=amir.pk).email
    begun.back(**NOT_TAKEN[case])
    amir.refresh_from_db()
    assert signed_in(client) == str(amir.pk) and amir.email == before
    assert Event.objects.get(verb="provider.admitted").after["address_not_taken"] == NOT_TAKEN[case]["email"]


def test_a_provider_opens_no_account_that_became_another_organisations(client, begun, amir, outsider, provider, now):
    """Amir's account came to Elsewhere with a new address, and he kept a place at Halden. Who looks after Halden's
    provider must not come into Elsewhere as Amir."""
    provider.identities.create(user=amir, subject="42", used_at=now)
    Member.objects.join(workspace=Workspace.objects.of(outsider).get(), user=amir, role="owner")
    User.objects.filter(pk=amir.pk).update(email="amir@elsewhere.example")
    begun.back(email="amir@halden.example")
    assert not signed_in(client) and Event.objects.get(verb="provider.refused").after["code"] == "stranger"


def test_who_is_given_the_address_of_somebody_who_left_is_not_taken_for_her(client, begun, amir, provider, now):
    """Amir left, and his successor of the same name was given his address: the provider calls her otherwise."""
    provider.identities.create(user=amir, subject="41", used_at=now)
    page = begun.back(email=amir.email)
    assert not signed_in(client) and "knew this address as somebody else’s" in page.text
    assert Event.objects.get(verb="provider.refused").after["code"] == "known_otherwise"
    runner = CliRunner()
    told = ["people", "forget-sign-on", amir.email, "--because", "it is him, with a new name there", "--json"]
    assert json.loads(runner.invoke(app, told).stdout) == {"email": amir.email, "forgotten": 1}
    assert Event.objects.get(verb="provider.forgot").because == "it is him, with a new name there"
    provider.admit(Claims(subject="42", email=amir.email, email_verified=True), now=now)
    assert provider.identities.get().subject == "42"


def test_names_of_another_issuer_are_nobodys_yet(provider, amir, ingrid, now):
    provider.identities.create(user=amir, subject="42", used_at=now)
    provider.change(by=ingrid, name="Other words", issuer=provider.issuer, client_id=provider.client_id)
    assert provider.identities.count() == 1
    provider.change(by=ingrid, issuer="https://other.example")
    assert not provider.identities.exists()


def test_a_must_is_met_by_no_other_provider(client, begun, ingrid, amir, provider, outsider, now):
    """Amir's address is of a domain of which Elsewhere's provider is a must."""
    provider.identities.create(user=amir, subject="42", used_at=now)
    theirs = IdentityProvider.objects.arrange(
        organisation=Workspace.objects.of(outsider).get().organisation, kind="oidc", name="Theirs",
        issuer="https://idp.elsewhere.example", told={}, by=outsider,
    )  # fmt: skip
    begun.back()
    assert signed_in(client) == str(amir.pk)
    domain = Domain.objects.state(provider=theirs, name="elsewhere.example", by=outsider)
    Domain.objects.filter(pk=domain.pk).update(confirmed_at=now, enforced_at=now)
    User.objects.filter(pk=amir.pk).update(email="amir@elsewhere.example")
    assert client.get("/me").status_code == 302, "the session that came through Halden's ends"
    with pytest.raises(sso.NotLetIn) as refused:
        provider.admit(Claims(subject="42"), now=now)
    assert refused.value.code == "enforced"


def test_what_nobody_began_is_in_the_record_of_the_installation_or_of_whose_provider_it_names(
    client, begun, provider, outsider
):
    begun.back(state="forged")
    client.get("/sign-in/back", {"code": "c", "state": "forged", "iss": provider.issuer})
    for _ in range(3):
        client.get("/sign-in/back", {"code": "c", "state": "forged", "iss": provider.issuer})
    kept = Event.objects.filter(verb="provider.returned_unasked").order_by("id")
    assert [one.organisation_id for one in kept] == [None, provider.organisation_id]
    assert all("was not begun here" in one.because and one.after["network"] == "127.0.0.0/24" for one in kept)
    provider.refresh_from_db()
    assert not provider.failed_at, "a stranger writes nothing on the page of the provider"


def test_an_answer_that_comes_too_late_is_refused_in_the_name_of_its_provider(client, begun, provider):
    session = client.session
    session[sso.KEPT][begun.query["state"]]["at"] -= sso.LASTS.total_seconds() + 1
    session.save()
    page = begun.back()
    assert "too old. Start the sign-in again." in page.text and not signed_in(client)
    assert Event.objects.get(verb="provider.refused").after["code"] == "expired"


def test_an_address_leads_to_its_provider_and_any_other_to_the_password(client, provider, ingrid):
    known = client.post("/sign-in", {"email": "whoever@halden.example"})
    assert known["Location"] == f"/sign-in/{provider.pk}"
    page = client.post("/sign-in", {"email": "a@b.example"})
    assert page.status_code == 200 and 'action="/account/login/"' in page.text
    assert 'value="a@b.example"' in page.text, "what was typed is kept"


def test_an_address_tells_no_more_than_where_to_sign_in(client, provider, ingrid):
    """A domain that only waits to be confirmed, or whose provider is off, is answered as one that nobody stated."""
    waiting = Domain.objects.state(provider=provider, name="waits.example", by=ingrid)
    Domain.objects.filter(pk=waiting.pk).update(confirmed_at=None)
    answers = set()
    client.post("/sign-in", {"email": "a@b.example"})
    for email, active in (("a@b.example", True), ("a@waits.example", True), (ingrid.email, False)):
        IdentityProvider.objects.update(active=active)
        with CaptureQueriesContext(connection) as asked:
            page = client.post("/sign-in", {"email": email})
        said = [str(one) for one in get_messages(page.wsgi_request)]
        answers.add((page.status_code, page.templates[0].name, *said[-1:], len(asked)))
    assert len(answers) == 1, answers


def test_who_guesses_domains_is_asked_to_wait_and_learns_nothing_more(client, provider, monkeypatch):
    monkeypatch.setattr("clarion.web.pages.single_sign_on.GUESSES", ((3, 60), (300, 86400)))
    known = [client.post("/sign-in", {"email": "a@halden.example"}).status_code for _ in range(5)]
    assert known == [302] * 5, "whoever asks for what is there is no guesser"
    codes = [client.post("/sign-in", {"email": f"a@b{number}.example"}).status_code for number in range(4)]
    assert codes == [200, 200, 200, 429]
    page = client.post("/sign-in", {"email": "a@halden.example"})
    assert page.status_code == 429 and "Too many tries" in page.text
    assert client.post("/sign-in", {"email": "a@halden.example"}, REMOTE_ADDR="192.0.2.7").status_code == 302
