"""Signing in by SAML: who comes in, and every answer that was forged, wrapped, replayed or meant for somebody else."""

from __future__ import annotations

import zlib
from base64 import b64decode
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.usersessions.models import UserSession
from lxml import etree

from clarion.organisations import saml
from clarion.organisations.models import Assertion, Domain, IdentityProvider, User
from clarion.records.models import Event
from tests.organisations import asserting
from tests.organisations.asserting import DS, A, P

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(cityhall, ingrid):
    told = {"address": "https://idp.halden.example/sso", "certificates": [asserting.key("now")[1]]}
    made = IdentityProvider.objects.arrange(
        organisation=cityhall.organisation, kind="saml", name="House of Halden", issuer=asserting.ISSUER, told=told,
        newcomer_workspace=cityhall, newcomer_role="editor", by=ingrid,
    )  # fmt: skip
    Domain.objects.state(provider=made, name="halden.example", by=ingrid)
    return made


@pytest.fixture
def begun(client, provider, now):
    """A browser that was sent there, and what an honest provider would answer."""
    query = parse_qs(urlsplit(client.get(f"/sign-in/{provider.pk}").context["address"]).query)
    asked = etree.fromstring(zlib.decompress(b64decode(query["SAMLRequest"][0]), -zlib.MAX_WBITS))

    class Begun:
        to, acs, entity = asked.get("ID"), saml.acs(provider.pk), saml.entity(provider.pk)

        def response(self, *, sign: str = "assertion", by: str = "now", **other):
            told = {"email": "solveig@halden.example", "to": self.to, "audience": self.entity, **other}
            inner = asserting.assertion(acs=self.acs, now=now, **told)
            if sign in ("assertion", "both"):
                inner = asserting.signed(inner, by=by)
            made = asserting.response(inner, acs=self.acs, to=told["to"], now=now)
            return asserting.signed(made, by=by) if sign in ("response", "both") else made

        def post(self, node):
            return client.post(f"/sign-in/{provider.pk}/saml", {"SAMLResponse": asserting.posted(node)}, follow=True)

    assert asked.get("AssertionConsumerServiceURL") == Begun.acs and asked.find(f"{A}Issuer").text == Begun.entity
    return Begun()


def signed_in(client) -> str:
    return str(client.session.get("_auth_user_id", ""))


def refusal() -> str:
    return str(Event.objects.get(verb="provider.refused").after["code"])


@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
def test_a_newcomer_comes_in_whatever_the_provider_signs(client, begun, sign):
    begun.post(begun.response(sign=sign))
    assert signed_in(client) == str(User.objects.get(email="solveig@halden.example").pk)
    assert Assertion.objects.get().claims == {}, "what was taken is not kept"
    assert [one.session_key for one in UserSession.objects.all()] == [client.session.session_key]


@pytest.mark.parametrize("way", range(1, 9))
def test_what_was_signed_cannot_be_wrapped_around_something_else(client, begun, way, ingrid):
    honest = begun.response(sign="response" if way <= 2 else "assertion")
    page = begun.post(asserting.wrapped(way, honest, ingrid.email))
    assert page.status_code == 403 and not signed_in(client) and refusal() in ("forged", "malformed", "bad_signature")
    assert not Assertion.objects.exists()
    begun.post(honest)
    assert signed_in(client), "and the honest one of which it was made comes in"


CASES = {
    "unsigned": ({"sign": "nothing"}, "unsigned"),
    "signed by somebody else": ({"by": "mallory"}, "bad_signature"),
    "another audience": ({"audience": "https://other.example"}, "wrong_audience"),
    "another recipient": ({"recipient": "https://other.example/acs"}, "wrong_recipient"),
    "another issuer": ({"issuer": "https://other.example"}, "wrong_issuer"),
    "too old": ({"until": -121}, "expired"),
    "from the future": ({"since": 130}, "too_early"),
    "nobody asked": ({"to": ""}, "unsolicited"),
    "another sign-in": ({"to": "_somebody-elses"}, "wrong_state"),
    "an address elsewhere": ({"email": "oscar@elsewhere.example"}, "foreign_domain"),
}


@pytest.mark.parametrize("case", CASES)
def test_an_answer_that_is_not_for_this_sign_in_lets_nobody_in(client, begun, case):
    other, code = CASES[case]
    page = begun.post(begun.response(**other))
    event = Event.objects.get(verb="provider.refused")
    assert not signed_in(client) and event.after["code"] == code
    assert event.because in page.text.replace("&#x27;", "'")


@pytest.mark.parametrize(("told", "taken"), [("amir.h@halden.example", True), ("amir@elsewhere.example", False)])
def test_an_address_follows_the_lasting_name_within_the_organisations_domains_only(
    client, begun, provider, amir, now, told, taken
):
    provider.identities.create(user=amir, subject="u-42", used_at=now)
    begun.post(begun.response(subject="u-42", email=told))
    amir.refresh_from_db()
    assert signed_in(client) == str(amir.pk) and amir.email == (told if taken else "amir@halden.example")
    kept = {} if taken else {"address_not_taken": told}
    assert Event.objects.get(verb="provider.admitted").after == {"user": str(amir.pk), **kept}
    assert Event.objects.filter(verb="person.email_changed").exists() is taken


def test_two_minutes_between_the_clocks_are_forgiven(client, begun):
    begun.post(begun.response(until=-100))
    assert signed_in(client)


def test_an_answer_opens_once(client, begun):
    answer = begun.response()
    begun.post(answer)
    client.logout()
    begun.post(answer)
    assert not signed_in(client) and refusal() == "replayed"


def test_a_ticket_opens_once_and_a_made_up_one_never(begun, provider, client):
    page = begun.post(begun.response())
    ticket = page.redirect_chain[0][0]
    client.logout()
    for address in (ticket, "/sign-in/arrived/made-up"):
        assert "was not begun here" in client.get(address, follow=True).text and not signed_in(client)
    kept = Event.objects.filter(verb="provider.returned_unasked").order_by("id")
    assert [one.organisation_id for one in kept] == [provider.organisation_id, None]


def test_an_answer_brought_by_another_browser_lets_nobody_in(begun, provider, client):
    """Somebody posts their own answer in the browser of another, to have them work under a name that is not theirs."""
    from django.test import Client

    victim = Client()
    posted = {"SAMLResponse": asserting.posted(begun.response())}
    victim.post(f"/sign-in/{provider.pk}/saml", posted, follow=True)
    assert not signed_in(victim) and refusal() == "wrong_state"


def _raw(node) -> str:
    return etree.tostring(node).decode()


def _with(before: str, after: str):
    def made(node) -> bytes:
        text = _raw(node)
        assert before in text
        return text.replace(before, after, 1).encode()

    return made


XXE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
TAMPERED = {
    "another address": (_with("solveig@halden.example", "ingrid@halden.example"), "bad_signature"),
    "a comment within the name": (_with("solveig@halden", "solveig<!---->@halden"), "malformed"),
    "an entity": (lambda node: XXE.encode() + _with("solveig@halden.example", "&e;")(node), "malformed"),
    "a document type": (lambda node: b"<!DOCTYPE samlp:Response>" + _raw(node).encode(), "malformed"),
    "an instruction": (_with("<samlp:Status>", "<?x y?><samlp:Status>"), "malformed"),
    "half of it": (lambda node: _raw(node).encode()[: len(_raw(node)) // 2], "malformed"),
    "nothing": (lambda node: b"", "malformed"),
    "no XML": (lambda node: b"\x00\xff{}", "malformed"),
    "an id twice": (_with('ID="_r1"', 'ID="_a1"'), "forged"),
}


@pytest.mark.parametrize("case", TAMPERED)
def test_an_answer_that_was_tampered_with_lets_nobody_in(client, begun, case):
    tamper, code = TAMPERED[case]
    assert begun.post(tamper(begun.response())).status_code == 403
    assert not signed_in(client) and refusal() == code


def test_a_weak_signature_is_none(client, begun):
    text = _raw(begun.response()).replace("xmldsig-more#rsa-sha256", "xmldsig-more#rsa-md5")
    begun.post(text.encode())
    assert not signed_in(client) and refusal() == "bad_signature"


def test_a_certificate_that_is_being_replaced_and_the_next_one_both_count(client, begun, provider):
    both = [asserting.key("next")[1], asserting.key("now")[1]]
    IdentityProvider.objects.update(told={"address": "https://idp.halden.example/sso", "certificates": both})
    begun.post(begun.response())
    assert signed_in(client)


def test_a_provider_may_send_people_by_itself_when_that_was_chosen(client, begun):
    IdentityProvider.objects.update(unsolicited=True)
    begun.post(begun.response(to=""))
    assert signed_in(client)


def test_our_description_says_where_answers_go(client, provider):
    root = etree.fromstring(client.get(f"/sign-in/{provider.pk}/saml/metadata").content)
    assert root.get("entityID") == saml.entity(provider.pk)
    assert root[0][-1].get("Location") == saml.acs(provider.pk) and root[0].get("WantAssertionsSigned") == "true"
    assert root.find(f".//{DS}Signature") is None and P
