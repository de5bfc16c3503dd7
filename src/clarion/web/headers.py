"""What every answer says to browsers about itself, whoever made it: page, error, file, redirect or a door that is shut.

What a view said already stands. Meanings: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.csp import CSP, build_policy

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{power}=()"
        for power in (
            "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media",
            "geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi",
            "payment", "serial", "usb", "xr-spatial-tracking",
        )
    ),
}  # fmt: skip
HARMLESS = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""The policy of what is no page of ours: opened by itself, whatever it holds can run, load and send nothing."""
PAGES = ("text/html", "text/javascript")
"""Modules are among them: a worker of the browser lives by the policy of its own file."""
KEPT_BY_NOBODY = "private, no-cache"
"""A page is its reader's. Shared caches do not keep it, and her browser asks before it shows it again."""


class Guarded:
    """Must be the outermost middleware: what those inside it answer by themselves is guarded too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return guarded(self.get_response(request), is_secure=request.is_secure())


def guarded[Answer: HttpResponseBase](answer: Answer, *, is_secure: bool) -> Answer:
    """The answer with all of our headers. ``is_secure``: it goes out over TLS."""
    for name, value in ALWAYS.items():
        answer.headers.setdefault(name, value)
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    policy = build_policy(settings.SECURE_CSP) if kind in PAGES else HARMLESS
    answer.headers.setdefault(str(CSP.HEADER_ENFORCE), policy)
    if kind == "text/html":
        answer.headers.setdefault("Cache-Control", KEPT_BY_NOBODY)
    if is_secure and settings.HSTS:
        answer.headers.setdefault("Strict-Transport-Security", settings.HSTS)
    return answer
