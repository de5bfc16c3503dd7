"""Where emoji stand in a text, each with everything that is joined to it (https://www.unicode.org/reports/tr51/)."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

# Nothing below U+203C is an emoji by itself but these three beside a sign that makes them one.
_MAYBE = re.compile("[\u203c-\u3299\ufe0f\U0001f000-\U0001faff]")


@cache
def _emoji() -> Any:
    import regex  # type: ignore[import-untyped]  # noqa: PLC0415 - 60 ms and 11 MB at import; most texts never need it

    one = (
        r"(?:\p{Emoji_Modifier_Base}\p{Emoji_Modifier}"
        r"|[\p{Emoji}--[0-9#*©®™]]\uFE0F?(?!\uFE0E)"
        r"|[©®™]\uFE0F)"
    )
    return regex.compile(
        r"\p{Regional_Indicator}{2}"
        r"|[0-9#*]\uFE0F?\u20E3"
        r"|\U0001F3F4[\U000E0020-\U000E007E]+\U000E007F"
        rf"|{one}(?:\u200D{one})*",
        regex.V1,
    )


def emoji_spans(text: str) -> list[tuple[int, int]]:
    """``(start, end)`` in code points. A sign that asks to be shown as text (U+FE0E) is none; nor is a plain © or 1."""
    if not _MAYBE.search(text):
        return []
    return [found.span() for found in _emoji().finditer(text)]
