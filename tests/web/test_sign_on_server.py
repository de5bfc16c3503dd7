"""Signing in through a real OpenID provider (`tests/servers/oidc`)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from clarion.organisations.models import Domain, Identity, IdentityProvider
from clarion.records.models import Event
from tests.networks.at_the_provider import provider

__all__ = ["provider"]
pytestmark = [pytest.mark.server, pytest.mark.xdist_group("oidc"), pytest.mark.django_db]


@pytest.fixture
def arranged(client, cityhall, ingrid, provider, settings, monkeypatch):
    """Ingrid arranges it through the pages."""
    settings.BASE_URL = provider.back.removesuffix("/connect/back")
    monkeypatch.setattr(provider, "back", f"{settings.BASE_URL}/sign-in/back")
    client.force_login(ingrid)
    keys = {"client_id": "by-header", "secret": provider.by_header["client_secret"]}
    form = {"name": "House", "issuer": provider.url, "active": "on", "newcomer_role": "viewer", **keys}
    client.post(f"/o/{cityhall.organisation_id}/single-sign-on/new/oidc", form)
    made = IdentityProvider.objects.get()
    Domain.objects.state(provider=made, name="halden.example", by=ingrid)
    client.logout()
    return made


def test_a_press_officer_signs_in_and_the_same_way_back_opens_once(client, arranged, provider, ingrid):
    address = client.get(f"/sign-in/{arranged.pk}").context["address"]
    brought = provider.person_says_yes(address)
    page = client.get("/sign-in/back", brought)
    assert page.status_code == 302 and client.session["_auth_user_id"] == str(ingrid.pk)
    assert Identity.objects.get().user == ingrid and dict(parse_qsl(urlsplit(address).query))["nonce"]
    client.logout()
    client.get("/sign-in/back", brought)
    assert "_auth_user_id" not in client.session


def test_a_no_of_the_person_signs_nobody_in(client, arranged, provider):
    back = provider.person_says_no(client.get(f"/sign-in/{arranged.pk}").context["address"])
    assert "was declined" in client.get("/sign-in/back", back, follow=True).text
    assert "_auth_user_id" not in client.session
    assert Event.objects.get(verb="provider.refused").after["code"] == "declined"


def test_a_code_of_somebody_elses_sign_in_signs_nobody_in(client, arranged, provider):
    theirs = provider.person_says_yes(client.get(f"/sign-in/{arranged.pk}").context["address"])
    ours = provider.person_says_yes(client.get(f"/sign-in/{arranged.pk}").context["address"])
    page = client.get("/sign-in/back", {**ours, "code": theirs["code"]}, follow=True)
    assert "did not confirm the sign-in" in page.text and "_auth_user_id" not in client.session
