"""One text as many servers show it: HTML made plain, links undone, white space and accents brought to one form.

Used to recognise an own post on a server that may have changed its dress, never to change what is said.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass(frozen=True)
class Plain:
    """``shown``: the text as it reads; ``linked``: the same with every link as its address."""

    shown: str
    linked: str


def plain(html: str) -> Plain:
    """The text of a status's HTML: ``<br>`` is a line end, paragraphs are apart, a shortened link is whole again."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Plain("".join(reader.shown).strip(), "".join(reader.linked).strip())


@dataclass
class _Link:
    href: str
    words: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.linked: list[str] = []
        self._link: _Link | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._say("\n")
        elif tag in ("p", "li", "blockquote", "pre", "div") and self.shown:
            self._say("\n\n")
        elif tag == "a":
            given = {name: value or "" for name, value in attrs}
            kind = given.get("class", "")
            href = given.get("href", "")
            # Mentions and hashtags are links too, but their words are what was written.
            if href and "mention" not in kind and "hashtag" not in kind and given.get("rel") != "tag":
                self._link = _Link(href)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._link is not None:
            words = "".join(self._link.words)
            # A word that links elsewhere (a hashtag of a server without classes) is not an address that was typed.
            self.linked.append(words if words[:1] in "#@" and words else self._link.href)
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._link is not None:
            self._link.words.append(data)
            self.shown.append(data)
        else:
            self._say(data)

    def _say(self, text: str) -> None:
        self.shown.append(text)
        if self._link is None:
            self.linked.append(text)


_MENTION_HOST = re.compile(r"(?<![=/\w])(@[\w.-]+?)@[\w.:-]*\w")


def same_form(text: str) -> str:
    """``text`` for comparison: NFC, one space for any white space, mentions without their server."""
    text = _MENTION_HOST.sub(r"\1", unicodedata.normalize("NFC", text))
    # Variation selectors and joiners at the edges come and go with a server's emoji handling.
    return " ".join(text.replace("\ufe0f", "").split())


def letters(text: str) -> str:
    """Only letters and digits, in lower case: what is left when a server reads our text as Markdown."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def says(html: str, text: str) -> bool | None:
    """Does this HTML say ``text``? True, False, or None: it resembles it, and may have lost marks on the way."""
    read, ours = plain(html), same_form(text)
    shown, linked = same_form(read.shown), same_form(read.linked)
    if ours in (shown, linked):
        return True
    mine, theirs = (set(re.findall(r"\w+", words.casefold())) for words in (ours, f"{shown} {linked}"))
    return None if len(mine & theirs) * 2 > len(mine) or letters(ours) in (letters(shown), letters(linked)) else False
