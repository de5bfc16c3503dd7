"""Words by which a hashtag of small letters is read apart: those of public offices, in a few languages.

A word is in ``vocabulary.txt`` when a town hall's hashtags are made of it. Two letters only where they are needed
(#jointhefun), because short words make chance readings; a tag with two readings is asked about, never changed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def words() -> frozenset[str]:
    return frozenset(Path(__file__).with_name("vocabulary.txt").read_text(encoding="utf-8").split())
