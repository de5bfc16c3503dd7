"""A fire drill of the crisis switch: told to everybody, timed, and nothing that is said in it can leave."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from clarion.channels.models import Channel
from clarion.organisations.ids import as_id
from clarion.organisations.models import Pause
from clarion.posts.content import Content, Words
from clarion.posts.models import Template
from clarion.posts.models.post import drafted
from clarion.web.pages.crisis import scope
from clarion.web.place import in_workspace, shell_of

LONGEST = 5000


@require_POST
@in_workspace("pause")
def begin(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    Pause.objects.begin(
        organisation=workspace.organisation, workspace=scope(request), by=request.user, kind=Pause.Kind.DRILL,
        stops="stops" in request.POST,
        because=request.POST.get("because", "").strip()[:500] or _("Fire drill"), now=timezone.now(),
    )  # fmt: skip
    return redirect("crisis", workspace.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def say(request: HttpRequest) -> HttpResponse:
    """A holding statement as it would go out. No post is made of it, so nothing can send it."""
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    running = next((one for one in shell_of(request).pauses if one.is_drill), None)
    if running is None:
        messages.error(request, _("The drill is over."))
        return redirect("crisis", workspace.pk)
    channels = [one for one in shell_of(request).channels if one.is_connected and not one.needs_sign_in]
    text = _given(request, workspace.pk)
    rows = [(channel, _problems(channel, text)) for channel in channels] if text else []
    stopped = sum(1 for _channel, problems in rows if problems)
    if request.method == "POST" and text and channels and not stopped:
        said = running.rehearse(text, workspace=workspace, channels=len(channels), by=request.user, now=now)
        messages.success(request, ngettext(
            "Drill: it would be out on %(n)d channel, %(seconds)d seconds after the drill began. Nothing was sent.",
            "Drill: it would be out on %(n)d channels, %(seconds)d seconds after the drill began. Nothing was sent.",
            said.channels,
        ) % {"n": said.channels, "seconds": said.after})  # fmt: skip
        return redirect("crisis", workspace.pk)
    status = 422 if request.method == "POST" else 200
    shown = {"here": "crisis", "drill": running, "text": text, "rows": rows, "stopped": stopped, "longest": LONGEST}
    return render(request, "drill_say.html", shown, status=status)


def _given(request: HttpRequest, workspace: UUID) -> str:
    """What was typed, or the words of the statement that was chosen."""
    if request.method == "POST":
        return request.POST.get("text", "").replace("\r\n", "\n").strip()[:LONGEST]
    pk = as_id(request.GET.get("template"))
    found = Template.objects.filter(workspace=workspace, pk=pk).first() if pk else None
    return Content.from_json(found.whole["words"]).text if found else ""


def _problems(channel: Channel, text: str) -> list[str]:
    draft = drafted(Content((Words(text),)), channel=channel)
    return [one.sentence for one in channel.problems(draft) if one.level == "stop"]
