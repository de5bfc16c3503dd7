"""Icons and network marks as inline SVG, from the vendored files (``static/vendor/README.md``)."""

from __future__ import annotations

import json
from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from .assets import FOLDER

STRANGER = "radio-tower"
"""Stands for a network without a mark of its own."""


@lru_cache(maxsize=1)
def lucide() -> dict[str, str]:
    return dict(json.loads((FOLDER / "vendor" / "lucide.json").read_text()))


@lru_cache(maxsize=1)
def marks() -> dict[str, dict[str, str]]:
    """By network name: ``{"path": …}`` or ``{"icon": …}``. A network that is not in the file gets a common icon."""
    return dict(json.loads((FOLDER / "vendor" / "marks.json").read_text()))


@lru_cache(maxsize=512)
def icon(name: str, classes: str = "") -> SafeString:
    """One Lucide icon. It only decorates: the word beside it, or an aria-label around it, says what it means."""
    shapes = lucide()[name]
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>',
        f" {classes}" if classes else "", mark_safe(shapes),  # noqa: S308  our own vendored file
    )  # fmt: skip


@lru_cache(maxsize=128)
def mark(network: str, classes: str = "") -> SafeString:
    """A network's mark in text colour, never in brand colours."""
    # A second way into the same network (``name_page``) has its mark.
    found = marks().get(network) or marks().get(network.partition("_")[0], {"icon": STRANGER})
    more = f" {classes}" if classes else ""
    if "icon" in found:
        return icon(found["icon"], f"mark{more}")
    return format_html(
        '<svg class="mark{}" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>', more, found["path"]
    )
