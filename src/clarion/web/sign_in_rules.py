"""What holds at every request of somebody who is signed in: how long a session lasts, and what has to be set up first.

The one place of it. Pages of the street are told apart by their rule (``place.Rule``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.organisations.models import SignInPolicy, Strictest
from clarion.web.place import rule_of
from clarion.web.single_sign_on import THROUGH, is_let

SINCE, SEEN = "signed_in_at", "seen_at"
"""In the session, in seconds of the epoch: the sign-in, and the last request, to a few minutes."""
ROUGHLY = 5 * 60

STREET = ("anybody", "secret")
"""Rules of the pages of the street: no session is asked there."""

LEADS = frozenset({
    "second_factor_first", "account_reauthenticate", "account_change_password", "account_set_password",
    "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
})  # fmt: skip
"""Open to who lacks what the organisation asks for: they lead to having it."""

QUIET = frozenset({"pulse"})
"""Asked by an open page by itself: nobody need sit before it."""


class SignInRules:
    """Must come after the person is known and after allauth's middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = getattr(request.resolver_match, "url_name", None) or ""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or rule_of(view, name).where in STREET:
            return None
        if not request.user.is_authenticated:
            return None
        rules = Strictest.of(request.user)
        if sentence := _is_over(request, rules):
            logout(request)
            messages.info(request, sentence)
            return _to(request, settings.LOGIN_URL)
        if name not in QUIET:
            _saw(request)
        if name in LEADS:
            return None
        return _led(request, rules)


def _led(request: HttpRequest, rules: Strictest) -> HttpResponse | None:
    """To what has to be set up before anything else."""
    if getattr(request.user, "has_second_factor", True):
        return None
    through, now = request.session.get(THROUGH), timezone.now()
    is_due = rules.second_factor_from is not None and rules.second_factor_from <= now
    if is_due and through:  # a provider looks to the factors of its own organisation's people, and to no other's
        others = SignInPolicy.objects.over(request.user).exclude(organisation__identity_providers=through)
        is_due = others.filter(second_factor_from__lte=now).exists()
    if is_due:
        return _to(request, "second_factor_first")
    if not through and request.user.password_is_short:  # type: ignore[union-attr]
        messages.warning(
            request, _("Without a second factor a password needs 15 characters. Take a longer one to go on.")
        )
        return _to(request, "account_change_password")
    return None


def _to(request: HttpRequest, where: str) -> HttpResponse:
    answer = redirect(where)
    if request.headers.get("HX-Request"):  # it would be put into the page as a part of it
        return HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer


def _is_over(request: HttpRequest, rules: Strictest) -> str:
    """Why this session has ended; empty when it has not."""
    if rules.through and not is_let(request.session, request.user, provider=rules.through):
        return _("Your organisation asks you to sign in through its own provider.")
    now = timezone.now().timestamp()
    since, seen = (request.session.get(key, now) for key in (SINCE, SEEN))
    if now - since > rules.whole.total_seconds():
        return _("You were signed in for as long as your organisation allows. Sign in again.")
    if now - seen > rules.idle.total_seconds():
        return _("Nothing happened here for a long time, so you were signed out. Sign in again.")
    return ""


def _saw(request: HttpRequest) -> None:
    """Remembered roughly, so that who reads much does not write much."""
    now = timezone.now()
    if now.timestamp() - request.session.get(SEEN, 0) < ROUGHLY:
        return
    begins(request)
    UserSession.objects.create_from_request(request)


def begins(request: HttpRequest) -> None:
    """Writes the clock of a session: when it began, if nobody wrote that yet, and that somebody is here."""
    now = timezone.now().timestamp()
    request.session.setdefault(SINCE, now)
    request.session[SEEN] = now
