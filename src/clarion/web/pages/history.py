"""The history of a post: who wrote what and when, word by word; two versions side by side; an old one again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clarion.channels.models import Channel
from clarion.posts.models import Post
from clarion.web import histories
from clarion.web.forms.keeping import Refusal
from clarion.web.pages.composer import visit_of
from clarion.web.place import in_workspace

A_PAGE = 12
LISTED = 200
"""Versions to choose from for a comparison."""


@require_safe
@in_workspace()
def history(request: HttpRequest, post: UUID) -> HttpResponse:
    found = _find(request, post)
    channels = list(Channel.objects.filter(workspace=found.workspace_id))
    before = _number(request.GET.get("before", ""))
    some = histories.versions(found, before=before, count=A_PAGE + 1)
    numbers = [found.version, *found.revisions.order_by("-version").values_list("version", flat=True)[:LISTED]]
    old, new = (_number(request.GET.get(name, "")) for name in ("old", "new"))
    return render(request, "history.html", {
        "here": "posts", "post": found, "entries": histories.entries(some, channels=channels, shown=A_PAGE),
        "earlier": some[A_PAGE - 1].number if len(some) > A_PAGE else 0, "before": before,
        "numbers": list(dict.fromkeys(numbers)), "old": old, "new": new,
        "compared": _compared(found, old, new, channels) if old and new else None,
        "can_restore": found.removed_at is None and request.member.may("write"),  # type: ignore[attr-defined]
    })  # fmt: skip


@require_POST
@in_workspace("write")
def restore(request: HttpRequest, post: UUID, version: int) -> HttpResponse:
    """An old version again, as a new one. Of a promised post it waits in the composer until it is saved."""
    found = _find(request, post)
    if found.removed_at is not None:
        raise Http404
    old = _version(found, version)
    visit = visit_of(request, found)
    try:
        visit.restore(old.content, old.variants)
    except Refusal as refusal:
        messages.error(request, " ".join(one.sentence for one in refusal.composition.troubles) or _(
            "You have other words of this post in an open page. Save or drop them first."
        ))  # fmt: skip
        return redirect("post_history", found.workspace_id, found.pk)
    if visit.is_promised:
        messages.success(request, _("Version %(n)d stands in the composer. Save it, and it goes out.") % {"n": version})
    else:
        messages.success(request, _("Version %(n)d is the text again. The history keeps all others.") % {"n": version})
    return redirect("composer", found.workspace_id, found.pk)


def _compared(
    post: Post, old: int, new: int, channels: list[Channel]
) -> tuple[histories.Version, histories.Version, list[histories.Change]]:
    first, second = _version(post, old), _version(post, new)
    return first, second, histories.compared(first, second, channels=channels)


def _version(post: Post, number: int) -> histories.Version:
    found = histories.versions(post, before=number + 1 if number < post.version else 0, count=1)
    if not found or found[0].number != number:
        raise Http404
    return found[0]


def _find(request: HttpRequest, pk: UUID) -> Post:
    rows = Post.objects.select_related("workspace", "changed_by").prefetch_related("variants")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0
