"""Channels: where the workspace speaks; how each is; connecting, signing in again, disconnecting."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from clarion.channels.models import Channel
from clarion.networks.base import Network
from clarion.networks.registry import NoSuchNetwork, get
from clarion.networks.registry import all as all_networks
from clarion.networks.words import Failure
from clarion.organisations.models import Member
from clarion.web import sign_in
from clarion.web.place import in_workspace

SOON = 14
"""Days before the end of a sign-in at which the list speaks of it."""


def standing(channel: Channel, now: Any) -> str:
    """The channel's state as the page shows it."""
    days = channel.days_left(now)
    if not channel.is_connected:
        return "disconnected"
    if channel.needs_sign_in:
        return "sign_in_again"
    if channel.missing_scopes:
        return "lacking"
    return "ending" if days is not None and days <= SOON else "connected"


def _of(request: HttpRequest) -> Any:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    return (
        Channel.objects.filter(workspace=workspace)
        .select_related("credential", "workspace")
        .prefetch_related("budgets")
    )


@require_safe
@in_workspace()
def channels(request: HttpRequest) -> HttpResponse:
    now, found = timezone.now(), list(_of(request))
    for channel in found:
        channel.is_ours = channel.kind.own_ground
        channel.standing, channel.days = standing(channel, now), channel.days_left(now)
        channel.allowances = [budget.as_json(now) for budget in channel.budgets.all()]
    living = [channel for channel in found if channel.is_connected]
    return render(request, "channels.html", {
        "living": living, "gone": [channel for channel in found if not channel.is_connected],
        "kinds": connectable(found),
        "unwell": sum(channel.standing in ("sign_in_again", "lacking", "ending") for channel in living),
    })  # fmt: skip


def connectable(found: list[Channel]) -> list[sign_in.Kind]:
    """Networks that a person can connect; our own ground only when it is not open yet."""
    open_already = {channel.network for channel in found if channel.is_connected}
    kinds = (sign_in.Kind.of(kind) for kind in all_networks())
    return [kind for kind in kinds if not kind.own_ground or kind.name not in open_already]


@require_safe
@in_workspace()
def channel(request: HttpRequest, channel: str) -> HttpResponse:
    now, found = timezone.now(), get_object_or_404(_of(request), pk=channel)
    known = {"server": found.server, "identifier": found.handle}
    return render(request, "channel.html", {
        "channel": found, "standing": standing(found, now), "days": found.days_left(now), "rules": found.rules,
        "kind": sign_in.Kind.of(found.kind), "can_sign_in": not found.is_connected or not found.kind.own_ground,
        "allowances": [budget.as_json(now) for budget in found.budgets.all()],
        "ways": sign_in.ways(found.kind, known=known),
    })  # fmt: skip


@require_POST
@in_workspace("channels")
def check(request: HttpRequest, channel: str) -> HttpResponse:
    found = get_object_or_404(_of(request), pk=channel)
    failure = found.verify(now=timezone.now())
    if failure is None:
        messages.success(request, _("%(channel)s answers, and the sign-in works.") % {"channel": found})
    else:
        messages.warning(request, failure.sentence)
    return redirect("channel", found.workspace_id, found.pk)


@require_POST
@in_workspace("channels")
def disconnect(request: HttpRequest, channel: str) -> HttpResponse:
    found = get_object_or_404(_of(request), pk=channel)
    found.disconnect(by=request.user, now=timezone.now())
    messages.success(request, _("%(channel)s is disconnected. What was published there stays.") % {"channel": found})
    return redirect("channels", found.workspace_id)


@require_safe
@in_workspace("channels")
def connect(request: HttpRequest) -> HttpResponse:
    found = list(_of(request))
    return render(request, "connect.html", {"kinds": connectable(found)})


@sensitive_post_parameters()
@never_cache
@in_workspace("channels")
def connect_network(request: HttpRequest, network: str) -> HttpResponse:
    kind = _kind(network)
    chosen = _number(request.POST.get("way")) if request.method == "POST" else None
    ways = sign_in.ways(kind, data=request.POST if chosen is not None else None, chosen=chosen)
    if chosen is not None and chosen < len(ways) and not ways[chosen].missing and ways[chosen].form.is_valid():
        try:
            return _go(request, kind, ways[chosen])
        except Failure as failure:
            field = failure.code if failure.code in ways[chosen].form.fields else None
            ways[chosen].form.add_error(field, failure.sentence)
    status = 422 if chosen is not None else 200
    return render(request, "connect_network.html", {"kind": sign_in.Kind.of(kind), "ways": ways}, status=status)


def _go(request: HttpRequest, kind: type[Network], way: sign_in.Way) -> HttpResponse:
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    fields = {name: str(value) for name, value in way.form.cleaned_data.items()}
    if way.in_browser:
        server = fields.get("server", "")
        address = sign_in.leave(request, kind, workspace=workspace, server=server, now=now)
        return render(request, "leaving.html", {"kind": sign_in.Kind.of(kind), "address": address, "server": server})
    made = Channel.objects.connect(workspace=workspace, network=kind.name, fields=fields, by=request.user, now=now)
    return _welcome(request, made)


def _welcome(request: HttpRequest, channel: Channel) -> HttpResponse:
    channel.ask_limits(channel.speak(), now=timezone.now())
    messages.success(request, _("%(channel)s is connected.") % {"channel": channel})
    return redirect("channel", channel.workspace_id, channel.pk)


@never_cache
@require_safe
@login_required
def signed_in(request: HttpRequest) -> HttpResponse:
    """The way back from a network's own sign-in page."""
    now, kept = timezone.now(), {}
    try:
        kept = sign_in.taken(request, now=now)
        member = (
            Member.objects.select_related("workspace").filter(workspace=kept["workspace"], user=request.user).first()
        )
        if member is None or not member.may("channels"):
            raise Http404
        return _welcome(
            request, sign_in.come_back(request, _kind(kept["network"]), kept, workspace=member.workspace, now=now)
        )
    except Failure as failure:
        messages.error(request, failure.sentence)
    return redirect("connect_network", kept["workspace"], kept["network"]) if kept else redirect("home")


def _kind(network: str) -> type[Network]:
    try:
        return get(network)
    except NoSuchNetwork as error:
        raise Http404 from error


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 3 else None
