"""Guests: people without an account who are asked for a yes by a link. Opening it decides nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from clarion.approvals.eyes import authors_of
from clarion.approvals.models import Comment, Guest, GuestLink, Request
from clarion.approvals.progress import NotNow, State
from clarion.approvals.refusals import turned_away
from clarion.channels.models import Channel
from clarion.web import asked as about
from clarion.web.pages.approvals import file_of
from clarion.web.place import in_workspace, stated
from clarion.web.strays import stray
from clarion.web.tally import too_often

log = logging.getLogger("clarion.approvals")
A_PAGE = 20
COMMENTS = 60
"""So many comments of one guest are kept in an hour."""


def by_link(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view for whoever has the link; every other address is one calm page that tells nothing."""

    @wraps(view)
    def inside(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        link = GuestLink.objects.known(token, now=timezone.now())
        if link is None:
            once = GuestLink.objects.refuse(token)
            log.warning("a link of a guest was refused: %s", once.pk if once else "nobody was ever given it")
            if once is None:
                stray(request, "guest.turned_away", because=_("Nobody was ever given this link."))
            response: HttpResponseBase = render(request, "guest_gone.html", status=410)
        else:
            response = view(request, link, token, *args, **kwargs)
        # The address tells nobody outside; with "no-referrer" browsers would hide the origin of her own answer, too.
        response["Referrer-Policy"] = "same-origin"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return never_cache(stated("secret")(inside))


@require_safe
@by_link
def guest(request: HttpRequest, link: GuestLink, token: str) -> HttpResponse:
    link.opened(now=timezone.now())
    return _page(request, link, token)


@require_POST
@by_link
def answer(request: HttpRequest, link: GuestLink, token: str, asked: UUID) -> HttpResponse:
    yes, because = request.POST.get("answer") == "yes", request.POST.get("because", "")
    found = Request.objects.filter(workspace=link.guest.workspace, pk=asked).first()
    if found is None or not _is_hers(link.guest, found):
        sentence = _("Your yes is not asked for here, or no longer. Nothing was changed.")
        turned_away("guest.turned_away", subject=link.guest, by=link.guest, because=sentence, asked=str(asked))
        return _page(request, link, token, sentence=sentence, status=409)
    try:
        link.guest.decide(
            found, link=link, yes=yes, sha256=request.POST.get("sha256", ""), because=because, now=timezone.now()
        )
    except NotNow as refusal:
        return _page(request, link, token, sentence=str(refusal), status=409)
    told = {"words": about.words_of(found)[:60]}
    messages.success(
        request, (_("“%(words)s”: your yes is kept.") if yes else _("“%(words)s” goes back, with your reason.")) % told
    )
    return redirect("guest", token)


@require_POST
@by_link
def comment(request: HttpRequest, link: GuestLink, token: str, asked: UUID) -> HttpResponse:
    found = get_object_or_404(Request, workspace=link.guest.workspace, pk=asked)
    if not _is_hers(link.guest, found):
        raise Http404
    if too_often(f"guest-commented-{link.guest.pk}", at_most=COMMENTS, seconds=3600):
        sentence = _("Too many tries. Wait a few minutes, then try again.")
        return _page(request, link, token, sentence=sentence, status=429)
    try:
        text = request.POST.get("text", "")
        Comment.objects.say(found.post, text=text, by=None, guest=link.guest, now=timezone.now())
    except ValueError as error:
        return _page(request, link, token, sentence=str(error), status=422)
    messages.success(request, _("Your comment is kept. Those who wrote it read it."))
    return redirect("guest", token)


@require_safe
@by_link
def file(request: HttpRequest, link: GuestLink, token: str, asked: UUID, media: UUID) -> HttpResponseBase:
    """A file of what she is asked, and no other."""
    found = get_object_or_404(Request, workspace=link.guest.workspace, pk=asked)
    if not _is_hers(link.guest, found):
        raise Http404
    return file_of(request, found, media)


def _is_hers(guest: Guest, request: Request) -> bool:
    """Whether the question waits for her now."""
    return request.state == State.WAITING and guest.email in request.here.guests


def _page(request: HttpRequest, link: GuestLink, token: str, *, sentence: str = "", status: int = 200) -> HttpResponse:
    guest, now = link.guest, timezone.now()
    workspace, channels = guest.workspace, list(Channel.objects.filter(workspace=guest.workspace))
    rows = [
        {
            "asked": one, "words": about.words_of(one), "window": about.window_said(one, workspace),
            "spoken": about.spoken(one, channels=channels, workspace=workspace, now=now),
            "since": about.since_last_yes(one, channels=channels, workspace=workspace),
            "comments": Comment.objects.for_guests().filter(post=one.post_id).select_related("person", "guest")[:50],
            "files_at": reverse("guest", args=[token]) + f"files/{one.pk}/",
        }
        for one in guest.requests().select_related("asked_by")[:A_PAGE]
    ]  # fmt: skip
    decided = guest.decisions.select_related("request").order_by("-at")[:5]
    return render(request, "guest.html", {
        "guest": guest, "token": token, "rows": rows, "sentence": sentence, "workspace": workspace, "now": now,
        "decided": [(one, about.words_of(one.request)) for one in decided],
    }, status=status)  # fmt: skip


# -- for members


@require_safe
@in_workspace("policies")
def guests(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    now, rows = timezone.now(), []
    for one in Guest.objects.filter(workspace=workspace).prefetch_related("links").order_by("name", "email")[:500]:
        live = [link for link in one.links.all() if link.ended_at is None and link.expires_at > now]
        opened = [link.opened_at for link in live if link.opened_at]
        rows.append((one, live, max(opened, default=None)))
    return render(request, "guests.html", {"here": "approvals", "rows": rows, "now": now})


@require_POST
@in_workspace("policies")
def write_again(request: HttpRequest, guest: UUID) -> HttpResponse:
    """Another letter; or, where no mail is set up, the address itself, shown once to who decides over the workflows."""
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    found = get_object_or_404(Guest, workspace=workspace, pk=guest)
    if not request.POST.get("show") and not found.requests().exists():
        messages.info(
            request, _("Nothing waits for %(who)s now. A link is written when something does.") % {"who": found}
        )
        return redirect("guests", workspace.pk)
    found.end_links(by=request.user, now=now)
    Guest.objects.invite(workspace=workspace, email=found.email, now=now, by=request.user, gather=timedelta(0))
    if request.POST.get("show"):
        token = found.links.filter(sent_at=None, ended_at=None).get().show(by=request.user, now=now)
        address = settings.BASE_URL + reverse("guest", args=[token])
        messages.warning(request, _("Pass this on to %(who)s; it is shown once: %(address)s") % {
            "who": found, "address": address,
        })  # fmt: skip
        if any(request.user.pk in authors_of(one) for one in found.requests()):
            messages.info(
                request, _("You wrote some of what waits. By this link no yes to that is taken: have a letter sent.")
            )
    else:
        messages.success(request, _("%(who)s is written a new link. Those before it no longer work.") % {"who": found})
    return redirect("guests", workspace.pk)


@require_POST
@in_workspace("policies")
def end(request: HttpRequest, guest: UUID) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = get_object_or_404(Guest, workspace=workspace, pk=guest)
    found.end_links(by=request.user, now=timezone.now())
    messages.success(request, _("No link of %(who)s works any more.") % {"who": found})
    return redirect("guests", workspace.pk)
