"""Counting what comes too often, over all processes together."""

from __future__ import annotations

import time

from django.core.cache import cache


def too_often(what: str, *, at_most: int, seconds: int) -> bool:
    """Counts ``what`` once more; True when that was more than so often in this stretch of so many seconds."""
    key = f"often-{what}-{int(time.time()) // seconds}"
    cache.add(key, 0, 2 * seconds)
    try:
        return int(cache.incr(key)) > at_most
    except ValueError:  # it ran out in between
        return False
