"""How allauth behaves here: nobody signs up by themselves, and a person who signs in lands in a workspace."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Accounts(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """The first person comes by the set-up page, everybody else by an invitation."""
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """People are known by their e-mail; there is no user name."""
