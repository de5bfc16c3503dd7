"""Calendar feeds: secret addresses at which other calendars read what is planned, offered and revoked; and the feed."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.posts.models import Subscription
from clarion.web import sieve
from clarion.web.forms.planning import SubscriptionForm
from clarion.web.ical import ICal
from clarion.web.place import NotYours, in_workspace, shell_of, stated

A_MINUTE, MOST = 60, 30
"""So often within so many seconds one address is answered; calendars ask a few times an hour."""
FRESH = "private, max-age=300"
ONCE = "subscription"
"""In the session: the address of the subscription that was just made, to be shown once."""


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def subscriptions(request: HttpRequest) -> HttpResponse:
    """Those of the workspace; and the form for one of the view from which one came."""
    member = request.member  # type: ignore[attr-defined]
    wanted = sieve.wanted(request.POST if request.method == "POST" else request.GET)
    form = SubscriptionForm(request.POST or None, initial={"name": str(request.user)})
    if request.method == "POST" and not member.may("write"):
        raise NotYours(_("Your role in this workspace does not allow this. Ask its owner or a manager."))
    if request.method == "POST" and form.is_valid():
        made, secret = Subscription.objects.offer(
            workspace=member.workspace, name=form.cleaned_data["name"], view=wanted.pairs, by=request.user
        )
        request.session[ONCE] = [str(made.pk), settings.BASE_URL + reverse("ical", args=[secret])]
        return redirect("subscriptions", member.workspace_id)
    menus = sieve.menus(sieve.Choices(member.workspace), wanted, shell_of(request).channels)
    made_pk, address = request.session.pop(ONCE, ("", ""))
    rows = list(Subscription.objects.filter(workspace=member.workspace, revoked_at=None).select_related("by"))
    new = next((one for one in rows if str(one.pk) == made_pk), None)
    return render(request, "subscriptions.html", {
        "here": "calendar", "form": form, "rows": rows, "new": new, "address": address, "wanted": wanted,
        "narrowed": [menu for menu in menus if menu.chosen],
    }, status=422 if request.method == "POST" else 200)  # fmt: skip


@require_POST
@in_workspace("write")
def revoke(request: HttpRequest, feed: UUID) -> HttpResponse:
    """One's own, or anybody's for those who manage people."""
    member = request.member  # type: ignore[attr-defined]
    found = get_object_or_404(Subscription, workspace=member.workspace, pk=feed)
    if found.by_id != request.user.pk and not member.may("people"):
        raise NotYours(_("Somebody else made this address. They, an owner or a manager can revoke it."))
    found.revoke(by=request.user, now=timezone.now())
    messages.success(request, _("It is revoked: nothing is found at that address any more."))
    return redirect("subscriptions", found.workspace_id)


@require_safe
@stated("secret")
def ical(request: HttpRequest, secret: str) -> HttpResponse:
    """The feed. No sign-in and no session: whoever has the address may read."""
    found, now = Subscription.objects.opened(secret), timezone.now()
    if found is None:
        raise Http404  # not counted: made-up secrets are without end, and what counts has one
    if _asks_too_often(secret):
        return HttpResponse(
            _("Asked too often. Come again in a minute."), status=429, content_type="text/plain; charset=utf-8",
            headers={"Retry-After": str(A_MINUTE)},
        )  # fmt: skip
    made = ICal(found, now=now)
    etag, changed = quote_etag(made.stamp()), made.changed_at()
    seconds = int(changed.timestamp()) if changed else None
    same = get_conditional_response(request, etag=etag, last_modified=seconds)
    response = same or HttpResponse(made.written(), content_type="text/calendar; charset=utf-8")
    found.was_read(now)
    response["ETag"], response["Cache-Control"] = etag, FRESH
    response["X-Robots-Tag"] = "noindex"
    if seconds:
        response["Last-Modified"] = http_date(seconds)
    return response


def _asks_too_often(secret: str) -> bool:
    key = "ical-" + hashlib.sha256(secret.encode()).hexdigest()[:32]
    near = caches["near"]
    near.add(key, 0, A_MINUTE)
    try:
        return near.incr(key) > MOST
    except ValueError:  # it ran out in between
        return False
