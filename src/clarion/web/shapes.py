"""Shapes that pictures are cut to, and how many of some channels show each of them whole: by what networks declare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clarion.channels.models import Channel

KNOWN = ((9, 16), (2, 3), (3, 4), (4, 5), (1, 1), (4, 3), (3, 2), (16, 9), (191, 100))
NEARLY = 0.02
"""A side may be so much longer, as a part of it, and nobody sees it."""


@dataclass(frozen=True)
class Shape:
    """``whole``: on so many of ``among`` channels nothing of it is cut off, and no margin is added."""

    wide: int
    high: int
    whole: int
    among: int

    @property
    def name(self) -> str:
        return "1.91:1" if (self.wide, self.high) == (191, 100) else f"{self.wide}:{self.high}"

    @property
    def ratio(self) -> str:
        """Width divided by height, for scripts."""
        return f"{self.wide / self.high:.6f}"

    @property
    def sentence(self) -> str:
        if not self.among:
            return ""
        if self.whole == self.among:
            return _("shown whole everywhere")
        sentence = ngettext("shown whole on %(n)d of %(all)d channel", "shown whole on %(n)d of %(all)d channels",
                            self.among)  # fmt: skip
        return sentence % {"n": self.whole, "all": self.among}


def shapes(channels: Sequence[Channel]) -> list[Shape]:
    """Those that some channel shows whole; without channels that take pictures, all that are known."""
    taking = [one for one in channels if one.rules.images is not None]
    found = [Shape(wide, high, sum(_whole(one, wide / high) for one in taking), len(taking)) for wide, high in KNOWN]
    return [one for one in found if one.whole or not taking]


def _whole(channel: Channel, ratio: float) -> bool:
    ranges = [channel.kind.seen_as().single]
    if channel.rules.images is not None and channel.rules.images.ratios is not None:
        ranges.append(channel.rules.images.ratios)
    return all(low * (1 - NEARLY) <= ratio <= high * (1 + NEARLY) for low, high in ranges)
