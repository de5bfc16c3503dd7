"""Signing in through one's organisation: the address first, then there, and back."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.account.forms import LoginForm
from allauth.core.internal.httpkit import get_client_ip
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.organisations import oidc
from clarion.organisations.models import Domain, IdentityProvider, Officer
from clarion.organisations.sign_on import Claims, NotLetIn
from clarion.web import single_sign_on as sso
from clarion.web.place import stated
from clarion.web.strays import stray
from clarion.web.tally import counted, was_often

log = logging.getLogger("clarion.sign_in")
MOST = 500_000
"""Bytes of an answer that a provider posts."""
GUESSES = ((30, 60), (300, 24 * 60 * 60))
"""So many domains that nobody has here may be asked for from one address, in so many seconds."""


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@stated("anybody")
def find(request: HttpRequest) -> HttpResponse:
    """By the address it is known where its organisation signs in; that tells nobody whether a person is known."""
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        guess = f"domain-guessed-{get_client_ip(request)}"
        if any(was_often(guess, at_most=most, seconds=seconds) for most, seconds in GUESSES):
            form.add_error(None, _("Too many tries. Wait a few minutes, then try again."))
            return render(request, "sign_on.html", {"form": form}, status=429)
        domain = Domain.objects.for_address(form.cleaned_data["email"])
        if domain is not None:
            return redirect("sign_on_leave", domain.provider_id)
        for _most, seconds in GUESSES:
            counted(guess, seconds=seconds)
        messages.info(request, _("Addresses of this domain sign in with a password here."))
        by_password = LoginForm(initial={"login": form.cleaned_data["email"]})
        return render(request, "account/login.html", {"form": by_password})
    return render(request, "sign_on.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_safe
@stated("anybody")
def leave(request: HttpRequest, provider: UUID) -> HttpResponse:
    """On to the provider. ``?trial=1``: for who looks after it, to see what comes back."""
    found, now = sso.provider_of(provider), timezone.now()
    if found is None:
        raise Http404
    trial = "trial" in request.GET and _looks_after(request, found)
    try:
        if found.kind == IdentityProvider.Kind.OIDC:
            trip = oidc.Trip.begin()
            address = oidc.address(sso.client_of(found), trip, acr=found.acr)
            sso.begin(request, found, key=trip.state, trial=trial, now=now, nonce=trip.nonce, verifier=trip.verifier)
        else:
            from clarion.organisations import saml  # noqa: PLC0415  lxml is loaded where somebody signs in

            address, key = saml.request(found.told, entity=saml.entity(found.pk), acs=saml.acs(found.pk), now=now)
            sso.begin(request, found, key=key, trial=trial, now=now)
    except NotLetIn as failure:
        return _refused(request, found, failure, trial=trial)
    server = urlsplit(address).hostname
    return render(request, "sign_on_leaving.html", {"provider": found, "address": address, "server": server})


@never_cache
@require_safe
@stated("anybody")
def back(request: HttpRequest) -> HttpResponse:
    """The way back from OpenID Connect."""
    now = timezone.now()
    trip = sso.taken(request, request.GET.get("state", ""), now=now)
    provider = sso.provider_of(trip["provider"]) if trip else None
    if trip is None or provider is None:
        return _lost(request, sso.by_issuer(request.GET.get("iss", "")))
    if trip["is_late"]:
        return _refused(request, provider, oidc.too_late(), trial=trip["trial"])
    try:
        claims = oidc.come_back(
            sso.client_of(provider), oidc.Trip(request.GET["state"], trip["nonce"], trip["verifier"]),
            request.GET.dict(), http=sso.http_out(provider), keys=provider.keys, now=now, learn=provider.learn,
        )  # fmt: skip
    except NotLetIn as failure:
        return _refused(request, provider, failure, trial=trip["trial"])
    return _finished(request, provider, claims, trip)


@csrf_exempt
@never_cache
@require_POST
@stated("anybody")
def saml_back(request: HttpRequest, provider: UUID) -> HttpResponse:
    """The way back from SAML: another site posts to us, without our cookie. So what came is kept, and fetched by the
    browser with a ticket in a request of its own, where its session tells whether it was sent there from here."""
    found, now = sso.provider_of(provider), timezone.now()
    if found is None or found.kind != IdentityProvider.Kind.SAML:
        raise Http404
    from clarion.organisations import saml  # noqa: PLC0415

    try:
        answer = request.POST.get("SAMLResponse", "")
        if len(answer) > MOST:
            raise NotLetIn("too_big", _("The provider’s answer is larger than any honest one."))
        read = saml.checked(
            answer, issuer=found.issuer, certificates=found.told.get("certificates", ()), entity=saml.entity(found.pk),
            acs=saml.acs(found.pk), groups_claim=found.groups_claim, now=now,
        )  # fmt: skip
        if not read.in_response_to and not found.unsolicited:
            raise NotLetIn("unsolicited", _("Nobody here asked for this sign-in. Begin it on Clarion’s sign-in page."))
        ticket = sso.keep(
            found, read.claims, named=read.assertion_id, in_response_to=read.in_response_to, until=read.until, now=now
        )
    except NotLetIn as failure:
        sso.refuse(found, failure, now=now)
        return render(request, "sign_on_refused.html", {"failure": failure, "provider": found}, status=403)
    return redirect("sign_on_arrived", ticket)


@never_cache
@require_safe
@stated("secret")
def arrived(request: HttpRequest, ticket: str) -> HttpResponse:
    """The browser fetches what its provider posted."""
    now = timezone.now()
    kept = sso.fetched(ticket, now=now)
    if kept is None:
        return _lost(request, sso.brought_again(ticket))
    provider, claims, in_response_to = kept
    trip = (
        sso.taken(request, in_response_to, now=now)
        if in_response_to
        else {"trial": False, "next": "", "is_late": False}
    )
    if trip is not None and trip["is_late"]:
        return _refused(request, provider, oidc.too_late(), trial=trip["trial"])
    if trip is None or trip.get("provider", str(provider.pk)) != str(provider.pk):
        return _refused(request, provider, oidc.wrong_state(), trial=False)
    return _finished(request, provider, claims, trip)


@require_safe
@stated("anybody")
def saml_metadata(request: HttpRequest, provider: UUID) -> HttpResponse:
    """Clarion, described for a SAML provider."""
    found = IdentityProvider.objects.filter(pk=provider, kind=IdentityProvider.Kind.SAML).first()
    if found is None:
        raise Http404
    from clarion.organisations import saml  # noqa: PLC0415

    return HttpResponse(
        saml.metadata(entity=saml.entity(found.pk), acs=saml.acs(found.pk)),
        content_type="application/samlmetadata+xml",
    )


def _finished(request: HttpRequest, provider: IdentityProvider, claims: Claims, trip: dict[str, Any]) -> HttpResponse:
    if trip["trial"]:
        if not _looks_after(request, provider):
            raise Http404
        request.session[sso.TRIED] = {"provider": str(provider.pk), "brought": _shown(claims)}
        return redirect("identity_provider", provider.organisation_id, provider.pk)
    try:
        sso.let_in(request, provider, claims, now=timezone.now())
    except NotLetIn as failure:
        return _refused(request, provider, failure, trial=False, email=claims.email)
    return redirect(trip["next"] or "home")


def _shown(claims: Claims) -> dict[str, Any]:
    """What came back, for whoever tries: as we read it, then as it came."""
    return {
        "subject": claims.subject, "email": claims.email, "email_verified": claims.email_verified, "name": claims.name,
        "groups": list(claims.groups or ()), "second_factor": claims.second_factor,
        "raw": [[name, str(value)[:300]] for name, value in sorted(claims.raw.items())][:60],
    }  # fmt: skip


def _looks_after(request: HttpRequest, provider: IdentityProvider) -> bool:
    if not request.user.is_authenticated:
        return False
    officer = Officer.objects.of(request.user).filter(organisation=provider.organisation_id).first()
    return officer is not None and officer.may("sign_in")


def _refused(
    request: HttpRequest, provider: IdentityProvider, failure: NotLetIn, *, trial: bool, email: str = ""
) -> HttpResponse:
    sso.refuse(provider, failure, now=timezone.now(), email=email)
    messages.error(request, failure.sentence)
    if trial and _looks_after(request, provider):
        return redirect("identity_provider", provider.organisation_id, provider.pk)
    return redirect("account_login")


def _lost(request: HttpRequest, provider: IdentityProvider | None) -> HttpResponse:
    """Whose sign-in it was cannot be told, and at most from which ``provider`` it is said to come."""
    log.warning("a sign-in came back that nobody here began, or that was used already")
    stray(request, "provider.returned_unasked", because=oidc.wrong_state().sentence, provider=provider)
    messages.error(request, oidc.wrong_state().sentence)
    return redirect("account_login")
