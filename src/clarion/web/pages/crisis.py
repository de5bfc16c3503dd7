"""The crisis switch: nothing leaves the house until somebody resumes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clarion.web.place import in_workspace


@require_POST
@in_workspace("pause")
def pause(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    because = request.POST.get("because", "").strip()[:500]
    if not because:
        messages.error(request, _("Say in a few words why. Nothing was paused."))
    else:  # the banner on every page says that it is paused
        workspace.organisation.pause(by=request.user, because=because, now=timezone.now())
    return redirect("today", workspace.pk)


@require_POST
@in_workspace("pause")
def resume(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    if workspace.organisation.resume(by=request.user, because="", now=timezone.now()):
        messages.success(request, _("Resumed. What was due meanwhile is held back: it waits for your decision below."))
    return redirect("today", workspace.pk)
