"""What people do at the door, for the tests of signing in."""

from __future__ import annotations

import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

PASSWORD = "correct horse 7"


def signs_in(client, email, password=PASSWORD, **more):
    return client.post("/account/login/", {"login": email, "password": password}, **more)


def code(secret: str, *, steps: int = 0) -> str:
    """What an authenticator app shows, some half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
