"""Asking for a yes, withdrawing the question, and going out without one in an emergency."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clarion.approvals.models import Request
from clarion.approvals.progress import NotNow
from clarion.deliveries.asking import ask_for_yes, withdraw_question
from clarion.posts.models import Post
from clarion.web.pages.deliveries import back
from clarion.web.place import in_workspace


@require_POST
@in_workspace("write")
def ask(request: HttpRequest, post: UUID) -> HttpResponse:
    """Asks for the yes that the post needs, of what stands there now."""
    found = _find(request, post)
    asked = ask_for_yes(found, by=request.user, now=timezone.now(), note=request.POST.get("note", ""))
    if asked is None:
        messages.success(request, _("It needs nobody's yes: it goes out at its time."))
    else:
        messages.success(request, _("The question is asked. It goes out when the yes is there."))
    return back(request) or redirect("post", found.workspace_id, found.pk)


@require_POST
@in_workspace("write")
def withdraw(request: HttpRequest, asked: UUID) -> HttpResponse:
    """Takes the question back: who asked it, or who may publish."""
    member = request.member  # type: ignore[attr-defined]
    found = get_object_or_404(Request.objects.filter(workspace=member.workspace_id), pk=asked)
    try:
        if found.asked_by_id != member.user_id and not member.may("publish"):
            raise NotNow(_("Somebody else asked this: only they or an editor can withdraw it."))
        withdraw_question(found, by=request.user, now=timezone.now(), because=request.POST.get("because", "")[:300])
        messages.success(request, _("The question is withdrawn. It does not go out until somebody asks again."))
    except NotNow as refusal:
        messages.error(request, str(refusal))
    return back(request) or redirect("post", found.workspace_id, found.post_id)


@require_POST
@in_workspace("break_glass")
def break_glass(request: HttpRequest, post: UUID) -> HttpResponse:
    """Lets it go without the yes, with a reason. Another looks at it within a day."""
    found, now = _find(request, post), timezone.now()
    try:
        asked = ask_for_yes(found, by=request.user, now=now) if not _counting(found) else _counting(found)
        if asked is None:
            raise NotNow(_("It needs nobody's yes: it goes out at its time."))
        member, because = request.member, request.POST.get("because", "")  # type: ignore[attr-defined]
        asked.break_glass(member=member, because=because, now=now)
        messages.success(request, _("It goes out without an approval. Somebody else looks at it within 24 hours."))
    except NotNow as refusal:
        messages.error(request, str(refusal))
    return back(request) or redirect("post", found.workspace_id, found.pk)


def _counting(post: Post) -> Request | None:
    return Request.objects.counting().filter(post=post).first()


def _find(request: HttpRequest, pk: UUID) -> Post:
    rows = Post.objects.select_related("workspace__organisation")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
