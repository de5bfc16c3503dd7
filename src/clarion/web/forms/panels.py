"""What the composer's templates walk through: panels of words, and the options that networks declare."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.networks.editing import Edit
from clarion.posts.content import Words
from clarion.posts.diff import Piece, pieces
from clarion.posts.fitting import used
from clarion.posts.models import Media
from clarion.web.forms.composition import Composition

LONGEST_COMPARED = 10_000
"""Characters: two texts are compared while one types only when they are shorter."""
ANSWERS = 4
"""Fields for answers that a poll begins with."""


def _written(edit: Edit) -> str:
    """As the form holds it; empty for a picture as it is."""
    return json.dumps(edit.as_json) if edit.as_json else ""


@dataclass(frozen=True)
class Choice:
    """An option with the channels that know it and what is chosen."""

    option: Any
    channels: tuple[Channel, ...]
    value: Any

    @property
    def most(self) -> str:
        """The limit that the option has, in words; empty where it has none."""
        if self.option.limit is None:
            return ""
        number = number_format(self.option.limit, use_l10n=True, force_grouping=True)
        if self.option.kind == "tags":
            return _("At most %(limit)s.") % {"limit": number}
        return _("At most %(limit)s characters.") % {"limit": number}

    @property
    def answers(self) -> list[str]:
        """The answers of a poll, and empty ones to fill in."""
        given = list(self.value.get("options", ())) if isinstance(self.value, dict) else []
        return given + [""] * max(ANSWERS - len(given), 0)

    @property
    def networks(self) -> list[str]:
        return sorted({channel.network for channel in self.channels})

    @property
    def seconds(self) -> int:
        return int(self.value.get("seconds", 86_400)) if isinstance(self.value, dict) else 86_400


@dataclass(frozen=True)
class Group:
    """Options of one network, or (without ``network``) those that several have."""

    network: str
    label: str
    choices: tuple[Choice, ...]

    @property
    def channels(self) -> list[str]:
        return list(dict.fromkeys(str(channel.pk) for one in self.choices for channel in one.channels))

    @property
    def is_used(self) -> bool:
        return any(one.value not in (None, "") for one in self.choices)


def grouped(choices: Iterable[Choice]) -> list[Group]:
    """Options by network: first those that several networks have."""
    found: dict[str, list[Choice]] = {"": []}
    labels = {"": _("On several networks")}
    for one in choices:
        network = one.networks[0] if len(one.networks) == 1 else ""
        if network:
            labels[network] = one.channels[0].label
        found.setdefault(network, []).append(one)
    return [Group(network, labels[network], tuple(some)) for network, some in found.items() if some]


@dataclass(frozen=True)
class ChosenSet:
    """A set of channels, as far as they can be chosen."""

    key: str
    name: str
    channels: tuple[str, ...]


def chosen_sets(sets: Iterable[tuple[Any, str, Any]], can: Set[str]) -> list[ChosenSet]:
    """``sets``: id and name of each, with one of its channels at a time."""
    found: dict[str, tuple[str, list[str]]] = {}
    for pk, name, channel in sets:
        found.setdefault(str(pk), (name, []))[1].append(str(channel))
    return [
        ChosenSet(key, name, tuple(pk for pk in channels if pk in can)) for key, (name, channels) in found.items()
    ]  # fmt: skip


class Panel:
    """The words of all channels, or of one: as the template walks through them."""

    def __init__(self, key: str, channel: Channel | None, composition: Composition, files: Mapping[str, Media]) -> None:
        self.key = key
        self.channel = channel
        self._composition = composition
        self._files = files

    @cached_property
    def content(self) -> Any:
        return self._composition.content_of(self.key) if self.key != "PANEL" else self._composition.words

    @cached_property
    def parts(self) -> list[dict[str, Any]]:
        return [
            {
                "key": "KEY" if self.key == "PANEL" else number, "number": number + 1, "text": words.text,
                "shots": self._shots(words),
                "troubles": [t.sentence for t in self._composition.troubles if (t.panel, t.part) == (self.key, number)],
            }
            for number, words in enumerate(self.content.parts)
        ]  # fmt: skip

    def _shots(self, words: Words) -> list[tuple[Media, str, str, Media]]:
        """Each file, its description, what is done to it as the form holds that, and how it looks then."""
        shots = [shot for shot in words.shots if shot.media in self._files]
        return [
            (self._files[shot.media], shot.alt, _written(shot.edit), shown)
            for shot, shown in zip(shots, used(self._files, shots), strict=True)
        ]

    @cached_property
    def difference(self) -> list[Piece]:
        """The way from what all say to what only this channel says, where the two have words in common."""
        mine, common = self.content.text, self._composition.words.text
        if self.channel is None or mine == common or max(len(mine), len(common)) > LONGEST_COMPARED:
            return []
        found = pieces(common, mine)
        return found if any(piece.kind == "same" and piece.text.strip() for piece in found) else []

    @property
    def kinship(self) -> str:
        """How the channel's words compare with what all say: "shorter", "longer", "as all", "different"."""
        if self.channel is None:
            return ""
        mine, common = self.content, self._composition.words
        if mine.text == common.text and mine.media_ids == common.media_ids:
            return _("as all")
        lengths = len(mine.text), len(common.text)
        return _("shorter") if lengths[0] < lengths[1] else _("longer") if lengths[0] > lengths[1] else _("different")
