"""“Little text” as a reader sees it, read letter by letter: not the way in which Clarion writes it."""

from __future__ import annotations

MARKS = "|{}@[]()<>#*_~\\"


def read_little(commentary: str) -> str:
    """The text. It ends, without a word, where a mark stands that is neither escaped nor part of an element."""
    said, at = "", 0
    while at < len(commentary):
        letter = commentary[at]
        if letter == "\\" and at + 1 < len(commentary):
            said, at = said + commentary[at + 1], at + 2
        elif letter not in MARKS:
            said, at = said + letter, at + 1
        else:
            words, onward = _element(commentary, at)
            if onward == at:
                break
            said, at = said + words, onward
    return said


def _element(text: str, at: int) -> tuple[str, int]:
    """A mention ``@[name](urn)`` or a hashtag ``{hashtag|\\#|tag}``: its words, and where it ends."""
    if text.startswith("@[", at):
        name, end = _until(text, at + 2, "]")
        close = text.find(")", end)
        if text[end : end + 9] == "](urn:li:" and close > 0:
            return name, close + 1
    if text.startswith("{hashtag|", at):
        sign, end = _until(text, at + 9, "|")
        tag, close = _until(text, end + 1, "}")
        if sign in ("#", "＃") and text[end : end + 1] == "|" and text[close : close + 1] == "}":
            return sign + tag, close + 1
    return "", at


def _until(text: str, at: int, end: str) -> tuple[str, int]:
    """Plain words from ``at`` on, and where they stop: at ``end`` or at another mark (a hashtag's own sign passes)."""
    said = ""
    while at < len(text) and text[at] != end:
        if text[at] == "\\":
            at += 1
        elif text[at] in MARKS and text[at] != "#":
            break
        said, at = said + text[at : at + 1], at + 1
    return said, at
