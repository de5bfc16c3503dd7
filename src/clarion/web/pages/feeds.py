"""Incoming feeds: the addresses that are followed, what their items become, and what became of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.channels.rights import refused
from clarion.posts.feeding import VARIABLES
from clarion.posts.models import Feed
from clarion.web.forms.incoming import FeedForm
from clarion.web.place import NotYours, in_workspace

A_PAGE = 30
RULE = ("target", "template", "every", "pictures", "takes_old", "severity", "urgency", "url")


@require_safe
@in_workspace("write")
def feeds(request: HttpRequest) -> HttpResponse:
    rows = Feed.objects.filter(workspace=request.member.workspace)  # type: ignore[attr-defined]
    taken = Count("items", filter=Q(items__post__isnull=False) | Q(items__idea__isnull=False))
    rows = rows.annotate(taken=taken).order_by("name", "created_at")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "feeds.html", {"here": "ideas", "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def new(request: HttpRequest) -> HttpResponse:
    member, now = request.member, timezone.now()  # type: ignore[attr-defined]
    form = FeedForm(request.POST or None, member=member)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = Feed.objects.follow(
                    workspace=member.workspace, url=form.cleaned_data["url"], by=request.user, now=now, **form.rule
                )
        except IntegrityError:
            form.add_error("url", _("This address is followed already."))
        else:
            messages.success(request, _("It is followed. The first look happens in a moment."))
            return redirect("feed_in", made.workspace_id, made.pk)
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def edit(request: HttpRequest, feed: UUID) -> HttpResponse:
    found = _find(request, feed)
    _refuse_without_right(request, found)
    initial = {name: getattr(found, name) for name in RULE} | {
        "channels": list(found.channels.values_list("pk", flat=True)),
        "labels": ", ".join(found.labels.values_list("name", flat=True)),
    }
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None:
        data["url"] = found.url  # another address is another feed
    form = FeedForm(data, member=request.member, initial=initial)  # type: ignore[attr-defined]
    if data is not None and form.is_valid():
        found.change(by=request.user, now=timezone.now(), **form.rule)
        messages.success(request, _("The rule is changed. What came before stays as it is."))
        return redirect("feed_in", found.workspace_id, found.pk)
    return _form(request, form, found)


@require_safe
@in_workspace("write")
def one(request: HttpRequest, feed: UUID) -> HttpResponse:
    found = _find(request, feed)
    rows = found.items.select_related("post", "idea", "earlier__post")
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    channels = list(found.channels.all())
    return render(request, "feed.html", {
        "here": "ideas", "feed": found, "page": page, "channels": channels, "labels": list(found.labels.all()),
        "can_change": _has_right(request, found),
    })  # fmt: skip


@require_POST
@in_workspace("write")
def do(request: HttpRequest, feed: UUID) -> HttpResponse:
    """Pauses it, goes on, looks at once, or ends it."""
    found, by, now, asked = _find(request, feed), request.user, timezone.now(), request.POST.get("do", "")
    _refuse_without_right(request, found)
    if asked == "pause":
        found.pause(by=by, now=now)
        messages.success(request, _("It is paused. Nothing comes in until you go on."))
    elif asked == "go_on":
        found.go_on(by=by, now=now)
        messages.success(request, _("It is looked at again, now and from here on."))
    elif asked == "remove":
        found.remove(by=by)
        messages.success(request, _("It is followed no more. What came in stays."))
        return redirect("feeds_in", found.workspace_id)
    return redirect("feed_in", found.workspace_id, found.pk)


def _has_right(request: HttpRequest, found: Feed) -> bool:
    member = request.member  # type: ignore[attr-defined]
    return not found.publishes or (member.may_somewhere("publish") and not refused(member, found.channels.all()))


def _refuse_without_right(request: HttpRequest, found: Feed) -> None:
    if not _has_right(request, found):
        raise NotYours(_("This feed publishes by itself. Changing it takes the right to publish: ask an editor."))


def _form(request: HttpRequest, form: FeedForm, found: Feed | None) -> HttpResponse:
    return render(request, "feed_form.html", {
        "here": "ideas", "form": form, "feed": found, "variables": [f"{{{name}}}" for name in VARIABLES],
    }, status=422 if request.method == "POST" else 200)  # fmt: skip


def _find(request: HttpRequest, pk: UUID) -> Any:
    rows = Feed.objects.select_related("workspace__organisation", "by")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
