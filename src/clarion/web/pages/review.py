"""The review after a pause: nothing that it kept back leaves before somebody decides, post by post or all at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from clarion.channels import rights
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.models.stopping import PAUSED
from clarion.deliveries.progress import TooLate
from clarion.deliveries.queue import NoFreeSlot, enqueue
from clarion.organisations.ids import as_id
from clarion.organisations.models import Pause
from clarion.posts.models import Gated
from clarion.posts.when import BadTime
from clarion.web.pages.deliveries import typed
from clarion.web.place import NotYours, in_workspace, shell_of

A_PAGE, AT_ONCE = 30, 500
NEXT = timedelta(hours=24)
"""What is due within so long is shown besides: it leaves at its time unless somebody says otherwise."""


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def review(request: HttpRequest) -> HttpResponse:
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    if request.method == "POST":
        if not request.member.may_somewhere("publish"):  # type: ignore[attr-defined]
            raise NotYours(_("Deciding what goes out takes the right to publish. Ask an editor."))
        return _decided(request, now=now)
    page = Paginator(_kept_back(workspace), A_PAGE).get_page(request.GET.get("page"))
    coming = Delivery.objects.filter(
        workspace=workspace, state=State.SCHEDULED, due_at__gt=now, due_at__lte=now + NEXT
    ).select_related("post", "channel")  # fmt: skip
    pauses = Pause.objects.over(workspace, organisation=workspace.organisation_id)
    last = pauses.exclude(ended_at=None).order_by("-ended_at").first()
    tomorrow = now.astimezone(workspace.tz) + timedelta(days=1)
    return render(request, "review.html", {
        "here": "crisis", "now": now, "page": page, "last": last, "paused_again": shell_of(request).is_paused,
        "coming": list(coming.order_by("due_at", "id")[:A_PAGE]),
        "offer": {"date": f"{tomorrow:%Y-%m-%d}", "time": "09:00"},
        "future": any(one.due_at > now for one in page),
    })  # fmt: skip


def _kept_back(workspace: Any) -> Any:
    rows = Delivery.objects.filter(workspace=workspace, state=State.HELD, code=PAUSED)
    return rows.select_related("post__workspace", "channel__workspace", "workspace__organisation").order_by(
        "due_at", "id"
    )


def _decided(request: HttpRequest, *, now: datetime) -> HttpResponse:
    """Each for itself: what cannot be done to one is said, and leaves the others alone."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    do, _colon, only = request.POST.get("do", "").partition(":")
    rows = _kept_back(workspace)
    if only or "all" not in request.POST:
        chosen = [pk for one in ([only] if only else request.POST.getlist("one")) if (pk := as_id(one))]
        rows = rows.filter(pk__in=chosen[:AT_ONCE])
    some = list(rows[:AT_ONCE])
    try:
        act = _act(request, do, now=now)
    except BadTime as error:
        messages.error(request, str(error))
        return redirect("review", workspace.pk)
    if not some or act is None:
        messages.error(request, _("Nothing is chosen. Tick some posts first."))
        return redirect("review", workspace.pk)
    done, left = 0, ""
    for one in some:
        try:
            if not_there := rights.refused(request.member, [one.channel]):  # type: ignore[attr-defined]
                raise TooLate(rights.said(not_there))
            with transaction.atomic():
                act(one)
            done += 1
        except (TooLate, BadTime, Gated, NoFreeSlot) as error:
            left = str(error)
    if done:
        messages.success(request, _said(do, done))
    if left:
        count = len(some) - done
        sentence = ngettext("%(n)d stays as it is: %(why)s", "%(n)d stay as they are. The last of them: %(why)s", count)
        messages.error(request, sentence % {"n": count, "why": left})
    pauses = Pause.objects.over(workspace, organisation=workspace.organisation_id)
    for pause in pauses.filter(ended_at__isnull=False, reviewed_at=None):
        if not Delivery.objects.filter(pause.reach, state=State.HELD, code=PAUSED).exists():
            pause.finish_review(by=request.user, now=now)
    return redirect("review", workspace.pk)


def _act(request: HttpRequest, do: str, *, now: datetime) -> Callable[[Delivery], Any] | None:
    """What was pressed, for one delivery. Raises ``BadTime`` for a time that cannot be meant."""
    by, because = request.user, _("decided in the review after a pause")
    if do == "now":
        return lambda one: _send(one, by=by, now=now, because=because)
    if do == "move":
        due = typed(request).due(zone=request.member.workspace.tz, now=now)  # type: ignore[attr-defined]
        return lambda one: one.reschedule(at=due.at, by=by, now=now, because=because)
    if do == "slot":
        return lambda one: enqueue(one.post, channels=[one.channel], by=by, now=now)
    if do == "leave":
        return lambda one: _leave(one, by=by, now=now, because=because)
    if do == "drop":
        return lambda one: one.cancel(by=by, now=now, because=because)
    return None


def _send(one: Delivery, *, by: Any, now: datetime, because: str) -> None:
    """Should everything be paused anew, a spokesperson's press still lets it go."""
    one.send_now(by=by, now=now, because=because)
    Delivery.objects.filter(pk=one.pk).let(by=by, now=now)


def _leave(one: Delivery, *, by: Any, now: datetime, because: str) -> None:
    if one.due_at <= now:
        raise BadTime(_("Its time has passed. Send it now, move it, or drop it."))
    one.release(by=by, now=now, because=because)


def _said(do: str, count: int) -> str:
    sentences = {
        "now": ngettext("%(n)d goes out now.", "%(n)d go out now.", count),
        "move": ngettext("%(n)d has another time.", "%(n)d have another time.", count),
        "slot": ngettext("%(n)d took the next free slot.", "%(n)d took the next free slots.", count),
        "leave": ngettext("%(n)d goes out at its time.", "%(n)d go out at their times.", count),
        "drop": ngettext(
            "%(n)d is dropped. It stays among the posts.", "%(n)d are dropped. They stay among the posts.", count
        ),
    }
    return sentences[do] % {"n": count}
