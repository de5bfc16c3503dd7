"""Addresses of signing in through one's organisation, of arranging it, and of directories (SCIM)."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import identity_providers as arranging
from clarion.web.pages import scim, single_sign_on

ARRANGED = "o/<uuid:organisation>/single-sign-on"

urlpatterns: list[URLPattern] = [
    path("sign-in", single_sign_on.find, name="sign_on"),
    path("sign-in/back", single_sign_on.back, name="sign_on_back"),
    path("sign-in/arrived/<str:ticket>", single_sign_on.arrived, name="sign_on_arrived"),
    path("sign-in/<uuid:provider>", single_sign_on.leave, name="sign_on_leave"),
    path("sign-in/<uuid:provider>/saml", single_sign_on.saml_back, name="sign_on_saml"),
    path("sign-in/<uuid:provider>/saml/metadata", single_sign_on.saml_metadata, name="sign_on_metadata"),
    # arranging it
    path(ARRANGED, arranging.providers, name="identity_providers"),
    path(f"{ARRANGED}/new/<slug:kind>", arranging.add, name="identity_provider_new"),
    path(f"{ARRANGED}/<uuid:provider>", arranging.provider, name="identity_provider"),
    path(f"{ARRANGED}/<uuid:provider>/edit", arranging.edit, name="identity_provider_edit"),
    path(f"{ARRANGED}/<uuid:provider>/remove", arranging.remove, name="identity_provider_remove"),
    path(f"{ARRANGED}/<uuid:provider>/domains", arranging.domain_add, name="domain_add"),
    path(f"{ARRANGED}/domains/<uuid:domain>/enforce", arranging.domain_enforce, name="domain_enforce"),
    path(f"{ARRANGED}/domains/<uuid:domain>/relax", arranging.domain_relax, name="domain_relax"),
    path(f"{ARRANGED}/domains/<uuid:domain>/remove", arranging.domain_remove, name="domain_remove"),
    path(f"{ARRANGED}/directory/tokens", arranging.token_issue, name="directory_token_issue"),
    path(f"{ARRANGED}/directory/tokens/<uuid:token>/end", arranging.token_end, name="directory_token_end"),
    # directories
    path("scim/v2/<uuid:organisation>/<path:rest>", scim.door, name="scim"),
]
