"""What a rule has found, and how it may be repeated where others read it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hit:
    """``start`` and ``end`` count code points of the passage's text. ``words``: what stands there; never kept, see
    ``excerpt``. ``kind``: ``words``, ``pattern``, ``late`` (a pattern that took too long), a kind of personal data, or
    what is wrong with a link."""

    rule: int
    passage: int
    start: int
    end: int
    kind: str
    words: str

    @property
    def excerpt(self) -> str:
        """What may stand in records and logs: numbers and addresses only with their last signs."""
        if self.kind == "words" or self.kind in LINKS:
            return shortened(self.words)
        return masked(self.words)


LINKS = ("denied", "unlisted", "http", "ip", "shortener", "lookalike")


def shortened(words: str, most: int = 60) -> str:
    words = " ".join(words.split())
    return words if len(words) <= most else words[: most - 1] + "…"


def masked(words: str) -> str:
    """``47 900 12 345`` as ``•• ••• •• •45``; of an e-mail address the first letter and the host stay."""
    words = shortened(words)
    name, at, host = words.partition("@")
    if at:
        return f"{name[:1]}•••@{host}"
    signs = [index for index, letter in enumerate(words) if letter.isalnum()]
    hidden = set(signs[: -2 if len(signs) > 4 else None])
    return "".join("•" if index in hidden else letter for index, letter in enumerate(words))
