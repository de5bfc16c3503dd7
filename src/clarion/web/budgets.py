"""How many posts a channel may still send, as people say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import ngettext

from clarion.channels.models import Allowance
from clarion.organisations.dates import written
from clarion.web.kinds import grouped
from clarion.web.times import span

QUICK = timedelta(minutes=1)
"""What is there again sooner than this is nobody's worry: it is told, not counted down."""


@dataclass(frozen=True)
class Line:
    """One budget. ``in_use``: something of it is gone, and a meter shows how much is left."""

    sentence: str
    left: int
    limit: int
    in_use: bool

    @property
    def share(self) -> float:
        return self.left / self.limit if self.limit else 0.0


def lines(allowances: Iterable[Allowance], *, now: datetime, zone: tzinfo) -> list[Line]:
    return [_line(one, now=now, zone=zone) for one in allowances]


def tightest(found: Iterable[Line]) -> Line | None:
    """The one of which the least is left; None while nothing is used."""
    return min((line for line in found if line.in_use), key=lambda line: line.share, default=None)


def _line(one: Allowance, *, now: datetime, zone: tzinfo) -> Line:
    if one.resets_at is None or one.per < QUICK:
        return Line(_whole(one), one.limit, one.limit, in_use=False)
    values = {"left": grouped(one.left), "limit": grouped(one.limit), "time": _time(one.resets_at, now=now, zone=zone)}
    sentence = (
        ngettext(
            "%(left)s of %(limit)s post left until %(time)s, for all channels of the application",
            "%(left)s of %(limit)s posts left until %(time)s, for all channels of the application", one.limit,
        )
        if one.is_shared
        else ngettext(
            "%(left)s of %(limit)s post left until %(time)s", "%(left)s of %(limit)s posts left until %(time)s",
            one.limit,
        )
    )  # fmt: skip
    return Line(sentence % values, one.left, one.limit, in_use=True)


def _whole(one: Allowance) -> str:
    """What the network allows, while nothing is used."""
    sentence = (
        ngettext(
            "%(limit)s post in %(span)s, for all channels of the application",
            "%(limit)s posts in %(span)s, for all channels of the application", one.limit,
        )
        if one.is_shared
        else ngettext("%(limit)s post in %(span)s", "%(limit)s posts in %(span)s", one.limit)
    )  # fmt: skip
    return sentence % {"limit": grouped(one.limit), "span": span(one.per)}


def _time(at: datetime, *, now: datetime, zone: tzinfo) -> str:
    """The clock's time; with the day where that is another one."""
    local = at.astimezone(zone)
    return written(local, "H:i" if local.date() == now.astimezone(zone).date() else "j F, H:i")
