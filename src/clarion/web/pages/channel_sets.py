"""Sets of channels: made in the composer from what is chosen there; renamed and removed on a page of their own."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clarion.posts.models import ChannelSet
from clarion.posts.models.channel_set import NAME
from clarion.web.place import in_workspace


@require_safe
@in_workspace("write")
def sets(request: HttpRequest) -> HttpResponse:
    found = ChannelSet.objects.filter(workspace=request.member.workspace).prefetch_related("channels")  # type: ignore[attr-defined]
    return render(request, "channel_sets.html", {"here": "channels", "sets": list(found), "longest": NAME})


@require_POST
@in_workspace("write")
def rename(request: HttpRequest, channel_set: UUID) -> HttpResponse:
    found = _find(request, channel_set)
    name = named(request.POST.get("name", ""))
    try:
        if name and name != found.name:
            found.rename(name, by=request.user)
    except IntegrityError:
        messages.error(request, _("There is a set called “%(name)s” already.") % {"name": name})
    return redirect("channel_sets", found.workspace_id)


@require_POST
@in_workspace("write")
def remove(request: HttpRequest, channel_set: UUID) -> HttpResponse:
    found = _find(request, channel_set)
    place = found.workspace_id
    messages.success(request, _("The set “%(name)s” is gone. Its channels stay.") % {"name": found.name})
    found.remove(by=request.user)
    return redirect("channel_sets", place)


def named(text: str) -> str:
    """A set's name as it is kept: white space folded, at most so long."""
    return " ".join(text.replace("\x00", "").split())[:NAME]


def _find(request: HttpRequest, pk: UUID) -> ChannelSet:
    return get_object_or_404(ChannelSet, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
