from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.text import Truncator

from .kit import Kit
from .mention import MARK

VARIABLE = re.compile(r"\{([^\W\d_][\w -]{0,39})\}")
GIVEN = ("date", "weekday")
"""Variables that the day of the post answers."""
LONGEST = 10_000


class Snippet(Kit):
    """Words that are written again and again, with gaps: ``{date}``, ``{weekday}``, ``{link}``, ``{street}``."""

    noun = "snippet"

    text = models.TextField()

    @property
    def variables(self) -> list[str]:
        """Their names, each once, in the order of the text."""
        return list(dict.fromkeys(VARIABLE.findall(self.text)))

    @property
    def asked(self) -> list[str]:
        """Those that a person answers when the words are put in."""
        return [name for name in self.variables if name not in GIVEN]

    def filled(self, values: Mapping[str, str]) -> str:
        """The words with their gaps filled; one without a value stays as it is written."""
        return VARIABLE.sub(lambda found: values.get(found[1], found[0]), self.text)


class Template(Kit):
    """A whole post to begin from: words and channels' own words, options, files, labels. Never a time."""

    noun = "template"

    whole = models.JSONField()
    """As a composition says it: words and variants as contents, ids of channels and labels, what happens when late."""
    for_emergencies = models.BooleanField(default=False)
    """A holding statement: it stands ready on the crisis board."""

    @property
    def summary(self) -> str:
        parts: list[Any] = self.whole.get("words", {}).get("parts", [])
        text = " ".join(str(part.get("text", "")) for part in parts)
        return Truncator(" ".join(MARK.sub(r"\1", text).split())).chars(140)
