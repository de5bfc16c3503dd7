"""A provider that is a must for an address: nobody gets around it by taking another address."""

from __future__ import annotations

import pytest
from allauth.account.internal.flows.login import record_authentication

from clarion.organisations.models import Domain, IdentityProvider
from clarion.web.single_sign_on import THROUGH

pytestmark = pytest.mark.django_db


def test_nobody_gets_around_a_must_by_another_address(client, rf, cityhall, amir, ingrid, mailoutbox, now):
    provider = IdentityProvider.objects.arrange(
        organisation=cityhall.organisation, kind="oidc", name="House of Halden", issuer="https://id.halden.example",
        client_id="clarion", told={}, by=ingrid,
    )  # fmt: skip
    Domain.objects.state(provider=provider, name="halden.example", by=ingrid)
    client.force_login(amir)
    request = rf.get("/")
    request.session = client.session
    record_authentication(request, amir, method="password", reauthenticated=True)
    request.session[THROUGH] = str(provider.pk)
    request.session.save()
    private, ours = {"email": "amir@private.example"}, {"email": "amir.haddad@halden.example"}
    assert client.post("/me/email", private).status_code == 302
    link = mailoutbox[-1].body.split("/me/email/")[1].split()[0]
    provider.domains.update(enforced_at=now)
    assert client.post("/me/email", private).status_code == 422 and len(mailoutbox) == 1
    assert client.post(f"/me/email/{link}").status_code == 404, "asked for before it was a must"
    assert client.post("/me/email", ours).status_code == 302 and len(mailoutbox) == 2
