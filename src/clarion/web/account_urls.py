"""Addresses of signing in: of allauth's pages those that are reached here, each with a template of ours.

Second factors are loaded when one is asked for: the library of passkeys alone takes a tenth of a second.
"""

from __future__ import annotations

from typing import Any

from allauth.account import views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, re_path
from django.utils.module_loading import import_string
from django.views.generic import RedirectView


def later(name: str) -> Any:
    """A view that is imported at its first request."""

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase = import_string(name)(request, *args, **kwargs)
        return answer

    return view


MFA = "allauth.mfa"
to_me = login_required(RedirectView.as_view(pattern_name="me"))

urlpatterns: list[URLPattern] = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$", views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("email/", to_me, name="account_email"),
    # the second factor
    path("factors/", to_me, name="mfa_index"),
    path("factors/code/", later(f"{MFA}.base.views.authenticate"), name="mfa_authenticate"),
    path("factors/again/", later(f"{MFA}.base.views.reauthenticate"), name="mfa_reauthenticate"),
    path("factors/app/", later("clarion.web.pages.factors.activate"), name="mfa_activate_totp"),
    path("factors/app/off/", later(f"{MFA}.totp.views.deactivate_totp"), name="mfa_deactivate_totp"),
    path("factors/codes/", later(f"{MFA}.recovery_codes.views.view_recovery_codes"), name="mfa_view_recovery_codes"),
    path(
        "factors/codes/new/", later(f"{MFA}.recovery_codes.views.generate_recovery_codes"),
        name="mfa_generate_recovery_codes",
    ),
    path("factors/passkeys/", to_me, name="mfa_list_webauthn"),
    path("factors/passkeys/new/", later("clarion.web.pages.passkeys.add"), name="mfa_add_webauthn"),
    path("factors/passkeys/login/", later(f"{MFA}.webauthn.views.login_webauthn"), name="mfa_login_webauthn"),
    path(
        "factors/passkeys/again/", later(f"{MFA}.webauthn.views.reauthenticate_webauthn"),
        name="mfa_reauthenticate_webauthn",
    ),
    path("factors/passkeys/<int:pk>/name/", later(f"{MFA}.webauthn.views.edit_webauthn"), name="mfa_edit_webauthn"),
    path("factors/passkeys/<int:pk>/off/", later(f"{MFA}.webauthn.views.remove_webauthn"), name="mfa_remove_webauthn"),
]  # fmt: skip
