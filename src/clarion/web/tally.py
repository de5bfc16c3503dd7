"""Counting what comes too often, over all processes together."""

from __future__ import annotations

import time

from django.core.cache import cache


def too_often(what: str, *, at_most: int, seconds: int) -> bool:
    """Counts ``what`` once more; True when that was more than so often in this stretch of so many seconds."""
    return counted(what, seconds=seconds) > at_most


def counted(what: str, *, seconds: int) -> int:
    """Counts ``what`` once more: how often it was by now, in this stretch of so many seconds."""
    key = _key(what, seconds)
    cache.add(key, 0, 2 * seconds)
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out in between
        return 0


def was_often(what: str, *, at_most: int, seconds: int) -> bool:
    """Whether ``what`` was counted so often already in this stretch; to ask counts nothing."""
    return int(cache.get(_key(what, seconds), 0)) >= at_most


def _key(what: str, seconds: int) -> str:
    return f"often-{what}-{int(time.time()) // seconds}"
