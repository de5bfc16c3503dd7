"""Emoji: each is read out by its whole name, so few of them, at the end, and never as bullets or between letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clarion.networks.text_emoji import emoji_spans
from clarion.networks.wording import _, ngettext

from .finding import Finding
from .texts import WORD

MOST = 3
"""More emoji than this in one part are many."""


def look(text: str) -> Iterator[Finding]:
    spans = emoji_spans(text)
    if not spans:
        return
    bullets = _bullets(text, spans)
    yield from _told(text, bullets)
    yield from _repeated(text, spans)
    yield from _between(text, [span for span in spans if span not in bullets])
    rest = [span for span in spans if span not in bullets]
    if len(rest) > MOST:
        sentence = ngettext(
            "There is %(n)d emoji: each is read out by its name. Keep to one or two, at the end.",
            "There are %(n)d emoji: each is read out by its name. Keep to one or two, at the end.", len(rest),
        )  # fmt: skip
        yield Finding("emoji", sentence % {"n": len(rest)}, rest[0][0], rest[-1][1])


def _bullets(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Emoji that begin a line, where two lines or more begin so."""
    found = []
    for start, end in spans:
        before = text[:start].rsplit("\n", 1)[-1]
        if not before.strip() and WORD.search(text[end:].split("\n", 1)[0]):
            found.append((start, end))
    return found if len(found) > 1 else []


def _told(text: str, bullets: list[tuple[int, int]]) -> Iterator[Finding]:
    for start, end in bullets:
        gap = re.match(r"[ \t\u00a0]*", text[end:])
        stop = end + (gap.end() if gap else 0)
        sentence = _("%(emoji)s is used as a bullet: its name is read out before every line. A dash will do.")
        yield Finding("emoji", sentence % {"emoji": text[start:end]}, start, stop, "– ")


def _repeated(text: str, spans: list[tuple[int, int]]) -> Iterator[Finding]:
    index = 0
    while index < len(spans):
        last = index
        one = text[slice(*spans[index])]
        while (
            last + 1 < len(spans) and text[slice(*spans[last + 1])] == one
            and not text[spans[last][1] : spans[last + 1][0]].strip()
        ):  # fmt: skip
            last += 1
        if last - index >= 2:
            start, end = spans[index][0], spans[last][1]
            sentence = _("%(emoji)s is read out %(n)d times. Once is enough.")
            yield Finding("emoji", sentence % {"emoji": one, "n": last - index + 1}, start, end, one)
        index = last + 1


def _between(text: str, spans: list[tuple[int, int]]) -> Iterator[Finding]:
    """Emoji inside a word, or in the middle of a sentence."""
    for start, end in spans:
        before, after = text[start - 1 : start], text[end : end + 1]
        if before.isalpha() and after.isalpha():
            sentence = _("%(emoji)s stands inside a word: it is read out in the middle of it.")
            yield Finding("emoji", sentence % {"emoji": text[start:end]}, start, end)
            continue
        left, right = text[:start].rsplit("\n", 1)[-1], text[end:].split("\n", 1)[0]
        goes_on = re.match(r"\s+[^\W\d_]", right) and (right.lstrip()[:1].islower())
        if goes_on and re.search(r"[^\W_]\s+$", left):
            sentence = _("%(emoji)s interrupts the sentence. Put it at the end.")
            yield Finding("emoji", sentence % {"emoji": text[start:end]}, start, end, calm=True)
