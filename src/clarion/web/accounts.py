"""How allauth behaves here: nobody signs up by themselves, nothing tells a stranger who is known, and every change of
how somebody signs in is told to them."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from clarion.organisations.models import Strictest, User
from clarion.organisations.passwords import spellings
from clarion.web import single_sign_on
from clarion.web.devices import place

log = logging.getLogger("clarion.web")

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts as a second factor; recovery codes only stand in for one."""

CHANGES = {
    "account/email/password_changed": _("Your password was changed."),
    "account/email/password_reset": _("Your password was set anew by a link from an e-mail."),
    "account/email/password_set": _("A password was set for your account."),
    "mfa/email/totp_activated": _("An authenticator app was added to your account."),
    "mfa/email/totp_deactivated": _("The authenticator app was taken off your account."),
    "mfa/email/webauthn_added": _("A passkey was added to your account."),
    "mfa/email/webauthn_removed": _("A passkey was taken off your account."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made; those of before no longer work."),
    "recovery_code_used": _("A recovery code was used to sign in to your account."),
    "sessions_ended": _("All other sessions of your account were ended."),
    "email_changed": _("The e-mail address of your account was changed."),
}
"""What a person is told by mail, by the name under which allauth, or a page of ours, tells of it."""

FLASHES = {
    "account/messages/password_changed.txt": _("Your password is changed. Every other session has ended."),
    "account/messages/password_set.txt": _("Your password is set."),
    "mfa/messages/totp_activated.txt": _("Your authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is taken off."),
    "mfa/messages/webauthn_added.txt": _("The passkey is added."),
    "mfa/messages/webauthn_removed.txt": _("The passkey is taken off."),
}
"""What is said on the next page; of the rest of what allauth would say, the page itself speaks."""


_mine = threading.local()


def _people() -> Any:
    """People with what the rules ask. To put this question together takes longer than to answer it, and it comes with
    every request: each thread does so once, and shares it with none, for its parts change while it is asked."""
    if not hasattr(_mine, "people"):
        factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
        _mine.people = User.objects.annotate(has_second_factor=Exists(factors), **Strictest.asked())
    return _mine.people


class Backend(AuthenticationBackend):
    def get_user(self, user_id: Any) -> Any:
        """The person of a session, with what the rules of sign-in ask at every request: in the same query."""
        user = _people().filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def _mitigate_timing_attack(self, password: str) -> None:
        """For an unknown address, as much hashing as for a known one."""
        for spelling in spellings(password):
            User().set_password(spelling)


class Accounts(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("This e-mail and this password do not belong together. Nothing was changed."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
        "incorrect_password": _("That is not your password."),
        "enter_current_password": _("That is not your password."),
        "incorrect_code": _("That did not work. Try once more."),
        "rate_limited": _("Too many tries. Wait a few minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The first person comes by the set-up page, everybody else by an invitation."""
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """People are known by their e-mail; there is no user name."""

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Whose organisation has a provider of its own is sent there, whatever the password and whoever they are."""
        super().pre_authenticate(request, **credentials)
        if provider := single_sign_on.must_use(credentials.get("email") or ""):
            raise ImmediateHttpResponse(redirect("sign_on_leave", provider.pk))

    def pre_login(self, request: HttpRequest, user: Any, **more: Any) -> Any:
        """However somebody proved who they are: a passkey too gives way to the provider of the organisation."""
        return super().pre_login(request, user, **more) or single_sign_on.instead(request, user, now=timezone.now())

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Who was deactivated gets the answer that a stranger gets."""
        user = super().authenticate(request, **credentials)
        return user if user is not None and user.is_active else None

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not while the last proof of who this is, the sign-in too, is fresh."""
        records = get_authentication_records(self.request, self.request.user)
        fresh = records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not fresh and super().is_reauthentication_required(app=app, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        """As the server told it, which believes only trusted proxies; over a socket without addresses: nowhere."""
        return get_client_ip(request) or "0.0.0.0"  # noqa: S104  only compared and kept

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return "/me"

    def get_reset_password_from_key_url(self, key: str) -> str:
        """At our own address, whatever host the request named."""
        uid, _dash, token = key.partition("-")
        return settings.BASE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})

    def send_account_already_exists_mail(self, email: str) -> None:
        """Nobody signs up here."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away does not undo what was done, and does not tell who is known."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:
            log.warning("e-mail %s was not sent: %s", template_prefix, error)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """“Was this you?”: what was changed, when and from where."""
        device = place(self.request.META.get("HTTP_USER_AGENT", ""), self.get_client_ip(self.request))
        told = {"user": user, "what": CHANGES[template_prefix], "device": device, **(context or {})}
        self.send_mail("account/email/was_this_you", email or user.email, told)

    def send_readdressed_mail(self, user: Any, email: str) -> None:
        """To the old and to the new address of somebody whose organisation has changed it."""
        with override(user.language or settings.LANGUAGE_CODE):
            letter = self.render_mail("account/email/readdressed", email, {"user": user})
        try:
            letter.send()
        except OSError as error:
            log.warning("e-mail account/email/readdressed was not sent: %s", error)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None,
        message_context: dict[str, Any] | None = None, extra_tags: str = "", message: Any = None,
    ) -> None:  # fmt: skip
        if said := message or FLASHES.get(message_template or ""):
            messages.add_message(request, level, said, extra_tags=extra_tags)
