"""What the composer says by itself while one writes: the words, every two seconds, and that somebody is here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clarion.posts.models import Post, Presence
from clarion.web.forms.keeping import Refusal
from clarion.web.forms.presences import told_of
from clarion.web.pages.composer import named_post, visit_of
from clarion.web.place import in_workspace

SENTENCES = {
    "working": gettext_lazy("Your changes are kept, and not yet in what goes out: save them."),
    "apart": gettext_lazy("Somebody saved another version. Your words are kept beside it."),
    "gone": gettext_lazy("This post was taken off the desk. Your words are kept in this browser."),
    "pages": gettext_lazy("You wrote more in another open page. These words are kept in this browser."),
}
"""What is said of words that are not in the draft; those that are need no sentence."""


@require_POST
@in_workspace("write")
def keep(request: HttpRequest) -> JsonResponse:
    """Keeps what is being written. Whatever happens to the words is told in ``where``: a kept word is no error."""
    visit = visit_of(request, named_post(request))
    try:
        kept = visit.keep(visit.read(request))
    except Refusal as refusal:
        if refusal.conflict is None:
            sentences = [trouble.sentence for trouble in refusal.composition.troubles]
            return JsonResponse({"where": "refused", "sentence": " ".join(sentences)})
        return JsonResponse({"where": "pages", "sentence": str(SENTENCES["pages"])})
    answer: dict[str, Any] = {
        "where": kept.where, "version": kept.version, "working": kept.working,
        "sentence": str(SENTENCES.get(kept.where, "")),
    }  # fmt: skip
    if visit.post is not None and kept.where != "nothing":
        Presence.objects.seen(visit.post, user=request.user, now=visit.now, writes=True)
        answer["post"] = str(visit.post.pk)
        answer["title"] = visit.post.first_words
        for name, page in (("address", "composer"), ("here", "composer_present")):
            answer[name] = reverse(page, args=[visit.workspace.pk, visit.post.pk])
    return JsonResponse(answer)


@require_POST
@in_workspace("write")
def present(request: HttpRequest, post: UUID) -> JsonResponse:
    """Says that somebody has the post open; told is who else has, and whether it was changed meanwhile."""
    found = get_object_or_404(Post.objects.select_related("changed_by"), workspace=request.member.workspace, pk=post)  # type: ignore[attr-defined]
    now = timezone.now()
    Presence.objects.seen(found, user=request.user, now=now)
    others = told_of(Presence.objects.others(found, besides=request.user, now=now), now=now)
    mine = found.changed_by_id == request.user.pk
    by = _("you, in another open page") if mine else str(found.changed_by or _("somebody"))
    sentence = _("This was changed by %(name)s.") % {"name": by}
    return JsonResponse({"others": others, "version": found.version, "sentence": sentence})
