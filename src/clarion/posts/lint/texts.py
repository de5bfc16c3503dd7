"""A text taken apart: what is words and what is links, its sentences, and its language by its small words."""

from __future__ import annotations

import re
from collections.abc import Mapping

LINK = re.compile(r"https?://\S+|\bwww\.\S+|\b[\w.+-]+@[\w-]+\.\w+|\b(?:[a-z0-9-]+\.)+[a-z]{2,}/\S*", re.IGNORECASE)
TAG = re.compile(r"(?<![\w&/#＃])[#＃](?=\w*[^\W\d_])\w+")
MENTION = re.compile(r"(?<![\w/])@[\w.-]+(?:@[\w.-]+)?")
WORD = re.compile(r"[^\W\d_]+(?:[’'\-\u00ad][^\W\d_]+)*")
_END = re.compile(r"(?:[.!?…]+[\"'”’»)\]]*(?=\s|$))|[。！？]|\n+")
_SHORT = re.compile(
    r"(?:\b[^\W\d_]|\b(?:bzw|ca|evtl|ggf|inkl|Nr|St|Str|Dr|Mr|Mrs|Ms|Prof|vs|etc|approx|No|Tel|av|ev|kl|bl|nr|Sr|Sra|M"
    r"|Mme|pág|núm|env|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez))\.$",
    re.IGNORECASE,
)

# The commonest small words of a language tell it apart from its neighbours within a sentence or two.
_SMALL: Mapping[str, frozenset[str]] = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the and of to in is are for on with that this at from you we your our will be by it as have has or not",
        "de": "der die das und ist sind nicht von mit für auf im ein eine den dem des zu wir sie ihr bis am zum zur ab",
        "fr": "le la les des et est sont une un du pour dans sur avec que qui nous vous au aux par pas plus ce cette",
        "es": "el la los las y es son una un del para en con que por al se su más como este esta no lo desde hasta",
        "it": "il lo la gli le e è sono una un del della per in con che di da al nel non più questo alla dei",
        "nl": "de het een en is zijn van voor op met dat die niet aan bij in wij u je om te uit naar ook",
        "pt": "o a os as e é são uma um do da para em com que por ao não mais dos das no na até",
        "sv": "och är en ett det som på för med av till den inte vi i att om från har kan",
        "nb": "og er en et det som på for med av til den ikke vi i at om fra har kan de",
        "da": "og er en et det som på for med af til den ikke vi i at om fra har kan de",
        "fi": "ja on ei se että tai kun niin ovat ole mutta myös sekä",
        "pl": "i w na z do nie się jest to że o dla od są po przez",
    }.items()
}


def each(words: str) -> frozenset[str]:
    """The words of a line, as a set."""
    return frozenset(words.split())


def language_of(text: str) -> str:
    """The code of the language whose small words are there most; empty where nothing is clear."""
    words = [word.lower() for word in WORD.findall(without(text))][:200]
    counts = sorted(((sum(word in small for word in words), code) for code, small in _SMALL.items()), reverse=True)
    best, second = counts[0], counts[1]
    if best[0] < 2 or best[0] * 10 < len(words) or best[0] == second[0]:
        return ""
    return best[1]


def without(text: str) -> str:
    """The text with blanks in place of links, hashtags and mentions: every passage keeps its place."""
    for kind in (LINK, TAG, MENTION):
        text = kind.sub(lambda found: " " * len(found.group()), text)
    return text


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences stand, ``(start, end)``, without the white space around them. A line is never joined."""
    found, start = [], 0
    for mark in _END.finditer(text):
        if mark.group().startswith(".") and _SHORT.search(text[start : mark.start() + 1]):
            continue
        found.append((start, mark.end()))
        start = mark.end()
    found.append((start, len(text)))
    trimmed = ((a + len(text[a:b]) - len(text[a:b].lstrip()), a + len(text[a:b].rstrip())) for a, b in found)
    return [(a, b) for a, b in trimmed if a < b]
