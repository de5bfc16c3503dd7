"""Today: what goes out next, what went out, what needs a person."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.core.validators import URLValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clarion.channels.models import Notice
from clarion.deliveries.models import Delivery
from clarion.deliveries.progress import TooLate
from clarion.networks.registry import all as all_networks
from clarion.organisations.models import Workspace
from clarion.web import departures
from clarion.web.place import in_workspace

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
    return render(request, "today.html", {
        "now": now, "span": span, "facts": facts, "waiting": waiting[:FEW], "more": max(waiting.count() - FEW, 0),
        "board": departures.board(workspace, now=now, days=7 if span == "week" else 1),
        "ground": workspace.channels.connected().filter(network__in=own_grounds()).first(),
        "channels": workspace.channels.connected().count(), "is_new": facts.ever == 0,
        "has_notices": Notice.objects.shown().filter(channel__workspace=workspace).exists(),
    })  # fmt: skip


@require_safe
@in_workspace()
def needs(request: HttpRequest) -> HttpResponse:
    page = Paginator(waits(request.member.workspace), A_PAGE).get_page(request.GET.get("page"))  # type: ignore[attr-defined]
    return render(request, "needs.html", {"page": page})


@require_POST
@in_workspace("publish")
def settle(request: HttpRequest, delivery: str, act: str) -> HttpResponse:
    """One of the buttons of a delivery that needs a person."""
    if act not in ACTS:
        raise Http404
    found = get_object_or_404(Delivery, workspace=request.member.workspace, pk=delivery)  # type: ignore[attr-defined]
    try:
        messages.success(request, ACTS[act](found, request))
    except (TooLate, ValidationError) as error:
        messages.error(request, " ".join(error.messages) if isinstance(error, ValidationError) else str(error))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back) if safe else redirect("today", found.workspace_id)


def _there(delivery: Delivery, request: HttpRequest) -> str:
    url = request.POST.get("url", "").strip()
    if url:
        URLValidator(["http", "https"], message=_("That is not a link. Paste the post's address, or leave it empty."))(
            url
        )
    delivery.confirm_there(by=request.user, url=url, now=timezone.now())
    return _("Good: it counts as published. Nothing was sent again.")


def _absent(delivery: Delivery, request: HttpRequest) -> str:
    delivery.confirm_absent(by=request.user, now=timezone.now())
    return _("It is being sent again, with the same key.")


def _now(delivery: Delivery, request: HttpRequest) -> str:
    delivery.send_now(by=request.user, now=timezone.now())
    return _("It goes out now.")


def _skip(delivery: Delivery, request: HttpRequest) -> str:
    delivery.cancel(by=request.user, now=timezone.now(), because=_("skipped"))
    return _("Skipped. It does not go out on %(channel)s.") % {"channel": delivery.channel}


ACTS = {"there": _there, "absent": _absent, "send": _now, "skip": _skip}


def waits(workspace: Workspace):  # type: ignore[no-untyped-def]
    """Deliveries that only a person can move on, the newest first."""
    return (
        Delivery.objects.filter(workspace=workspace).needs_a_person()
        .select_related("channel", "post__author").order_by("-due_at", "-id")
    )  # fmt: skip


def own_grounds() -> list[str]:
    """Names of the networks that Clarion itself is."""
    return [kind.name for kind in all_networks() if kind.own_ground]
