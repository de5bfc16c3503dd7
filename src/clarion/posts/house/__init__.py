"""Rules of the house: blocked words, patterns, personal data and links, found in what would go out.

Plain functions over plain data, like ``posts.lint``. What is found is a ``Hit`` with the place at which it stands. A
text is judged as it would be read: letters that only look the same, invisible ones and capitals change nothing.
"""

from __future__ import annotations

from .book import Book, Entry, Passage
from .hits import Hit, masked
from .links import SIGNS, sound_domain
from .patterns import BadPattern, compiled
from .personal import COUNTRIES, DATA

__all__ = [
    "COUNTRIES", "DATA", "SIGNS", "BadPattern", "Book", "Entry", "Hit", "Passage", "compiled", "masked", "sound_domain",
]  # fmt: skip
