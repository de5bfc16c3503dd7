"""The verbs about single sign-on: identity providers, domains, and what a directory provides."""

from __future__ import annotations

from collections.abc import Callable

from clarion.organisations.models import DirectoryToken, Domain, IdentityProvider, Provision, Team
from clarion.organisations.sign_on import Claims, NotLetIn

CLAIMS = Claims(subject="1", email="amir@halden.example", email_verified=True)


def provider(desk) -> None:
    IdentityProvider.objects.arrange(
        organisation=desk.house, kind="oidc", name="House", issuer="https://idp.halden.example", told={}, by=desk.ingrid
    )


def stated(desk) -> None:
    Domain.objects.state(provider=_provider(desk), name="halden.example", by=desk.ingrid)


def domain(desk) -> None:
    provider(desk)
    stated(desk)
    Domain.objects.update(confirmed_at=desk.now)


def unconfirmed(desk) -> None:
    domain(desk)
    Domain.objects.update(confirmed_at=None)


def used(desk) -> None:
    domain(desk)
    _provider(desk).identities.create(user=desk.amir, subject="1", used_at=desk.now)


def enforced(desk) -> None:
    used(desk)
    Domain.objects.update(enforced_at=desk.now)


def token(desk) -> None:
    DirectoryToken.objects.issue(organisation=desk.house, by=desk.ingrid)


SAID = {"user_name": "amir", "email": "amir@halden.example", "name": "Amir", "external_id": "1", "told": {}}


def provided(desk) -> None:
    Provision.objects.provide(organisation=desk.house, active=True, now=desk.now, **SAID)


def gone(desk) -> None:
    provided(desk)
    Provision.objects.get().leave(now=desk.now)


def _provider(desk) -> IdentityProvider:
    return IdentityProvider.objects.get()


def _changed(desk) -> None:
    Provision.objects.get().change(active=True, now=desk.now, **{**SAID, "user_name": "amir.h"})


REFUSED = NotLetIn("wrong_nonce", "The answer belongs to another sign-in.")
SIGN_ON: dict[str, tuple[str, Callable]] = {
    "IdentityProviderQuerySet.arrange": ("provider.arranged", provider),
    "IdentityProvider.change": ("provider.changed", lambda d: _provider(d).change(by=d.ingrid, name="Other")),
    "IdentityProvider.remove": ("provider.removed", lambda d: _provider(d).remove(by=d.ingrid)),
    "IdentityProvider.admit": ("provider.admitted", lambda d: _provider(d).admit(CLAIMS, now=d.now)),
    "IdentityProvider.refuse": ("provider.refused", lambda d: _provider(d).refuse(REFUSED, now=d.now)),
    "IdentityProvider.forget": (
        "provider.forgot", lambda d: _provider(d).forget(d.amir, by=None, because="another name"),
    ),
    "DomainQuerySet.state": ("domain.stated", stated),
    "Domain.confirm": ("domain.confirmed", lambda d: Domain.objects.get().confirm(by=None, now=d.now)),
    "Domain.enforce": ("domain.enforced", lambda d: Domain.objects.get().enforce(by=d.ingrid, now=d.now)),
    "Domain.relax": ("domain.relaxed", lambda d: Domain.objects.get().relax(by=d.ingrid)),
    "Domain.give_up": ("domain.given_up", lambda d: Domain.objects.get().give_up(by=d.ingrid)),
    "DirectoryTokenQuerySet.issue": ("directory.token_issued", token),
    "DirectoryToken.end": ("directory.token_ended", lambda d: DirectoryToken.objects.get().end(by=d.ingrid, now=d.now)),
    "DirectoryToken.refuse": (
        "directory.refused", lambda d: DirectoryToken.objects.get().refuse(why="Not JSON.", after={}),
    ),
    "ProvisionQuerySet.provide": ("person.provided", provided),
    "Provision.change": ("person.provided_anew", _changed),
    "Provision.leave": ("person.left", lambda d: Provision.objects.get().leave(now=d.now)),
    "Provision.come_back": ("person.came_back", lambda d: Provision.objects.get().come_back()),
    "Provision.end": ("person.no_longer_provided", lambda d: Provision.objects.get().end(now=d.now)),
    "Team.tie": ("team.tied", lambda d: Team.objects.get().tie("g-1", by=None)),
}  # fmt: skip
"""Verbs on nouns, with the event that each leaves and how it is done."""

SIGN_ON_BEFORE: dict[str, Callable] = {
    "IdentityProvider.change": provider, "IdentityProvider.remove": provider, "IdentityProvider.admit": used,
    "IdentityProvider.refuse": provider, "IdentityProvider.forget": used,
    "DomainQuerySet.state": provider, "Domain.confirm": unconfirmed,
    "Domain.enforce": used, "Domain.relax": enforced, "Domain.give_up": domain, "DirectoryToken.end": token,
    "DirectoryToken.refuse": token, "Provision.change": provided, "Provision.leave": provided,
    "Provision.come_back": gone, "Provision.end": provided,
    "Team.tie": lambda d: Team.objects.gather(organisation=d.house, name="Night desk", by=d.ingrid),
}  # fmt: skip

SIGN_ON_NO_VERBS = {
    "IdentityProviderQuerySet.of", "IdentityProvider.as_json", "IdentityProvider.tell", "IdentityProvider.learn",
    "IdentityProvider.welcome", "DomainQuerySet.of", "DomainQuerySet.in_force", "DomainQuerySet.for_address",
    "Domain.tell", "DirectoryTokenQuerySet.of", "DirectoryTokenQuerySet.opened", "DirectoryToken.was_used",
    "ProvisionQuerySet.of", "Provision.tell", "Organisation.has", "Organisation.shares", "Organisation.provider_for",
}  # fmt: skip
"""Questions; what is only remembered (keys, the last use); and ``welcome``, which says ``member.joined``."""
