"""The form of a workflow, with its stages one below the other. It works without script: a button adds a stage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict
from django.utils.translation import gettext as _

from clarion.approvals.models import Guest, Stage, When, Window, Workflow
from clarion.channels.models import Channel
from clarion.organisations.models import Member, Role, Team, Workspace
from clarion.posts.models import Label

MOST_STAGES = 6
ROLES = (Role.OWNER, Role.ADMINISTRATOR, Role.MANAGER, Role.EDITOR)
"""Roles that may approve, and so may be asked as such."""


GUEST = re.compile(r"([^<>,;]*)<([^<>]*)>|([^\s,;<>]+)")
"""A guest as one is typed: ``Name <address>``, or an address alone."""


@dataclass
class Draft:
    """What somebody typed, whether it can be kept or not. ``gone`` stages were ticked to be taken out; ``names``: of
    guests, by address."""

    name: str = ""
    when: str = When.ALWAYS
    window: str = Window.EXACT
    channels: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=lambda: [Stage()])
    troubles: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, flow: Workflow) -> Draft:
        return cls(
            flow.name, flow.when, flow.window, [str(one.pk) for one in flow.channels.all()],
            [str(one.pk) for one in flow.labels.all()], flow.steps,
            names=Guest.objects.names(flow.workspace, (email for stage in flow.steps for email in stage.guests)),
        )  # fmt: skip

    @classmethod
    def preset(cls, kind: str) -> Draft:
        found = {
            "eyes": cls(_("Four eyes"), stages=[Stage(_("A colleague"))]),
            "mayor": cls(_("The mayor's yes"), stages=[Stage(_("The desk")), Stage(_("The mayor"))]),
            "client": cls(_("The client approves"), stages=[Stage(_("The desk")), Stage(_("The client"))]),
        }
        return found.get(kind, cls())

    @classmethod
    def read(cls, data: QueryDict) -> Draft:
        draft = cls(
            data.get("name", "").strip()[:120], data.get("when", ""), data.get("window", ""), data.getlist("channels"),
            data.getlist("labels"), [],
        )  # fmt: skip
        places = []
        for number in range(MOST_STAGES):
            if f"s{number}-rule" not in data or f"s{number}-gone" in data:
                continue
            order = data.get(f"s{number}-order", "")
            stage = _stage(data, f"s{number}-", draft.troubles, draft.names)
            places.append((int(order) if order.isdecimal() else number + 1, number, stage))
        draft.stages = [stage for _order, _number, stage in sorted(places, key=lambda one: one[:2])] or [Stage()]
        return draft

    def one_more(self) -> Draft:
        return replace(self, stages=[*self.stages, Stage()][:MOST_STAGES])

    def guests_typed(self, stage: Stage) -> str:
        """The guests of a stage as one types them."""
        return ", ".join(
            f"{self.names[email]} <{email}>" if self.names.get(email) else email for email in stage.guests
        )  # fmt: skip


def _guests(text: str) -> Iterator[tuple[str, str]]:
    """Addresses with their names, which may be empty."""
    for name, address, alone in GUEST.findall(text):
        before = name.split()
        yield from (("", word) for word in before if "@" in word)  # addresses without a comma behind them
        yield " ".join(word for word in before if "@" not in word).strip("\"' "), (address or alone).strip()


def _stage(data: QueryDict, prefix: str, troubles: list[str], names: dict[str, str]) -> Stage:
    guests = []
    for name, address in _guests(data.get(f"{prefix}guests", "")):
        guests.append(address.lower())  # also what is none: it is there to be mended
        names[address.lower()] = name[:120]
        try:
            validate_email(address)
        except ValidationError:
            troubles.append(_("“%(address)s” is no e-mail address. Mend it, or take it out.") % {"address": address})
    hours = data.get(f"{prefix}hours", "").strip()
    if hours and not (hours.isdecimal() and int(hours) <= 24 * 60):
        troubles.append(_("“%(hours)s” is no number of hours. Write a whole number, or leave it empty.") % {
            "hours": hours,
        })  # fmt: skip
        hours = ""
    return Stage(
        data.get(f"{prefix}name", "").strip()[:80], "all" if data.get(f"{prefix}rule") == "all" else "any",
        tuple(data.getlist(f"{prefix}people")), tuple(data.getlist(f"{prefix}roles")),
        tuple(data.getlist(f"{prefix}teams")), int(hours or 0), tuple(data.getlist(f"{prefix}escalate")),
        tuple(dict.fromkeys(guests)),
    )  # fmt: skip


class Bench:
    """What a workspace has to choose from."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.channels = list(Channel.objects.for_posts().filter(workspace=workspace))
        self.labels = list(Label.objects.filter(workspace=workspace).order_by("name")[:200])
        # A team without a place here is of another client's: its name is nobody's business here.
        self.teams = list(Team.objects.filter(places__workspace=workspace).distinct()[:200])
        self.roles = [(role.value, role.label) for role in ROLES]

    @cached_property
    def members(self) -> list[Member]:
        rows = self.workspace.members.select_related("user", "custom", "workspace").order_by("user__name")[:500]
        return [one for one in rows if one.user.is_active]

    def known(self, draft: Draft) -> Draft:
        """Only what there is here: an id of another workspace names nothing."""
        people, teams = {str(one.user_id) for one in self.members}, {str(one.pk) for one in self.teams}
        roles = {value for value, _label in self.roles}
        draft.channels = _those(draft.channels, {str(one.pk) for one in self.channels})
        draft.labels = _those(draft.labels, {str(one.pk) for one in self.labels})
        draft.stages = [
            replace(
                one, people=tuple(_those(one.people, people)), teams=tuple(_those(one.teams, teams)),
                roles=tuple(_those(one.roles, roles)), escalate=tuple(_those(one.escalate, people)),
            )
            for one in draft.stages
        ]  # fmt: skip
        return draft

    def troubles(self, draft: Draft) -> list[str]:
        """Why it cannot be kept; empty: it can."""
        found = list(draft.troubles)
        if not draft.name:
            found.append(_("Give it a name."))
        if draft.when not in When.values or draft.window not in Window.values:
            found.append(_("Choose for which posts it is, and what may happen to their time."))
        for number, stage in enumerate(draft.stages, 1):
            if stage.hours and not stage.escalate:
                found.append(_("Stage %(n)d: say who is asked when nobody answers.") % {"n": number})
            if stage.names_nobody and not any(one.may("approve") for one in self.members):
                found.append(_("Stage %(n)d: nobody here may approve. Name people, or change a role.") % {"n": number})
        return found

    def said(self, stages: Sequence[Stage]) -> list[str]:
        """Each stage in words."""
        addresses = [email for stage in stages for email in stage.guests]
        known = Guest.objects.names(self.workspace, addresses) if addresses else {}
        names = {str(one.user_id): str(one.user) for one in self.members}
        teams, roles = {str(one.pk): one.name for one in self.teams}, {value: str(name) for value, name in self.roles}
        found = []
        for stage in stages:
            who = [
                *_named(stage.people, names),
                *_named(stage.roles, roles),
                *_named(stage.teams, teams),
                *(known.get(email) or email for email in stage.guests),
            ]
            if not who:
                found.append(_("One of those who may approve"))
            elif len(who) == 1:
                found.append(who[0])
            elif stage.rule == "all":
                found.append(_("All of these: %(names)s") % {"names": ", ".join(who)})
            else:
                found.append(_("One of these: %(names)s") % {"names": ", ".join(who)})
        return found


def _those(some: Iterable[str], known: set[str]) -> list[str]:
    return [one for one in dict.fromkeys(some) if one in known]


def _named(some: Iterable[str], names: dict[str, str]) -> list[Any]:
    return [names[one] for one in some if one in names]
