"""The composer: write a post once, see it as each channel will show it, save, schedule or publish it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.db.models import FilteredRelation, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.organisations.dates import written
from clarion.organisations.ids import is_id
from clarion.posts.models import ChannelSet, Post
from clarion.web.forms.asks import waits_said
from clarion.web.forms.composition import Composition
from clarion.web.forms.conflict import Conflict
from clarion.web.forms.keeping import Refusal
from clarion.web.forms.visit import Visit
from clarion.web.letting import stopped
from clarion.web.pages.channel_sets import named
from clarion.web.place import in_workspace, shell_of


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def write(request: HttpRequest) -> HttpResponse:
    """A new post."""
    return _answer(request, visit_of(request, None))


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def edit(request: HttpRequest, post: UUID) -> HttpResponse:
    """A post that exists. One that was taken off the desk meanwhile keeps the words that were being written."""
    mine = FilteredRelation("workings", condition=Q(workings__user=request.user))
    rows = Post.objects.annotate(mine=mine).select_related("mine", "evergreen")
    found = get_object_or_404(rows, workspace=request.member.workspace, pk=post)  # type: ignore[attr-defined]
    found.mine = getattr(found, "mine", None)  # type: ignore[attr-defined]  no row: then Django leaves it out
    if found.removed_at is not None and request.method != "POST":
        return redirect("post", found.workspace_id, found.pk)
    return _answer(request, visit_of(request, found))


@require_POST
@in_workspace("write")
def check(request: HttpRequest) -> JsonResponse:
    """The rules over what is being typed: counts, checks and previews as fragments of the page."""
    visit = visit_of(request, named_post(request))
    composition = visit.read(request)
    context = visit.context(composition, checks=visit.checks(composition))
    parts = ("counts", "checks", "previews", "clockwise", "tabs", "window", "differs", "asks")
    found = {part: render_to_string(f"parts/composer_{part}.html", context, request) for part in parts}
    return JsonResponse({**found, "stops": context["checks"].stops, "open": context["checks"].open})


def visit_of(request: HttpRequest, post: Post | None) -> Visit:
    return Visit(member=request.member, post=post, now=timezone.now(), known=shell_of(request).channels)  # type: ignore[attr-defined]


def _answer(request: HttpRequest, visit: Visit) -> HttpResponse:
    if request.method != "POST":
        visit.opened()
        asked = request.GET.get
        begun = visit.beginning(date=asked("date", ""), time=asked("time", ""), only=asked("channel", ""),
                                template=asked("template", ""))  # fmt: skip
        if asked("channels") == "all" and visit.post is None:  # from the crisis board
            begun = replace(begun, channels=tuple(str(one.pk) for one in visit.channels if not one.needs_sign_in))
        if begun.belongs is not None and visit.post is None:
            begun = replace(begun, belongs=replace(begun.belongs, category=asked("category", "")))
        composition, conflict = visit.split(begun)
        return _page(request, visit, composition, conflict=conflict)
    composition = visit.read(request)
    do, _colon, where = request.POST.get("do", "look").partition(":")
    try:
        if do == "save":
            return _saved(request, visit, composition)
        if do == "make-set":
            return _set_made(request, visit, composition)
        if do == "make-template":
            return _template_made(request, visit, composition)
        if do == "join":
            return _joined(request, visit, composition)
        if do == "drop":
            return _dropped(request, visit)
        if do in ("schedule", "now"):
            return _scheduled(request, visit, composition, at_once=do == "now")
        if do == "queue":
            return _queued(request, visit, composition)
    except Refusal as refusal:
        return _page(request, visit, refusal.composition, status=refusal.status, conflict=refusal.conflict)
    return _page(request, visit, visit.turn(composition, do, where))


def _saved(request: HttpRequest, visit: Visit, composition: Composition) -> HttpResponse:
    post = visit.save(composition)
    messages.success(request, _("The draft is kept. Nothing goes out until it is scheduled."))
    return redirect("composer", post.workspace_id, post.pk)


def _set_made(request: HttpRequest, visit: Visit, composition: Composition) -> HttpResponse:
    """A set of the channels that are chosen; the composer stays as it is."""
    name, channels = named(request.POST.get("set_name", "")), [one.pk for one in visit.chosen(composition)]
    if name and channels:
        by, chosen = request.user, Channel.objects.filter(pk__in=channels)
        ChannelSet.objects.make(workspace=visit.workspace, name=name, channels=chosen, by=by)
        messages.success(request, _("“%(name)s” is a set now: choose it with one press.") % {"name": name})
    else:
        messages.error(request, _("Choose channels and give the set a name."))
    return _page(request, visit, composition)


def _template_made(request: HttpRequest, visit: Visit, composition: Composition) -> HttpResponse:
    """The post as it stands here, to begin others from; the composer stays as it is."""
    name = named(request.POST.get("template_name", ""))
    if name and not composition.is_blank:
        visit.keep_as_template(composition, name=name)
        messages.success(request, _("“%(name)s” is a template now. The kit has it.") % {"name": name})
    else:
        messages.error(request, _("Write something first, and give the template a name."))
    return _page(request, visit, composition)


def _joined(request: HttpRequest, visit: Visit, composition: Composition) -> HttpResponse:
    post = visit.join(composition, request.POST)
    messages.success(request, _("Both texts are one now. Look it over; the history has each of them."))
    return redirect("composer", post.workspace_id, post.pk)


def _dropped(request: HttpRequest, visit: Visit) -> HttpResponse:
    visit.drop()
    messages.success(request, _("Your changes are dropped. This is the text as it is kept."))
    return redirect(request.path)


def _scheduled(request: HttpRequest, visit: Visit, composition: Composition, *, at_once: bool) -> HttpResponse:
    post, deliveries = visit.schedule(composition, at_once=at_once, note=request.POST.get("approval_note", ""))
    said = waits_said(post, deliveries) or _said(deliveries, at_once=at_once)
    messages.success(request, stopped(request, deliveries, now=visit.now) or said)
    return redirect("post", post.workspace_id, post.pk)


def _queued(request: HttpRequest, visit: Visit, composition: Composition) -> HttpResponse:
    post, deliveries = visit.queue(composition)
    said = waits_said(post, deliveries) or _said(deliveries, at_once=False)
    messages.success(request, stopped(request, deliveries, now=visit.now) or said)
    return redirect("post", post.workspace_id, post.pk)


def _said(deliveries: list[Delivery], *, at_once: bool) -> str:
    count = len(deliveries)
    if at_once or not deliveries:
        sentence = ngettext("It goes out now on %(n)d channel.", "It goes out now on %(n)d channels.", count)
        return sentence % {"n": count}
    first = min(deliveries, key=lambda one: one.due_at)
    time = written(first.due_at.astimezone(first.workspace.tz), "l j F, H:i")
    sentence = ngettext(
        "It goes out on %(time)s on %(n)d channel.", "It goes out on %(time)s on %(n)d channels.", count
    )
    return sentence % {"time": time, "n": count}


def _page(
    request: HttpRequest, visit: Visit, composition: Composition, *, status: int = 200, conflict: Conflict | None = None
) -> HttpResponse:
    context = visit.context(composition, checks=visit.checks(composition), conflict=conflict)
    return render(request, "composer.html", context, status=status)


def named_post(request: HttpRequest) -> Post | None:
    """The post that the form says it is of, or None while there is none."""
    pk = request.POST.get("post", "")
    posts = Post.objects.select_related("evergreen").filter(workspace=request.member.workspace)  # type: ignore[attr-defined]
    return posts.filter(pk=pk).first() if is_id(pk) else None
