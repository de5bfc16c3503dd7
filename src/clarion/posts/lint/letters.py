"""Letters: whole words in capitals, look-alike letters, and links that do not say where they lead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from clarion.networks.wording import _

from .finding import Finding
from .texts import LINK, WORD, without

_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇғɢʜɪᴊᴋʟᴍɴᴏᴘǫʀᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrtuvwyz", strict=True))
# Mathematical letters and digits, letters in circles and squares, full-width Latin.
_LOOKS = "\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f130-\U0001f149\uff21-\uff3a\uff41-\uff5a\u2460-\u2468"
_FANCY = re.compile(rf"[{_LOOKS}]+(?:[ \u00a0'’.,!?-]*[{_LOOKS}]+)*")
_SMALLS = "".join(_SMALL_CAPITALS)
_SMALL_CAPS = re.compile(rf"[{_SMALLS}sx]{{3,}}+")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")

_CLICK = re.compile(
    r"\b(?:click (?:here|this link|the link)|tap here|(?:read|find out|learn|see) more here|(?:read|see) (?:it )?here"
    r"|more here|this link|link here|hier klicken|klick(?:en sie|t|e)? hier|mehr (?:dazu )?hier|hier (?:gibt es )?mehr"
    r"|cliquez ici|cliquer ici|(?:plus d['’]infos?|en savoir plus|lire) ici|(?:haga|haz|hacer) cli[ck] aqu[ií]"
    r"|pincha aqu[ií]|(?:más|leer) (?:info(?:rmación)? )?aqu[ií]|clicca qui|clique aqui|klik hier|lees hier|klicka här"
    r"|klikk her|les mer her|klik her|läs mer här)\b",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(pdf|docx?|xlsx?|pptx?|odt|ods|zip|mp4|mov)(?=[?#]|$)", re.IGNORECASE)
_KINDS = {"doc": "Word", "xls": "Excel", "ppt": "PowerPoint", "mp4": "Video", "mov": "Video"}
LONG_WORD = 7
"""A single word of so many capitals is no abbreviation any more."""


def look(text: str, *, known: frozenset[str], language: str) -> Iterator[Finding]:
    yield from _capitals(text, known=known, language=language)
    yield from _look_alikes(text)
    yield from _links(text)


def _capitals(text: str, *, known: frozenset[str], language: str) -> Iterator[Finding]:
    """Where nouns have capitals, or the language is not known, nobody but a person can mend them."""
    plain = without(text)
    for start, end in shouts(plain, known=known):
        passage = text[start:end]
        sentence = _("“%(words)s” is in capitals: they are slow to read and may be spelled out letter by letter.")
        fix = None if language in ("", "de") else _lowered(plain, start, passage)
        yield Finding("capitals", sentence % {"words": _brief(passage)}, start, end, fix)


def shouts(plain: str, *, known: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where words stand in capitals one after the other, or one that is too long for an abbreviation."""
    run: list[re.Match[str]] = []
    for word in [*WORD.finditer(plain), None]:
        if word is not None and _is_shouted(word.group()) and _goes_on(plain, run, word):
            run.append(word)
            continue
        if _is_a_run(run, known):
            yield run[0].start(), run[-1].end()
        run = [word] if word is not None and _is_shouted(word.group()) else []


def _is_shouted(word: str) -> bool:
    return word.isupper() and word.lower() != word


def _goes_on(text: str, run: list[re.Match[str]], word: re.Match[str]) -> bool:
    return not run or not text[run[-1].end() : word.start()].strip(" ,;:–—-&")


def _is_a_run(run: list[re.Match[str]], known: frozenset[str]) -> bool:
    unknown = [word for word in run if word.group() not in known]
    if not unknown:
        return False
    if len(run) == 1:
        return len(run[0].group()) >= LONG_WORD
    return sum(len(word.group()) for word in run) >= 9 and any(len(word.group()) > 4 for word in unknown)


def _lowered(text: str, start: int, passage: str) -> str:
    low = passage.lower()
    before = text[:start].rstrip(" \"'“‘(¿¡")
    begins = not before or before[-1] in ".!?…\n:"
    return low[0].upper() + low[1:] if begins else low


def _look_alikes(text: str) -> Iterator[Finding]:
    for kind in (_FANCY, _SMALL_CAPS):
        for found in kind.finditer(text):
            if kind is _SMALL_CAPS and sum(letter in _SMALL_CAPITALS for letter in found.group()) < 3:
                continue
            letters = unicodedata.normalize("NFKC", found.group())
            plain = "".join(_SMALL_CAPITALS.get(letter, letter) for letter in letters)
            near = text[max(0, found.start() - 2) : found.end() + 2]
            if plain == found.group() or _CJK.search(near) or not re.search(r"[A-Za-z0-9Α-ω]", plain):
                continue
            if len(found.group()) == 1 and found.group() in "①②③④⑤⑥⑦⑧⑨":
                continue
            sentence = _("“%(words)s” is made of signs that only look like letters: screen readers skip or spell them.")
            yield Finding("letters", sentence % {"words": _brief(found.group())}, found.start(), found.end(), plain)


def _links(text: str) -> Iterator[Finding]:
    for found in _CLICK.finditer(text):
        sentence = _("“%(words)s” says nothing by itself. Say what is behind the link.")
        yield Finding("link_text", sentence % {"words": found.group()}, found.start(), found.end())
    for link in LINK.finditer(text):
        address = link.group().rstrip(".,;:!?)")
        kind = _FILE.search(address.split("?")[0].split("#")[0])
        if kind is None:
            continue
        ending = kind.group(1).lower()
        name = _KINDS.get(ending[:3], ending.upper())
        around = text[max(0, link.start() - 60) : link.start()] + text[link.end() : link.end() + 12]
        if name.lower() not in around.lower():
            end = link.start() + len(address)
            sentence = _("This link opens a file. Say so: (%(kind)s).") % {"kind": name}
            yield Finding("link_text", sentence, link.start(), end, f"{address} ({name})")


def _brief(passage: str) -> str:
    passage = " ".join(passage.split())
    return passage if len(passage) <= 40 else passage[:39] + "…"
