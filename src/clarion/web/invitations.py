"""Invitations by e-mail: the link that is sent, and the one by which a new person sets the first password."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from clarion.organisations.models import Invitation, User


def send(request: HttpRequest, invitation: Invitation, secret: str) -> str:
    """Sends the link. Empty when it left; else the link, to be passed on by hand."""
    link = settings.BASE_URL + reverse("invited", args=[secret])
    about = {"invitation": invitation, "workspace": invitation.workspace, "link": link, "by": request.user}
    try:
        get_adapter(request).send_mail("account/email/invitation", invitation.email, about)
    except OSError:  # every fault of the mail server is one, by smtplib's own word
        return link
    return "" if settings.ENVIRONMENT["CLARION_EMAIL_URL"] else link


def first_password(user: User) -> str:
    """Where a person who has none sets it. It ends when it was used or after some days, as a password reset does."""
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
