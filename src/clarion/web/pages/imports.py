"""Imports: a table is brought, its columns are told, every row is checked, and then it comes in — or is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.channels.models import Channel
from clarion.channels.rights import refused, said
from clarion.deliveries.models import Delivery, State
from clarion.organisations.ids import is_id
from clarion.posts.columns import DAY, FIELDS, MONTH
from clarion.posts.models import Arrival, ArrivalRow, Fate, Stage, TooSoon
from clarion.posts.models.post import LEAVING
from clarion.posts.sheets import MOST_BYTES, MOST_ROWS, BadSheet, letter
from clarion.web.pages.posts import row_of
from clarion.web.place import NotYours, in_workspace, refuse

A_PAGE = 25
SHOWN_LETTERS = 240
HUES = {
    Stage.READ: ("draft", "file-text"), Stage.CHECKING: ("going", "loader-circle"),
    Stage.CHECKED: ("unsure", "list-filter"), Stage.COMING: ("going", "loader-circle"),
    Stage.STOPPED: ("unsure", "circle-stop"), Stage.CAME: ("done", "circle-check"),
    Stage.UNDOING: ("going", "loader-circle"), Stage.UNDONE: ("draft", "undo-2"),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def imports(request: HttpRequest) -> HttpResponse:
    """The list of imports, and the way in for a file."""
    workspace, sentence = request.member.workspace, ""  # type: ignore[attr-defined]
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            sentence = _("No file came with it. Choose one.")
        elif (file.size or 0) > MOST_BYTES:
            sentence = _("“%(name)s” has more than %(n)d MB. Split it into smaller files.") % {
                "name": file.name, "n": MOST_BYTES // 1_000_000
            }  # fmt: skip
        else:
            try:
                made = Arrival.objects.receive(file.read(), name=file.name or "", workspace=workspace, by=request.user)
                return redirect("import", workspace.pk, made.pk)
            except BadSheet as error:
                sentence = str(error)
    rows = Arrival.objects.filter(workspace=workspace).select_related("by").defer("header", "formulas", "notes")
    came = Count("rows", filter=Q(rows__fate__in=(Fate.CAME, Fate.LEFT)))
    page = Paginator(rows.annotate(came=came).order_by("-created_at"), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "imports.html", {
        "here": "posts", "page": page, "rows": [(one, *HUES[Stage(one.stage)]) for one in page.object_list],
        "sentence": sentence, "most": MOST_ROWS,
    }, status=422 if sentence else 200)  # fmt: skip


@require_safe
@in_workspace("write")
def example(request: HttpRequest) -> HttpResponse:
    """A file to begin with: two rows on a channel of this workspace."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    channel = Channel.objects.for_posts().filter(workspace=workspace).first()
    day = timezone.now().astimezone(workspace.tz) + timedelta(days=7)
    handle = channel.handle if channel else "@name"
    lines = [
        "at,text,channel,media,alt,key",
        f'{day:%Y-%m-%d} 09:00,"{_("The library is open until eight today.")}",{handle},,,',
        f'{day:%Y-%m-%d} 17:30,"{_("Storgata is closed tomorrow from nine to noon.")}",{handle},,,',
    ]
    response = HttpResponse("\ufeff" + "\r\n".join(lines) + "\r\n", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="clarion-import.csv"'
    return response


@require_safe
@in_workspace("write")
def one(request: HttpRequest, arrival: UUID) -> HttpResponse:
    found = _find(request, arrival)
    counts, shown = found.counts(), request.GET.get("show", "")
    if shown not in ("all", *Fate.values) or not shown:
        shown = Fate.BAD if counts[Fate.BAD] else "all"
    rows = found.rows.select_related("post") if shown == "all" else found.rows.filter(fate=shown).select_related("post")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    channels = list(Channel.objects.for_posts().filter(workspace=found.workspace))
    chosen = {one.pk for one in found.channels.all()}
    if found.stage == Stage.READ and not chosen and len(channels) == 1:
        chosen = {channels[0].pk}
    hue, icon = HUES[Stage(found.stage)]
    mapped = [(place, field) for place, field in enumerate(found.columns) if field]
    return render(request, "import.html", {
        "here": "posts", "arrival": found, "counts": counts, "page": page, "show": shown, "hue": hue, "icon": icon,
        "columns": _columns(found), "fields": FIELDS.items(), "query": f"show={shown}",
        "channels": [(channel, channel.pk in chosen) for channel in channels],
        "heads": [(letter(place), FIELDS[field]) for place, field in mapped],
        "rows": [_line(row, mapped) for row in page.object_list],
        "shows": [(key, word, counts[key]) for key, word in Fate.choices if key and counts[key]],
        "orders": ((DAY, _("The day: 03/04 is 3 April")), (MONTH, _("The month: 03/04 is March 4"))),
    })  # fmt: skip


@require_POST
@in_workspace("write")
def check(request: HttpRequest, arrival: UUID) -> HttpResponse:
    """Takes what the columns mean, and has every row checked."""
    found, given = _find(request, arrival), request.POST
    columns = [field if (field := given.get(f"column-{n}", "")) in FIELDS else "" for n in range(len(found.columns))]
    twice = sorted({str(FIELDS[field]) for field in columns if field and columns.count(field) > 1})
    drafts = given.get("as") == "drafts" or not request.member.may_somewhere("publish")  # type: ignore[attr-defined]
    order = given.get("order", "") if given.get("order") in (DAY, MONTH) else ""
    channels = Channel.objects.for_posts().filter(
        workspace=found.workspace, pk__in=filter(is_id, given.getlist("channel"))
    )
    sentence = ""
    if twice:
        sentence = _("%(field)s is given to two columns. Choose one of them.") % {"field": twice[0]}
    elif "text" not in columns and "link" not in columns and "media" not in columns:
        sentence = _("Say which column is the text.")
    elif not drafts and "at" not in columns:
        sentence = _("Say which column is the time, or bring the rows in as drafts.")
    elif not drafts and (not_there := refused(request.member, channels)):  # type: ignore[attr-defined]
        sentence = said(not_there)
    elif found.asks_order and "at" in columns and not order:
        sentence = _("Say which comes first in the dates: the day or the month.")
    try:
        if not sentence:
            found.examine(
                columns=columns, order=order, channels=channels, drafts=drafts, by=request.user, now=timezone.now()
            )
    except TooSoon as error:
        sentence = str(error)
    if sentence:
        messages.error(request, sentence)
    return redirect("import", found.workspace_id, found.pk)


@require_POST
@in_workspace("write")
def do(request: HttpRequest, arrival: UUID) -> HttpResponse:
    """Lets it come, stops it, goes on with it, or takes it back."""
    found, now, by = _find(request, arrival), timezone.now(), request.user
    if not found.drafts and not request.member.may_somewhere("publish"):  # type: ignore[attr-defined]
        raise NotYours(_("These rows are scheduled. That takes the right to publish: ask an editor."))
    asked = request.POST.get("do", "")
    if not found.drafts:
        refuse(request.member, found.channels.all())  # type: ignore[attr-defined]
    if asked == "undo":  # it takes back what others have promised of it since, too
        promised = Delivery.objects.filter(post__in=found.rows.exclude(post=None).values("post"))
        promised = promised.exclude(state__in=(State.CANCELLED, *LEAVING)).values("channel")
        refuse(request.member, Channel.objects.filter(workspace=found.workspace, pk__in=promised))  # type: ignore[attr-defined]
    try:
        if asked in ("whole", "good"):
            found.come(whole=asked == "whole", by=by, now=now)
        elif asked == "stop":
            found.stop(by=by, now=now)
        elif asked == "go_on":
            found.go_on(by=by, now=now)
        elif asked == "undo":
            found.undo(by=by, now=now)
    except TooSoon as error:
        messages.error(request, str(error))
    return redirect("import", found.workspace_id, found.pk)


# --- what the page shows ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """A column of the file: its letters, its name, what stands in its first filled cells, and what it is."""

    place: int
    letters: str
    name: str
    sample: str
    field: str


def _columns(arrival: Arrival) -> list[Column]:
    some = list(arrival.rows.values_list("cells", flat=True)[:20])
    names = arrival.header or []
    return [
        Column(
            n, letter(n), names[n] if n < len(names) else "",
            next((cells[n][:80] for cells in some if n < len(cells) and cells[n].strip()), ""), field,
        )
        for n, field in enumerate(arrival.columns)
    ]  # fmt: skip


@dataclass(frozen=True)
class Cell:
    name: str
    text: str
    wrongs: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A row as the page shows it: ``wrongs`` are those of no cell that is shown."""

    row: ArrivalRow
    cells: tuple[Cell, ...]
    wrongs: tuple[str, ...]
    state: str
    at: datetime | None


def _line(row: ArrivalRow, mapped: Sequence[tuple[int, str]]) -> Shown:
    places = {place for place, _field in mapped}
    cells = tuple(
        Cell(
            f"{letter(place)}{row.number}", row.cells[place][:SHOWN_LETTERS] if place < len(row.cells) else "",
            tuple(said for column, _field, said in row.wrongs if column == place),
        )
        for place, _name in mapped
    )  # fmt: skip
    wrongs = tuple(
        _("%(field)s: %(sentence)s") % {"field": FIELDS[field], "sentence": said} if field in FIELDS else said
        for column, field, said in row.wrongs if column not in places
    )  # fmt: skip
    post = row_of(row.post) if row.post else None
    return Shown(row, cells, wrongs, post.state if post else "", post.at if post else None)


def _find(request: HttpRequest, pk: UUID) -> Any:
    rows = Arrival.objects.select_related("workspace__organisation", "by")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
