"""Campaigns: the list, one with its posts, and the form; and which one a post belongs to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.deliveries.models import Delivery
from clarion.organisations.ids import as_id
from clarion.posts.models import Campaign, Post
from clarion.posts.when import BadTime
from clarion.web.forms.planning import CampaignForm
from clarion.web.pages.deliveries import back
from clarion.web.pages.posts import row_of
from clarion.web.place import in_workspace

A_PAGE = 40


@require_safe
@in_workspace()
def campaigns(request: HttpRequest) -> HttpResponse:
    """Those that are not over first, by name; each with how many posts it has."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    today = timezone.now().astimezone(workspace.tz).date()
    rows = Campaign.objects.filter(workspace=workspace).annotate(count=Count("posts", filter=Q(posts__removed_at=None)))
    over = Q(ends__lt=today)
    page = Paginator(rows.filter(over).order_by("-ends", "name"), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "campaigns.html", {
        "here": "calendar", "running": list(rows.exclude(over).order_by("name")[:500]), "page": page,
    })  # fmt: skip


@require_safe
@in_workspace()
def campaign(request: HttpRequest, campaign: UUID) -> HttpResponse:
    found = _find(request, campaign)
    deliveries = Prefetch("deliveries", Delivery.objects.select_related("channel").order_by("due_at"))
    rows = found.posts.kept().order_by("-changed_at", "-id").select_related("author").prefetch_related(deliveries)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "campaign.html", {
        "here": "calendar", "campaign": found, "page": page, "rows": [row_of(one) for one in page.object_list],
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def new(request: HttpRequest) -> HttpResponse:
    form = CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _kept(form, lambda values: Campaign.objects.begin(
            workspace=request.member.workspace, by=request.user, **values  # type: ignore[attr-defined]
        ))  # fmt: skip
        if made is not None:
            messages.success(
                request, _("The campaign has begun. Posts join it in the composer, or on their own pages.")
            )
            return redirect("campaign", made.workspace_id, made.pk)
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def edit(request: HttpRequest, campaign: UUID) -> HttpResponse:
    found = _find(request, campaign)
    names = ("name", "hue", "starts", "ends", "brief")
    form = CampaignForm(request.POST or None, initial={name: getattr(found, name) for name in names})
    if request.method == "POST" and form.is_valid():

        def change(values: dict[str, Any]) -> Campaign:
            found.change(by=request.user, **values)
            return found

        if _kept(form, change) is not None:
            messages.success(request, _("The campaign is changed."))
            return redirect("campaign", found.workspace_id, found.pk)
        found = _find(request, campaign)
    return _form(request, form, found)


@require_POST
@in_workspace("publish")
def remove(request: HttpRequest, campaign: UUID) -> HttpResponse:
    found = _find(request, campaign)
    found.remove(by=request.user)
    messages.success(request, _("The campaign is gone. Its posts are where they were."))
    return redirect("campaigns", found.workspace_id)


@require_POST
@in_workspace("write")
def join(request: HttpRequest, post: UUID) -> HttpResponse:
    """Puts a post into the campaign that is named, or with none out of its own."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = get_object_or_404(
        Post.objects.kept().select_related("workspace__organisation"), workspace=workspace, pk=post
    )
    chosen = request.POST.get("campaign", "")
    campaign = _find(request, as_id(chosen)) if chosen else None
    found.join(campaign, by=request.user)
    messages.success(
        request, _("It belongs to “%(name)s”.") % {"name": campaign} if campaign else _("It belongs to no campaign.")
    )
    return back(request) or redirect("post", found.workspace_id, found.pk)


def _kept(form: CampaignForm, keep: Any) -> Campaign | None:
    """What ``keep`` has made of the form; None when it was refused, and the form says why."""
    try:
        with transaction.atomic():
            made: Campaign = keep(form.cleaned_data)
            return made
    except BadTime as error:
        form.add_error("ends", str(error))
    except IntegrityError:
        form.add_error("name", _("There is a campaign of this name already. Choose another name."))
    return None


def _form(request: HttpRequest, form: CampaignForm, found: Campaign | None) -> HttpResponse:
    status = 422 if request.method == "POST" else 200
    return render(request, "campaign_form.html", {"here": "calendar", "form": form, "campaign": found}, status=status)


def _find(request: HttpRequest, pk: UUID | None) -> Campaign:
    return get_object_or_404(Campaign, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
