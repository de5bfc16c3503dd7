"""The system's own browser, and the two screens that every page is made for."""

from __future__ import annotations

import shutil
from typing import Any

DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2,
}  # fmt: skip
CALM: dict[str, Any] = {"reduced_motion": "reduce", "timezone_id": "Europe/Oslo", "locale": "en-GB"}
MISSING = "no browser: install Chromium (Debian, Ubuntu: apt-get install chromium)"
SHELL = "chromium-headless-shell"
"""Debian's Chromium without windows, notifications and a service of push messages; it takes half the processor time."""


def system_browser(*, whole: bool = False) -> str:
    """The path of Chromium, or nothing. Where nothing else is needed, its shell will do."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names if whole else (SHELL, *names))), "")
