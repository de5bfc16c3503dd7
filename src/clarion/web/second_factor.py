"""The second factor as allauth asks for it here: secrets are sealed, and a code opens once (RFC 6238, 5.2)."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.channels.sealing import seal, unseal
from clarion.web.accounts import FACTORS

PRODUCT = "Clarion"
STEP = "step"
"""In the data of an authenticator: the last step of its clock whose code was taken. Earlier ones open no more."""


class SecondFactor(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This code is wrong, too old, or was used already. Take the next one."),
        "cannot_generate_recovery_codes": gettext_lazy("Set up a second factor first."),
    }

    def encrypt(self, text: str) -> str:
        return seal({"text": text})

    def decrypt(self, encrypted_text: str) -> str:
        return str(unseal(encrypted_text)["text"])

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        return super().is_mfa_enabled(user, types=FACTORS if types is None else types)

    def get_totp_issuer(self) -> str:
        """What the app writes above the code: the installation, for who works at several."""
        return f"{PRODUCT} {urlsplit(settings.BASE_URL).hostname}"

    def build_totp_svg(self, url: str) -> str:
        import qrcode  # noqa: PLC0415  where one is shown: 40 ms
        from qrcode.image.svg import SvgPathFillImage  # noqa: PLC0415

        drawn = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage, border=2).save(drawn)
        return drawn.getvalue().decode()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}

    def _get_site_name(self) -> str:
        return PRODUCT


def step_of(secret: str, code: str, *, after: int = 0) -> int:
    """The step of the clock to which this code belongs, one to each side of now; 0 when there is none ``after``."""
    for step in yield_hotp_counters_from_time():
        if step > after and compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return step
    return 0


def opens(authenticator: Authenticator, code: str) -> bool:
    """Whether this code opens, and never again."""
    if authenticator.type != Authenticator.Type.TOTP:
        return bool(authenticator.wrap().validate_code(code))
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
        found = step_of(decrypt(row.data["secret"]), code, after=row.data.get(STEP, 0))
        if found:
            row.data[STEP] = found
            row.save(update_fields=["data"])
    return bool(found)


class _Code:
    """Takes a code of the app, or a recovery code."""

    def clean_code(self) -> str:
        settled = check_rate_limit(self.user)  # type: ignore[attr-defined]
        code: str = self.cleaned_data["code"]  # type: ignore[attr-defined]
        mine = Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN)  # type: ignore[attr-defined]
        for authenticator in mine.order_by("-type"):  # the app before the recovery codes
            if opens(authenticator, code):
                authenticator.user = self.user  # type: ignore[attr-defined]
                self.authenticator = authenticator
                settled()
                return code
        raise SecondFactor().validation_error("incorrect_code")


class Authenticate(_Code, AuthenticateForm):
    pass


class Reauthenticate(_Code, ReauthenticateForm):
    pass


class ActivateApp(ActivateTOTPForm):
    """The code that proves the app is not taken again at the next sign-in."""

    def clean_code(self) -> str:
        code = super().clean_code()
        self.step = step_of(self.secret, code)
        return code
