"""The workspace's rules of good writing: each is off, advice, or a gate that stops scheduling."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clarion.posts import lint
from clarion.posts.models import Advice
from clarion.posts.models.advice import ADVICE, GATE, OFF
from clarion.web.place import NotYours, in_workspace

WORDS = ((OFF, gettext_lazy("Off")), (ADVICE, gettext_lazy("Advice")), (GATE, gettext_lazy("Gate")))


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def advice(request: HttpRequest) -> HttpResponse:
    """Everybody in the workspace may read its rules; managers settle them."""
    member = request.member  # type: ignore[attr-defined]
    workspace = member.workspace
    found = Advice.objects.for_workspace(workspace)
    if request.method != "POST":
        return _page(request, found, known="\n".join(found.known))
    if not member.may("advice"):
        raise NotYours(_("Your role in this workspace does not allow this. Ask its owner or a manager."))
    typed = request.POST.get("known", "")
    forces = {rule: request.POST.get(f"rule:{rule}", "") for rule in lint.RULES}
    try:
        known = [word for line in typed.splitlines() for word in line.split(",")]
        Advice.objects.settle(workspace, forces=forces, known=known, by=request.user)
    except ValueError as error:
        messages.error(request, str(error))
        return _page(request, found, known=typed, status=422)
    messages.success(request, _("The rules hold from now on. What is scheduled already stays scheduled."))
    return redirect("advice", workspace.pk)


def _page(request: HttpRequest, found: Advice, *, known: str, status: int = 200) -> HttpResponse:
    rules = [(rule, _(word), found.force(rule)) for rule, word in lint.RULES.items()]
    context = {"here": "people", "rules": rules, "words": WORDS, "known": known, "count": len(found.known)}
    return render(request, "advice.html", context, status=status)
