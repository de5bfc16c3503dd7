"""One's own account: name, e-mail, password, second factor, sessions. Changes ask who it is, and are told by mail."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.organisations.models import Strictest, User
from clarion.web import sessions, single_sign_on
from clarion.web.place import at_home, signed_in, stated

SALT = "clarion.email"
LASTS = 24 * 60 * 60
"""Seconds that the link to a new address is good."""


class NameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip


class EmailForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("New e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


@require_safe
@signed_in
@never_cache
def me(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _page(request: HttpRequest, *, status: int = 200, **forms: forms.Form) -> HttpResponse:
    at_home(request)
    user: Any = request.user
    mine = list(Authenticator.objects.filter(user=user).order_by("created_at", "pk"))
    kind = Authenticator.Type
    codes = next((one for one in mine if one.type == kind.RECOVERY_CODES), None)
    return render(request, "me.html", {
        "name_form": NameForm(initial={"name": user.name}), "email_form": EmailForm(),
        "app": next((one for one in mine if one.type == kind.TOTP), None),
        "passkeys": [one for one in mine if one.type == kind.WEBAUTHN],
        "codes": codes, "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "sessions": sessions.of(request), "rules": Strictest.of(user), **forms,
    }, status=status)  # fmt: skip


@require_POST
@signed_in
def name(request: HttpRequest) -> HttpResponse:
    form, user = NameForm(request.POST), request.user
    if not form.is_valid():
        return _page(request, status=422, name_form=form)
    if form.cleaned_data["name"] != user.name:  # type: ignore[union-attr]
        user.rename(form.cleaned_data["name"], by=user)  # type: ignore[union-attr]
        messages.success(request, _("Your name is changed."))
    return redirect("me")


@require_POST
@signed_in
@reauthentication_required
def email(request: HttpRequest) -> HttpResponse:
    """Sends a link to the new address; nothing changes before it is opened. What is said tells nobody who is known."""
    form, user = EmailForm(request.POST), request.user
    if not form.is_valid():
        return _page(request, status=422, email_form=form)
    if answer := ratelimit.consume_or_429(request, action="manage_email"):
        return answer
    new = form.cleaned_data["email"].strip().lower()
    if _leaves_a_must(user.email, new):  # type: ignore[union-attr]
        form.add_error("email", _("Your organisation asks you to sign in through its own provider."))
        return _page(request, status=422, email_form=form)
    if User.objects.filter(email__iexact=new).exists():
        get_adapter(request).send_mail("account/email/address_taken", new, {})
    else:
        token = signing.dumps({"user": str(user.pk), "from": user.email, "to": new}, salt=SALT)  # type: ignore[union-attr]
        link = settings.BASE_URL + reverse("me_email_confirm", args=[token])
        get_adapter(request).send_mail("account/email/new_address", new, {"link": link})
    messages.info(request, _("Look into the mail of %(email)s: a link there makes it yours.") % {"email": new})
    return redirect("me")


def _leaves_a_must(old: str, new: str) -> bool:
    """Nobody gets around the provider that is a must for an address by taking another one."""
    must = single_sign_on.must_use(old)
    return must is not None and single_sign_on.must_use(new) != must


@stated("secret")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever opens the link reads the mail of the new address. Opening it does nothing; pressing the button does."""
    try:
        told = signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return render(request, "account/email_confirm.html", {"email": ""}, status=404)
    user = User.objects.filter(pk=told["user"], email=told["from"], is_active=True).first()
    taken = User.objects.filter(email__iexact=told["to"]).exists()
    if user is None or taken or _leaves_a_must(user.email, told["to"]):
        return render(request, "account/email_confirm.html", {"email": ""}, status=404)
    if request.method != "POST":
        return render(request, "account/email_confirm.html", {"email": told["to"]})
    try:
        user.change_email(told["to"], by=user)
    except IntegrityError:  # somebody else took it in the same second
        return render(request, "account/email_confirm.html", {"email": ""}, status=404)
    for address in (told["from"], told["to"]):
        get_adapter(request).send_notification_mail("email_changed", user, email=address)
    messages.success(request, _("Your e-mail is %(email)s now.") % {"email": user.email})
    return redirect("me")


@require_POST
@signed_in
@reauthentication_required
def end_one(request: HttpRequest, session: int) -> HttpResponse:
    found = get_object_or_404(UserSession, user=request.user, pk=session)
    sessions.end(request, found)
    messages.success(request, _("That session has ended."))
    return redirect("me")


@require_POST
@signed_in
@reauthentication_required
def end_others(request: HttpRequest) -> HttpResponse:
    sessions.end_others(request)
    get_adapter(request).send_notification_mail("sessions_ended", request.user)
    messages.success(request, _("All other sessions have ended."))
    return redirect("me")


@require_safe
@signed_in
@never_cache
def second_factor_first(request: HttpRequest) -> HttpResponse:
    """Where those are led whose organisation asks for a second factor, and who have none."""
    user: Any = request.user
    if getattr(user, "has_second_factor", False):
        return redirect("me")
    return render(request, "second_factor_first.html", {"rules": Strictest.of(user)})
