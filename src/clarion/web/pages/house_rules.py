"""Rules of the house: what stops or warns before sending, tried on a text, overridden for one post with a reason."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clarion.deliveries.letting import let_out
from clarion.organisations.models import Workspace
from clarion.posts import lint
from clarion.posts.content import Content
from clarion.posts.house import Book
from clarion.posts.models import Advice, BadRule, Blackout, HouseRule, NoReason, Override, Post, RuleKind
from clarion.posts.models.house_rule import House
from clarion.posts.models.judged import Judged
from clarion.posts.models.ruling import sound
from clarion.web.forms.house_rules import ABOUT, KINDS, RuleForm, as_typed, summary
from clarion.web.place import NotYours, in_workspace

A_PAGE = 20
LATELY = 200
"""So many posts are looked through to see what a rule would have found."""
LONG_ENOUGH = 2.0
"""Seconds after which no further post is looked through."""


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def rules(request: HttpRequest) -> HttpResponse:
    """All that is asked before sending, in one list. Sent: a text, which is judged and kept nowhere."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = list(HouseRule.objects.holding_in(workspace).prefetch_related("stricter"))
    today = timezone.now().astimezone(workspace.tz).date()
    advice = Advice.objects.for_workspace(workspace)
    forces = [advice.force(rule) for rule in lint.RULES]
    overrides = Override.objects.filter(workspace=workspace).select_related("post", "by")
    context = {
        "here": "people", "rows": [(one, ABOUT[one.kind], summary(one), one.level_in(workspace)) for one in found],
        "mine": sum(not one.is_everywhere for one in found),
        "gates": forces.count("gate"), "advised": forces.count("advice"), "alt": advice.force("alt_missing"),
        "blackouts": Blackout.objects.filter(workspace=workspace, until_day__gte=today).count(),
        "overrides": Paginator(overrides, A_PAGE).get_page(request.GET.get("page")),
    }  # fmt: skip
    if request.method == "POST":
        text = request.POST.get("sample", "")[:20_000]
        verdicts = HouseRule.objects.judge(Content.of(text), workspace=workspace)
        context |= {"sample": text, "tried": Tried(bool(text.strip()), [one.sentence for one in verdicts])}
    return render(request, "rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("advice")
def new(request: HttpRequest) -> HttpResponse:
    """First the kind is chosen, then the rule is written."""
    member, kind = request.member, request.GET.get("kind", "")  # type: ignore[attr-defined]
    if kind not in RuleKind.values:
        return render(request, "rule_kinds.html", {"here": "people", "kinds": KINDS})
    form = RuleForm(request.POST or None, kind=kind, everywhere=member.may("rules"), fixed=False)
    if request.method == "POST" and form.is_valid() and request.POST.get("do") != "try":
        everywhere = form.cleaned_data.get("everywhere", False)
        try:
            HouseRule.objects.make(
                organisation=member.workspace.organisation, workspace=None if everywhere else member.workspace,
                kind=kind, what=form.what(), by=request.user, **form.values(),
            )  # fmt: skip
        except BadRule as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The rule holds from now on, also for what is scheduled already."))
            return redirect("rules", member.workspace_id)
    return _page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace()
def rule(request: HttpRequest, rule: UUID) -> HttpResponse:
    """Everybody in the workspace may read a rule; who may change it also tries it here."""
    found = _find(request, rule)
    if request.method == "POST" and not _may_change(request, found):
        raise NotYours(_("Your role does not allow this. Managers change the rules of their workspace."))
    form = RuleForm(request.POST or None, initial=as_typed(found), kind=found.kind, everywhere=False, fixed=True)
    if request.method == "POST" and form.is_valid() and request.POST.get("do") != "try":
        try:
            found.change(by=request.user, what=form.what(), **form.values())
        except BadRule as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The rule is changed. What was let through against it is asked anew."))
            return redirect("rules", request.member.workspace_id)  # type: ignore[attr-defined]
    return _page(request, form, found)


@require_POST
@in_workspace("advice")
def act(request: HttpRequest, rule: UUID) -> HttpResponse:
    """Switches it, moves it, makes it stricter here, removes it."""
    found, do, by = _find(request, rule), request.POST.get("do", ""), request.user
    workspace = request.member.workspace  # type: ignore[attr-defined]
    if do == "tighten" and found.is_everywhere:
        found.tighten(workspace, by=by)
        messages.success(request, _("It stops here from now on. Elsewhere it still warns."))
    elif do == "ease" and found.is_everywhere:
        found.ease(workspace, by=by)
        messages.success(request, _("It is here again what the organisation made it."))
    elif not _may_change(request, found):
        raise NotYours(_("This rule is of the whole organisation. Its owners and administrators change it."))
    elif do in ("on", "off"):
        found.switch(on=do == "on", by=by)
        messages.success(request, _("It holds again.") if do == "on" else _("It is off: it finds nothing any more."))
    elif do in ("up", "down"):
        found.move(up=do == "up", by=by)
    elif do == "remove":
        found.remove(by=by)
        messages.success(request, _("The rule is gone. What was let through against it stays in the record."))
    return redirect("rules", workspace.pk)


@require_POST
@in_workspace("override")
def override(request: HttpRequest, post: UUID) -> HttpResponse:
    """One post goes out although rules stop it: exactly as it reads now, with a reason that is kept."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = get_object_or_404(Post.objects.kept(), workspace=workspace, pk=post)
    try:
        let = let_out(found, by=request.user, because=request.POST.get("because", ""), now=timezone.now())
    except NoReason as error:
        messages.error(request, str(error))
    else:
        if let:
            messages.success(request, _("It goes out all the same, as it reads now. Your reason is kept with it."))
        else:
            messages.info(request, _("No rule stops it any more."))
    return redirect("post", found.workspace_id, found.pk)


@dataclass(frozen=True)
class Tried:
    """What would be found. ``asked``: there was a text to try. ``posts``: of late, with what was found in each."""

    asked: bool
    sentences: list[str]
    posts: tuple[tuple[Post, str], ...] = ()
    looked: int = 0


def tried(workspace: Workspace, kind: str, what: dict[str, Any], values: dict[str, Any], sample: str) -> Tried:
    """A rule before it is kept: in the sample, and in the posts of late. Raises ``BadRule``."""
    sounded = sound(kind, what)
    rule = HouseRule(kind=kind, what=sounded, **values)
    region = HouseRule.objects.house(workspace).book.region
    alone = House([rule], [rule.level], Book([rule.entry], region=region), (frozenset(), region))
    here = [one.sentence for one in alone.judge(Judged(Content.of(sample), workspace=workspace))]
    found, looked, until = [], 0, time.monotonic() + LONG_ENOUGH
    for post in Post.objects.kept().filter(workspace=workspace).order_by("-id")[:LATELY]:
        if time.monotonic() > until:
            break
        looked += 1
        if verdicts := alone.judge(Judged(post.said, workspace=workspace)):
            found.append((post, verdicts[0].hit.excerpt))
    return Tried(bool(sample.strip()), here, tuple(found), looked)


def _page(request: HttpRequest, form: RuleForm, found: HouseRule | None) -> HttpResponse:
    member, result = request.member, None  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid() and request.POST.get("do") == "try":
        sample = form.cleaned_data["sample"]
        try:
            result = tried(member.workspace, form.kind, form.what(), form.values(), sample)
        except BadRule as error:
            form.add_error(None, str(error))
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "rule.html", {
        "here": "people", "form": form, "rule": found, "about": ABOUT[form.kind], "tried": result,
        "sample": request.POST.get("sample", ""), "may_change": found is None or _may_change(request, found),
        "level": found.level_in(member.workspace) if found else "", "summary": summary(found) if found else "",
    }, status=status)  # fmt: skip


def _may_change(request: HttpRequest, rule: HouseRule) -> bool:
    return bool(request.member.may("rules" if rule.is_everywhere else "advice"))  # type: ignore[attr-defined]


def _find(request: HttpRequest, pk: UUID) -> HouseRule:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = HouseRule.objects.holding_in(workspace).prefetch_related("stricter").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
