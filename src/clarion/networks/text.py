"""How long a text is, as each network counts it. Every composer limit and every refusal before sending comes from here.

The facts are from the networks' documentation; ``count_text`` is pure and fast enough for every key stroke.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from . import text_twitter
from .text_emoji import emoji_spans

Counter = Callable[[str, int], int]

# Blocks in which every code point is one grapheme whatever stands beside it: Latin, Greek, Cyrillic, Armenian and the
# common punctuation. CR LF is the one pair among them. Most texts end here and never load the full rules.
_SIMPLE = re.compile(r"[\x00-\u02ff\u0370-\u0482\u048a-\u058f\u2010-\u2027\u20a0-\u20bf]*\Z")

# A link is shortened only when it has a scheme and a name with a dot that ends in letters. Not after a letter, "@", "#"
# or "$". https://docs.joinmastodon.org/user/posting/#links
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_LINK = re.compile(
    rf"(?<![\w@#$＠＃])https?://(?:(?:_?{_LABEL})\.)+(?:xn--[a-z0-9-]{{2,59}}|[^\W\d_]{{2,63}})(?![\w@])(?::\d{{1,5}})?"
    r"(?P<rest>[/?][^\s<>]*)?",
    re.IGNORECASE,
)
_LINK_NEVER_ENDS_WITH = "!*\"'「」;:=,.$%[]~&|@?("

# @name@host: the host is free. Not inside a path or a word. https://docs.joinmastodon.org/user/posting/#mentions
_MENTION = re.compile(r"(?<![=/\w])(@[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@\w+(?:[.:-]+\w+)*", re.IGNORECASE)


@cache
def _clusters() -> Any:
    import regex  # type: ignore[import-untyped]  # noqa: PLC0415 - 60 ms and 11 MB at import; most texts never need it

    return regex.compile(r"\X")


def graphemes(text: str) -> int:
    """What a reader would call characters: extended grapheme clusters (a family emoji is 1, CR LF is 1)."""
    if _SIMPLE.match(text):
        return len(text) - text.count("\r\n")
    return len(_clusters().findall(text))


def links(text: str) -> list[tuple[int, int]]:
    """Where the links with a scheme stand in ``text``: ``(start, end)`` in code points."""
    if "://" not in text:
        return []
    return [(found.start(), _end_of_link(found)) for found in _LINK.finditer(text)]


def _end_of_link(found: re.Match[str]) -> int:
    """Closing brackets that the link did not open, and punctuation at its end, belong to the sentence around it."""
    rest = found.group("rest") or ""
    depth = 0
    for index, letter in enumerate(rest):
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            rest = rest[:index]
            break
    else:
        if depth:
            rest = rest[: rest.rindex("(")]
    return found.start() + len(found.group()) - len(found.group("rest") or "") + len(rest.rstrip(_LINK_NEVER_ENDS_WITH))


def _mastodon(text: str, url_length: int) -> int:
    found = links(text)
    if found:
        pieces, last = [], 0
        for start, end in found:
            pieces += [text[last:start], "x" * url_length]
            last = end
        text = "".join([*pieces, text[last:]])
    if "@" in text:
        text = _MENTION.sub(r"\1", text)
    return graphemes(text)


def _threads(text: str) -> int:
    """https://developers.facebook.com/docs/threads/overview#limitations: an emoji counts as many as it has bytes."""
    if text.isascii():
        return len(text)
    spans = emoji_spans(text)
    return len(text) + sum(len(text[start:end].encode()) - (end - start) for start, end in spans)


# A mention and a hashtag as LinkedIn's "little text" writes them; whatever is behind a backslash stands for itself.
_LITTLE = re.compile(
    r"@\[(?P<name>(?:\\.|[^\\\]\[])*+)\]\(urn:li:[^()\s]++\)"
    r"|\{hashtag\|\\?[#＃]\|(?P<tag>(?:\\.|[^\\{}|])*+)\}",
    re.DOTALL,
)


def little(text: str) -> str:
    """``text`` as LinkedIn shows it: ``@[Name](urn:li:…)`` is its name, ``{hashtag|\\#|tag}`` is ``#tag``.

    A draft is not escaped otherwise: the network's own file escapes it when it is sent, and that counts nothing.
    """
    return _LITTLE.sub(_shown, text) if "urn:li:" in text or "{hashtag" in text else text


def _shown(found: re.Match[str]) -> str:
    name = found.group("name")
    shown = name if name is not None else "#" + found.group("tag")
    return re.sub(r"\\(.)", r"\1", shown, flags=re.DOTALL)


UNITS: Mapping[str, Counter] = {
    "grapheme": lambda text, url_length: graphemes(text),
    "mastodon": _mastodon,
    "twitter_weighted": lambda text, url_length: text_twitter.weight(text, url_length=url_length),
    "threads_mixed": lambda text, url_length: _threads(text),
    "little": lambda text, url_length: len(little(text)),
    "codepoint": lambda text, url_length: len(text),
    "utf16": lambda text, url_length: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    "utf8_bytes": lambda text, url_length: len(text.encode("utf-8", "surrogatepass")),
    "char": lambda text, url_length: len(text),
}
"""Unit -> counter of ``(text, url_length)``. ``char``: the network says only "characters"; code points are counted."""


IN_A_BROWSER: Mapping[str, str] = {
    **{unit: unit for unit in ("grapheme", "codepoint", "utf16", "utf8_bytes", "char")},
    "mastodon": "links",
    "twitter_weighted": "weighted",
}
"""Units that a page can count while one types, by what it calls them (``static/js/count.js``). The others it leaves
to the server."""


def count_text(text: str, *, unit: str, url_length: int = 23) -> int:
    """Length of ``text`` in ``unit`` (a key of ``UNITS``). ``url_length`` counts where links have a fixed length."""
    return UNITS[unit](text, url_length)
