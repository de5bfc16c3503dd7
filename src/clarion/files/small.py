"""Small copies of pictures, for lists and tiles: WebP, beside the picture, made when first asked for."""

from __future__ import annotations

import threading
from pathlib import Path

from .store import Missing, Store

EDGE = 480
"""Pixels of the longer edge."""
ENDING = ".small.webp"
TYPE = "image/webp"

_one_at_a_time = threading.Lock()
"""A large picture unfolds to hundreds of megabytes: two at a time are one too many."""


def is_needed(*, width: int, height: int) -> bool:
    return max(width, height) > EDGE or not width


def small_of(store: Store, key: str, *, size: int | None = None, sha256: str = "") -> str:
    """The key of the small copy; the picture's own when none can be made of it. Raises ``Missing``, ``StoreGone``."""
    small = key.rsplit(".", 1)[0] + ENDING
    try:
        store.local(small)
        return small
    except Missing:
        pass
    source = store.local(key, size=size, sha256=sha256)
    with _one_at_a_time:
        if store.size(small) is None and not _make(store, source, small):
            return key
    return small


def _make(store: Store, source: Path, small: str) -> bool:
    from PIL import Image  # noqa: PLC0415  15 MB and 60 ms that most commands do not need

    with store.received() as path:
        try:
            with Image.open(source) as opened:
                opened.draft("RGB", (EDGE * 2, EDGE * 2))  # JPEG unfolds only as far as needed
                profile = opened.info.get("icc_profile") if opened.mode in ("RGB", "RGBA", "P") else None
                image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
            image.thumbnail((EDGE, EDGE))
            image.save(path, "WEBP", quality=82, **({"icc_profile": profile} if profile else {}))
        except (OSError, SyntaxError, ValueError):
            return False
        store.put(small, path)
    return True
