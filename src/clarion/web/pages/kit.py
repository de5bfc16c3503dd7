"""The kit: what a workspace keeps to write with, on five shelves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.posts.models import Person, Snippet, TagGroup, Template, UtmPreset
from clarion.web.forms import kit as forms
from clarion.web.place import in_workspace

A_PAGE = 40


@dataclass(frozen=True)
class Shelf:
    """One kind of things, with the sentences of its pages. ``begins``: one is begun here, and not in the composer."""

    name: str
    model: type[models.Model]
    form: type[forms.KitForm]
    icon: str
    word: Any
    new: Any
    edit: Any
    empty: Any
    about: Any
    begins: bool = True


SHELVES = {
    one.name: one
    for one in (
        Shelf(
            "tags", TagGroup, forms.TagGroupForm, "hash", gettext_lazy("Hashtags"), gettext_lazy("A new group"),
            gettext_lazy("Edit the group"), gettext_lazy("No group of hashtags yet"),
            gettext_lazy("Hashtags that go together are put into a text in one press."),
        ),
        Shelf(
            "snippets", Snippet, forms.SnippetForm, "text-quote", gettext_lazy("Snippets"),
            gettext_lazy("A new snippet"), gettext_lazy("Edit the snippet"), gettext_lazy("No snippet yet"),
            gettext_lazy("Words that you write again and again, with gaps for what changes."),
        ),
        Shelf(
            "templates", Template, forms.TemplateForm, "layout-template", gettext_lazy("Templates"), "",
            gettext_lazy("Edit the template"), gettext_lazy("No template yet"),
            gettext_lazy("A whole post to begin from. Keep one in the composer, under “Snippets and templates”."),
            begins=False,
        ),
        Shelf(
            "people", Person, forms.PersonForm, "at-sign", gettext_lazy("Mentions"), gettext_lazy("A new person"),
            gettext_lazy("Edit the person"), gettext_lazy("Nobody yet"),
            gettext_lazy("Say once what somebody is called on each network. In a text their name is enough: type @."),
        ),
        Shelf(
            "utm", UtmPreset, forms.UtmPresetForm, "chart-column", gettext_lazy("UTM presets"),
            gettext_lazy("A new preset"), gettext_lazy("Edit the preset"), gettext_lazy("No preset yet"),
            gettext_lazy("What is added to links, so that your website's statistics tell where readers came from."),
        ),
    )
}  # fmt: skip


@require_safe
@in_workspace()
def kit(request: HttpRequest, shelf: str = "tags") -> HttpResponse:
    found, workspace = _shelf(shelf), request.member.workspace  # type: ignore[attr-defined]
    rows = found.model._default_manager.filter(workspace=workspace).order_by("name")
    if found.model is Person:
        rows = rows.prefetch_related("handles")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "kit.html", {"here": "kit", "shelf": found, "shelves": SHELVES.values(), "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def new(request: HttpRequest, shelf: str) -> HttpResponse:
    found, workspace = _shelf(shelf), request.member.workspace  # type: ignore[attr-defined]
    if not found.begins:
        raise Http404
    form = found.form(request.POST or None, workspace=workspace)
    if request.method == "POST" and form.is_valid():
        manager: Any = found.model._default_manager
        if _kept(form, lambda **values: manager.make(workspace=workspace, by=request.user, **values)):
            messages.success(request, _("“%(name)s” is in the kit.") % {"name": form.cleaned_data["name"]})
            return redirect("kit_shelf", workspace.pk, shelf)
    return _form(request, found, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def edit(request: HttpRequest, shelf: str, pk: UUID) -> HttpResponse:
    found, row = _find(request, shelf, pk)
    form = found.form(request.POST or None, workspace=row.workspace, found=row)
    if request.method == "POST" and form.is_valid():
        if _kept(form, lambda **values: row.change(by=request.user, **values)):
            messages.success(request, _("“%(name)s” is changed.") % {"name": form.cleaned_data["name"]})
            return redirect("kit_shelf", row.workspace_id, shelf)
        row.refresh_from_db()
    return _form(request, found, form, row)


@require_POST
@in_workspace("write")
def remove(request: HttpRequest, shelf: str, pk: UUID) -> HttpResponse:
    found, row = _find(request, shelf, pk)
    place, name = row.workspace_id, row.name
    row.remove(by=request.user)
    messages.success(request, _("“%(name)s” is gone from the kit. Posts stay as they are.") % {"name": name})
    return redirect("kit_shelf", place, found.name)


def _shelf(name: str) -> Shelf:
    if name not in SHELVES:
        raise Http404
    return SHELVES[name]


def _find(request: HttpRequest, shelf: str, pk: UUID) -> tuple[Shelf, Any]:
    found = _shelf(shelf)
    return found, get_object_or_404(found.model, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]


def _kept(form: forms.KitForm, keep: Any) -> bool:
    """False when it was refused, and the form says why."""
    try:
        with transaction.atomic():
            keep(name=form.cleaned_data["name"], **form.values)
    except IntegrityError:
        form.add_error("name", _("There is something of this name already. Choose another name."))
        return False
    return True


def _form(request: HttpRequest, shelf: Shelf, form: forms.KitForm, row: Any) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "kit_form.html", {"here": "kit", "shelf": shelf, "form": form, "row": row}, status=status)
