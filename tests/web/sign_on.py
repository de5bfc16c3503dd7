"""An OpenID Connect provider of Halden, and a browser that was sent there."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from clarion.channels.sealing import seal
from clarion.organisations.models import Domain, IdentityProvider
from clarion.web import single_sign_on as sso
from tests.organisations.signing import signer as _signer


@pytest.fixture
def signer():
    with _signer() as made:
        yield made


@pytest.fixture
def provider(signer, cityhall, ingrid):
    made = IdentityProvider.objects.arrange(
        organisation=cityhall.organisation, kind="oidc", name="House of Halden", issuer=signer.url, client_id="clarion",
        told=signer.described, sealed=seal({sso.SECRET: "s"}), newcomer_workspace=cityhall, newcomer_role="editor",
        by=ingrid,
    )  # fmt: skip
    Domain.objects.state(provider=made, name="halden.example", by=ingrid)
    return made


@pytest.fixture
def begun(client, provider, signer, now):
    """A browser that was sent there: the claims of an honest answer, and how it comes back with any claims."""
    page = client.get(f"/sign-in/{provider.pk}")
    asked = {name: value[0] for name, value in parse_qs(urlsplit(page.context["address"]).query).items()}

    class Begun:
        query = asked
        claims = {
            "iss": signer.url, "aud": "clarion", "sub": "42", "nonce": asked["nonce"], "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()), "email": "solveig@halden.example",
            "email_verified": True, "name": "Solveig Dahl",
        }  # fmt: skip

        def back(self, token: str | None = None, *, state: str = "", **changed):
            claims = {name: value for name, value in {**self.claims, **changed}.items() if value is not None}
            signer.token = token or signer.signed(claims)
            return client.get("/sign-in/back", {"code": "c", "state": state or asked["state"]}, follow=True)

    return Begun()


def signed_in(client) -> str:
    return str(client.session.get("_auth_user_id", ""))
