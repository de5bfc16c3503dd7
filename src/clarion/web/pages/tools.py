"""What the composer's tools open: hashtags, snippets and templates, people, links; asked for when they are opened."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from clarion.organisations.dates import written
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
def offers(request: HttpRequest) -> JsonResponse:
    """What is offered while one types: people after an @, hashtags of the kit and of past posts after a #.

    Each row: what it is called, what goes into the text, and what is said about it.
    """
    workspace = request.member.workspace  # type: ignore[attr-defined]
    people = Person.objects.filter(workspace=workspace).prefetch_related("handles")[:MOST]
    used = {tag.casefold(): (tag, _times(count)) for tag, count in tags_used(workspace, most=MOST)}
    for group in TagGroup.objects.filter(workspace=workspace)[:MOST]:
        for tag in group.tags.split():
            used.setdefault(tag.casefold(), (tag, group.name))
    return JsonResponse({
        "@": [_offer(one.name, one.mark, " · ".join({h.text: 0 for h in one.handles.all()})) for one in people],
        "#": [_offer(tag, tag, about) for tag, about in used.values()],
    })  # fmt: skip


def _offer(name: str, text: str, about: str) -> dict[str, str]:
    return {"name": name, "text": text, "about": about}


def _times(count: int) -> str:
    return ngettext("in %(n)d post", "in %(n)d posts", count) % {"n": count}


def _put(snippet: Snippet, day: date) -> dict[str, Any]:
    """A snippet with the day in its gaps, and the gaps that are left to ask for."""
    filled = snippet.filled({"date": written(day, "j F"), "weekday": written(day, "l")})
    return {"pk": snippet.pk, "name": snippet.name, "text": filled, "asked": snippet.asked}
