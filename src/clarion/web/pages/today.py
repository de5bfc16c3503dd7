"""Today: what goes out next, what went out, what needs a person."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from clarion.channels.models import Notice
from clarion.deliveries.models import Delivery
from clarion.networks.registry import all as all_networks
from clarion.organisations.models import Workspace
from clarion.records.models import Event
from clarion.web import departures
from clarion.web.place import in_workspace
from clarion.web.steps import DISMISSED, steps_of

FEW = 5
A_PAGE = 30


@require_safe
@in_workspace()
def today(request: HttpRequest) -> HttpResponse:
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    request.session["workspace"] = str(workspace.pk)
    span = "week" if request.GET.get("span") == "week" else "today"
    facts = departures.facts(workspace, now=now)
    waiting = waits(workspace)
    grounds = own_grounds()
    steps = steps_of(request.member, own_grounds=grounds)  # type: ignore[attr-defined]
    part = "today.html#day" if request.headers.get("X-Part") == "day" else "today.html"  # js/live.js asks for the part
    answer = render(request, part, {
        "now": now, "span": span, "facts": facts, "waiting": waiting[:FEW], "more": max(waiting.count() - FEW, 0),
        "board": departures.board(workspace, now=now, days=7 if span == "week" else 1),
        "ground": workspace.channels.connected().filter(network__in=grounds).first(),
        "steps": steps, "next_step": next((one for one in steps if not one.is_done), None), "is_new": facts.ever == 0,
        "has_notices": Notice.objects.shown().filter(channel__workspace=workspace).exists(),
    })  # fmt: skip
    patch_vary_headers(answer, ["X-Part"])
    return answer


@require_POST
@in_workspace()
def put_steps_away(request: HttpRequest) -> HttpResponse:
    """The first steps are not shown to this member any more."""
    member = request.member  # type: ignore[attr-defined]
    if steps_of(member, own_grounds=own_grounds()):
        Event.objects.write(DISMISSED, subject=member, by=request.user)
    return redirect("today", member.workspace_id)


@require_safe
@in_workspace()
def needs(request: HttpRequest) -> HttpResponse:
    page = Paginator(waits(request.member.workspace), A_PAGE).get_page(request.GET.get("page"))  # type: ignore[attr-defined]
    return render(request, "needs.html", {"page": page})


def waits(workspace: Workspace):  # type: ignore[no-untyped-def]
    """Deliveries that only a person can move on, the newest first."""
    return (
        Delivery.objects.filter(workspace=workspace).needs_a_person()
        .select_related("channel", "post__author").order_by("-due_at", "-id")
    )  # fmt: skip


def own_grounds() -> list[str]:
    """Names of the networks that Clarion itself is."""
    return [kind.name for kind in all_networks() if kind.own_ground]
