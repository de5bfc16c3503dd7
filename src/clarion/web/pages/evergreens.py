"""One evergreen post: how often it goes out again, in which words, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clarion.channels.models import Channel
from clarion.channels.rights import refused
from clarion.deliveries.evergreen import plan
from clarion.deliveries.models import Delivery, State
from clarion.networks.words import Refused
from clarion.posts.fitting import fitted
from clarion.posts.models import Category, Evergreen, Post
from clarion.posts.models.evergreen import BadEvergreen, reworded
from clarion.web.forms.belonging import Belonging
from clarion.web.pages.categories import COMING, greens
from clarion.web.place import NotYours, in_workspace, refuse

BLANKS = 1
"""So many empty fields for other words are shown behind those that are filled."""


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def evergreen(request: HttpRequest, post: UUID) -> HttpResponse:
    """How a post lies in its pool; sent, how it shall."""
    member, now = request.member, timezone.now()  # type: ignore[attr-defined]
    found = _find(request, post)
    green: Evergreen | None = getattr(found, "evergreen", None)
    typed, trouble = Belonging.of(found), ""
    variations = list(green.variations) if green else []
    if request.method == "POST":
        refuse(member, found.channels.all())
        if not member.may_somewhere("publish"):
            raise NotYours(_("What goes out again is decided by those who may publish. Ask an editor."))
        data = request.POST
        typed = Belonging(
            typed.campaign, data.get("category", typed.category), True, data.get("again_times", ""),
            data.get("again_days", ""), data.get("again_until", "")[:10],
        )  # fmt: skip
        variations = [text.replace("\r\n", "\n").strip() for text in data.getlist("variation") if text.strip()]
        try:
            _refuse_unsayable(found, variations)
            with transaction.atomic():
                typed.keep(found, by=request.user, now=now, variations=variations)
        except BadEvergreen as error:
            trouble = str(error)
        else:
            messages.success(request, _("It goes out again from time to time, as you said."))
            return redirect("evergreen", found.workspace_id, found.pk)
    turns, rows = [], []
    if green is not None:
        green.post = found
        if found.category is not None:
            found.category.workspace = member.workspace
            turns = [t for t in plan(found.category, now=now, until=now + COMING) if t.evergreen.pk == green.pk]
        rows = greens([green], turns)
    is_out = any(one.state == State.PUBLISHED for one in found.deliveries.all())
    came = Delivery.objects.filter(post__again_of=green) if green else Delivery.objects.none()
    return render(request, "evergreen.html", {
        "here": "posts", "post": found, "green": green, "typed": typed, "trouble": trouble, "turns": turns, "now": now,
        "may_publish": member.may_somewhere("publish") and not refused(member, found.channels.all()),
        "row": rows[0] if rows else None, "variations": variations + [""] * BLANKS, "is_out": is_out,
        "categories": list(Category.objects.filter(workspace=member.workspace)[:500]),
        "came": list(came.select_related("channel", "post").order_by("-due_at")[:20]), "same": _same(found, variations),
    }, status=422 if trouble else 200)  # fmt: skip


@require_POST
@in_workspace("publish", somewhere=True)
def turn(request: HttpRequest, post: UUID) -> HttpResponse:
    """Pauses, resumes or ends it. What is scheduled stays."""
    found, now, do = _find(request, post), timezone.now(), request.POST.get("do", "")
    refuse(request.member, found.channels.all())  # type: ignore[attr-defined]
    green = get_object_or_404(Evergreen.objects.select_related("post__workspace__organisation"), post=found)
    if do == "pause":
        green.pause(by=request.user, now=now)
        messages.success(request, _("It is paused. What is scheduled already still goes out."))
    elif do == "resume":
        green.resume(by=request.user, now=now)
        messages.success(request, _("It goes out again."))
    elif do == "end":
        green.end(by=request.user, now=now)
        messages.success(request, _("It is no longer evergreen. What is scheduled already still goes out."))
        return redirect("post", found.workspace_id, found.pk)
    if request.POST.get("from") == "pool" and found.category_id is not None:
        return redirect("category", found.workspace_id, found.category_id)
    return redirect("evergreen", found.workspace_id, found.pk)


def _refuse_unsayable(post: Post, variations: Iterable[str]) -> None:
    """Each wording must fit each channel: by the same rules as before sending. Raises ``BadEvergreen``."""
    for channel in post.channels.filter(disconnected_at=None):
        for number, text in enumerate(variations, start=1):
            try:
                draft = fitted(reworded(post.said_on(channel), text), channel=channel, make=False).draft
            except Refused as refused:  # a picture of the post is gone: no wording can go out
                raise BadEvergreen(refused.sentence) from refused
            for problem in channel.problems(draft):
                if problem.level == "stop":
                    sentence = _("Other words %(n)d, on %(channel)s: %(problem)s")
                    raise BadEvergreen(sentence % {"n": number, "channel": channel.handle, "problem": problem.sentence})


def _same(post: Post, variations: list[str]) -> list[Channel]:
    """Channels on which the very same words would be said again."""
    return [] if variations else list(post.channels.filter(disconnected_at=None))


def _find(request: HttpRequest, pk: UUID) -> Post:
    rows = Post.objects.kept().select_related("workspace__organisation", "category", "evergreen")
    rows = rows.prefetch_related("variants", "deliveries", "channels")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
