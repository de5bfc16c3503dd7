"""Signing in through a real SAML identity provider (`tests/servers/saml`)."""

from __future__ import annotations

import re
import urllib.request
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from clarion.organisations.models import Domain, Identity, IdentityProvider
from tests.networks.real_servers import server

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("saml"), pytest.mark.django_db]


@pytest.fixture(scope="module")
def idp():
    with server("saml") as told:
        yield told


def _asked(address: str, form: dict[str, str] | bytes | None = None) -> str:
    data = urlencode(form).encode() if isinstance(form, dict) else form
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(address, data, timeout=30) as answer:
        return answer.read().decode()


@pytest.fixture
def arranged(client, cityhall, ingrid, idp):
    """Ingrid arranges it through the pages, and tells the provider of us."""
    client.force_login(ingrid)
    at = f"/o/{cityhall.organisation_id}/single-sign-on"
    page = client.get(f"{at}/new/saml").text
    made = {
        "id": re.search(r'name="id" value="([^"]+)"', page)[1],
        "name": "House",
        "active": "on",
        "newcomer_role": "viewer",
    }
    assert f"/sign-in/{made['id']}/saml" in page, "its addresses are there before it is"
    client.post(f"{at}/new/saml", {**made, "metadata": _asked(idp["metadata"])})
    provider = IdentityProvider.objects.get(pk=made["id"])
    Domain.objects.state(provider=provider, name="halden.example", by=ingrid)
    _asked(f"{idp['base_url']}/known", client.get(f"/sign-in/{provider.pk}/saml/metadata").content)
    client.logout()
    return provider


@pytest.mark.parametrize("sign", ["assertion", "response", "both"])
def test_a_press_officer_signs_in_at_a_real_provider(client, arranged, idp, ingrid, sign):
    address = client.get(f"/sign-in/{arranged.pk}").context["address"]
    request = parse_qs(urlsplit(address).query)["SAMLRequest"][0]
    assert "SAMLRequest" in _asked(address)
    who = {"login": idp["login"], "password": idp["password"]}
    page = _asked(f"{idp['base_url']}/login", {"SAMLRequest": request, "sign": sign, **who})
    answer = unescape(re.search(r'name="SAMLResponse" value="([^"]+)"', page)[1])
    client.post(f"/sign-in/{arranged.pk}/saml", {"SAMLResponse": answer}, follow=True)
    assert client.session["_auth_user_id"] == str(ingrid.pk)
    assert Identity.objects.get().subject == "id-of-ingrid"
    client.logout()
    client.post(f"/sign-in/{arranged.pk}/saml", {"SAMLResponse": answer}, follow=True)
    assert "_auth_user_id" not in client.session, "the same answer opens no second time"
