"""What makes a password good enough (NIST SP 800-63B-4, 3.1.1.2)."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

pytestmark = pytest.mark.django_db


def refused(password: str, user) -> str:
    try:
        validate_password(password, user)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "seven calm horses", "correct horse 7", "   spaces count   x", "пароль из многих слов",
        "一つ二つ三つ四つ五つ六つ七つ八",
        "all-small-letters-only", "w" * 3 + "unbroken line " * 18,
    ],
)  # fmt: skip
def test_length_is_enough_whatever_the_characters(ingrid, password):
    assert refused(password, ingrid) == ""


def test_fifteen_alone_and_eight_beside_a_second_factor(ingrid):
    assert "15 characters" in refused("fourteen chars", ingrid)
    Authenticator.objects.create(user=ingrid, type="recovery_codes", data={})
    assert "15 characters" in refused("fourteen chars", ingrid), "recovery codes are no factor of their own"
    Authenticator.objects.create(user=ingrid, type="totp", data={})
    assert refused("fjord 48", ingrid) == ""
    assert "8 characters" in refused("fjord 4", ingrid)


def test_a_password_of_two_hundred_and_fifty_six_characters_is_taken_and_no_longer_one(ingrid):
    text = ("the quick brown fox jumps over " * 9)[:256]
    assert refused(text, ingrid) == ""
    assert "256" in refused(text + "!", ingrid)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword", "password12345678", "111111111111111111", "abcdefghijklmnopqr", "987654321098765432",
        "qwertyuiopasdfghjkl", "PasswordPassword", "letmeinletmeinletmein",
    ],
)  # fmt: skip
def test_what_is_tried_first_is_refused(ingrid, password):
    assert "tried first" in refused(password, ingrid)


@pytest.mark.parametrize(
    "password",
    ["ingridsolberg2026", "cityofhalden2026!!", "Clarion-Halden-1", "ingrid@halden.example", "pressofficehalden"],
)
def test_names_that_others_know_are_refused(ingrid, password):
    assert "names that others know" in refused(password, ingrid)
