"""What was told to a person: the list, the small menu of the bell, and reading it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clarion.notifications.kinds import KINDS, TOPICS
from clarion.notifications.models import Notification
from clarion.organisations.models import Workspace
from clarion.web.place import in_workspace, signed_in

A_PAGE, FEW = 30, 6


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """The list, in the workspace last looked at: where letters and pushes lead."""
    return _at_home(request, "told")


def _at_home(request: HttpRequest, name: str) -> HttpResponse:
    mine, last = Workspace.objects.of(request.user), request.session.get("workspace", "")
    place = (mine.filter(pk=last).first() if last else None) or mine.order_by("created_at").first()
    return redirect(name, place.pk) if place else redirect("home")


@require_safe
@in_workspace("asked")
def notifications(request: HttpRequest) -> HttpResponse:
    """Of all workspaces of the person, the newest first; one topic of them, or those that are news."""
    topic = topic if (topic := request.GET.get("topic", "")) in TOPICS else ""
    news = request.GET.get("show") == "unread"
    page = Paginator(_some(request, topic=topic, news=news), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "notifications.html", {
        "page": page, "topic": topic, "news": news, "topics": TOPICS.values(),
        "several": Workspace.objects.of(request.user).count() > 1,
    })  # fmt: skip


def _some(request: HttpRequest, *, topic: str, news: bool) -> QuerySet[Notification]:
    rows = Notification.objects.of(request.user).select_related("workspace").order_by("-id")
    rows = rows.filter(kind__in=[kind.name for kind in KINDS.values() if kind.topic == topic]) if topic else rows
    return rows.unread() if news else rows


@require_safe
@in_workspace("asked")
def few(request: HttpRequest) -> HttpResponse:
    """The newest ones, for the menu of the bell."""
    rows = Notification.objects.of(request.user).unread().select_related("workspace").order_by("-id")
    shown = list(rows[: FEW + 1])
    response = render(request, "parts/bell_few.html", {
        "few": shown[:FEW], "news": rows.count() if len(shown) > FEW else 0,
    })  # fmt: skip
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@in_workspace("asked")
def read(request: HttpRequest) -> HttpResponse:
    """Everything was seen. What needs a person still stands on Today."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    Notification.objects.of(request.user).unread().see(now=timezone.now())
    return redirect("told", workspace.pk)


@require_safe
@in_workspace("asked")
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """To the thing itself; its notification has been seen then."""
    one: Any = get_object_or_404(Notification.objects.of(request.user), pk=pk)
    Notification.objects.filter(pk=one.pk).see(now=timezone.now())
    return redirect(one.address or "notifications")
