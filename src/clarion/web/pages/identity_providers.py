"""How the people of an organisation sign in through its own provider, and which directory looks after them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.organisations.ids import as_id, new_id
from clarion.organisations.models import DirectoryToken, Domain, IdentityProvider
from clarion.web import single_sign_on as sso
from clarion.web.forms.identity_providers import DomainForm, OidcForm, SamlForm
from clarion.web.place import in_organisation

FORMS = {IdentityProvider.Kind.OIDC: OidcForm, IdentityProvider.Kind.SAML: SamlForm}
ONCE = "directory_token"
"""In the session: the token that was just issued, to be shown once."""


def has_saml() -> bool:
    """Whether what SAML needs is installed: the extra ``saml``."""
    return find_spec("signxml") is not None and find_spec("lxml") is not None


@require_safe
@in_organisation("sign_in")
def providers(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    house = request.officer.organisation  # type: ignore[attr-defined]
    made, secret = request.session.pop(ONCE, ("", ""))
    tokens = list(DirectoryToken.objects.filter(organisation=house, ended_at=None))
    return render(request, "identity_providers.html", {
        "here": "sign_in_policy", "house": house, "providers": house.identity_providers.prefetch_related("domains"),
        "tokens": tokens, "secret": secret if any(str(one.pk) == made for one in tokens) else "",
        "directory": settings.BASE_URL + reverse("scim", args=[house.pk, "-"]).removesuffix("/-"),
        "provided": house.provisions.filter(active=True).count(), "has_saml": has_saml(),
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@in_organisation("sign_in")
def add(request: HttpRequest, kind: str, **kwargs: Any) -> HttpResponse:
    house = request.officer.organisation  # type: ignore[attr-defined]
    if kind not in FORMS or (kind == IdentityProvider.Kind.SAML and not has_saml()):
        raise Http404
    form = FORMS[IdentityProvider.Kind(kind)](request.POST or None, organisation=house, found=None)
    # Its addresses have to be copied over before the provider tells its own, so its id is there first.
    pk = as_id(request.POST.get("id")) or new_id()
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = IdentityProvider.objects.arrange(
                    id=pk, organisation=house, kind=kind, by=request.user, **form.chosen()
                )
        except IntegrityError:
            form.add_error(None, _("This provider is arranged already."))
        else:
            messages.success(request, _("It is arranged. Try it out, then say which domains sign in through it."))
            return redirect("identity_provider", house.pk, made.pk)
    return _form(request, form, house=house, kind=kind, found=None, pk=pk)


@require_safe
@in_organisation("sign_in")
def provider(request: HttpRequest, provider: UUID, **kwargs: Any) -> HttpResponse:
    return _page(request, _found(request, provider), DomainForm())


@require_http_methods(["GET", "HEAD", "POST"])
@in_organisation("sign_in")
def edit(request: HttpRequest, provider: UUID, **kwargs: Any) -> HttpResponse:
    found = _found(request, provider)
    house = found.organisation
    form = FORMS[IdentityProvider.Kind(found.kind)](request.POST or None, organisation=house, found=found)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                found.change(by=request.user, **form.chosen())
        except IntegrityError:
            form.add_error(None, _("This provider is arranged already."))
        else:
            messages.success(request, _("It is arranged anew."))
            return redirect("identity_provider", house.pk, found.pk)
    return _form(request, form, house=house, kind=found.kind, found=_found(request, provider), pk=provider)


@require_POST
@in_organisation("sign_in")
def remove(request: HttpRequest, provider: UUID, **kwargs: Any) -> HttpResponse:
    found = _found(request, provider)
    found.remove(by=request.user)
    messages.success(request, _("%(name)s is removed. Its people sign in with a password again.") % {"name": found})
    return redirect("identity_providers", found.organisation_id)


@require_POST
@in_organisation("sign_in")
def domain_add(request: HttpRequest, provider: UUID, **kwargs: Any) -> HttpResponse:
    found, form = _found(request, provider), DomainForm(request.POST)
    if form.is_valid():
        try:
            stated = Domain.objects.state(provider=found, name=form.cleaned_data["name"], by=request.user)
        except ValueError as error:
            form.add_error("name", str(error))
        else:
            if stated.confirmed_at:
                messages.success(request, _("Addresses of %(domain)s can sign in through it now.") % {"domain": stated})
            else:
                messages.warning(
                    request,
                    _("Several organisations share this installation: those who run it confirm %(domain)s first.")
                    % {"domain": stated},
                )
            return redirect("identity_provider", found.organisation_id, found.pk)
    return _page(request, found, form, status=422)


@require_POST
@in_organisation("sign_in")
def domain_enforce(request: HttpRequest, domain: UUID, **kwargs: Any) -> HttpResponse:
    found = _domain(request, domain)
    try:
        found.enforce(by=request.user, now=timezone.now())
    except ValueError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Addresses of %(domain)s sign in through it only from now on.") % {"domain": found})
    return redirect("identity_provider", found.provider.organisation_id, found.provider_id)


@require_POST
@in_organisation("sign_in")
def domain_relax(request: HttpRequest, domain: UUID, **kwargs: Any) -> HttpResponse:
    found = _domain(request, domain)
    found.relax(by=request.user)
    messages.success(request, _("Addresses of %(domain)s may sign in with a password too.") % {"domain": found})
    return redirect("identity_provider", found.provider.organisation_id, found.provider_id)


@require_POST
@in_organisation("sign_in")
def domain_remove(request: HttpRequest, domain: UUID, **kwargs: Any) -> HttpResponse:
    found = _domain(request, domain)
    found.give_up(by=request.user)
    messages.success(request, _("Addresses of %(domain)s no longer sign in through it.") % {"domain": found})
    return redirect("identity_provider", found.provider.organisation_id, found.provider_id)


@require_POST
@in_organisation("sign_in")
def token_issue(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    house = request.officer.organisation  # type: ignore[attr-defined]
    made, secret = DirectoryToken.objects.issue(organisation=house, by=request.user)
    request.session[ONCE] = [str(made.pk), secret]
    return redirect(reverse("identity_providers", args=[house.pk]) + "#directory")


@require_POST
@in_organisation("sign_in")
def token_end(request: HttpRequest, token: UUID, **kwargs: Any) -> HttpResponse:
    house = request.officer.organisation  # type: ignore[attr-defined]
    get_object_or_404(DirectoryToken, organisation=house, pk=token).end(by=request.user, now=timezone.now())
    messages.success(request, _("The token opens nothing any more."))
    return redirect(reverse("identity_providers", args=[house.pk]) + "#directory")


def _found(request: HttpRequest, pk: UUID) -> IdentityProvider:
    house = request.officer.organisation  # type: ignore[attr-defined]
    return get_object_or_404(IdentityProvider.objects.select_related("newcomer_workspace"), organisation=house, pk=pk)


def _domain(request: HttpRequest, pk: UUID) -> Domain:
    house = request.officer.organisation  # type: ignore[attr-defined]
    stated = Domain.objects.select_related("provider__organisation")
    return get_object_or_404(stated, provider__organisation=house, pk=pk)


def _page(request: HttpRequest, found: IdentityProvider, form: DomainForm, *, status: int = 200) -> HttpResponse:
    tried = request.session.get(sso.TRIED) or {}
    brought = tried.get("brought") if tried.get("provider") == str(found.pk) else None
    if brought:
        request.session.pop(sso.TRIED)
    return render(request, "identity_provider.html", {
        "here": "sign_in_policy", "house": found.organisation, "provider": found, "domains": found.domains.all(),
        "form": form,
        "people": found.identities.count(), "tried": brought,
        "addresses": _addresses(found.kind, found.pk), "role": found.get_newcomer_role_display(),
    }, status=status)  # fmt: skip


def _form(
    request: HttpRequest, form: Any, *, house: Any, kind: str, found: IdentityProvider | None, pk: UUID
) -> HttpResponse:
    return render(request, "identity_provider_form.html", {
        "here": "sign_in_policy", "form": form, "house": house, "kind": kind, "found": found,
        "label": IdentityProvider.Kind(kind).label, "addresses": _addresses(kind, pk), "pk": pk,
    }, status=422 if form.errors else 200)  # fmt: skip


def _addresses(kind: str, pk: UUID) -> list[tuple[str, str, str]]:
    """What has to be copied over to the provider: an id for the page, what it is called there, and the address."""
    if kind == IdentityProvider.Kind.OIDC:
        return [("back", _("Redirect address"), sso.back_address())]
    from clarion.organisations import saml  # noqa: PLC0415  lxml is loaded where it is needed

    return [
        ("entity", _("Entity ID, and address of our description"), saml.entity(pk)),
        ("acs", _("Address for answers (ACS)"), saml.acs(pk)),
    ]
