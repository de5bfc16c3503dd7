"""The calendar of a workspace, in its own zone or another: a month, a week, a day, or a list of posts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.http import require_safe

from clarion.organisations.models import Member
from clarion.posts.models import Almanac
from clarion.web import month, sieve
from clarion.web.besides import Besides
from clarion.web.chips import Chips, drawings
from clarion.web.entries import Found, Wanted, found, ghosts, tally, zone_of
from clarion.web.place import in_workspace, shell_of
from clarion.web.span import Span
from clarion.web.week import LANES, LANES_OF_A_DAY, Grid

ROWS = 100
TEMPLATES = {
    "month": "calendar_month.html", "week": "calendar_week.html", "day": "calendar_week.html",
    "list": "calendar_list.html",
}  # fmt: skip
LEGEND = ("draft", "scheduled", "held", "published", "failed", "unknown", "again")
OF_YESES = ("waiting", "refused", "glass")
"""Besides, where a workflow asks for approvals."""


@dataclass(frozen=True)
class Seen:
    """One look at the calendar: whose, what of it, and all that was found."""

    request: HttpRequest
    member: Member
    span: Span
    wanted: Wanted
    things: Found
    chips: Chips
    besides: Besides
    now: datetime

    @property
    def write(self) -> str:
        """The composer's address; empty for who may not write."""
        return reverse("write", args=[self.member.workspace_id]) if self.member.may("write") else ""


@require_safe
@in_workspace()
def calendar(request: HttpRequest) -> HttpResponse:
    member: Member = request.member  # type: ignore[attr-defined]
    workspace, now, wanted = member.workspace, timezone.now(), sieve.wanted(request.GET)
    zone, almanac = zone_of(workspace, wanted), Almanac.objects.of_workspace(workspace)
    span = Span.read(request.GET, today=now.astimezone(zone).date(), starts_on=almanac.starts_on)
    channels, known = shell_of(request).channels, sieve.Choices(workspace)
    networks = {channel.pk: channel.network for channel in channels}
    things = found(workspace, start=span.start, end=span.end, wanted=wanted, networks=networks)
    things = things.with_ghosts(ghosts(workspace, start=span.start, end=span.end, wanted=wanted, now=now))
    chips = Chips(
        workspace.pk,
        may_publish=member.may_somewhere("publish"),
        may_write=member.may("write"),
        campaigns=known.campaigns,
    )
    besides = Besides(member, days=span.days, zone=zone, campaigns=known.campaigns)
    seen = Seen(request, member, span, wanted, things, chips, besides, now)
    shown = {
        "here": "calendar", "span": span, "wanted": wanted, "zone": zone.key, "is_cut": things.is_cut,
        "legend": (*LEGEND, *(OF_YESES if member.has_workflows else ())),
        "has_ghosts": bool(things.ghosts),
        "everything": Wanted(zone=wanted.zone).query, "unzoned": replace(wanted, zone="").query,
        "menus": sieve.menus(known, wanted, channels), "label_names": [one.word for one in known["label"]],
        "drawings": drawings(networks.values()),
        **DRAWN[span.view](seen),
    }  # fmt: skip
    with timezone.override(zone):
        return render(request, TEMPLATES[span.view], shown)


def _month(seen: Seen) -> dict[str, Any]:
    span = seen.span
    cells = month.Cells(
        span.days, first=span.first, today=span.today, chips=seen.chips, besides=seen.besides, zone=seen.things.zone,
        home=seen.member.workspace.tz, write=seen.write, query=seen.wanted.query,
    )  # fmt: skip
    drawn = month.month(seen.things, cells, first=span.first, days=span.days)
    return {"month": drawn, "total": drawn.total, "to_go": drawn.to_go}


def _week(seen: Seen) -> dict[str, Any]:
    """A week, or a day: seven columns or one."""
    one = seen.span.view == "day"
    drawn = Grid(
        seen.things, now=seen.now, chips=seen.chips, besides=seen.besides, home=seen.member.workspace.tz,
        lanes=LANES_OF_A_DAY if one else LANES, more=f"?view={'list' if one else 'day'}{escape(seen.wanted.query)}",
        write=seen.write,
    ).week(seen.span.days)  # fmt: skip
    return {"week": drawn, "total": drawn.total, "to_go": drawn.to_go}


def _list(seen: Seen) -> dict[str, Any]:
    page = Paginator(seen.things.groups, ROWS).get_page(seen.request.GET.get("page"))
    rows = seen.things.entries(page.object_list, longest=200)
    days = [
        (day, seen.besides.drawn(day), list(some)) for day, some in groupby(rows, key=lambda entry: entry.at.date())
    ]
    return {
        "page": page,
        "days": days,
        "total": tally(seen.things.groups)[0],
        "day_text": f"{seen.span.day}",
    }


DRAWN = {"month": _month, "week": _week, "day": _week, "list": _list}
