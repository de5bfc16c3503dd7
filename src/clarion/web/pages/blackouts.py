"""Blackouts: declared, changed and lifted; and what was scheduled in one before, which a person decides on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.deliveries.progress import TooLate
from clarion.organisations.ids import is_id
from clarion.posts.models import Blackout, Post
from clarion.posts.when import BadTime
from clarion.web.forms.planning import BlackoutForm
from clarion.web.place import NotYours, in_workspace
from clarion.web.span import day_of

A_PAGE = 40


@require_safe
@in_workspace()
def blackouts(request: HttpRequest) -> HttpResponse:
    """Those to come first, then those that are over."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    today = timezone.now().astimezone(workspace.tz).date()
    rows = Blackout.objects.filter(workspace=workspace).prefetch_related("channels")
    ahead = list(rows.filter(until_day__gte=today)[:200])
    page = Paginator(rows.filter(until_day__lt=today).order_by("-until_day", "pk"), A_PAGE).get_page(
        request.GET.get("page")
    )
    return render(request, "blackouts.html", {"here": "calendar", "ahead": ahead, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("calendar")
def new(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    day = day_of(request.GET.get("day", ""))
    form = _form(request, {"from_day": day, "until_day": day})
    if request.method == "POST" and form.is_valid():
        try:
            made = Blackout.objects.declare(workspace=workspace, by=request.user, **form.cleaned_data)
        except BadTime as error:
            form.add_error("until_day", str(error))
        else:
            return _declared(request, made, _("The blackout stands in the calendar."))
    return _page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def blackout(request: HttpRequest, blackout: UUID) -> HttpResponse:
    found = _find(request, blackout)
    names = ("name", "level", "from_day", "from_time", "until_day", "until_time", "reason")
    form = _form(request, {**{name: getattr(found, name) for name in names}, "channels": found.channels.all()})
    if request.method == "POST":
        if not request.member.may("calendar"):  # type: ignore[attr-defined]
            raise NotYours(_("Blackouts are declared by owners and managers. Ask one of them."))
        if form.is_valid():
            try:
                found.change(by=request.user, **form.cleaned_data)
            except BadTime as error:
                form.add_error("until_day", str(error))
            else:
                return _declared(request, found, _("The blackout is changed."))
        found = _find(request, blackout)
    return _page(request, form, found)


@require_POST
@in_workspace("calendar")
def settle(request: HttpRequest, blackout: UUID) -> HttpResponse:
    """Holds what is scheduled in it, or lets it through: those that are ticked, or all."""
    found = _find(request, blackout)
    caught = Delivery.objects.caught_in(found).select_related("post", "channel", "workspace")
    chosen = [post for post in request.POST.getlist("post") if is_id(post)]
    if "all" not in request.POST:
        caught = caught.filter(post__in=chosen)
    if request.POST.get("do") == "leave":
        posts = Post.objects.filter(pk__in=caught.values("post"))
        count = posts.count()
        found.let_through(posts, by=request.user)
        messages.success(request, ngettext(
            "%(n)d post goes out all the same.", "%(n)d posts go out all the same.", count) % {"n": count})  # fmt: skip
    else:
        held = _hold(caught, found, by=request.user)
        messages.success(request, ngettext(
            "%(n)d delivery is held back.", "%(n)d deliveries are held back.", held) % {"n": held})  # fmt: skip
    return redirect("blackout", found.workspace_id, found.pk)


@require_POST
@in_workspace("calendar")
def lift(request: HttpRequest, blackout: UUID) -> HttpResponse:
    found = _find(request, blackout)
    found.lift(by=request.user)
    messages.success(request, _("The blackout is lifted. What it held back stays held until somebody lets it go."))
    return redirect("blackouts", found.workspace_id)


def _hold(caught: Any, blackout: Blackout, *, by: Any) -> int:
    """How many were held; what left at the same moment is not among them."""
    held = 0
    with transaction.atomic():
        for one in caught:
            try:
                one.hold(by=by, because=blackout.held_sentence, code="blackout")
                held += 1
            except TooLate:
                continue
    return held


def _declared(request: HttpRequest, blackout: Blackout, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return redirect("blackout", blackout.workspace_id, blackout.pk)


def _form(request: HttpRequest, initial: dict[str, Any]) -> BlackoutForm:
    channels = Channel.objects.for_posts().filter(workspace=request.member.workspace)  # type: ignore[attr-defined]
    return BlackoutForm(request.POST or None, initial=initial, channels=channels)


def _page(request: HttpRequest, form: BlackoutForm, found: Blackout | None) -> HttpResponse:
    caught = Paginator(
        Delivery.objects.caught_in(found).select_related("post", "channel").order_by("due_at", "id"), A_PAGE
    ).get_page(request.GET.get("page")) if found and found.blocks else None  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "blackout.html", {
        "here": "calendar", "form": form, "blackout": found, "caught": caught,
        "through": found.exceptions.count() if found else 0,
    }, status=status)  # fmt: skip


def _find(request: HttpRequest, pk: UUID) -> Blackout:
    rows = Blackout.objects.select_related("workspace__organisation", "by").prefetch_related("channels")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
