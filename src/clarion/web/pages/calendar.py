"""The calendar of a workspace in its own zone: a month as a grid, or as a list; and one day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clarion.channels.models import Channel
from clarion.posts.models import Label
from clarion.web import month
from clarion.web.place import in_workspace

ROWS = 100
STATES = ("draft", "scheduled", "held", "published", "failed", "unknown")
"""Those of the legend."""


@require_safe
@in_workspace()
def calendar(request: HttpRequest) -> HttpResponse:
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    today = now.astimezone(workspace.tz).date()
    wanted = _wanted(request)
    day, first = _day(request.GET.get("day", "")), _first(request.GET.get("month", ""), today)
    channels = list(Channel.objects.filter(workspace=workspace).values("pk", "handle", "network"))
    networks = {channel["pk"]: channel["network"] for channel in channels}
    shared = {
        "here": "calendar", "today": today, "wanted": wanted, "legend": STATES,
        "channels": channels,
        "labels": list(Label.objects.filter(workspace=workspace).values("pk", "name")),
    }  # fmt: skip
    if day or request.GET.get("view") == "list":
        return render(request, "calendar_list.html", {**shared, **_list(request, day, first, wanted, today, networks)})
    drawn = month.month(workspace, first=first, wanted=wanted, now=now, networks=networks)
    return render(request, "calendar.html", {
        **shared, "month": drawn, "before": f"month={drawn.previous}", "after": f"month={drawn.following}",
        "now_query": f"month={today:%Y-%m}", "drawings": month.drawings(networks.values()),
    })  # fmt: skip


def _list(
    request: HttpRequest, day: date | None, first: date, wanted: month.Wanted, today: date, networks: month.Networks
) -> dict[str, Any]:  # fmt: skip
    workspace = request.member.workspace  # type: ignore[attr-defined]
    start, end = (day, day + timedelta(days=1)) if day else (first, (first + timedelta(days=32)).replace(day=1))
    found, _cut = month.entries(workspace, start=start, end=end, wanted=wanted, networks=networks)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    texts = month.texts_of(page.object_list, longest=200)
    rows = [Row(entry, texts.get(entry.post, "")) for entry in page.object_list]
    return {
        "page": page, "rows": rows, "day": day, "day_text": f"{start}", "first": start.replace(day=1),
        "total": len(found), "query": f"{_where(start, day)}{wanted.query}",
        "before": _where(start - timedelta(days=1), day), "after": _where(end, day), "now_query": _where(today, day),
    }  # fmt: skip


def _where(at: date, day: date | None) -> str:
    """The address of the list of a day or, without one, of a month."""
    return f"day={at}" if day else f"view=list&month={at:%Y-%m}"


@dataclass(frozen=True)
class Row:
    entry: month.Entry
    text: str


def _wanted(request: HttpRequest) -> month.Wanted:
    channel, label, state = (request.GET.get(name, "") for name in ("channel", "label", "state"))
    return month.Wanted(
        channel if _is_id(channel) else "", label if label.isascii() and label.isdigit() and len(label) < 18 else "",
        state if state in month.FILTERS else "",
    )  # fmt: skip


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _first(text: str, today: date) -> date:
    return _day(f"{text}-01") or today.replace(day=1)


def _day(text: str) -> date | None:
    """A day of a year that calendars have; None for anything else."""
    try:
        found = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None
