"""Short links: how often each was followed, day by day; one made by hand; and all of it as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clarion.organisations.models import Workspace
from clarion.posts.content import Content
from clarion.posts.models import BadLink, HouseRule, Link, Ruled, Visit
from clarion.posts.models.link import prefix
from clarion.web.forms.kit import LinkForm
from clarion.web.place import NotYours, in_workspace, refuse

A_PAGE = 40
DAYS = 30
"""So many days the pictures show."""
HIGH = 40
"""Units that the highest bar has."""


@dataclass(frozen=True)
class Bar:
    """One day. ``x``, ``y`` and ``height`` place it in a picture that is ``HIGH`` units high and ten a day wide."""

    day: date
    count: int
    x: int
    y: int
    height: int


@require_safe
@in_workspace()
def links(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    search = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    rows = Link.objects.filter(workspace=workspace)
    if search:
        rows = rows.filter(target__icontains=search) | rows.filter(slug__icontains=search)
    rows = rows.counted().select_related("channel", "post").order_by("-created_at", "-id")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    visits = Visit.objects.filter(link__workspace=workspace)
    bars = _bars(dict(_by_day(visits, since=_since(workspace))), workspace)
    return render(request, "links.html", {
        "here": "kit", "page": page, "q": search, "bars": bars, "total": sum(bar.count for bar in bars), "days": DAYS,
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def new(request: HttpRequest) -> HttpResponse:
    workspace, form = request.member.workspace, LinkForm(request.POST or None)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            _refuse_ruled(form.cleaned_data["target"], workspace)
            made = Link.objects.make(workspace=workspace, by=request.user, **form.cleaned_data)
        except (BadLink, Ruled) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("%(address)s leads there from now on.") % {"address": made.shown})
            return redirect("link", workspace.pk, made.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "link_new.html", {"here": "kit", "form": form, "prefix": prefix()}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def link(request: HttpRequest, link: UUID) -> HttpResponse:
    """One link with its clicks; and another target for it, from who may publish: what went out leads there."""
    member = request.member  # type: ignore[attr-defined]
    rows = Link.objects.filter(workspace=member.workspace).select_related("channel", "post", "preset", "by")
    found = get_object_or_404(rows.counted(), pk=link)
    form = LinkForm(request.POST or None, initial={"target": found.target, "slug": found.slug})
    del form.fields["slug"]
    if request.method == "POST":
        if not member.may("publish"):
            raise NotYours(_("Your role in this workspace does not allow this. Ask its owner or a manager."))
        refuse(member, [found.channel] if found.channel else [])
        if form.is_valid() and _led(form, found, request):
            messages.success(request, _("%(address)s leads there from now on.") % {"address": found.shown})
            return redirect("link", found.workspace_id, found.pk)
    bars = _bars(dict(_by_day(found.visits.all(), since=_since(member.workspace))), member.workspace)
    status = 422 if request.method == "POST" else 200
    return render(request, "link.html", {
        "here": "kit", "link": found, "form": form, "bars": bars, "total": sum(bar.count for bar in bars),
        "days": DAYS, "told": [bar for bar in reversed(bars) if bar.count],
    }, status=status)  # fmt: skip


@require_safe
@in_workspace()
def table(request: HttpRequest) -> HttpResponse:
    """Every link and day that has clicks, as CSV: opened in a spreadsheet, no cell is a formula."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    response = HttpResponse("".join(_lines(workspace)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="links.csv"'
    return response


def _lines(workspace: Workspace) -> Iterator[str]:
    yield "\ufeff" + _line([_("Day"), _("Short link"), _("Leads to"), _("Channel"), _("Post"), _("Clicks")])
    visits = Visit.objects.filter(link__workspace=workspace).select_related("link__channel")
    for one in visits.order_by("day", "link__created_at", "pk").iterator(chunk_size=500):
        channel = one.link.channel.handle if one.link.channel else ""
        yield _line(
            [one.day.isoformat(), one.link.address, one.link.target, channel, one.link.post_id or "", one.count]
        )


def _line(cells: list[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if str(cell)[:1] in ("=", "+", "-", "@", "\t") else cell for cell in cells])
    return out.getvalue()


def _led(form: LinkForm, found: Link, request: HttpRequest) -> bool:
    try:
        _refuse_ruled(form.cleaned_data["target"], found.workspace)
        found.lead(form.cleaned_data["target"], by=request.user)
    except (BadLink, Ruled) as error:
        found.refresh_from_db(fields=["target"])
        form.add_error("target", str(error))
        return False
    return True


def _refuse_ruled(target: str, workspace: Workspace) -> None:
    """Readers of what is out follow it at once: no rule of the house is asked later. Raises ``Ruled``."""
    HouseRule.objects.refuse(Content.of(target), workspace=workspace)


def _since(workspace: Workspace) -> date:
    return timezone.now().astimezone(workspace.tz).date() - timedelta(days=DAYS - 1)


def _by_day(visits: object, *, since: date) -> list[tuple[date, int]]:
    rows = visits.filter(day__gte=since).order_by("day").values("day")  # type: ignore[attr-defined]
    return list(rows.annotate(sum=Sum("count")).values_list("day", "sum"))


def _bars(counts: dict[date, int], workspace: Workspace) -> list[Bar]:
    most, first = max(counts.values(), default=0), _since(workspace)
    bars = []
    for number in range(DAYS):
        day = first + timedelta(days=number)
        count = counts.get(day, 0)
        height = max(round(count / most * HIGH), 2) if count else 1
        bars.append(Bar(day, count, number * 10, HIGH - height, height))
    return bars
