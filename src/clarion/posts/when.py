"""Local times of a workspace as instants. Nothing here reads a clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _


class BadTime(ValueError):
    """A time that cannot be used; the sentence says why and what to write instead."""


@dataclass(frozen=True)
class Resolved:
    """An aware UTC instant, and a note when the clock on the wall does something odd at that time."""

    at: datetime
    note: str = ""


def resolve(local: datetime, *, zone: ZoneInfo, fold: int | None = None) -> Resolved:
    """The instant of a naive local time.

    In a gap (clocks go forward) the time moves on by the gap; in an overlap (clocks go back) the first of the two is
    taken unless ``fold`` is 1. The note says so.
    """
    first, second = (local.replace(tzinfo=zone, fold=f) for f in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return Resolved(first.astimezone(UTC))
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        at = first.astimezone(UTC)
        shown = at.astimezone(zone)
        return Resolved(
            at, _("%(time)s does not exist on that day: clocks go forward. %(taken)s is taken.")
            % {"time": f"{local:%H:%M}", "taken": f"{shown:%H:%M}"},
        )  # fmt: skip
    chosen = second if fold == 1 else first
    note = (
        _("%(time)s happens twice on that day: the second, after the clocks have gone back, is taken.")
        if fold == 1
        else _("%(time)s happens twice on that day: the first, before the clocks go back, is taken.")
    )
    return Resolved(chosen.astimezone(UTC), note % {"time": f"{local:%H:%M}"})


def parse(text: str, *, zone: ZoneInfo, now: datetime) -> datetime:
    """``now`` or ISO 8601 as an aware UTC instant; without an offset the time is the zone's.

    Raises ``BadTime`` for what is not a time, lies in the past, or is ambiguous or missing on the zone's clock.
    """
    text = text.strip()
    if text == "now":
        return now
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadTime(
            _("“%(text)s” is not a time. Write it like 2026-11-23T09:00, or now.") % {"text": text[:60]}
        ) from None
    if at.tzinfo is None:
        resolved = resolve(at, zone=zone)
        if resolved.note:
            raise BadTime(
                _("%(text)s is ambiguous or missing in %(zone)s: %(note)s Add an offset, such as %(text)s%(offset)s.")
                % {"text": text, "zone": zone.key, "note": resolved.note, "offset": _offset(resolved.at, zone)}
            )
        at = resolved.at
    at = at.astimezone(UTC)
    if at < now:
        raise BadTime(
            _("%(time)s has passed. Choose a later time, or now.") % {"time": f"{at.astimezone(zone):%Y-%m-%d %H:%M}"}
        )
    if at > now + timedelta(days=366 * 10):
        raise BadTime(_("%(text)s is more than ten years away. Check the year.") % {"text": text})
    return at


def _offset(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%:z}"


def next_half_hours(now: datetime, *, zone: ZoneInfo, days: int = 60) -> list[datetime]:
    """Every full and half hour between 8 and 20 o'clock of the zone, from five minutes ahead on."""
    local = (now + timedelta(minutes=5)).astimezone(zone)
    start = local.replace(minute=0, second=0, microsecond=0)
    found = []
    for number in range(days * 48):
        at = (start.astimezone(UTC) + timedelta(minutes=30 * number)).astimezone(zone)
        if at >= local and 8 <= at.hour < 20:
            found.append(at.astimezone(UTC))
    return found
