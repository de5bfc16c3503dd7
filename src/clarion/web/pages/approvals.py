"""Approvals: what waits for a yes, one question with the exact words, and the answers. Nothing is decided by a GET."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from clarion.approvals.eyes import authors_of, in_whose_place
from clarion.approvals.models import Request
from clarion.approvals.progress import NotNow, State
from clarion.deliveries.asking import take_yes_back
from clarion.organisations.ids import as_id
from clarion.organisations.models import Member
from clarion.posts.models import Media
from clarion.web import asked as about
from clarion.web import stages
from clarion.web.kept_files import Kept, answered
from clarion.web.pages.media import FRESH
from clarion.web.place import in_workspace, shell_of

SHELVES = (
    (about.MINE, gettext_lazy("For me")), (about.ALL, gettext_lazy("All that wait")),
    (about.DECIDED, gettext_lazy("Decided")),
)  # fmt: skip
MANY = 100
"""So many are answered with one press."""


@require_safe
@in_workspace("asked", or_may="read")
def approvals(request: HttpRequest) -> HttpResponse:
    member, now = request.member, timezone.now()  # type: ignore[attr-defined]
    shelves = SHELVES if member.may("asked") else SHELVES[1:]  # an auditor is asked nothing, and reads everything
    shelf = request.GET.get("shelf", "")
    shelf = shelf if shelf in dict(shelves) else shelves[0][0]
    after = about.Mark.read(request.GET.get("after", ""))
    page = about.page(member, shelf=shelf, after=after, channels=shell_of(request).channels, now=now)
    return render(request, "approvals.html", {
        "now": now, "page": page, "shelf": shelf, "shelves": shelves, "is_first": after is None,
        "unreviewed": [] if after else about.unreviewed(
            member, shelf=shelf, channels=shell_of(request).channels, now=now
        ),
    })  # fmt: skip


@require_safe
@in_workspace("asked", or_may="read")
def approval(request: HttpRequest, asked: UUID) -> HttpResponse:
    return _shown(request, _find(request, asked))


@require_POST
@in_workspace("asked")
def answer(request: HttpRequest, asked: UUID) -> HttpResponse:
    """Yes, or sent back; to exactly what the page showed."""
    found, member, now = _find(request, asked), request.member, timezone.now()  # type: ignore[attr-defined]
    yes, because = request.POST.get("answer") == "yes", request.POST.get("because", "")
    try:
        found.decide(member=member, yes=yes, sha256=request.POST.get("sha256", ""), because=because, now=now)
    except NotNow as refusal:
        fresh = Request.objects.counting().filter(post=found.post_id).first()
        seen = _visible(request).filter(pk=fresh.pk).first() if fresh else None
        return _shown(request, seen or _find(request, asked), sentence=str(refusal), because=because, status=409)
    found.refresh_from_db()
    messages.success(request, _said(found, yes=yes))
    following = about.first_for(member, besides=found.pk)
    if following is not None:
        return redirect("approval", found.workspace_id, following.pk)
    return redirect("approvals", found.workspace_id)


def _said(found: Request, *, yes: bool) -> str:
    told = {"words": about.words_of(found)[:60]}
    if not yes:
        return _("“%(words)s” is sent back, with your reason.") % told
    if found.state == State.WAITING:
        return _("Your yes to “%(words)s” is kept. It waits for the next one.") % told
    return _("“%(words)s” is approved: it goes out at its time.") % told


@require_POST
@in_workspace("asked")
def many(request: HttpRequest) -> HttpResponse:
    """A yes to each of those that are ticked, and to nothing else than what the list showed."""
    member, now, done = request.member, timezone.now(), 0  # type: ignore[attr-defined]
    picked = [one.partition(":")[::2] for one in dict.fromkeys(request.POST.getlist("yes"))][:MANY]
    rows = {str(one.pk): one for one in _visible(request).filter(pk__in=[pk for pk, _sha in picked if as_id(pk)])}
    for pk, sha256 in picked:
        if pk in rows:
            try:
                rows[pk].decide(member=member, yes=True, sha256=sha256, now=now)
                done += 1
            except NotNow as refusal:
                told = {"words": about.words_of(rows[pk])[:60], "sentence": refusal}
                messages.error(request, _("“%(words)s”: %(sentence)s") % told)
    if done:
        messages.success(request, ngettext("Your yes to %(n)d post is kept.", "Your yes to %(n)d posts is kept.", done)
                         % {"n": done})  # fmt: skip
    elif not picked:
        messages.error(request, _("No post is ticked. Tick some first."))
    return redirect("approvals", member.workspace_id)


@require_POST
@in_workspace("asked")
def hand(request: HttpRequest, asked: UUID) -> HttpResponse:
    """Somebody else answers in her place."""
    found, member = _find(request, asked), request.member  # type: ignore[attr-defined]
    to = Member.objects.filter(workspace=found.workspace_id, pk=as_id(request.POST.get("to", ""))).first()
    try:
        if to is None:
            raise NotNow(_("Choose who answers in your place."))
        found.delegate(member=member, to=to, because=request.POST.get("because", ""), now=timezone.now())
    except NotNow as refusal:
        return _shown(request, found, sentence=str(refusal), status=409)
    messages.success(request, _("%(name)s is asked in your place.") % {"name": to.user})
    return redirect("approvals", found.workspace_id)


@require_POST
@in_workspace("asked")
def take_back(request: HttpRequest, asked: UUID) -> HttpResponse:
    """One's own yes, while nothing has left by it."""
    found = _find(request, asked)
    try:
        again = take_yes_back(found, member=request.member, now=timezone.now())  # type: ignore[attr-defined]
    except NotNow as refusal:
        return _shown(request, found, sentence=str(refusal), status=409)
    messages.success(request, _("Your yes is taken back. It waits for an answer again."))
    return redirect("approval", found.workspace_id, (again or found).pk)


@require_POST
@in_workspace("approve")
def review(request: HttpRequest, asked: UUID) -> HttpResponse:
    """What somebody thinks of what went out without a yes."""
    found = _find(request, asked)
    try:
        found.look_back(member=request.member, review=request.POST.get("review", ""), now=timezone.now())  # type: ignore[attr-defined]
    except NotNow as refusal:
        return _shown(request, found, sentence=str(refusal), status=409)
    messages.success(request, _("Your look at it is kept in the record."))
    return redirect("approval", found.workspace_id, found.pk)


@require_safe
@in_workspace("asked", or_may="read")
def file(request: HttpRequest, asked: UUID, media: UUID) -> HttpResponseBase:
    """A file of what is asked, also for those who see nothing else of the workspace."""
    return file_of(request, _find(request, asked), media)


def file_of(request: HttpRequest, found: Request, media: UUID) -> HttpResponseBase:
    """One of the files that were asked about, and no other."""
    if str(media) not in about.files_of(found):
        raise Http404
    row = get_object_or_404(Media, workspace=found.workspace_id, pk=media)
    kept = Kept(row.key, row.mime, row.clean_sha256, row.size)
    response = answered(request, kept, fresh=FRESH, small=row.small_key if "small" in request.GET else None)
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _shown(
    request: HttpRequest, found: Request, *, sentence: str = "", because: str = "", status: int = 200
) -> HttpResponse:
    member, now = request.member, timezone.now()  # type: ignore[attr-defined]
    channels, workspace, post = shell_of(request).channels, member.workspace, found.post
    place = about.place_of(member, found)
    newer = Request.objects.counting().filter(post=post).exclude(pk=found.pk).first()
    writers = post.revisions.exclude(by=None).values("by__name", "by__email").annotate(n=Count("pk")).order_by("-n")
    others = Member.objects.filter(workspace=workspace).select_related("user", "custom", "workspace")
    authors = authors_of(found) if place.may_decide else set()
    return render(request, "approval.html", {
        "here": "approvals", "now": now, "asked": found, "post": post, "place": place, "sentence": sentence,
        "because": because, "newer": newer if newer and _visible(request).filter(pk=newer.pk).exists() else None,
        "spoken": about.spoken(found, channels=channels, workspace=workspace, now=now),
        "steps": stages.steps(found),
        "instead": stages.in_place_of(member, found) if place.may_decide else [],
        "window": about.window_said(found, workspace),
        "since": about.since_last_yes(found, channels=channels, workspace=workspace),
        "is_other": found.state == State.WAITING and not found.is_as_sealed(),
        "is_overdue": found.state == State.WAITING and found.due_at <= now,
        "is_review_late": found.review_due_at is not None and found.review_due_at <= now,
        "words": about.words_of(found), "handed": list(found.delegations.select_related("giver", "taker")),
        "writers": [one["by__name"] or one["by__email"] for one in writers],
        "comments": about.comments_on(post, member), "may_review": about.may_review(found, member),
        "takers": [
            one for one in others if one.pk != member.pk and one.user_id not in authors and one.may("asked")
        ] if place.may_decide else [],
    }, status=status)  # fmt: skip


def _visible(request: HttpRequest) -> Any:
    member = request.member  # type: ignore[attr-defined]
    rows = Request.objects.shown_to(member, absent=in_whose_place(member))
    return rows.select_related("post__workspace", "asked_by", "glass_by", "reviewed_by", "workspace")


def _find(request: HttpRequest, pk: UUID) -> Request:
    found: Request = get_object_or_404(_visible(request), pk=pk)
    return found
