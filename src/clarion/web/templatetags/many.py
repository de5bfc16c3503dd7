"""The bar below a list whose ticks are of the form ``many``, and where a post is from."""

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


@register.inclusion_tag("parts/origin.html", takes_context=True)
def origin(context: template.Context, post: Any) -> dict[str, Any]:
    """The item of a feed that a post was made of, with the alert that it updates or cancels; or its idea."""
    item = idea = None
    if post.source == "feed":
        item = post.feed_items.select_related("feed", "earlier__post").first()
    elif post.source == "idea":
        idea = post.ideas.select_related("by").first()
    return {"shell": context["shell"], "item": item, "idea": idea}
