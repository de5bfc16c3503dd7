"""Devices that are notified: the service worker, adding the browser one sits at, and removing any."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clarion.notifications.models import BadDevice, Choice, Device, Unreachable
from clarion.web.assets import assets
from clarion.web.place import in_workspace, stated

SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "CrOS", "Linux")
BROWSERS = (("Firefox", "Firefox"), ("Edg", "Edge"), ("OPR", "Opera"), ("Chrome", "Chrome"), ("Safari", "Safari"))


@stated("anybody")
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It stands at the root, because it may only speak for what lies below it."""
    response = HttpResponse(assets().files["js/sw.js"].body, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_POST
@in_workspace("asked")
def add(request: HttpRequest) -> HttpResponse:
    workspace, sent = request.member.workspace, request.POST  # type: ignore[attr-defined]
    try:
        Device.objects.add(
            person=request.user, endpoint=sent.get("endpoint", ""), p256dh=sent.get("p256dh", ""),
            auth=sent.get("auth", ""), label=named(request.headers.get("User-Agent", "")),
            language=get_language() or "", now=timezone.now(),
        )  # fmt: skip
    except BadDevice as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("This device is told from now on."))
    return redirect("told_ways", workspace.pk)


@require_POST
@in_workspace("asked")
def remove(request: HttpRequest, device: UUID) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = get_object_or_404(Device.objects.of(request.user), pk=device)
    try:
        Choice.objects.remove_device(found, by=request.user)
    except Unreachable as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(device)s is told no more.") % {"device": found.label})
    return redirect("told_ways", workspace.pk)


def named(agent: str) -> str:
    """A name by which a person knows her device: “Firefox, Linux”."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for name in SYSTEMS if name in agent), "").replace("Mac OS X", "macOS")
    return ", ".join(filter(None, (browser, system))) or _("A browser")
