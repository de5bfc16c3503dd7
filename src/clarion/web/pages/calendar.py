"""The calendar of a workspace, in its own zone or another: a month, a week, a day, or a list of posts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.http import require_safe

from clarion.web import month, sieve
from clarion.web.chips import Chips, drawings
from clarion.web.entries import Found, Wanted, found, zone_of
from clarion.web.place import in_workspace, shell_of
from clarion.web.span import Span
from clarion.web.week import LANES, LANES_OF_A_DAY, Grid

ROWS = 100
TEMPLATES = {
    "month": "calendar_month.html", "week": "calendar_week.html", "day": "calendar_week.html",
    "list": "calendar_list.html",
}  # fmt: skip
LEGEND = ("draft", "scheduled", "held", "published", "failed", "unknown")


@require_safe
@in_workspace()
def calendar(request: HttpRequest) -> HttpResponse:
    member, now = request.member, timezone.now()  # type: ignore[attr-defined]
    wanted = sieve.wanted(request.GET)
    zone = zone_of(member.workspace, wanted)
    span = Span.read(request.GET, today=now.astimezone(zone).date())
    channels = shell_of(request).channels
    networks = {channel.pk: channel.network for channel in channels}
    things = found(member.workspace, start=span.start, end=span.end, wanted=wanted, networks=networks)
    chips = Chips(member.workspace_id, may_publish=member.may("publish"), may_write=member.may("write"))
    shown = {
        "here": "calendar", "span": span, "wanted": wanted, "zone": zone.key, "legend": LEGEND, "is_cut": things.is_cut,
        "everything": Wanted(zone=wanted.zone).query, "unzoned": replace(wanted, zone="").query,
        "menus": sieve.menus(member.workspace, wanted, channels), "drawings": drawings(networks.values()),
        **DRAWN[span.view](request, span, things, chips, now),
    }  # fmt: skip
    with timezone.override(zone):
        return render(request, TEMPLATES[span.view], shown)


def _month(request: HttpRequest, span: Span, things: Found, chips: Chips, now: datetime) -> dict[str, Any]:
    drawn = month.month(things, first=span.first, days=span.days, today=span.today, chips=chips)
    return {"month": drawn, "total": drawn.total, "to_go": drawn.to_go}


def _week(request: HttpRequest, span: Span, things: Found, chips: Chips, now: datetime) -> dict[str, Any]:
    """A week, or a day: one column or seven."""
    one, wanted = span.view == "day", sieve.wanted(request.GET)
    drawn = Grid(
        things, now=now, chips=chips, home=request.member.workspace.tz, lanes=LANES_OF_A_DAY if one else LANES,  # type: ignore[attr-defined]
        more=f"?view={'list' if one else 'day'}{escape(wanted.query)}",
    ).week(span.days)  # fmt: skip
    return {"week": drawn, "total": drawn.total, "to_go": drawn.to_go}


def _list(request: HttpRequest, span: Span, things: Found, chips: Chips, now: datetime) -> dict[str, Any]:
    page = Paginator(things.groups, ROWS).get_page(request.GET.get("page"))
    rows = things.entries(page.object_list, longest=200)
    return {"page": page, "rows": rows, "total": len(things.groups), "day_text": f"{span.day}"}


DRAWN = {"month": _month, "week": _week, "day": _week, "list": _list}
