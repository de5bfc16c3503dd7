"""Networks as pages show them: by family and name, with one line of what each takes.

Nothing here knows a network by name: everything is read from what its class declares.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.networks.base import Network

FAMILIES = {
    "social": gettext_lazy("Social networks"), "chat": gettext_lazy("Chats and channels"),
    "site": gettext_lazy("Websites and blogs"), "house": gettext_lazy("Without a network"),
}  # fmt: skip

BYTES = "utf8_bytes"
"""The unit of networks that count no characters: a letter may be several."""


@dataclass(frozen=True)
class Kind:
    """What pages show of a network. (A template would call the class itself.)"""

    name: str
    label: str
    own_ground: bool
    by_hand: bool
    family: str
    takes: str
    docs: str
    known_as: tuple[str, ...]

    @classmethod
    def of(cls, kind: type[Network]) -> Kind:
        family = "house" if kind.own_ground or kind.by_hand else kind.family
        return cls(kind.name, kind.label, kind.own_ground, kind.by_hand, family, _takes(kind), kind.docs, kind.known_as)

    @property
    def signs_in(self) -> bool:
        """Whether somebody else asks who we are."""
        return not (self.own_ground or self.by_hand)

    @property
    def names(self) -> str:
        """Everything by which people look for it."""
        return " ".join((self.label, *self.known_as))


def _takes(kind: type[Network]) -> str:
    """What one says there, in a few words."""
    if kind.own_ground:
        return _("Your own public page")
    if kind.by_hand:
        return _("You post; Clarion tells you when")
    rules = kind.rules
    if rules.videos is not None and rules.videos.required:
        said = _("Videos")
    elif rules.images is not None and rules.images.required:
        said = _("Pictures and videos") if rules.videos is not None else _("Pictures")
    elif rules.text.unit == BYTES:
        said = _("Up to %(limit)s bytes") % {"limit": grouped(rules.text.limit)}
    else:
        said = _("Up to %(limit)s characters") % {"limit": grouped(rules.text.limit)}
    return _("%(what)s, threads") % {"what": said} if rules.parts > 1 else said


def grouped(number: int) -> str:
    """100,000 as the reader's language writes it."""
    return number_format(number, use_l10n=True, force_grouping=True)


@dataclass(frozen=True)
class Tile:
    """A network to choose, in one workspace."""

    kind: Kind
    connected: int = 0
    """Channels of the workspace that are connected there."""
    needs_app: bool = False
    """Whether somebody has to make an application there first."""
    is_found: bool = True
    """Whether it is what the person looks for."""


@dataclass(frozen=True)
class Family:
    word: str
    tiles: list[Tile]

    @property
    def is_found(self) -> bool:
        return any(tile.is_found for tile in self.tiles)


def by_family(tiles: Iterable[Tile]) -> list[Family]:
    """The families that have a network, each with its networks by their names."""
    in_order = sorted(tiles, key=lambda tile: tile.kind.label.casefold())
    found = [
        Family(str(word), [tile for tile in in_order if tile.kind.family == name]) for name, word in FAMILIES.items()
    ]
    return [family for family in found if family.tiles]


def is_called(kind: Kind, wanted: str) -> bool:
    """Whether people look for it by these letters. Accents and capitals do not count (``finder.js`` does the same)."""
    return _plain(wanted.strip()) in _plain(kind.names)


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).lower()
