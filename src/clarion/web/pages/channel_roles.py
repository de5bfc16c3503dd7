"""Who may something else on one channel than in the workspace."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clarion.channels.models import Channel, ChannelRole
from clarion.organisations.ids import as_id
from clarion.organisations.models import Member, Team
from clarion.web.giving import chosen, offers
from clarion.web.place import in_workspace


def shown(me: Member, channel: Channel) -> dict[str, Any]:
    """What the channel's page needs: those roles, and what a form offers to who may give some."""
    given = channel.roles.select_related("member__user", "member__custom", "team", "custom")
    rows = [(one, _may_take_back(me, one)) for one in given]
    if not me.may("people"):
        return {"channel_roles": rows}
    members = me.workspace.members.select_related("user", "custom").order_by("user__name", "user__email")[:500]
    return {
        "channel_roles": rows, "gift": offers(me.workspace.organisation, may=me.may_give),
        "members": [one for one in members if not one.is_officer and me.may_change(one)],
        "teams": list(Team.objects.filter(places__workspace=me.workspace)[:200]),
    }  # fmt: skip


def _may_change(me: Member, team: Team) -> bool:
    """Nobody changes on one channel what those may who may more in the workspace."""
    places = team.places.filter(workspace=me.workspace).select_related("custom")
    return me.may("people") and all(place.rights <= me.own_rights for place in places)


def _may_take_back(me: Member, one: ChannelRole) -> bool:
    return me.may_change(one.member) if one.member is not None else _may_change(me, one.team)


@require_POST
@in_workspace("people")
def give(request: HttpRequest, channel: UUID) -> HttpResponse:
    me, found = request.member, _channel(request, channel)  # type: ignore[attr-defined]
    kind, _colon, pk = request.POST.get("who", "").partition(":")
    members = me.workspace.members.select_related("user", "custom", "workspace")
    member = members.filter(pk=as_id(pk)).first() if kind == "member" else None
    team = Team.objects.filter(places__workspace=me.workspace, pk=as_id(pk)).first() if kind == "team" else None
    role = chosen(request.POST.get("role", ""), offers(me.workspace.organisation, may=me.may_give))
    if role is None:
        messages.error(request, _("You cannot give this role. Nobody gives more than their own role may."))
    elif (member is None and team is None) or (member is not None and member.is_officer):
        messages.error(request, _("Choose a person or a team. An office holds on every channel."))
    elif not (me.may_change(member) if member is not None else _may_change(me, team)):
        messages.error(request, _("You cannot change somebody whose role may more than yours."))
    else:
        ChannelRole.objects.give(
            channel=found, member=member, team=team, role=role.role, custom=role.custom, by=request.user
        )
        sentence = _("On %(channel)s: %(who)s is %(role)s.")
        who = member.user if member else team
        messages.success(request, sentence % {"channel": found, "who": who, "role": role.label})
    return redirect("channel", me.workspace_id, found.pk)


@require_POST
@in_workspace("people")
def take_back(request: HttpRequest, channel: UUID, role: int) -> HttpResponse:
    me, found = request.member, _channel(request, channel)  # type: ignore[attr-defined]
    one = get_object_or_404(found.roles.select_related("member__user", "member__custom", "team", "custom"), pk=role)
    if not _may_take_back(me, one):
        messages.error(request, _("You cannot change somebody whose role may more than yours."))
    else:
        one.take_back(by=request.user)
        messages.success(request, _("The role in the workspace holds here again."))
    return redirect("channel", me.workspace_id, found.pk)


def _channel(request: HttpRequest, pk: UUID) -> Channel:
    rows = Channel.objects.select_related("workspace__organisation")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
