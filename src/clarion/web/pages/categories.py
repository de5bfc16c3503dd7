"""Categories: the list, and one with its pool of evergreen posts, what comes next and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clarion.channels.models import Channel
from clarion.deliveries.evergreen import Told, Turn, plan, told
from clarion.posts.models import Category, Evergreen
from clarion.web.forms.planning import CategoryForm
from clarion.web.place import NotYours, in_workspace

A_PAGE = 40
COMING = timedelta(days=14)
"""So far ahead it is told what comes."""
TURNS = 10


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def categories(request: HttpRequest) -> HttpResponse:
    member = request.member  # type: ignore[attr-defined]
    form = CategoryForm(request.POST or None)
    if request.method == "POST":
        _refuse_without_right(member)
        if form.is_valid():
            try:
                with transaction.atomic():
                    Category.objects.make(workspace=member.workspace, by=request.user, **form.cleaned_data)
            except IntegrityError:
                form.add_error("name", _("There is a category of this name already. Choose another name."))
            else:
                messages.success(request, _("The category is there. Give it slots in the queue of a channel."))
                return redirect("categories", member.workspace_id)
    alive = Q(posts__evergreen__ended_at=None, posts__evergreen__isnull=False, posts__removed_at=None)
    rows = Category.objects.filter(workspace=member.workspace).annotate(
        slots_a_week=Count("slots", distinct=True), pool=Count("posts__evergreen", filter=alive, distinct=True)
    )
    context = {"here": "queue", "categories": list(rows.order_by("name")[:500]), "form": form}
    return render(request, "categories.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def category(request: HttpRequest, category: UUID) -> HttpResponse:
    """The pool of a category; sent, its new name and colour."""
    member, now = request.member, timezone.now()  # type: ignore[attr-defined]
    found = _find(request, category)
    form = CategoryForm(request.POST or None, initial={"name": found.name, "hue": found.hue})
    if request.method == "POST":
        _refuse_without_right(member)
        if form.is_valid():
            try:
                with transaction.atomic():
                    found.change(by=request.user, **form.cleaned_data)
            except IntegrityError:
                form.add_error("name", _("There is a category of this name already. Choose another name."))
                found = _find(request, category)
            else:
                messages.success(request, _("The category is changed."))
                return redirect("category", member.workspace_id, found.pk)
    found.workspace = member.workspace
    rows = Evergreen.objects.filter(post__category=found, post__removed_at=None, ended_at=None)
    page = Paginator(rows.select_related("post"), A_PAGE).get_page(request.GET.get("page"))
    turns = plan(found, now=now, until=now + COMING)
    context = {
        "here": "queue", "category": found, "form": form, "page": page, "turns": turns[:TURNS], "now": now,
        "rows": greens(page.object_list, turns), "slots_a_week": found.slots.count(),
    }  # fmt: skip
    return render(request, "category.html", context, status=422 if form.errors else 200)


@require_POST
@in_workspace("publish")
def remove(request: HttpRequest, category: UUID) -> HttpResponse:
    found = _find(request, category)
    found.remove(by=request.user)
    messages.success(request, _("The category is gone. Its posts are where they were, its slots are for all posts."))
    return redirect("categories", found.workspace_id)


@dataclass(frozen=True)
class Green:
    """One evergreen post in a list. ``channels``: on each where it is out, how often it went out again."""

    evergreen: Evergreen
    channels: tuple[tuple[Channel, Told], ...]
    next_at: datetime | None

    @property
    def is_spent(self) -> bool:
        """It has gone out as often as it may on each of its channels."""
        return bool(self.channels) and all(told.used >= self.evergreen.times for _channel, told in self.channels)


def greens(some: Sequence[Evergreen], turns: Sequence[Turn]) -> list[Green]:
    """Evergreen posts with what was and what comes, in three questions at most."""
    workspaces = {one.post.workspace_id for one in some}
    channels = {one.pk: one for one in Channel.objects.filter(workspace__in=workspaces)}
    histories = told(some, channels.values())
    following: dict[Any, datetime] = {}
    for turn in turns:
        following.setdefault(turn.evergreen.pk, turn.at)
    return [
        Green(
            one,
            tuple(
                (channels[channel], mine) for (pk, channel), mine in histories.items()
                if pk == one.pk and mine.first_at is not None
            ),
            following.get(one.pk),
        )
        for one in some
    ]  # fmt: skip


def _refuse_without_right(member: Any) -> None:
    if not member.may("publish"):
        raise NotYours(_("Categories and their slots are changed by those who may publish. Ask an editor."))


def _find(request: HttpRequest, pk: UUID) -> Category:
    return get_object_or_404(Category, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
