"""The lines of "Before it goes out", and those that come of the workspace's rules of good writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.posts import lint
from clarion.posts.content import Content
from clarion.posts.models import Advice, Media
from clarion.posts.models.advice import stopped
from clarion.web.forms.composition import ALL, Composition

ICONS = {
    "alt_missing": "captions", "alt_lazy": "captions", "flyer": "image", "hashtag_capitals": "case-sensitive",
    "hashtag_place": "hash", "capitals": "case-sensitive", "letters": "type", "emoji": "smile", "link_text": "link",
    "abbreviations": "spell-check", "sentences": "text", "reading": "text",
}  # fmt: skip


@dataclass(frozen=True)
class Passage:
    """Where a note's ``words`` stand: ``start`` counts UTF-16 units, as browsers do. ``fix``: what replaces them.

    ``mend`` is the value of the button that does so on the server.
    """

    panel: str
    part: int
    start: int
    words: str
    media: str = ""
    fix: str | None = None
    mend: str = ""


@dataclass(frozen=True)
class Note:
    """One line of the list. ``stops``: it cannot be scheduled like this; ``by_a_rule``: unless it is overridden."""

    hue: str
    icon: str
    sentence: str
    about: str = ""
    stops: bool = False
    passage: Passage | None = None
    by_a_rule: bool = False

    @property
    def whole(self) -> str:
        """With whom it is about, where the page has no other place for that."""
        if not self.about:
            return self.sentence
        return _("%(channel)s: %(sentence)s") % {"channel": self.about, "sentence": self.sentence}


def advised(
    composition: Composition, *, channels: Sequence[Channel], advice: Advice, rows: Mapping[str, Media]
) -> list[Note]:
    """What the workspace's rules find in every text that goes out; missing descriptions are counted elsewhere."""
    names = {pk: row.name for pk, row in rows.items()}
    found = []
    for panel, about, content in spoken_contents(composition, channels):
        for number, finding in advice.findings(content, names=names, rules=lint.RULES.keys() - {"alt_missing"}):
            if finding.media and not (finding.media in rows and rows[finding.media].is_image):
                continue
            stops = advice.force(finding.rule) == "gate"
            sentence = stopped(finding.sentence) if stops else finding.sentence
            hue = "wrong" if stops else "going" if finding.calm else "unsure"
            passage = _passage(panel, number, finding, content)
            found.append(Note(hue, ICONS[finding.rule], sentence, about, stops, passage))
    return found


def reading(composition: Composition, *, channels: Sequence[Channel]) -> Note | None:
    """How hard the words are to read, where that can be said; hard ones are a finding of their own."""
    for _panel, _about, content in spoken_contents(composition, channels)[:1]:
        language = str(content.options.get("language") or "") or lint.language_of(content.text)
        said = lint.read(content.text, language=language.split("-")[0])
        if said is not None and said.level != "hard":
            sentence = _("Reading level: plain (%(figure)s).") if said.level == "plain" else _(
                "Reading level: medium (%(figure)s)."
            )  # fmt: skip
            return Note("done", "circle-check", sentence % {"figure": said.figure})
    return None


def mended(composition: Composition, where: str, *, advice: Advice, rows: Mapping[str, Media]) -> Composition:
    """The composition with one fix made; ``where`` is a ``Passage.mend``. What is gone meanwhile changes nothing."""
    panel, _colon, rest = where.partition(":")
    names = {pk: row.name for pk, row in rows.items()}
    for number, finding in advice.findings(composition.content_of(panel), names=names):
        if finding.fix is not None and rest == _name(number, finding):
            return composition.with_mended(panel, number, finding)
    return composition


def spoken_contents(composition: Composition, channels: Sequence[Channel]) -> list[tuple[str, str, Content]]:
    """The contents that go out on these channels, each once: its panel, whose it is, and its words."""
    own = [one for one in channels if str(one.pk) in composition.variants]
    found = [(ALL, "", composition.words)] if len(own) < len(channels) or not channels else []
    return found + [(str(one.pk), one.handle, composition.variants[str(one.pk)]) for one in own]


def _passage(panel: str, number: int, finding: lint.Finding, content: Content) -> Passage | None:
    text = content.parts[number].text
    if finding.media:
        text = next(shot.alt for shot in content.parts[number].shots if shot.media == finding.media)
    if finding.start == finding.end:
        return None
    start, words = len(text[: finding.start].encode("utf-16-le")) // 2, text[finding.start : finding.end]
    mend = f"mend:{panel}:{_name(number, finding)}" if finding.fix is not None else ""
    return Passage(panel, number, start, words, finding.media, finding.fix, mend)


def _name(number: int, finding: lint.Finding) -> str:
    return f"{number}:{finding.rule}:{finding.media or '-'}:{finding.start}:{finding.end}"
