"""What stands in a calendar besides posts: holidays, notes, blackouts, and campaigns as bars over their days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from html import escape
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from clarion.organisations.models import Member, Workspace
from clarion.posts.countries import holidays_of
from clarion.posts.models import Almanac, Blackout, Campaign, Note
from clarion.web import icons
from clarion.web.chips import NOBODY
from clarion.web.entries import midnight

LINES = 3
"""So many lines of a day are drawn; the others are a number that says them to the pointer."""
BARS = 2
"""So many campaigns of a week are drawn as bars."""


@dataclass(frozen=True)
class Line:
    """One line above the posts of a day. ``address``: where it is seen whole and changed; a holiday has none."""

    kind: str
    icon: str
    text: str
    address: str = ""
    opens: bool = False
    """In a dialog."""


@dataclass(frozen=True)
class Shade:
    """A blackout as instants, in seconds."""

    start: int
    end: int
    blocks: bool


class Besides:
    """All of it, for some days of one page. Asks twice, and reads the holidays of the years."""

    def __init__(self, member: Member, *, days: Sequence[date], zone: ZoneInfo, campaigns: Iterable[Campaign]) -> None:
        self._workspace, self._days, self._zone = member.workspace, days, zone
        self._may_write = member.may("write")
        self._holidays = _holidays(self._workspace, days)
        self._notes = list(
            Note.objects.filter(workspace=self._workspace).between(days[0], days[-1] + timedelta(days=1))
        )
        self._blackouts = self._read_blackouts()
        self._campaigns = sorted((one for one in campaigns if one.starts), key=lambda one: (one.starts, one.name))

    def _read_blackouts(self) -> list[tuple[Shade, Line]]:
        # A day more on either side: the zone that is shown need not be the workspace's own.
        around = timedelta(days=1)
        rows = Blackout.objects.filter(workspace=self._workspace).between(
            self._days[0] - around, self._days[-1] + 2 * around
        )
        home, found = self._workspace.tz, []
        for one in rows:
            shade = Shade(int(one.starts_at(home).timestamp()), int(one.ends_at(home).timestamp()), one.blocks)
            picture = "ban" if one.blocks else "triangle-alert"
            address = reverse("blackout", args=[self._workspace.pk, one.pk])
            found.append((shade, Line("blackout", picture, one.name, address, opens=True)))
        return found

    # -- of a day

    def lines(self, day: date) -> list[Line]:
        found = [Line("holiday", "star", name) for name in self._holidays.get(day, "").split("; ") if name]
        start, end = midnight(day, self._zone), midnight(day + timedelta(days=1), self._zone)
        found += [line for shade, line in self._blackouts if shade.start < end and start < shade.end]
        found += [self._note(note) for note in self._notes if note.day <= day <= note.until]
        return found

    def _note(self, note: Note) -> Line:
        before, after = self._around_note
        address = f"{before}{note.pk}{after}" if self._may_write else ""
        return Line("memo", "message-square-text", note.text, address, opens=True)

    @cached_property
    def _around_note(self) -> list[str]:
        """The address of a note, before and after its key."""
        return reverse("note", args=[self._workspace.pk, NOBODY]).split(str(NOBODY))

    def drawn(self, day: date) -> SafeString:
        lines = self.lines(day)
        if not lines:
            return SafeString("")
        shown = lines if len(lines) <= LINES else lines[: LINES - 1]
        rest = lines[len(shown) :]
        more = format_html(
            '<p class="mention" title="{}">+{}<span class="unseen"> {}</span></p>',
            " · ".join(line.text for line in rest), len(rest), ", ".join(line.text for line in rest),
        ) if rest else ""  # fmt: skip
        return mark_safe("".join([*map(_drawn, shown), more]))  # noqa: S308  each is safe

    # -- hatching

    def shade(self, start: int, end: int) -> str:
        """The class of a stretch of time in which a blackout lies; empty where none does."""
        found = [shade for shade, _line in self._blackouts if shade.start < end and start < shade.end]
        return "" if not found else " shut" if any(shade.blocks for shade in found) else " hushed"

    def shade_of(self, day: date) -> str:
        return self.shade(midnight(day, self._zone), midnight(day + timedelta(days=1), self._zone))

    # -- campaigns

    def bars(self, week: Sequence[date]) -> dict[date, SafeString]:
        """Campaigns over the days of one week, each in a lane of its own."""
        here = [one for one in self._campaigns if any(_spans(one, day) for day in week)][:BARS]
        drawn: dict[date, SafeString] = {}
        for day in week:
            lanes = [(one, _spans(one, day)) for one in here]
            while lanes and not lanes[-1][1]:
                lanes.pop()
            drawn[day] = format_html_join("", "{}", ((self._bar(one, day, week[0], spans),) for one, spans in lanes))
        return drawn

    def _bar(self, campaign: Campaign, day: date, monday: date, spans: bool) -> SafeString:
        if not spans:
            return SafeString('<i class="stripe none"></i>')
        begins, ends = day == campaign.starts, day == (campaign.ends or campaign.starts)
        css = f"{' begins' if begins else ''}{' ends' if ends else ''}"
        if not (begins or day == monday):
            return format_html('<i class="stripe hue-{}{}"></i>', campaign.hue, css)
        return format_html('<b class="stripe hue-{}{}">{}</b>', campaign.hue, css, campaign.name)


def _drawn(line: Line) -> str:
    inside = f"{icons.icon(line.icon, 'small')}<span>{escape(line.text)}</span>"
    if not line.address:
        return f'<p class="mention {line.kind}">{inside}</p>'
    dialog = " data-dialog" if line.opens else ""
    return f'<a class="mention {line.kind}" href="{escape(line.address)}"{dialog}>{inside}</a>'


def _spans(campaign: Campaign, day: date) -> bool:
    """A campaign without an end is drawn where it starts."""
    return bool(campaign.starts and campaign.starts <= day <= (campaign.ends or campaign.starts))


def _holidays(workspace: Workspace, days: Sequence[date]) -> dict[date, str]:
    almanac = Almanac.objects.of_workspace(workspace)
    if not almanac.country:
        return {}
    found: dict[date, str] = {}
    for year in {day.year for day in days}:
        found |= holidays_of(almanac.country, almanac.subdivision, year, get_language() or "")
    return found
