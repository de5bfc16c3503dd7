"""The first steps of a workspace: what is done is read from what is there, and whoever knows the way puts them away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member, Workspace
from clarion.posts.models import Slot
from clarion.records.models import Event

DISMISSED = "steps.dismissed"


@dataclass(frozen=True)
class Step:
    word: str | Promise
    why: str | Promise
    act: str | Promise
    address: str
    is_done: bool


def steps_of(member: Member, *, own_grounds: Iterable[str]) -> list[Step]:
    """The steps that are left and those that are done, in one question; none when all are done, when the member has put
    them away, or when they are not the member's to take. ``own_grounds``: networks that need no account."""
    if not member.may("channels"):
        return []
    place = OuterRef("pk")
    channels = Channel.objects.connected().filter(workspace=place).exclude(network__in=list(own_grounds))
    put_away = Event.objects.filter(kind="member", subject=str(member.pk), verb=DISMISSED)
    found = Workspace.objects.filter(pk=member.workspace_id).annotate(
        connected=Exists(channels), wrote=Exists(Delivery.objects.filter(workspace=place)),
        together=Exists(Member.objects.filter(workspace=place).exclude(pk=member.pk)),
        planned=Exists(Slot.objects.filter(channel__workspace=place)), put_away=Exists(put_away),
    ).values_list("connected", "wrote", "together", "planned", "put_away").get()  # fmt: skip
    connected, wrote, together, planned, is_put_away = found
    if is_put_away or (connected and wrote and together and planned):
        return []

    def at(name: str) -> str:
        return reverse(name, args=[member.workspace_id])

    return [
        Step(_("Write"), _("A first line on your own noticeboard."), _("Write"), at("write"), wrote),
        Step(
            _("Connect a channel"), _("The same post then goes out everywhere, once."), _("Connect"), at("connect"),
            connected,
        ),
        Step(
            _("Bring the others in"), _("Everybody with the role that fits."), _("Add people"), at("people"),
            together,
        ),
        Step(
            _("Plan a queue"), _("Times of the week: a post takes the next free one, in one press."),
            _("Give it slots"), at("queue"), planned,
        ),
    ]  # fmt: skip
