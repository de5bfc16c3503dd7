"""Where a request happens: its workspace and member, and the shell around the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property, wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.approvals.models import Asked, Workflow
from clarion.channels import rights
from clarion.channels.models import Channel, ChannelRole
from clarion.deliveries.models import Delivery
from clarion.notifications.models import Notification
from clarion.organisations.ids import as_id
from clarion.organisations.models import Absence, Member, Officer, Organisation, Pause, Spokesperson, Workspace
from clarion.web import demo_city
from clarion.work.models import Pulse

MANY = 1000
"""So many open questions to one person are counted; beyond it the rail says "999+"."""
TICKS_WITHIN = timedelta(seconds=15)


@dataclass(frozen=True)
class Rule:
    """Who may come in. ``where``: ``anybody``; ``secret``, who knows the address; ``signed in``; ``workspace`` or
    ``organisation``, where ``may`` is the permission that is needed and an outsider finds nothing; ``or_may``: another
    one that is enough. A test holds that every address has one."""

    where: str
    may: str = ""
    or_may: str = ""


THEIRS = {
    "account_login": Rule("anybody"), "account_logout": Rule("anybody"), "account_inactive": Rule("anybody"),
    "account_signup": Rule("anybody"),
    "account_reset_password": Rule("anybody"), "account_reset_password_done": Rule("anybody"),
    "account_reset_password_from_key": Rule("secret"), "account_reset_password_from_key_done": Rule("anybody"),
    "account_reauthenticate": Rule("signed in"), "account_email": Rule("signed in"),
    "account_change_password": Rule("signed in"), "account_set_password": Rule("signed in"),
    "mfa_authenticate": Rule("anybody"), "mfa_login_webauthn": Rule("anybody"),
    **dict.fromkeys(
        (
            "mfa_index", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes",
            "mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_add_webauthn", "mfa_reauthenticate_webauthn",
            "mfa_edit_webauthn", "mfa_remove_webauthn",
        ),
        Rule("signed in"),
    ),
}  # fmt: skip
"""The rules of views that libraries bring, by the name of their address."""


def rule_of(view: Any, name: str) -> Rule:
    """The rule of a view, by itself or by the name of its address. Without one it is for those who are signed in."""
    return getattr(view, "rule", None) or THEIRS.get(name) or Rule("signed in")


def stated(where: str, may: str = "", or_may: str = "") -> Callable[..., Any]:
    """States the rule of a view that looks to it itself."""

    def around(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        view.rule = Rule(where, may, or_may)  # type: ignore[attr-defined]
        return view

    return around


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for everybody who has signed in."""
    return stated("signed in")(login_required(view))


class NotYours(PermissionDenied):
    """A member without the right: told which right is missing. (Outsiders never get this far: they see 404.)"""


def in_workspace(may: str = "read", *, or_may: str = "", somewhere: bool = False) -> Callable[..., Any]:
    """A view inside a workspace: ``request.member`` is set; an outsider sees 404, who lacks the right is told.
    ``or_may``: another right that is enough. ``somewhere``: the right on one channel lets in, and the view asks about
    the channel itself (``refuse``)."""

    def around(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        @login_required
        def inside(request: HttpRequest, workspace: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
            member = member_in(workspace, request.user.pk)
            if member is None:
                raise Http404
            request.member = member  # type: ignore[attr-defined]
            lets_in = member.may_somewhere(may) if somewhere else member.may(may)
            if not (lets_in or (or_may and member.may(or_may))):
                raise NotYours(_("Your role in this workspace does not allow this. Ask its owner or a manager."))
            return view(request, *args, **kwargs)

        return stated("workspace", may, or_may)(inside)

    return around


def refuse(member: Member, channels: Iterable[Channel], *, what: str = "publish") -> None:
    """Raises ``NotYours`` with a sentence when there is a channel on which the member may not do this."""
    if not_there := rights.refused(member, channels, what=what):
        raise NotYours(rights.said(not_there))


def in_organisation(may: str = "see_organisation") -> Callable[..., Any]:
    """A view of an organisation: ``request.officer`` is set; who has no office there sees 404."""

    def around(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        @login_required
        def inside(request: HttpRequest, organisation: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
            offices = Officer.objects.of(request.user).select_related("organisation", "user")
            officer = offices.filter(organisation=organisation).first()
            if officer is None:
                raise Http404
            request.officer = officer  # type: ignore[attr-defined]
            if not officer.may(may):
                raise NotYours(_("Your role in this organisation does not allow this. Ask one of its owners."))
            return view(request, *args, **kwargs)

        return stated("organisation", may)(inside)

    return around


def at_home(request: HttpRequest) -> None:
    """For a page outside of workspaces: the rail stays that of the one from which the person came."""
    mine = Member.objects.filter(user=request.user).order_by("joined_at").values_list("workspace", flat=True)
    last = as_id(request.session.get("workspace", ""))
    place = mine.filter(workspace=last).first() or mine.first()
    if place is not None:
        request.member = member_in(place, request.user.pk)  # type: ignore[attr-defined]


def member_in(workspace: UUID, user: Any) -> Member | None:
    """The person's place in a workspace, with everything that the policy asks, in one question."""
    members = Member.objects.select_related(
        "workspace__organisation", "workspace__almanac", "workspace__advice", "user", "custom"
    ).annotate(
        is_deputy=Exists(Absence.objects.at(timezone.now()).filter(deputy=OuterRef("pk"))),
        has_channel_roles=Exists(ChannelRole.objects.filter(workspace=OuterRef("workspace"))),
        has_workflows=Exists(Workflow.objects.in_force().filter(workspace=OuterRef("workspace"))),
    )  # fmt: skip
    return members.filter(workspace=workspace, user_id=user).first()


def shell_of(request: HttpRequest) -> Shell:
    """The one shell of a request: what a page has asked is not asked again by the rail."""
    known: Shell | None = getattr(request, "shell", None)
    if known is None:
        known = request.shell = Shell(request, now=timezone.now())  # type: ignore[attr-defined]
    return known


class Shell:
    """The rail: asked only by templates that show it."""

    def __init__(self, request: HttpRequest, *, now: datetime) -> None:
        self._request = request
        self._now = now

    @cached_property
    def member(self) -> Member | None:
        return getattr(self._request, "member", None)

    @cached_property
    def officer(self) -> Officer | None:
        """On the pages of an organisation: the office by which the person is there."""
        return getattr(self._request, "officer", None)

    @property
    def organisation(self) -> Organisation | None:
        """The organisation of these pages; in a workspace its own, for those who may look at it."""
        if self.officer:
            return self.officer.organisation
        return self.workspace.organisation if self.member and self.workspace and self.member.is_officer else None

    @cached_property
    def workspace(self) -> Workspace | None:
        return self.member.workspace if self.member else None

    @cached_property
    def workspaces(self) -> list[Workspace]:
        """Those of the person. The answer also tells the pulse and, of this workspace, what needs somebody."""
        user = getattr(self._request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        needing = Delivery.objects.filter(workspace=self.workspace).needs_a_person()
        unread = Notification.objects.of(user).unread().order_by()
        asked = Asked.objects.filter(pk__in=self._asked().values("pk")[:MANY])
        asking = asked.values("request__workspace").annotate(n=Count("pk"))
        return list(
            Workspace.objects.of(user).select_related("organisation").order_by("organisation__name", "name").annotate(
                role=F("members__role"),
                ticked_at=Subquery(Pulse.objects.order_by("-ticked_at").values("ticked_at")[:1]),
                needing=Subquery(needing.order_by().values("workspace").annotate(n=Count("pk")).values("n")),
                unread=Subquery(unread.values("person").annotate(n=Count("pk")).values("n")),
                asking=Subquery(asking.values("n")),
                pausing=Exists(Pause.objects.running().over(OuterRef("pk"), organisation=OuterRef("organisation"))),
            )
        )  # fmt: skip

    def _asked(self) -> Any:
        """The open questions to this member here, and to those for whom she answers."""
        whose = Q(person=self.member.user_id if self.member else None)
        if self.member and getattr(self.member, "is_deputy", False):
            absent = Absence.objects.at(self._now).filter(deputy=self.member)
            whose |= Q(person__in=absent.values("member__user"))
        return Asked.objects.filter(whose, answered_at=None, request__workspace=self.workspace).order_by()

    @cached_property
    def _here(self) -> Any:
        """This workspace among those of the person, with what was asked of it; None outside of one."""
        mine = self.member and self.member.workspace_id
        return next((one for one in self.workspaces if one.pk == mine), None)

    @property
    def needs(self) -> int:
        """How many deliveries of this workspace need a person."""
        return (self._here.needing or 0) if self._here else 0

    @property
    def unread(self) -> int:
        """How many notifications the person has not seen, of all workspaces."""
        return (self._here.unread or 0) if self._here else 0

    @property
    def asks(self) -> int:
        """How many posts wait for the yes of this member."""
        return (self._here.asking or 0) if self._here else 0

    @cached_property
    def ticked_ago(self) -> float | None:
        """Seconds since a worker last ticked; None when none ever did."""
        at = self._here.ticked_at if self._here else getattr(Pulse.objects.last(), "ticked_at", None)
        return None if at is None else max((self._now - at).total_seconds(), 0.0)

    @cached_property
    def channels(self) -> list[Channel]:
        """Every channel of this workspace, those that are no longer connected too."""
        if not self.workspace:
            return []
        return list(Channel.objects.filter(workspace=self.workspace).select_related("credential"))

    @property
    def is_ticking(self) -> bool:
        return self.ticked_ago is not None and self.ticked_ago <= TICKS_WITHIN.total_seconds()

    @cached_property
    def sign_ins(self) -> list[Channel]:
        """Channels of this workspace that need, or will soon need, a sign-in."""
        channels = [channel for channel in self.channels if channel.is_connected]
        soon = (channel for channel in channels if (days := channel.days_left(self._now)) is not None and days <= 14)
        needed = [channel for channel in channels if channel.needs_sign_in]
        return needed + [channel for channel in soon if channel not in needed]

    @cached_property
    def is_demo(self) -> bool:
        """Before the sign-in nobody has a workspace: then whether the house is a demo, as a whole or not at all."""
        if self.workspace:
            return self.workspace.organisation.is_demo
        return Organisation.objects.filter(is_demo=True).exists()

    @property
    def demo_key(self) -> dict[str, str]:
        """What opens the demo: anybody may know it, because nothing in it can leave the machine."""
        return {"email": demo_city.EMAIL, "password": demo_city.PASSWORD} if self.is_demo else {}

    @property
    def tz(self) -> tzinfo | None:
        """In whose time the page speaks: the workspace's, or of an organisation that of its first one."""
        if self.workspace or not self.organisation:
            return self.workspace.tz if self.workspace else None
        return next((one.tz for one in self.workspaces if one.organisation_id == self.organisation.pk), None)

    @cached_property
    def pauses(self) -> list[Pause]:
        """The pauses and drills that run over this workspace, or over all of the organisation whose pages these are,
        as they are told on every page; of each, ``is_ours``: whether this member may end it."""
        if self._here and not self._here.pausing:
            return []
        if not self.workspace:
            return list(Pause.objects.running().in_house(self.organisation).filter(workspace=None).order_by(
                "kind", "began_at"
            )) if self.organisation else []  # fmt: skip
        found = Pause.objects.running().over(self.workspace, organisation=self.workspace.organisation_id)
        rows = list(found.select_related("organisation", "workspace").order_by("kind", "began_at"))
        for one in rows:
            one.is_ours = self.member is not None and one.may_be_ended_by(self.member)
        return rows

    @property
    def is_paused(self) -> bool:
        """Whether everything is really paused here, by itself or with the whole installation."""
        return any(not pause.is_drill for pause in self.pauses)

    @cached_property
    def speakers(self) -> list[Spokesperson]:
        """Who may still publish while everything is paused."""
        rows = Spokesperson.objects.able().filter(
            organisation=self.workspace.organisation_id if self.workspace else None
        )
        if self.member and not self.member.is_officer:  # who is in another workspace alone is not named here
            rows = rows.filter(user__memberships__workspace=self.workspace)
        return list(rows.select_related("user").order_by("user__name", "user__email"))

    @property
    def may_speak(self) -> bool:
        """Whether what this person sends now leaves although everything is paused."""
        mine = self.member and self.member.user_id
        stops = [pause for pause in self.pauses if pause.stops]
        return bool(stops) and all(one.lets for one in stops) and any(one.user_id == mine for one in self.speakers)
