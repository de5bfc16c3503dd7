"""What is found, and the rules by name."""

from __future__ import annotations

from dataclasses import dataclass

from clarion.networks.wording import gettext_noop

RULES: dict[str, str] = {
    "alt_missing": gettext_noop("Pictures without a description"),
    "alt_lazy": gettext_noop("Descriptions that say nothing or too much"),
    "flyer": gettext_noop("A picture of text without its text"),
    "hashtag_capitals": gettext_noop("Hashtags of several words without capitals"),
    "hashtag_place": gettext_noop("Hashtags in the middle of a sentence"),
    "capitals": gettext_noop("Words in capitals"),
    "letters": gettext_noop("Letters that only look like letters"),
    "emoji": gettext_noop("Emoji as bullets, too many, or between letters"),
    "link_text": gettext_noop("Links that do not say where they lead"),
    "abbreviations": gettext_noop("Abbreviations that are not explained"),
    "sentences": gettext_noop("Long sentences"),
    "reading": gettext_noop("Texts that are hard to read"),
}
"""Every rule with what it looks for."""


@dataclass(frozen=True)
class Picture:
    """A picture of the part: its id, the description that it carries here, and the name of its file."""

    media: str
    alt: str = ""
    name: str = ""


@dataclass(frozen=True)
class Finding:
    """One thing to look at. ``start`` and ``end`` count code points of the text or, with ``media``, of that alt text.

    ``fix`` takes the passage's place; None: only a person can say. ``calm``: worth knowing, nothing that keeps anybody
    out.
    """

    rule: str
    sentence: str
    start: int = 0
    end: int = 0
    fix: str | None = None
    media: str = ""
    calm: bool = False

    def mend(self, text: str) -> str:
        """The text with the fix in place of the passage."""
        return text if self.fix is None else text[: self.start] + self.fix + text[self.end :]
