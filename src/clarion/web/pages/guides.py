"""One page about one network, and the page about those that are not served."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from clarion.networks import registry
from clarion.web import guides
from clarion.web.kinds import Kind
from clarion.web.place import in_workspace


@require_safe
@in_workspace()
def guide(request: HttpRequest, name: str) -> HttpResponse:
    workspace = request.member.workspace_id  # type: ignore[attr-defined]
    found = guides.guide(name, lambda other: reverse("guide", args=[workspace, other]))
    if found is None:
        raise Http404
    kind = Kind.of(registry.get(name)) if name in registry.names() else None
    return render(request, "guide.html", {"guide": found, "kind": kind})
