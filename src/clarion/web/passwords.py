"""What makes a password good enough, by NIST SP 800-63B-4 (3.1.1.2): length, and that nobody guesses it first.

No rule about kinds of characters, none about changing it from time to time, and no word to any other machine.
"""

from __future__ import annotations

import re
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clarion.organisations.models import Organisation, Workspace
from clarion.organisations.passwords import ALONE, BESIDE, MOST, normalised
from clarion.web.accounts import FACTORS

PRODUCT = "clarion"
LEFT = 6
"""So many characters have to be left of a password when the words that anybody would try first are taken out."""
ROWS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")


class _Rule:
    def validate(self, password: str, user: Any = None) -> None:
        """Raises ValidationError with a sentence."""
        if sentence := self.wrong(normalised(password), user):
            raise ValidationError(sentence)

    def wrong(self, password: str, user: Any) -> str:
        raise NotImplementedError

    def get_help_text(self) -> str:
        return _("At least 15 characters, or 8 with a second factor. Several words in a row are best.")


class LongEnough(_Rule):
    def wrong(self, password: str, user: Any) -> str:
        least = BESIDE if _has_second_factor(user) else ALONE
        if len(password) >= least:
            return ""
        return _("This password is too short: %(least)d characters are needed. Several words in a row are best.") % {
            "least": least
        }


class NotTooLong(_Rule):
    def wrong(self, password: str, user: Any) -> str:
        if len(password) <= MOST:
            return ""
        return _("This password is too long: %(most)d characters are the most.") % {"most": MOST}


class NotCommon(_Rule):
    """Not among the 20,000 that are tried first, nor one of them several times or with a row around it, nor a row."""

    def wrong(self, password: str, user: Any) -> str:
        low = password.lower().strip()
        once = _repeated(low)
        core = re.sub(r"^[\d\W_]+|[\d\W_]+$", "", low)
        around = low.replace(core, "", 1) if core else ""
        common = CommonPasswordValidator().passwords
        plain = _repeated(core) in common and (len(around) < LEFT or around in common or _is_row(around))
        if {low, once} & common or plain or _is_row(low):
            return _("This password is among those that are tried first. Take one that only you would think of.")
        return ""


class NotAboutYou(_Rule):
    """Not made of the person's name and e-mail, the names of the house, and the product's."""

    def wrong(self, password: str, user: Any) -> str:
        left = password.lower()
        for word in sorted(_words_around(user), key=len, reverse=True):
            left = left.replace(word, " ")
        if len(re.sub(r"[\W\d_]", "", left)) >= LEFT or left == password.lower():
            return ""
        return _("This password is made of names that others know: yours, or your organisation’s. Take another.")


def _has_second_factor(user: Any) -> bool:
    return bool(user and user.pk and Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists())


def _repeated(text: str) -> str:
    """``catcatcat`` → ``cat``: what is said several times."""
    found = re.fullmatch(r"(.+?)\1+", text, re.DOTALL)
    return found[1] if found else text


def _is_row(text: str) -> bool:
    """Keys or letters in a row, forwards or backwards, and few different characters."""
    plain = re.sub(r"[\W_]", "", text) or text
    rows = [row * (len(plain) // len(row) + 2) for row in ROWS]
    return len(set(text)) < 4 or any(plain in row or plain in row[::-1] for row in rows)


def _words_around(user: Any) -> set[str]:
    texts = [PRODUCT]
    if user is not None:
        texts += [getattr(user, "name", "") or "", (getattr(user, "email", "") or "")]
    if user is not None and user.pk:
        texts += Organisation.objects.of(user).values_list("name", flat=True)
        texts += Workspace.objects.of(user).values_list("name", flat=True)
    return {word for text in texts for word in re.split(r"[\W\d_]+", text.lower()) if len(word) > 2}
