"""How a password is spelt before it is hashed: NFKC, so that all keyboards write the same (NIST SP 800-63B-4)."""

from __future__ import annotations

import unicodedata

ALONE, BESIDE, MOST = 15, 8, 256
"""Characters: the least for a password that opens alone, the least beside a second factor (NIST SP 800-63B-4, 3.1.1.2),
and the most that is taken."""
TOO_MUCH = 1024
"""Characters beyond which nothing is normalised: no password of ours is as long, and work is not given away."""


def normalised(password: str) -> str:
    return unicodedata.normalize("NFKC", password) if len(password) <= TOO_MUCH else password


def spellings(password: str) -> list[str]:
    """As it is hashed; and, where that differs, as it was hashed before passwords were normalised."""
    return list(dict.fromkeys((normalised(password), password)))
