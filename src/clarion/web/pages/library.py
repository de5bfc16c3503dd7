"""The library: pictures and videos in folders, found, sorted and put in order, many at a time; and picked from."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clarion.organisations.models import User, Workspace
from clarion.posts.models import Folder, Label, Media, Quota, Upload
from clarion.posts.models.folder import BadFolder
from clarion.posts.models.media import BadMedia
from clarion.web.forms.composition import DISK
from clarion.web.library import KINDS, SHOWS, SORTS, Wanted, as_id, places
from clarion.web.pages.deliveries import back
from clarion.web.place import in_workspace

A_PAGE = 60
AT_ONCE = 500
"""Files that one press may change."""
GIGABYTE = 1_000_000_000
PICKED_FROM = 24
"""Files that the dialog to pick from shows at a time."""


@require_safe
@in_workspace()
def library(request: HttpRequest) -> HttpResponse:
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    wanted, folder, page = _found(request, workspace, A_PAGE)
    quota = Quota.objects.filter(workspace=workspace).first()
    return render(request, "library.html", {
        "wanted": wanted, "folder": folder, "page": page, "files": page.object_list, "now": now,
        "folders": [] if wanted.is_narrowed else _within(workspace, folder), "places": places(workspace),
        "labels": list(Label.objects.filter(workspace=workspace)), "shows": SHOWS,
        "kinds": [(key, word) for key, (word, _mime) in KINDS.items()],
        "sorts": [(key, word) for key, (word, _order) in SORTS.items()], "query": wanted.query(),
        "everything": wanted.query(q="", label="", kind="", show="", by=""), "today": _today(workspace),
        "people": User.objects.filter(memberships__workspace=workspace).order_by("name", "email"),
        "uploads": _uploads(request), "quota": quota, "taken_out": request.session.pop("taken_out", None),
    })  # fmt: skip


@require_safe
@in_workspace("write")
def pick(request: HttpRequest) -> HttpResponse:
    """What a dialog shows that lets somebody choose from the library; see ``parts/picker.html`` for its contract."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    wanted, folder, page = _found(request, workspace, PICKED_FROM)
    asking, one = request.GET.get("for", "")[:100], "one" in request.GET
    return render(request, "parts/picker.html", {
        "wanted": wanted, "folder": folder, "page": page, "files": page.object_list, "today": _today(workspace),
        "folders": [] if wanted.is_narrowed else _within(workspace, folder), "query": wanted.query(),
        "for": asking, "one": one, "place": workspace,
        "stem": urlencode({"for": asking, **({"one": 1} if one else {})}),
    })  # fmt: skip


def _found(request: HttpRequest, workspace: Workspace, size: int) -> tuple[Wanted, Folder | None, Any]:
    wanted = Wanted.read(request.GET)
    folder = _folder(workspace, wanted.folder)
    rows = wanted.files(workspace, folder=folder, today=_today(workspace))
    rows = rows.select_related("rights", "folder").prefetch_related("labels")
    return wanted, folder, Paginator(rows, size).get_page(request.GET.get("page"))


def _today(workspace: Workspace) -> Any:
    return timezone.now().astimezone(workspace.tz).date()


def _within(workspace: Workspace, folder: Folder | None) -> list[Folder]:
    return list(Folder.objects.filter(workspace=workspace, parent=folder))


def _uploads(request: HttpRequest) -> list[Upload]:
    """This person's uploads that are not whole: they go on when the same file is chosen again."""
    mine = request.member  # type: ignore[attr-defined]
    rows = Upload.objects.open(timezone.now()).filter(workspace=mine.workspace, by=request.user, received__gt=0)
    return list(rows.order_by("begun_at")[:50]) if mine.may("write") else []


# -- many at a time


@require_POST
@in_workspace("write")
def add(request: HttpRequest) -> HttpResponse:
    """Files of a plain form, for browsers without scripts: those that are good are kept, the others say why not."""
    workspace, kept, here = request.member.workspace, 0, 0  # type: ignore[attr-defined]
    folder = _folder(workspace, request.POST.get("folder", ""))
    for file in request.FILES.getlist("files")[:AT_ONCE]:
        try:
            media = Media.objects.keep(
                workspace=workspace, file=file, name=file.name or "file", by=request.user, folder=folder
            )
            kept, here = kept + (not media.was_here), here + media.was_here
        except BadMedia as error:
            messages.error(request, str(error))
        except OSError:
            messages.error(request, _(DISK))
            break
    if kept:
        messages.success(request, ngettext("%(n)d file is here.", "%(n)d files are here.", kept) % {"n": kept})
    if here:
        sentence = ngettext("%(n)d file was here already.", "%(n)d files were here already.", here)
        messages.info(request, sentence % {"n": here})
    if not request.FILES:
        messages.error(request, _("No file came with it. Choose one."))
    return _home(workspace, folder)


@require_POST
@in_workspace("write")
def many(request: HttpRequest) -> HttpResponse:
    """Moves, labels, takes out or puts back all that were chosen."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    ids = [pk for pk in request.POST.getlist("media") if as_id(pk)][:AT_ONCE]
    chosen = list(Media.objects.filter(workspace=workspace, pk__in=ids, source=None))
    do = request.POST.get("do", "")
    if not chosen:
        messages.error(request, _("Nothing is chosen. Tick some files first."))
    elif do == "move":
        _move(request, chosen)
    elif do == "label":
        _label(request, chosen)
    elif do == "remove":
        _take_out(request, chosen)
    elif do == "restore":
        for one in chosen:
            one.restore(by=request.user)
        sentence = ngettext("%(n)d file is back where it was.", "%(n)d files are back where they were.", len(chosen))
        messages.success(request, sentence % {"n": len(chosen)})
    return back(request) or redirect("library", workspace.pk)


def _move(request: HttpRequest, chosen: list[Media]) -> None:
    folder = _folder(chosen[0].workspace, request.POST.get("to", ""))
    for one in chosen:
        one.move(folder, by=request.user)
    values = {"n": len(chosen), "folder": folder.name if folder else _("Library")}
    sentence = ngettext("%(n)d file lies in “%(folder)s” now.", "%(n)d files lie in “%(folder)s” now.", len(chosen))
    messages.success(request, sentence % values)


def _label(request: HttpRequest, chosen: list[Media]) -> None:
    labels = labels_of(chosen[0].workspace, request.POST.getlist("labels"), request.POST.get("new_labels", ""))
    if not labels:
        messages.error(request, _("No label is chosen. Tick one, or write a new one."))
        return
    for one in chosen:
        one.label([*one.labels.all(), *labels], by=request.user)
    sentence = ngettext("%(n)d file has the label now.", "%(n)d files have the label now.", len(chosen))
    messages.success(request, sentence % {"n": len(chosen)})


def _take_out(request: HttpRequest, chosen: list[Media]) -> None:
    for one in chosen:
        one.remove(by=request.user, now=timezone.now())
    request.session["taken_out"] = [str(one.pk) for one in chosen]


def labels_of(workspace: Workspace, ids: list[str], names: str) -> list[Label]:
    """Those that were ticked, and those whose names were written, which are made where there are none."""
    numbers = [pk for pk in ids if pk.isascii() and pk.isdigit() and len(pk) < 18]
    chosen = list(Label.objects.filter(workspace=workspace, pk__in=numbers))
    for name in dict.fromkeys(" ".join(name.replace("\x00", "").split())[:60] for name in names.split(",")):
        if name:
            chosen.append(Label.objects.get_or_create(workspace=workspace, name=name)[0])
    return list(dict.fromkeys(chosen))


# -- folders, and how much there may be


@require_POST
@in_workspace("write")
def open_folder(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    parent = _folder(workspace, request.POST.get("parent", ""))
    try:
        opened = Folder.objects.open(
            workspace=workspace, name=request.POST.get("name", ""), parent=parent, by=request.user
        )
    except BadFolder as error:
        messages.error(request, str(error))
        return _home(workspace, parent)
    return _home(workspace, opened)


@require_POST
@in_workspace("write")
def rename_folder(request: HttpRequest, folder: UUID) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = get_object_or_404(Folder, workspace=workspace, pk=folder)
    try:
        found.rename(request.POST.get("name", ""), by=request.user)
    except BadFolder as error:
        messages.error(request, str(error))
    return _home(workspace, found)


@require_POST
@in_workspace("write")
def remove_folder(request: HttpRequest, folder: UUID) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = get_object_or_404(Folder.objects.select_related("parent"), workspace=workspace, pk=folder)
    found.remove(by=request.user)
    messages.success(request, _("The folder is gone. What lay in it is here."))
    return _home(workspace, found.parent)


@require_POST
@in_workspace("settings")
def quota(request: HttpRequest) -> HttpResponse:
    """How much the library may hold, in gigabytes; empty: as much as the disk does."""
    workspace, typed = request.member.workspace, request.POST.get("gigabytes", "").strip().replace(",", ".")  # type: ignore[attr-defined]
    try:
        bytes = int(float(typed) * GIGABYTE) if typed else None
        if bytes is not None and not 0 < bytes < 10**17:
            raise ValueError(typed)
    except (ValueError, OverflowError):
        messages.error(request, _("Write a number of gigabytes, such as 20, or nothing for no limit."))
        return _home(workspace, None)
    Quota.objects.grant(workspace, bytes, by=request.user)
    messages.success(request, _("It is kept."))
    return _home(workspace, None)


def _folder(workspace: Workspace, pk: str) -> Folder | None:
    """None is the library itself, and stands for a folder that is gone as well."""
    rows = Folder.objects.select_related("parent__parent__parent")
    return rows.filter(workspace=workspace, pk=pk).first() if as_id(pk) else None


def _home(workspace: Workspace, folder: Folder | None) -> HttpResponse:
    address = reverse("library", args=[workspace.pk])
    return redirect(f"{address}?folder={folder.pk}" if folder and folder.pk else address)
