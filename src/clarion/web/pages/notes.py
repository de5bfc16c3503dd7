"""Notes on days of the calendar: put, changed and taken away, in a dialog of it or on a page of their own."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clarion.posts.models import Note
from clarion.posts.when import BadTime
from clarion.web.forms.planning import NoteForm
from clarion.web.pages.deliveries import back
from clarion.web.place import in_workspace
from clarion.web.span import day_of


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def new(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    today = timezone.now().astimezone(workspace.tz).date()
    form = NoteForm(request.POST or None, initial={"day": day_of(request.GET.get("day", "")) or today})
    if request.method == "POST" and form.is_valid():
        try:
            note = Note.objects.put(workspace=workspace, by=request.user, **form.cleaned_data)
        except BadTime as error:
            form.add_error("until", str(error))
        else:
            messages.success(request, _("The note stands in the calendar."))
            return back(request) or _to_calendar(note)
    return _page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def note(request: HttpRequest, note: UUID) -> HttpResponse:
    found = get_object_or_404(Note.objects.select_related("by"), workspace=request.member.workspace, pk=note)  # type: ignore[attr-defined]
    until = found.until if found.until != found.day else None
    form = NoteForm(request.POST or None, initial={"text": found.text, "day": found.day, "until": until})
    if request.method == "POST" and form.is_valid():
        try:
            found.change(by=request.user, **form.cleaned_data)
        except BadTime as error:
            form.add_error("until", str(error))
        else:
            messages.success(request, _("The note is changed."))
            return back(request) or _to_calendar(found)
    return _page(request, form, found)


@require_POST
@in_workspace("write")
def remove(request: HttpRequest, note: UUID) -> HttpResponse:
    found = get_object_or_404(Note, workspace=request.member.workspace, pk=note)  # type: ignore[attr-defined]
    answer = back(request) or _to_calendar(found)
    found.remove(by=request.user)
    messages.success(request, _("The note is taken away. The record keeps what it said."))
    return answer


def _page(request: HttpRequest, form: NoteForm, found: Note | None) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "note.html", {"here": "calendar", "form": form, "note": found}, status=status)


def _to_calendar(note: Note) -> HttpResponse:
    return redirect(f"{reverse('calendar', args=[note.workspace_id])}?month={note.day:%Y-%m}")
