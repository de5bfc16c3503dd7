"""What a rule of the house says of a content, in words for who writes it and for the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clarion.posts.house import Hit, Passage

from .advice import Gated

if TYPE_CHECKING:
    from .house_rule import HouseRule

FOUND = {
    "words": gettext_noop("The rule “%(rule)s” is against “%(words)s”."),
    "pattern": gettext_noop("The rule “%(rule)s” is against “%(words)s”."),
    "late": gettext_noop("The rule “%(rule)s” took too long to read this. Ask a manager for a simpler pattern."),
    "phone": gettext_noop("The rule “%(rule)s” is against telephone numbers: %(words)s."),
    "email": gettext_noop("The rule “%(rule)s” is against e-mail addresses: %(words)s."),
    "card": gettext_noop("The rule “%(rule)s” is against the numbers of payment cards: %(words)s."),
    "iban": gettext_noop("The rule “%(rule)s” is against the numbers of bank accounts: %(words)s."),
    "id": gettext_noop("The rule “%(rule)s” is against national identity numbers: %(words)s."),
    "denied": gettext_noop("The rule “%(rule)s” is against links to this host: %(words)s."),
    "unlisted": gettext_noop("The rule “%(rule)s” allows links to listed hosts only, and not to %(words)s."),
    "http": gettext_noop("The rule “%(rule)s” is against addresses that are not encrypted: %(words)s."),
    "ip": gettext_noop("The rule “%(rule)s” is against addresses that are a number: %(words)s."),
    "shortener": gettext_noop("The rule “%(rule)s” is against short links of others: %(words)s."),
    "lookalike": gettext_noop("The rule “%(rule)s” is against hosts that only look like ours: %(words)s."),
}
"""A sentence for every kind of hit."""

PLACES = {
    "alt": gettext_noop("It stands in the description of a picture."),
    "captions": gettext_noop("It stands in the captions of a video."),
    "option": gettext_noop("It stands in one of the options of the post."),
    "mention": gettext_noop("Somebody who is mentioned is called so on a network."),
    "link": gettext_noop("One of its short links leads there."),
}
"""Where it stands, where that is not the text."""


@dataclass(frozen=True)
class Verdict:
    """One thing that one rule found. ``level`` is what the rule does here; ``sha256`` names what was judged.

    ``is_overridden``: somebody who may has let exactly this go out all the same.
    """

    rule: HouseRule
    level: str
    hit: Hit
    passage: Passage
    sha256: str
    is_overridden: bool = False

    @property
    def stops(self) -> bool:
        return self.level == "stop" and not self.is_overridden

    @property
    def sentence(self) -> str:
        """What is found, where, and what the rule's makers say of it. Personal data only with its last signs."""
        found = _(FOUND[self.hit.kind]) % {"rule": self.rule.name, "words": self.hit.excerpt}
        where = _(PLACES[self.passage.place]) if self.passage.place in PLACES else ""
        return " ".join(filter(None, (found, where, self.rule.explanation)))

    @property
    def told(self) -> dict[str, str | int]:
        """As records keep it: never what was found."""
        return {"rule": str(self.rule.pk), "name": self.rule.name, "version": self.rule.version, "kind": self.hit.kind}


class Ruled(Gated):
    """A rule of the house stops the words; the sentence says which, and what can be done."""

    def __init__(self, verdicts: Sequence[Verdict]) -> None:
        self.verdicts = tuple(verdicts)
        super().__init__(f"{verdicts[0].sentence} {what_to_do()}")


def what_to_do() -> str:
    return _("Change it, or ask a manager to let it go out all the same.")


def as_told(verdicts: Sequence[Verdict]) -> dict[str, list[str]]:
    """For the event of a promise: the names of rules that warned of it, and of those that somebody has overridden."""
    warned = dict.fromkeys(one.rule.name for one in verdicts if one.level != "stop")
    overridden = dict.fromkeys(one.rule.name for one in verdicts if one.is_overridden)
    told = {"warned": list(warned), "overridden": list(overridden)}
    return {name: rules for name, rules in told.items() if rules}


def by_rule(verdicts: Sequence[Verdict]) -> dict[UUID, Verdict]:
    """The first verdict of each rule."""
    found: dict[UUID, Verdict] = {}
    for one in verdicts:
        found.setdefault(one.rule.pk, one)
    return found
