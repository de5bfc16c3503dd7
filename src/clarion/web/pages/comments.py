"""Comments on a post: between colleagues, or with its guests."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clarion.approvals.models import Comment, Passage
from clarion.organisations.ids import as_id
from clarion.posts.models import Post
from clarion.web.pages.deliveries import back
from clarion.web.place import in_workspace


@require_POST
@in_workspace("read")
def say(request: HttpRequest, post: UUID) -> HttpResponse:
    """Whoever may read may remark. ``quote``: the words that it is about."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = get_object_or_404(Post, workspace=workspace, pk=post)
    quote, text = request.POST.get("quote", "").strip(), request.POST.get("text", "")
    answers = Comment.objects.filter(post=found, pk=as_id(request.POST.get("answers", ""))).first()
    passage = None
    if quote:
        part, start = next(
            ((n, at) for n, words in enumerate(found.said.parts) if (at := words.text.find(quote)) >= 0), (0, 0)
        )
        passage = Passage(quote, part=part, start=start)
    try:
        Comment.objects.say(
            found, text=text, by=request.user, now=timezone.now(), for_guests="for_guests" in request.POST,
            passage=passage, answers=answers,
        )  # fmt: skip
        messages.success(request, _("Your comment is kept."))
    except ValueError as error:
        messages.error(request, str(error))
    return back(request) or redirect("post", workspace.pk, found.pk)


@require_POST
@in_workspace("write")
def resolve(request: HttpRequest, comment: UUID) -> HttpResponse:
    """It is settled, or open again."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = get_object_or_404(Comment.objects.select_related("post__workspace"), post__workspace=workspace, pk=comment)
    if found.resolved_at is None:
        found.resolve(by=request.user, now=timezone.now())
    else:
        found.reopen(by=request.user)
    return back(request) or redirect("post", workspace.pk, found.post_id)
