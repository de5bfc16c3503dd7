"""Comments on a post: between colleagues, or with its guests."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clarion.approvals import mentions
from clarion.approvals.models import Comment, Passage
from clarion.organisations.ids import as_id
from clarion.organisations.models import Workspace
from clarion.posts.content import Content
from clarion.posts.models import Post
from clarion.web.pages.deliveries import back
from clarion.web.place import in_workspace


@require_POST
@in_workspace("asked")
def say(request: HttpRequest, post: UUID) -> HttpResponse:
    """Whoever sees the posts may remark, except auditors, who change nothing. ``quote``: the words that it is about."""
    member = request.member  # type: ignore[attr-defined]
    if not member.may("read"):
        raise Http404
    workspace = member.workspace
    found = get_object_or_404(Post, workspace=workspace, pk=post)
    text = request.POST.get("text", "")
    answers = Comment.objects.filter(post=found, pk=as_id(request.POST.get("answers", ""))).first()
    try:
        Comment.objects.say(
            found, text=text, by=request.user, now=timezone.now(), for_guests="for_guests" in request.POST,
            passage=_passage(found, request.POST.get("quote", "").strip()), answers=answers,
        )  # fmt: skip
        messages.success(request, _("Your comment is kept."))
        _say_who_was_meant(request, text, workspace)
    except ValueError as error:
        messages.error(request, str(error))
    return back(request) or redirect("post", workspace.pk, found.pk)


def _say_who_was_meant(request: HttpRequest, text: str, workspace: Workspace) -> None:
    """A name that several people have is told to none of them, and said."""
    people = mentions.mentionable(workspace) if "@" in text else []
    for named in mentions.named_in(text, people):
        if len(named.people) > 1:
            called = mentions.told_apart(people)
            messages.warning(request, _("“%(name)s” can be %(names)s. None of them was told: write one of these.") % {
                "name": text[named.start : named.end], "names": ", ".join(f"@{called[one.pk]}" for one in named.people),
            })  # fmt: skip


@require_safe
@in_workspace()
def names(request: HttpRequest) -> JsonResponse:
    """Whom a comment can mention, offered while one types: each row is what is called, what goes into the text, and
    what is said about it."""
    people = mentions.mentionable(request.member.workspace)  # type: ignore[attr-defined]
    known = mentions.told_apart(people)
    return JsonResponse({
        "@": [
            {"name": str(one), "text": f"@{called}", "about": called if called != str(one) else ""}
            for one, called in ((one, known[one.pk]) for one in people)
        ],
    })  # fmt: skip


def _passage(post: Post, quote: str) -> Passage | None:
    """Where these words stand. What the post does not say on any channel is no quote of it."""
    own = ((one.channel, Content.from_json(one.content)) for one in post.variants.select_related("channel"))
    for channel, content in ((None, post.said), *own) if quote else ():
        for part, words in enumerate(content.parts):
            if (start := words.text.find(quote)) >= 0:
                return Passage(quote, part=part, start=start, channel=channel)
    return None


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
