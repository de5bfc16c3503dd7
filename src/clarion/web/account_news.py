"""What allauth tells of people's accounts, into the record; and to them, where allauth itself does not."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa import signals as factors
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest

from clarion.organisations.news import happened
from clarion.web import sessions
from clarion.web.accounts import FACTORS
from clarion.web.sign_in_rules import SINCE, begins

KINDS = {
    Authenticator.Type.TOTP: "authenticator_app",
    Authenticator.Type.WEBAUTHN: "passkey",
    Authenticator.Type.RECOVERY_CODES: "recovery_codes",
}


def listen() -> None:
    """Called once, when all rooms are there."""
    happened.connect(_doors_closed, dispatch_uid="web")
    user_logged_in.connect(_signed_in, dispatch_uid="web")
    account.password_changed.connect(_password, dispatch_uid="web")
    account.password_set.connect(_password, dispatch_uid="web")
    account.password_reset.connect(_password_reset, dispatch_uid="web")
    factors.authenticator_added.connect(_added, dispatch_uid="web")
    factors.authenticator_reset.connect(_added, dispatch_uid="web")
    factors.authenticator_removed.connect(_removed, dispatch_uid="web")
    factors.authenticator_used.connect(_used, dispatch_uid="web")


def _signed_in(sender: Any, *, request: HttpRequest, user: Any, **more: Any) -> None:
    request.session.pop(SINCE, None)
    begins(request)
    sessions.begun(request, user=user)
    user.tell("person.signed_in", by=user)


def _password(sender: Any, *, request: HttpRequest, user: Any, **more: Any) -> None:
    user.tell("person.password_changed", by=user)
    sessions.forget(user, but=request.session.session_key or "")


def _password_reset(sender: Any, *, user: Any, **more: Any) -> None:
    user.tell("person.password_changed", by=user, because="reset")
    sessions.forget(user)


def _doors_closed(sender: Any, *, verb: str, subject: Any, by: Any = None, **more: Any) -> None:
    """The rows of the sessions go with what made them worthless."""
    if verb in ("person.deactivated", "person.sessions_ended"):
        sessions.forget(subject)
    elif verb == "domain.enforced":
        sessions.forget_passwords(subject, but=by)
    elif verb == "person.email_changed":
        _readdressed(subject, before=more["before"]["email"], told=by is None)


def _readdressed(user: Any, *, before: str, told: bool) -> None:
    """The old address opens nothing any more. ``told``: by a provider or a directory, of which both addresses hear."""
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    for address in (before, user.email) if told else ():
        transaction.on_commit(partial(get_adapter().send_readdressed_mail, user, address))


def _added(sender: Any, *, request: HttpRequest, user: Any, authenticator: Any, **more: Any) -> None:
    user.tell("person.factor_added", by=user, after={"factor": KINDS[authenticator.type]})
    if authenticator.type in FACTORS and user.authenticator_set.filter(type__in=FACTORS).count() == 1:
        sessions.end_others(request)  # they were begun without it


def _removed(sender: Any, *, request: HttpRequest, user: Any, authenticator: Any, **more: Any) -> None:
    user.tell("person.factor_removed", by=user, before={"factor": KINDS[authenticator.type]})
    if authenticator.type in FACTORS:
        sessions.end_others(request)  # it may have opened them for who has it now


def _used(sender: Any, *, request: HttpRequest, user: Any, authenticator: Any, **more: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        user.tell("person.recovery_code_used", by=user)
        get_adapter(request).send_notification_mail("recovery_code_used", user)
