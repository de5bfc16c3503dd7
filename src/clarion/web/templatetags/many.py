"""The bar of what can be done to many posts at once, below a list that has ticks of the form ``many``."""

from __future__ import annotations

from typing import Any

from django import template

from clarion.posts.models import Label
from clarion.web.pages.bulk import undoable

register = template.Library()


@register.inclusion_tag("parts/bulk_bar.html", takes_context=True)
def bulk_bar(context: template.Context) -> dict[str, Any]:
    request, shell = context["request"], context["shell"]
    last = undoable(request)
    names = Label.objects.filter(workspace=shell.workspace).values_list("name", flat=True)[:200]
    return {
        "request": request, "shell": shell, "can_undo": last["n"] if last else 0, "labels": names,
        "csrf_token": context.get("csrf_token"), "here": request.get_full_path(),
    }  # fmt: skip
