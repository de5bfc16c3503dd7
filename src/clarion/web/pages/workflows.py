"""Workflows: who has to approve what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.approvals.models import Guest, Request, When, Window, Workflow
from clarion.deliveries.asking import ASKED_FOR, ask_for_yes
from clarion.posts.models import Post
from clarion.web.forms.workflow import MOST_STAGES, Bench, Draft
from clarion.web.place import in_workspace

PRESETS = (
    ("eyes", gettext_lazy("Four eyes")), ("mayor", gettext_lazy("The mayor's yes")),
    ("client", gettext_lazy("The client approves")),
)  # fmt: skip
AT_ONCE = 200
"""So many posts are asked about with one press."""


@require_safe
@in_workspace()
def workflows(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    flows = Workflow.objects.in_force().filter(workspace=workspace).prefetch_related("channels", "labels")[:200]
    bench = Bench(workspace)
    return render(request, "workflows.html", {
        "here": "approvals", "rows": [(one, bench.said(one.steps)) for one in flows], "presets": PRESETS,
        "unasked": _unasked(workspace).count() if flows else 0,
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("policies")
def new(request: HttpRequest) -> HttpResponse:
    draft = Draft.read(request.POST) if request.method == "POST" else Draft.preset(request.GET.get("preset", ""))
    return _form(request, draft, None)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("policies")
def workflow(request: HttpRequest, workflow: UUID) -> HttpResponse:
    found = _find(request, workflow)
    return _form(request, Draft.read(request.POST) if request.method == "POST" else Draft.of(found), found)


@require_POST
@in_workspace("policies")
def end(request: HttpRequest, workflow: UUID) -> HttpResponse:
    found = _find(request, workflow)
    found.end(by=request.user)
    messages.success(request, _("“%(name)s” asks for nothing any more.") % {"name": found.name})
    return redirect("workflows", found.workspace_id)


@require_POST
@in_workspace("policies")
def ask(request: HttpRequest, workflow: UUID) -> HttpResponse:
    """Asks for the yes to what was scheduled before the workflow was there."""
    found, now, asked = _find(request, workflow), timezone.now(), 0
    for post in _unasked(found.workspace).select_related("workspace__organisation")[:AT_ONCE]:
        asked += ask_for_yes(post, by=request.user, now=now) is not None
    messages.success(
        request, ngettext("%(n)d post waits for a yes now.", "%(n)d posts wait for a yes now.", asked) % {"n": asked}
    )
    return redirect("approvals", found.workspace_id)


def _unasked(workspace: Any) -> Any:
    """Posts that are still to go out and have no question of their own; some may need none."""
    asked = Request.objects.counting().values("post")
    rows = Post.objects.kept().filter(workspace=workspace, deliveries__state__in=ASKED_FOR)
    return rows.exclude(pk__in=asked).distinct().order_by("pk")


def _form(request: HttpRequest, draft: Draft, flow: Workflow | None) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    bench, status = Bench(workspace), 200
    draft, troubles = bench.known(draft), []
    if request.method == "POST" and "more" in request.POST:
        draft = draft.one_more()
    elif request.method == "POST":
        troubles, status = bench.troubles(draft), 422
        if not troubles:
            return _kept(request, draft, flow, bench)
    stages = [(number, one, draft.guests_typed(one)) for number, one in enumerate(draft.stages)]
    return render(request, "workflow.html", {
        "here": "approvals", "draft": draft, "flow": flow, "bench": bench, "troubles": troubles, "whens": When.choices,
        "windows": Window.choices, "stages": stages, "said": bench.said(draft.stages),
        "can_grow": len(draft.stages) < MOST_STAGES, "presets": PRESETS, "preset": request.GET.get("preset", ""),
    }, status=status)  # fmt: skip


def _kept(request: HttpRequest, draft: Draft, flow: Workflow | None, bench: Bench) -> HttpResponse:
    values: dict[str, Any] = {
        "name": draft.name, "stages": draft.stages, "when": draft.when, "window": draft.window, "by": request.user,
        "channels": [one for one in bench.channels if str(one.pk) in draft.channels],
        "labels": [one for one in bench.labels if str(one.pk) in draft.labels],
    }  # fmt: skip
    for email in {email for stage in draft.stages for email in stage.guests}:
        Guest.objects.call(workspace=bench.workspace, email=email, name=draft.names.get(email, ""), by=request.user)
    if flow is None:
        Workflow.objects.set_up(workspace=bench.workspace, **values)
        messages.success(request, _("“%(name)s” asks from now on.") % {"name": draft.name})
    else:
        flow.change(**values)
        messages.success(request, _("“%(name)s” is changed. What was approved before is asked anew.") % {
            "name": draft.name,
        })  # fmt: skip
    return redirect("workflows", bench.workspace.pk)


def _find(request: HttpRequest, pk: UUID) -> Workflow:
    rows = Workflow.objects.in_force().filter(workspace=request.member.workspace)  # type: ignore[attr-defined]
    return get_object_or_404(rows.select_related("workspace__organisation"), pk=pk)
