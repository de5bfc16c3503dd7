"""The demo's single sign-on: a provider that is arranged, and nowhere. Nothing in a demo leaves the machine."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from clarion.channels.sealing import seal
from clarion.organisations.models import DirectoryToken, Domain, IdentityProvider, Workspace
from clarion.web.single_sign_on import SECRET

ISSUER = "https://id.halden.example/realms/city"
DOMAINS = ("halden.example", "vann.halden.example")


def arrange(place: Workspace, *, people: list[Any], now: datetime) -> None:
    """A provider of OpenID Connect with two domains, some who came through it, and a directory's token."""
    by = people[0]
    provider = IdentityProvider.objects.arrange(
        organisation=place.organisation, kind=IdentityProvider.Kind.OIDC, name="City of Halden", issuer=ISSUER,
        client_id="clarion", sealed=seal({SECRET: "of the demo"}), newcomer_workspace=place, newcomer_role="viewer",
        groups_claim="groups", by=by, told={
            "issuer": ISSUER, "authorization_endpoint": f"{ISSUER}/auth", "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        },
    )  # fmt: skip
    for number, user in enumerate(people[1:3]):
        provider.identities.create(user=user, subject=f"p-{number}", used_at=now - timedelta(days=number))
    IdentityProvider.objects.filter(pk=provider.pk).update(used_at=now - timedelta(hours=3))
    for name in DOMAINS:
        Domain.objects.state(provider=provider, name=name, by=by)
    provider.domains.get(name=DOMAINS[1]).enforce(by=by, now=now)
    token, _secret = DirectoryToken.objects.issue(organisation=place.organisation, by=by)
    token.was_used(now - timedelta(minutes=40))
