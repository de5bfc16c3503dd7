"""Plain language: abbreviations, long sentences, and how hard the text is to read.

LIX (Björnsson 1968) takes any language with spaces between its words: words per sentence and the share of words of
more than six letters. Where a language has a formula after Flesch, that one decides: Flesch 1948 for English, Amstad
1978 for German, Kandel and Moles 1958 for French, Szigriszt-Pazos 1993 for Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from clarion.networks.wording import _

from .finding import Finding
from .letters import shouts
from .texts import WORD, each, sentences, without

LONG_SENTENCE = 25
"""Words; a sentence with more is worth two. https://www.gov.uk/guidance/content-design/writing-for-gov-uk"""

ENOUGH = 20
"""With fewer words a reading level says nothing."""

EVERYBODY = each(
    "EU UN UK US USA TV PC PDF SMS FAQ OK ID CD DVD GPS USB WC DJ PS AM PM AI KI VIP HIV DNA LED ATM CEO NATO NASA "
    "UEFA FIFA LGBT LGBTQ BBC WHO WLAN USD EUR ZOB UNO ONU UE EE UU AIDS SOS DIY RSVP BBQ CO URL WWW HTML CSV IT QR"
)
"""Shorter by themselves than explained."""
_ABBREVIATION = re.compile(r"(?<![\w&.])[A-ZÄÖÜÅØÆÉ](?:[A-ZÄÖÜÅØÆÉ]|\d|&(?=[A-Z])){1,5}s?(?![\w&])")
_ROMAN = re.compile(r"[IVXLCM]+\Z")
_SCALES = {
    # language: (constant, for a word a sentence, for a syllable a word, plain from, medium from)
    "en": (206.835, 1.015, 84.6, 60.0, 45.0),
    "de": (180.0, 1.0, 58.5, 55.0, 40.0),
    "fr": (207.0, 1.015, 73.6, 60.0, 45.0),
    "es": (206.835, 1.0, 62.3, 55.0, 40.0),
}
_VOWELS = {
    "en": re.compile(r"[aeiouy]+"),
    "de": re.compile(r"ei|ai|au|eu|äu|ie|aa|ee|oo|[aeiouyäöü]"),
    "fr": re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+"),
    "es": re.compile(r"[iuü]?[aeoáéó][iuy]?(?![aeoáéíóú])|[iuü]?[aeoáéó]|[íú]|[iuü]+|y\b"),
}
_SILENT, _SAID = re.compile(r"[^aeiouyl]e(?:s|d)?\Z"), re.compile(r"(?:[td]ed|[sxz]es|[cg]es|[sc]hes)\Z")


@dataclass(frozen=True)
class Reading:
    """``level`` is ``plain``, ``medium`` or ``hard``; ``figure`` says by which formula, such as "Flesch 68"."""

    level: str
    lix: int
    flesch: int | None

    @property
    def figure(self) -> str:
        return f"LIX {self.lix}" if self.flesch is None else f"Flesch {self.flesch}, LIX {self.lix}"


def read(text: str, *, language: str = "") -> Reading | None:
    """How hard the text is to read; None where it is too short, or its words are not apart."""
    bare = without(text)
    words = WORD.findall(bare)
    if len(words) < ENOUGH or sum(map(len, words)) / len(words) > 20:
        return None
    spans = [(start, end) for start, end in sentences(bare) if WORD.search(bare[start:end])]
    per_sentence = len(words) / max(len(spans), 1)
    lix = per_sentence + 100 * sum(len(word.replace("\u00ad", "")) > 6 for word in words) / len(words)
    scale = _SCALES.get(language)
    if scale is None:
        level = "plain" if lix < 40 else "medium" if lix < 52 else "hard"
        return Reading(level, round(lix), None)
    constant, a_word, a_syllable, easy, middling = scale
    syllables_a_word = sum(syllables(word, language) for word in words) / len(words)
    flesch = constant - a_word * per_sentence - a_syllable * syllables_a_word
    level = "plain" if flesch >= easy else "medium" if flesch >= middling else "hard"
    return Reading(level, round(lix), round(flesch))


def syllables(word: str, language: str) -> int:
    """How many syllables, by groups of vowels: right for most words, and near enough over a text."""
    word = word.lower()
    count = len(_VOWELS[language].findall(word))
    if language == "en" and _SILENT.search(word) and not _SAID.search(word):
        count -= 1
    if language == "fr" and count > 1 and re.search(r"[^aeiouyéèê]e(?:s|nt)?\Z", word):
        count -= 1
    return max(count, 1)


def look(text: str, *, known: frozenset[str], language: str) -> Iterator[Finding]:
    bare = without(text)
    yield from _abbreviations(text, bare, known)
    for start, end in sentences(bare):
        count = len(WORD.findall(bare[start:end]))
        if count > LONG_SENTENCE:
            sentence = _("This sentence has %(n)d words. Two short ones are easier to follow.") % {"n": count}
            yield Finding("sentences", sentence, start, end)
    reading = read(text, language=language)
    if reading is not None and reading.level == "hard":
        sentence = _("This is hard to read (%(figure)s). Shorter sentences and commoner words help.")
        yield Finding("reading", sentence % {"figure": reading.figure}, calm=True)


def _abbreviations(text: str, bare: str, known: frozenset[str]) -> Iterator[Finding]:
    told: set[str] = set()
    shouted = list(shouts(bare, known=known))
    for found in _ABBREVIATION.finditer(bare):
        said = found.group()
        short = said.removesuffix("s") if said[:-1].isupper() else said
        if short in told or short in known or said in known or short in EVERYBODY or _ROMAN.match(short):
            continue
        if sum(letter.isalpha() for letter in short) < 2:
            continue
        if any(start <= found.start() < end for start, end in shouted):
            continue  # part of a shout, told as such
        told.add(short)
        if _is_explained(text, short):
            continue
        sentence = _("%(short)s is not explained. Write it out once, or tell this workspace that its readers know it.")
        yield Finding("abbreviations", sentence % {"short": short}, found.start(), found.end())


def _is_explained(text: str, short: str) -> bool:
    """ "Fire and Rescue Service (FRS)", or "FRS (Fire and Rescue Service)"."""
    for brackets in (f"({short})", f"({short}s)"):
        before = text.partition(brackets)
        if before[1] and re.search(r"[^\W\d_]{3}", before[0][-200:].rpartition("\n")[2]):
            return True
    return bool(re.search(rf"\b{re.escape(short)}s?\s?\([^)\n]{{0,200}}[^\W\d_]{{3}}", text))
