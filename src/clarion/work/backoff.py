"""How long to wait before trying again."""

from __future__ import annotations

import random
from datetime import timedelta


def backoff(attempt: int, *, first: float = 2.0, most: float = 300.0, jitter: float = 0.25) -> timedelta:
    """Doubling from ``first`` seconds to ``most``, with ``jitter`` so that many rows do not come back together.

    ``attempt`` counts from 1.
    """
    seconds = min(first * 2 ** min(attempt - 1, 20), most)
    return timedelta(seconds=seconds * random.uniform(1 - jitter, 1 + jitter))  # noqa: S311  not a secret
