"""Channels: where the workspace speaks; how each is; connecting, signing in again, disconnecting."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from clarion.channels.models import App, Budget, Channel
from clarion.networks.base import Connected, Network
from clarion.networks.registry import NoSuchNetwork, get
from clarion.networks.registry import all as all_networks
from clarion.networks.words import Failure
from clarion.organisations.models import Member, Organisation, Workspace
from clarion.web import guides, sign_in
from clarion.web.budgets import lines, tightest
from clarion.web.kinds import Kind, Tile, by_family, is_called
from clarion.web.pages import channel_roles
from clarion.web.place import in_workspace, stated

SOME = 6
"""Networks that an empty page names; all are on the page behind it."""
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
    return Channel.objects.filter(workspace=workspace).select_related("credential", "workspace__organisation")


def _organisation(request: HttpRequest) -> Organisation:
    return request.member.workspace.organisation  # type: ignore[attr-defined,no-any-return]


@require_safe
@in_workspace()
def channels(request: HttpRequest) -> HttpResponse:
    now, found = timezone.now(), list(_of(request))
    allowances = Budget.objects.allowances(found, now=now)
    for channel in found:
        channel.is_ours = channel.kind.own_ground
        channel.standing, channel.days = standing(channel, now), channel.days_left(now)
        channel.budget = tightest(lines(allowances[channel.pk], now=now, zone=channel.workspace.tz))
        channel.lacks = [channel.kind.purpose(scope) or scope for scope in channel.missing_scopes]
    living = [channel for channel in found if channel.is_connected]
    tiles = connectable(found, organisation=_organisation(request))
    return render(request, "channels.html", {
        "living": living, "gone": [channel for channel in found if not channel.is_connected],
        "tiles": [tile for tile in tiles if tile.kind.family == "social" and not tile.connected][:SOME],
        "unwell": sum(channel.standing in ("sign_in_again", "lacking", "ending") for channel in living),
    })  # fmt: skip


def connectable(found: list[Channel], *, organisation: Organisation, wanted: str = "") -> list[Tile]:
    """Networks that a person can connect; our own ground only when it is not open yet."""
    connected = Counter(channel.network for channel in found if channel.is_connected)
    kinds = [kind for kind in all_networks() if not kind.own_ground or not connected[kind.name]]
    given = App.objects.given(kinds, organisation=organisation)
    tiles = []
    for kind in kinds:
        shown, first = Kind.of(kind), kind.name not in given and all(map(sign_in.needs_app, kind.sign_in))
        tiles.append(Tile(shown, connected[kind.name], needs_app=first, is_found=is_called(shown, wanted)))
    return tiles


@require_safe
@in_workspace()
def channel(request: HttpRequest, channel: str) -> HttpResponse:
    now, found = timezone.now(), get_object_or_404(_of(request), pk=channel)
    known = {"server": found.server, "identifier": found.handle}
    return render(request, "channel.html", {
        "channel": found, "standing": standing(found, now), "days": found.days_left(now), "rules": found.rules,
        "kind": Kind.of(found.kind), "can_sign_in": not found.is_connected or not found.kind.own_ground,
        "budgets": lines(Budget.objects.allowances([found], now=now)[found.pk], now=now, zone=found.workspace.tz),
        "lacks": [(scope, found.kind.purpose(scope)) for scope in found.missing_scopes],
        "ways": sign_in.ways(found.kind, organisation=found.workspace.organisation, known=known),
        **channel_roles.shown(request.member, found),  # type: ignore[attr-defined]
        "back": sign_in.back_address(), "has_guide": guides.exists(found.network),
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
    found, wanted = list(_of(request)), request.GET.get("q", "").strip()
    tiles = connectable(found, organisation=_organisation(request), wanted=wanted)
    return render(request, "connect.html", {
        "families": by_family(tiles), "wanted": wanted, "nothing": not any(tile.is_found for tile in tiles),
        "not_served": guides.NOT_SERVED,
    })  # fmt: skip


@sensitive_post_parameters()
@never_cache
@in_workspace("channels")
def connect_network(request: HttpRequest, network: str) -> HttpResponse:
    kind = _kind(network)
    chosen = _number(request.POST.get("way")) if request.method == "POST" else None
    organisation = _organisation(request)
    data = request.POST if chosen is not None else None
    ways = sign_in.ways(kind, organisation=organisation, data=data, chosen=chosen)
    if chosen is not None and chosen < len(ways) and not ways[chosen].lacks_app and ways[chosen].form.is_valid():
        try:
            return _go(request, kind, ways[chosen])
        except Failure as failure:
            field = failure.code if failure.code in ways[chosen].form.fields else None
            ways[chosen].form.add_error(field, failure.sentence)
    status = 422 if chosen is not None else 200
    return _connect_page(request, kind, ways, status=status)


def _connect_page(request: HttpRequest, kind: type[Network], ways: list[sign_in.Way], *, status: int) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    asked = dict(scope for way in ways for scope in way.asked)
    return render(request, "connect_network.html", {
        "kind": Kind.of(kind), "ways": ways, "back": sign_in.back_address(), "asked": asked.items(),
        "guide": guides.guide(kind.name, lambda other: reverse("guide", args=[workspace.pk, other])),
        "rules": None if kind.own_ground or kind.by_hand else kind.rules,
        "siblings": [channel for channel in _of(request) if channel.network == kind.name and channel.is_connected],
    }, status=status)  # fmt: skip


@sensitive_post_parameters()
@never_cache
@require_POST
@in_workspace("settings")
def keep_app(request: HttpRequest, network: str) -> HttpResponse:
    """The keys of an application that the organisation has made at the network."""
    kind = _kind(network)
    form = sign_in.AppForm(kind, request.POST)
    workspace = request.member.workspace  # type: ignore[attr-defined]
    if form.is_valid():
        keys = {name: value for name, value in form.cleaned_data.items() if value}
        App.objects.keep(
            kind, organisation=workspace.organisation, keys=keys, redirect_uri=sign_in.back_address(), by=request.user
        )
        messages.success(request, _("The application's keys are kept, sealed. Now sign in."))
        return redirect("connect_network", workspace.pk, kind.name)
    ways = [
        replace(way, app=form) if way.app else way for way in sign_in.ways(kind, organisation=workspace.organisation)
    ]
    return _connect_page(request, kind, ways, status=422)


def _go(request: HttpRequest, kind: type[Network], way: sign_in.Way) -> HttpResponse:
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    fields = {name: str(value) for name, value in way.form.cleaned_data.items()}
    if way.in_browser:
        server = fields.get("server", "")
        address = sign_in.leave(request, kind, workspace=workspace, server=server, now=now)
        return render(request, "leaving.html", {"kind": Kind.of(kind), "address": address, "server": server})
    made = Channel.objects.connect(workspace=workspace, network=kind.name, fields=fields, by=request.user, now=now)
    return _welcome(request, made)


def _welcome(request: HttpRequest, channel: Channel) -> HttpResponse:
    channel.ask_limits(channel.speak(), now=timezone.now())
    messages.success(request, _("%(channel)s is connected.") % {"channel": channel})
    return redirect("channel", channel.workspace_id, channel.pk)


@never_cache
@require_safe
@login_required
@stated("signed in")
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
        kind, workspace = _kind(kept["network"]), member.workspace
        found = sign_in.come_back(request, kind, kept, workspace=workspace)
        if len(found) > 1:
            sign_in.offer(request, kind, found, workspace=workspace, now=now)
            return redirect("choose_accounts", workspace.pk)
        return _welcome(request, _keep(request, workspace, kind.name, found[0], now=now))
    except Failure as failure:
        messages.error(request, failure.sentence)
    return redirect("connect_network", kept["workspace"], kept["network"]) if kept else redirect("home")


@require_safe
@stated("anybody")
def client_metadata(request: HttpRequest, network: str) -> JsonResponse:
    """What Clarion says of itself to networks that know an application by the address of such a document."""
    describe = getattr(_kind(network), "client_metadata", None)
    if describe is None:
        raise Http404
    try:
        return JsonResponse(describe(redirect_uri=sign_in.back_address()))
    except Failure as failure:
        raise Http404 from failure


@never_cache
@in_workspace("channels")
def choose_accounts(request: HttpRequest) -> HttpResponse:
    """One sign-in that may speak for several accounts: which of them become channels."""
    workspace, now = request.member.workspace, timezone.now()  # type: ignore[attr-defined]
    network, found = sign_in.offered(request, workspace=workspace, now=now)
    if not found:
        messages.warning(request, _("There is nothing to choose from any more. Start the sign-in again."))
        return redirect("connect", workspace.pk)
    chosen = {number for text in request.POST.getlist("account") if (number := _number(text)) is not None}
    picked = [one for number, one in enumerate(found) if number in chosen]
    if request.method == "POST" and picked:
        made = [_keep(request, workspace, network, one, now=now) for one in picked]
        del request.session["offer"]
        if len(made) == 1:
            return _welcome(request, made[0])
        for channel in made:
            channel.ask_limits(channel.speak(), now=now)
        messages.success(request, _("Connected: %(channels)s.") % {"channels": ", ".join(map(str, made))})
        return redirect("channels", workspace.pk)
    known = set(_of(request).filter(network=network).values_list("server", "remote_id"))
    return render(request, "choose_accounts.html", {
        "kind": Kind.of(_kind(network)), "nothing": request.method == "POST",
        "accounts": [(one.account, (one.account.server, one.account.remote_id) in known) for one in found],
    }, status=422 if request.method == "POST" else 200)  # fmt: skip


def _keep(request: HttpRequest, workspace: Workspace, network: str, one: Connected, *, now: datetime) -> Channel:
    return Channel.objects.keep(workspace=workspace, network=network, connected=one, by=request.user, now=now)


def _kind(network: str) -> type[Network]:
    try:
        return get(network)
    except NoSuchNetwork as error:
        raise Http404 from error


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 3 else None
