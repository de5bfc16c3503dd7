"""Signing in through a provider of one's organisation: what a browser's session keeps of it, and where it is a must."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from django.conf import settings
from django.contrib.auth import login
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from clarion.channels.sealing import CannotOpen, unseal
from clarion.networks.http import Http
from clarion.organisations import oidc
from clarion.organisations.models import Assertion, Domain, IdentityProvider, Officer, Role
from clarion.organisations.sign_on import SKEW, Claims, NotLetIn
from clarion.web.tally import too_often

KEPT, THROUGH, TRIED = "sign_on", "signed_in_through", "sign_on_tried"
"""In the session: the sign-ins that were begun, the provider that one came through, and what a trial brought."""
LASTS = timedelta(minutes=15)
"""So long may a person take at the provider."""
FETCHED_WITHIN = timedelta(minutes=2)
AT_ONCE = 4
"""So many sign-ins may be under way in one browser."""
RECORDED = 60
"""So many refusals of one provider are recorded in a minute; more tell nobody more."""
SECRET = "client_secret"  # noqa: S105  its name among what is sealed


def http_out(provider: IdentityProvider) -> Http:
    """The way out, with this installation's rule about private addresses. A demo has no way out."""
    demo = provider.organisation.is_demo
    hosts = (*settings.PRIVATE_HOSTS, "127.0.0.1") if demo else settings.PRIVATE_HOSTS
    return Http(private_hosts=hosts, confined=demo, seconds=10.0, cap=1_000_000)


def client_of(provider: IdentityProvider) -> oidc.Client:
    """Clarion, as this provider knows it. Raises NotLetIn when our secret there cannot be opened."""
    try:
        secret = str(unseal(provider.sealed).get(SECRET, ""))
    except CannotOpen as error:
        raise NotLetIn("sealed", str(error)) from None
    return oidc.Client(
        issuer=provider.issuer, told=provider.told, client_id=provider.client_id, client_secret=secret,
        redirect_uri=back_address(), groups_claim=provider.groups_claim,
    )  # fmt: skip


def back_address() -> str:
    return settings.BASE_URL + reverse("sign_on_back")


# -- under way


def begin(
    request: HttpRequest, provider: IdentityProvider, *, key: str, trial: bool, now: datetime, **more: str
) -> None:
    """Keeps in the session that this browser was sent there. ``key``: by which the answer names the sign-in."""
    onward = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure())
    trips = dict(request.session.get(KEPT, {}))
    trips[key] = {
        "provider": str(provider.pk), "at": now.timestamp(), "trial": trial, "next": onward if safe else "", **more,
    }  # fmt: skip
    newest = sorted(trips.items(), key=lambda one: one[1]["at"])[-AT_ONCE:]
    request.session[KEPT] = dict(newest)


def taken(request: HttpRequest, key: str, *, now: datetime) -> dict[str, Any] | None:
    """The sign-in that was begun here under this key, once, and whether that ``is_late``; None when there was none."""
    trips = dict(request.session.get(KEPT, {}))
    trip: dict[str, Any] | None = trips.pop(key, None)
    if trip is not None:
        request.session[KEPT] = trips
        trip["is_late"] = not 0 <= now.timestamp() - trip["at"] <= LASTS.total_seconds()
    return trip


def provider_of(pk: Any) -> IdentityProvider | None:
    """The provider, with its organisation, when it is in use."""
    found = IdentityProvider.objects.filter(pk=pk, active=True)
    return found.select_related("organisation", "newcomer_workspace__organisation").first()


# -- what a SAML provider posted


def keep(
    provider: IdentityProvider, claims: Claims, *, named: str, in_response_to: str, until: datetime, now: datetime
) -> str:
    """Keeps what came, for the browser to fetch with the ticket that is given. Raises NotLetIn for a replay."""
    ticket = secrets.token_urlsafe(32)
    Assertion.objects.filter(until__lt=now - SKEW).delete()
    try:
        with transaction.atomic():
            provider.assertions.create(
                named=_hash(named), ticket_sha256=_hash(ticket), in_response_to=in_response_to, until=until + 2 * SKEW,
                claims={
                    "subject": claims.subject, "email": claims.email, "name": claims.name, "raw": claims.raw,
                    "groups": claims.groups, "second_factor": claims.second_factor, "at": now.timestamp(),
                },
            )  # fmt: skip
    except IntegrityError:
        sentence = _("This answer of the provider was used already. Start the sign-in again.")
        raise NotLetIn("replayed", sentence) from None
    return ticket


def fetched(ticket: str, *, now: datetime) -> tuple[IdentityProvider, Claims, str] | None:
    """What was kept under this ticket, once: who came, and in answer to what."""
    with transaction.atomic():
        kept = Assertion.objects.select_for_update().filter(ticket_sha256=_hash(ticket), taken_at=None).first()
        if kept is None:
            return None
        told = kept.claims
        kept.claims, kept.taken_at = {}, now
        kept.save(update_fields=["claims", "taken_at"])
    provider = provider_of(kept.provider_id)
    if provider is None or now.timestamp() - told.pop("at") > FETCHED_WITHIN.total_seconds():
        return None
    groups = None if told["groups"] is None else tuple(told["groups"])
    return provider, Claims(**{**told, "groups": groups}, email_verified=True), kept.in_response_to


def brought_again(ticket: str) -> IdentityProvider | None:
    """The provider whose answer was kept under this ticket, and fetched already or left too long."""
    kept = Assertion.objects.filter(ticket_sha256=_hash(ticket)).first()
    return provider_of(kept.provider_id) if kept is not None else None


def by_issuer(issuer: str) -> IdentityProvider | None:
    """The provider that calls itself so, when it is just one."""
    named = IdentityProvider.objects.filter(issuer=issuer.replace("\x00", ""), active=True)
    found = list(named.select_related("organisation")[:2]) if issuer else []
    return found[0] if len(found) == 1 else None


# -- in, or not


def let_in(request: HttpRequest, provider: IdentityProvider, claims: Claims, *, now: datetime) -> None:
    """Signs the person in. The provider has looked to the second factor. Raises NotLetIn."""
    user = provider.admit(claims, now=now)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[THROUGH] = str(provider.pk)


def refuse(provider: IdentityProvider, failure: NotLetIn, *, now: datetime, email: str = "") -> None:
    """Records the refusal; a flood of them is recorded in part."""
    if not too_often(f"sign-on-refused-{provider.pk}", at_most=RECORDED, seconds=60):
        provider.refuse(failure, now=now, email=email)


def must_use(email: str) -> IdentityProvider | None:
    """The provider through which this address signs in and by nothing else; None when a password will do."""
    domain = Domain.objects.for_address(email) if "@" in email else None
    return domain.provider if domain is not None and domain.enforced_at is not None else None


def instead(request: HttpRequest, user: Any, *, now: datetime) -> HttpResponse | None:
    """Where somebody has to go who proved who they are in another way than their organisation asks for."""
    provider = must_use(user.email)
    if provider is None:
        return None
    if _comes_past(user, provider, by=get_authentication_records(request, user)[-1:]):
        provider.tell("provider.passed_by", by=user, after={"user": str(user.pk)})
        return None
    failure = NotLetIn("enforced", _("Your organisation asks you to sign in through its own provider."))
    refuse(provider, failure, now=now, email=user.email)
    return redirect("sign_on_leave", provider.pk)


def is_let(session: Mapping[str, Any], user: Any, *, provider: IdentityProvider | UUID) -> bool:
    """Whether this session lasts although the provider (or its id) is a must for the person: it came through it, or
    past it, as an owner's in an emergency."""
    if session.get(THROUGH) == str(getattr(provider, "pk", provider)):
        return True
    if not isinstance(provider, IdentityProvider):
        provider = IdentityProvider.objects.get(pk=provider)
    return _comes_past(user, provider, by=session.get(AUTHENTICATION_METHODS_SESSION_KEY, []))


def _comes_past(user: Any, provider: IdentityProvider, *, by: list[dict[str, Any]]) -> bool:
    """``by``: the proofs of who this is that count."""
    if not provider.break_glass or not any(one.get("type") == "webauthn" and one.get("passwordless") for one in by):
        return False
    return Officer.objects.filter(organisation=provider.organisation_id, user=user, role=Role.OWNER).exists()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
