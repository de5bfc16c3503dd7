"""Blackouts: declared, changed and lifted; and what was scheduled in one before, which a person decides on."""

from __future__ import annotations

from datetime import datetime, timedelta
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
from clarion.posts.models import Blackout, Level, Post
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
    begun = presets(timezone.now().astimezone(workspace.tz)).get(request.GET.get("preset", ""), {})
    form = _form(request, {"from_day": day, "until_day": day, **begun}, is_new=True)
    if request.method == "POST" and form.is_valid():
        try:
            made, held = _declare(request, dict(form.cleaned_data))
        except BadTime as error:
            form.add_error("until_day", str(error))
        else:
            sentence = _("The blackout stands in the calendar.")
            told = ngettext("%(n)d delivery is held back.", "%(n)d deliveries are held back.", held) % {"n": held}
            return _declared(request, made, f"{sentence} {told}" if held else sentence)
    return _page(request, form, None)


def presets(now: datetime) -> dict[str, dict[str, Any]]:
    """What a blackout of a kind usually is, by the kind. ``now``: on the clock of the workspace."""
    today = now.date()
    return {
        "election": {
            "name": _("Election silence"), "level": Level.BLOCK,
            "reason": _("Until the polls close nothing goes out that could be read as campaigning."),
        },
        "mourning": {
            "name": _("Mourning"), "level": Level.BLOCK, "from_day": today, "from_time": now.time().replace(second=0),
            "until_day": today + timedelta(days=1), "everywhere": True, "hold": True,
            "reason": _("Nothing cheerful goes out by accident. What has to be said is let through one by one."),
        },
        "holiday": {"name": _("Holiday"), "level": Level.WARN, "reason": _("The desk is not staffed.")},
    }  # fmt: skip


def _declare(request: HttpRequest, values: dict[str, Any]) -> tuple[Blackout, int]:
    """Here, or in every workspace; and how many deliveries were held back at once, in all of them."""
    workspace, by = request.member.workspace, request.user  # type: ignore[attr-defined]
    everywhere, hold = values.pop("everywhere", False), values.pop("hold", False)
    if everywhere:
        values.pop("channels")
        made = Blackout.objects.declare_everywhere(organisation=workspace.organisation, by=by, **values)
    else:
        made = [Blackout.objects.declare(workspace=workspace, by=by, **values)]
    held = 0
    for one in made if hold and values["level"] == Level.BLOCK else ():
        held += _hold(Delivery.objects.caught_in(one).select_related("post", "channel", "workspace"), one, by=by)
    return next(one for one in made if one.workspace_id == workspace.pk), held


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def blackout(request: HttpRequest, blackout: UUID) -> HttpResponse:
    found = _find(request, blackout)
    names = ("name", "level", "from_day", "from_time", "until_day", "until_time", "reason")
    told = {**{name: getattr(found, name) for name in names}, "channels": found.channels.all()}
    form = _form(request, told, is_new=False)
    if request.method == "POST":
        if not request.member.may("calendar"):  # type: ignore[attr-defined]
            raise NotYours(_("Blackouts are declared by owners and managers. Ask one of them."))
        _refuse_organisations(request, found)
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
    _refuse_organisations(request, found)
    found.lift(by=request.user)
    messages.success(request, _("The blackout is lifted. What it held back stays held until somebody lets it go."))
    return redirect("blackouts", found.workspace_id)


def _refuse_organisations(request: HttpRequest, found: Blackout) -> None:
    if found.everywhere is not None and not request.member.may("rules"):  # type: ignore[attr-defined]
        raise NotYours(_("This blackout is of the whole organisation. Its owners and administrators change it."))


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


def _form(request: HttpRequest, initial: dict[str, Any], *, is_new: bool) -> BlackoutForm:
    channels = Channel.objects.for_posts().filter(workspace=request.member.workspace)  # type: ignore[attr-defined]
    may_rule = request.member.may("rules")  # type: ignore[attr-defined]
    return BlackoutForm(request.POST or None, initial=initial, channels=channels, everywhere=may_rule, is_new=is_new)


def _page(request: HttpRequest, form: BlackoutForm, found: Blackout | None) -> HttpResponse:
    caught = Paginator(
        Delivery.objects.caught_in(found).select_related("post", "channel").order_by("due_at", "id"), A_PAGE
    ).get_page(request.GET.get("page")) if found and found.blocks else None  # fmt: skip
    held = Delivery.objects.held_in(found).select_related("post", "channel").order_by("due_at", "id") if found else None
    status = 422 if request.method == "POST" else 200
    return render(request, "blackout.html", {
        "here": "calendar", "form": form, "blackout": found, "caught": caught,
        "through": found.exceptions.count() if found else 0, "held": held[:A_PAGE] if held is not None else (),
        "held_count": held.count() if held is not None else 0, "preset": request.GET.get("preset", ""),
        "presets": [(kind, told["name"]) for kind, told in presets(timezone.now()).items()],
        "may_change": may_change(request, found),
    }, status=status)  # fmt: skip


def may_change(request: HttpRequest, found: Blackout | None) -> bool:
    everywhere = found is not None and found.everywhere is not None
    member = request.member  # type: ignore[attr-defined]
    return bool(member.may("calendar") and (not everywhere or member.may("rules")))


def _find(request: HttpRequest, pk: UUID) -> Blackout:
    rows = Blackout.objects.select_related("workspace__organisation", "by").prefetch_related("channels")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
