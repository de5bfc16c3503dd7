"""The context processor: what every template may ask. Nothing is read from the database until one does."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from .place import shell_of

THEMES = ("light", "dark")


def theme(request: HttpRequest) -> str:
    """``light`` or ``dark`` when the person chose one, else empty: the system decides."""
    chosen = request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else ""


def shell(request: HttpRequest) -> dict[str, Any]:
    return {"shell": shell_of(request), "now": timezone.now(), "theme": theme(request)}
