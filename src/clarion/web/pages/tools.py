"""What the composer's tools open: hashtags, snippets and templates, people, links; asked for when they are opened."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from clarion.posts.models import Person, Snippet, TagGroup, Template
from clarion.posts.models.tags import tags_used
from clarion.web.place import in_workspace
from clarion.web.span import day_of

MOST = 200
"""Rows that a tool lists; the kit has all of them."""


@require_safe
@in_workspace("write")
def tool(request: HttpRequest, name: str) -> HttpResponse:
    """The inside of one tool's dialog."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    if name == "tags":
        rows: dict[str, Any] = {
            "groups": TagGroup.objects.filter(workspace=workspace)[:MOST],
            "used": tags_used(workspace),
        }
    elif name == "snippets":
        day = day_of(request.GET.get("date", "")) or timezone.now().astimezone(workspace.tz).date()
        rows = {
            "snippets": [_put(one, day) for one in Snippet.objects.filter(workspace=workspace)[:MOST]],
            "templates": Template.objects.filter(workspace=workspace)[:MOST],
        }
    elif name == "people":
        rows = {"people": Person.objects.filter(workspace=workspace).prefetch_related("handles")[:MOST]}
    else:
        raise Http404
    return render(request, f"parts/tool_{name}.html", rows)


@require_safe
@in_workspace("write")
def people(request: HttpRequest) -> JsonResponse:
    """Those who are offered while a name is typed after an @."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    rows = Person.objects.filter(workspace=workspace).prefetch_related("handles")[:MOST]
    return JsonResponse({
        "people": [{"name": one.name, "handles": " · ".join({h.text: 0 for h in one.handles.all()})} for one in rows]
    })  # fmt: skip


def _put(snippet: Snippet, day: date) -> dict[str, Any]:
    """A snippet with the day in its gaps, and the gaps that are left to ask for."""
    filled = snippet.filled({"date": date_format(day, "j F"), "weekday": date_format(day, "l")})
    return {"pk": snippet.pk, "name": snippet.name, "text": filled, "asked": snippet.asked}
