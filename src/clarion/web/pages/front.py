"""The way in: the root of the site, the look, and the gallery of components."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from clarion.organisations.models import User, Workspace
from clarion.web import states
from clarion.web.context import THEMES
from clarion.web.icons import lucide, marks
from clarion.web.pages.examples import Example
from clarion.web.place import in_workspace

YEAR = 60 * 60 * 24 * 365


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Set-up while nobody exists, sign-in for strangers, Today of the workspace last looked at for members."""
    if not request.user.is_authenticated:
        return redirect("account_login" if User.objects.exists() else "setup")
    mine = Workspace.objects.of(request.user)
    last = request.session.get("workspace", "")
    place = mine.filter(pk=last).first() if last else None
    place = place or mine.order_by("created_at").first()
    return redirect("today", place.pk) if place else render(request, "nowhere.html")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remembers light or dark; anything else gives the choice back to the system."""
    chosen, back = request.POST.get("theme", ""), request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else "/")
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@require_safe
@in_workspace()
def pulse(request: HttpRequest) -> HttpResponse:
    """Only the pulse, for js/live.js."""
    response = render(request, "parts/pulse.html")
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@login_required
def design(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for those who build pages."""
    return render(request, "design.html", _examples())


def _examples() -> dict[str, Any]:
    now = timezone.now()
    place = SimpleNamespace(
        pk=UUID(int=0), name="Press office", tz=None, zone="Europe/Oslo",
        organisation=SimpleNamespace(name="City of Halden", paused_because="A fire on Storgata."),
    )  # fmt: skip
    shell = SimpleNamespace(
        workspace=place, workspaces=[place, SimpleNamespace(pk=UUID(int=1), name="Library", organisation=place.organisation)],
        member=SimpleNamespace(may=lambda what: True), needs=3, ticked_ago=0.4, is_ticking=True, sign_ins=[],
        is_demo=True, is_paused=False,
    )  # fmt: skip
    rows = [
        SimpleNamespace(
            at=now + timedelta(minutes=minutes), past=minutes < 0, state=state, words=words, by=by,
            deliveries=[
                SimpleNamespace(state=one, channel=SimpleNamespace(network=network, __str__=lambda: network))
                for network, one in channels
            ],
        )
        for minutes, state, words, by, channels in (
            (-108, "published", "Storgata closed between 9 and 12 while the water main is repaired", "Ingrid Solberg · Traffic",
             (("mastodon", "published"), ("bluesky", "published"), ("noticeboard", "published"))),
            (-78, "failed", "Council meeting tonight at 18:00, live and with captions", "Amir Haddad · Council",
             (("mastodon", "published"), ("bluesky", "failed"))),
            (12, "scheduled", "The library’s winter hours begin on Monday: here is what changes", "Ingrid Solberg · Culture",
             (("mastodon", "scheduled"), ("pixelfed", "scheduled"))),
            (87, "held", "Flu vaccination for everyone over 65: no appointment needed", "Jonas Lie · Health",
             (("bluesky", "held"), ("noticeboard", "held"))),
        )
    ]  # fmt: skip
    return {
        "shell": shell, "here": "today", "states": list(states.STATES), "icons": sorted(lucide()), "networks": [*marks(), "unheard-of"],
        "rows": rows, "form": Example(), "wrong": Example({"name": "", "address": "nonsense", "zone": "x"}),
    }  # fmt: skip
