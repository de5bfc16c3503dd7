"""How allauth behaves here: nobody signs up by themselves, and a person who signs in lands in a workspace."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class Accounts(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("This e-mail and this password do not belong together. Nothing was changed."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
        "incorrect_password": _("That is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The first person comes by the set-up page, everybody else by an invitation."""
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """People are known by their e-mail; there is no user name."""
