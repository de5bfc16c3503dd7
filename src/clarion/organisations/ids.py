"""Ids that sort by the time they were made and tell an outsider no count (UUID version 7, RFC 9562)."""

from __future__ import annotations

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


def new_id() -> UUID:
    """A new id, larger than every id made before it in this process (12 bits below the millisecond keep the order)."""
    global _last
    with _lock:
        stamp = (time.time_ns() // 1_000_000) << 12
        _last = max(stamp, _last + 1)
        value = _last
    milliseconds, sequence = value >> 12, value & 0xFFF
    random = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | sequence << 64 | 0b10 << 62 | random)


def as_id(text: object) -> UUID | None:
    """What somebody sent as an id, in any spelling; None when it is none."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def is_id(text: object) -> bool:
    """Whether this is an id as we write it ourselves."""
    return (found := as_id(text)) is not None and str(found) == str(text)
