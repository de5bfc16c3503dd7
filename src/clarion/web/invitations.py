"""The link by which a new person sets the first password, and the e-mail that carries it."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from clarion.organisations.models import User


def invite(request: HttpRequest, user: User) -> str:
    """Sends the link, and returns it. It ends when it was used or after some days, as a password reset does."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    link = settings.BASE_URL + path
    get_adapter(request).send_mail(
        "account/email/invitation", user.email, {"user": user, "link": link, "by": request.user}
    )
    return link
