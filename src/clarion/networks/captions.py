"""Captions of a video: WebVTT and SubRip, read, judged, and turned into each other.

WebVTT: https://www.w3.org/TR/webvtt1/. SubRip has no standard: a number, a line of times with commas, the words, an
empty line; of markup it knows bold, italic and underlined.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .draft import Captions, Media, Step
from .rules import Videos
from .wording import _
from .words import Refused

VTT, SRT = "vtt", "srt"
TYPES = {VTT: "text/vtt", SRT: "application/x-subrip"}
MOST = 1_000_000
"""Bytes: hours of talk stay far below."""

_ARROW = "-->"
_TIME = {
    VTT: re.compile(r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"),
    SRT: re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)[,.](\d{3})"),
}
_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_TAG = re.compile(r"</?([a-zA-Z]*)[^>]*>")
_VOICE = re.compile(r"<v(?:\.[^\s>]+)*\s+([^>]+)>")
_PLACED = re.compile(r"\{\\[^}]*\}")
_KEPT = ("b", "i", "u")
_LANGUAGE = re.compile(
    r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*)", re.IGNORECASE
)


class BadCaptions(ValueError):
    """A file that no player could show; the sentence names it and says what to do."""


@dataclass(frozen=True)
class Cue:
    """What is shown from ``start`` to ``end`` (milliseconds), in the markup of its file."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Track:
    """A caption file that was read: of the kind ``vtt`` or ``srt``, its whole text, and its cues in order."""

    kind: str
    text: str
    cues: tuple[Cue, ...]

    def written(self, kind: str) -> bytes:
        """The file in this kind. As it is where it is WebVTT already; SubRip is numbered anew."""
        if kind == SRT:
            plain = [_as_srt(cue.text) if self.kind == VTT else cue.text for cue in self.cues]
            shown = [(cue, words) for cue, words in zip(self.cues, plain, strict=True) if words.strip()]
            blocks = [f"{n}\n{_times(cue, ',')}\n{words}\n" for n, (cue, words) in enumerate(shown, start=1)]
            return "\n".join(blocks).encode()
        if self.kind == VTT:
            return self.text.encode()
        blocks = [f"{_times(cue, '.')}\n{_as_vtt(cue.text)}\n" for cue in self.cues]
        return "\n".join(["WEBVTT\n", *blocks]).encode()


def read(raw: bytes, *, name: str) -> Track:
    """The captions in a file. Raises ``BadCaptions``."""
    named = {"name": name}
    if len(raw) > MOST:
        raise BadCaptions(_("“%(name)s” has more than 1 MB, which no captions need. Choose another file.") % named)
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise BadCaptions(_("“%(name)s” is not in UTF-8. Save it as UTF-8.") % named) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\x00" in text:
        raise BadCaptions(_("“%(name)s” is not a text file. Choose another file.") % named)
    kind = VTT if re.match(r"WEBVTT(?:[ \t\n]|$)", text) else SRT
    cues = tuple(_cues(text, kind, name=name))
    if not cues:
        sentence = (
            _("“%(name)s” has no captions in it. Choose another file.")
            if kind == VTT or not text.strip()
            else _("“%(name)s” is neither WebVTT (.vtt) nor SubRip (.srt). Export the captions as one of them.")
        )
        raise BadCaptions(sentence % named)
    return Track(kind, text, cues)


def _cues(text: str, kind: str, *, name: str) -> Iterator[Cue]:
    before = -1
    for number, block in _blocks(text):
        at = next((index for index, line in enumerate(block[:2]) if _ARROW in line), None)
        if at is None:
            if kind == SRT and before < 0:
                return  # it never was SubRip
            if (kind == VTT and (number == 1 or _ASIDE.match(block[0]))) or not "".join(block).strip():
                continue
            raise BadCaptions(_needs_times(name, number))
        cue = _cue(block[at], "\n".join(block[at + 1 :]), kind, name=name, number=number + at)
        if cue.start < before:
            sentence = _("“%(name)s” is not in order: the caption in line %(line)d begins before the one above it.")
            raise BadCaptions(sentence % {"name": name, "line": number + at})
        before = cue.start
        yield cue


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines between empty ones, with the number of the first."""
    block: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []
    if block:
        yield text.count("\n") + 2 - len(block), block


def _cue(times: str, text: str, kind: str, *, name: str, number: int) -> Cue:
    first, _arrow, rest = times.partition(_ARROW)
    found = [_TIME[kind].fullmatch(told) for told in (first.strip(), (rest.split() or [""])[0])]
    start, end = (_milliseconds(one) if one else -1 for one in found)
    if min(start, end) < 0:
        raise BadCaptions(_needs_times(name, number))
    if start >= end:
        sentence = _("“%(name)s”: the caption in line %(line)d ends before it begins. Mend its times.")
        raise BadCaptions(sentence % {"name": name, "line": number})
    return Cue(start, end, text)


def _needs_times(name: str, number: int) -> str:
    sentence = _(
        "“%(name)s” cannot be read: line %(line)d should say from when to when, such as 00:01:02.000 --> 00:01:04.500."
    )
    return sentence % {"name": name, "line": number}


def _milliseconds(found: re.Match[str]) -> int:
    hours, minutes, seconds, rest = (int(part or 0) for part in found.groups())
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _times(cue: Cue, point: str) -> str:
    def told(at: int) -> str:
        seconds, rest = divmod(at, 1000)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{point}{rest:03}"

    return f"{told(cue.start)} {_ARROW} {told(cue.end)}"


def _as_srt(text: str) -> str:
    """WebVTT's words as SubRip: who speaks stands before it, what SubRip does not know is left out."""

    def kept(found: re.Match[str]) -> str:
        name = (found[1] or "").lower()
        return f"{'</' if found[0].startswith('</') else '<'}{name}>" if name in _KEPT else ""

    return html.unescape(_TAG.sub(kept, _VOICE.sub(r"\1: ", text)))


def _as_vtt(text: str) -> str:
    """SubRip's words as WebVTT: nothing in them is taken for markup but bold, italic and underlined."""
    found = re.split(r"(</?(?:b|i|u)>|</?font[^>]*>)", _PLACED.sub("", text), flags=re.IGNORECASE)
    words = (
        html.escape(part, quote=False) if index % 2 == 0 else "" if "font" in part.lower() else part.lower()
        for index, part in enumerate(found)
    )
    return "".join(words)


# --- on their way -----------------------------------------------------------------------------------------------------


def taken(media: Media, rule: Videos) -> tuple[Captions, ...]:
    """The video's captions that a network with this rule takes: of these it is said before that they stay away."""
    light = [one for one in media.captions if rule.captions_size is None or one.size <= rule.captions_size]
    return tuple(light[: rule.captions_most]) if rule.captions else ()


def steps(media: Media, captions: Sequence[Captions], *, part: int = 0, after: int) -> tuple[Step, ...]:
    """A step for each caption file. It shows nothing by itself."""
    return tuple(
        Step("captions", number, part=part, public=False, payload={"language": one.language}, media=media)
        for number, one in enumerate(captions, start=after)
    )


def file_of(step: Step, kinds: Sequence[str]) -> tuple[Captions, str, bytes]:
    """The captions that the step is about, and their file in one of ``kinds``. Raises Refused when they are gone."""
    language = str(step.payload["language"])
    known = step.media.captions if step.media else ()
    captions = next((one for one in known if one.language == language), None)
    try:
        if captions is None:
            raise FileNotFoundError
        track = read(captions.path.read_bytes(), name=captions.path.name)
    except (FileNotFoundError, BadCaptions):
        sentence = _("The captions in “%(language)s” are gone. Add them again, or schedule the post anew without them.")
        raise Refused(sentence % {"language": language}, code="captions") from None
    kind = track.kind if track.kind in kinds else kinds[0]
    return captions, kind, track.written(kind)


# --- languages --------------------------------------------------------------------------------------------------------


def language_tag(typed: str) -> str:
    """The language as BCP 47 writes it: ``nb``, ``pt-BR``, ``zh-Hant``. Raises ``BadCaptions``."""
    found = _LANGUAGE.fullmatch(typed.strip().replace("_", "-"))
    if found is None:
        sentence = _("“%(typed)s” is no language. Give its code, such as en, nb or pt-BR.")
        raise BadCaptions(sentence % {"typed": typed.strip()[:40]})
    language, script, country, more = found.groups()
    parts = [language.lower(), (script or "").title(), (country or "").upper()]
    return "-".join(part for part in parts if part) + (more or "").lower()


def locale_of(tag: str) -> tuple[str, str] | None:
    """Language and country (``nb``, ``NO``); None where the tag names no country and the language has no first one."""
    parts = tag.split("-")
    named = next((part for part in parts[1:] if len(part) == 2), "")
    country = named or ("TW" if "Hant" in parts else _COUNTRIES.get(parts[0], ""))
    return (parts[0], country) if country else None


_COUNTRIES = {
    "af": "ZA", "am": "ET", "ar": "AE", "az": "AZ", "be": "BY", "bg": "BG", "bn": "BD", "bs": "BA", "ca": "ES",
    "cs": "CZ", "cy": "GB", "da": "DK", "de": "DE", "el": "GR", "en": "US", "es": "ES", "et": "EE", "eu": "ES",
    "fa": "IR", "fi": "FI", "fil": "PH", "fo": "FO", "fr": "FR", "ga": "IE", "gl": "ES", "he": "IL", "hi": "IN",
    "hr": "HR", "hu": "HU", "hy": "AM", "id": "ID", "is": "IS", "it": "IT", "ja": "JP", "ka": "GE", "kk": "KZ",
    "ko": "KR", "lb": "LU", "lt": "LT", "lv": "LV", "mk": "MK", "mt": "MT", "nb": "NO", "nl": "NL", "nn": "NO",
    "no": "NO", "pl": "PL", "pt": "PT", "ro": "RO", "ru": "RU", "se": "NO", "sk": "SK", "sl": "SI", "so": "SO",
    "sq": "AL", "sr": "RS", "sv": "SE", "sw": "KE", "th": "TH", "tr": "TR", "uk": "UA", "ur": "PK", "uz": "UZ",
    "vi": "VN", "zh": "CN",
}  # fmt: skip
"""Where a language is spoken first, for networks that want a country beside it and were given none."""
