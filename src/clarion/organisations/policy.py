"""Who may do what: the one policy. Pages, the command line and jobs ask it, through ``member.may`` and ``officer.may``.

A role is a name for a set of permissions; a custom role is a set that an organisation put together itself. Nothing else
in Clarion decides what a person may do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person is in a workspace. The first three are of the organisation, and so of each of its workspaces."""

    OWNER = "owner", _("Owner")
    ADMINISTRATOR = "administrator", _("Administrator")
    AUDITOR = "auditor", _("Auditor")
    MANAGER = "manager", _("Manager")
    EDITOR = "editor", _("Editor")
    CONTRIBUTOR = "contributor", _("Contributor")
    RESPONDER = "responder", _("Responder")
    VIEWER = "viewer", _("Viewer")
    GUEST = "guest", _("Guest")
    CUSTOM = "custom", _("Custom")


OF_THE_ORGANISATION = (Role.OWNER, Role.ADMINISTRATOR, Role.AUDITOR)
OF_A_WORKSPACE = (Role.MANAGER, Role.EDITOR, Role.CONTRIBUTOR, Role.RESPONDER, Role.VIEWER, Role.GUEST)

IN_A_WORKSPACE = {
    "asked": _("sees the posts that wait for one's own yes, and decides on them"),
    "read": _("sees channels, posts, the calendar and the library"),
    "write": _("writes and changes drafts, ideas and the library"),
    "reply": _("answers what people write"),
    "publish": _("schedules, moves and publishes"),
    "approve": _("can be asked for a yes"),
    "calendar": _("changes blackouts, slots and the almanac"),
    "advice": _("changes the rules of the house"),
    "override": _("lets a post go out although a rule of the house stops it"),
    "policies": _("decides who has to approve what"),
    "break_glass": _("publishes without an approval in an emergency, with a reason"),
    "channels": _("connects and disconnects channels"),
    "people": _("adds people, changes roles and deputies"),
    "pause": _("pauses everything in the workspace, and resumes"),
    "settings": _("changes the settings of the workspace"),
}
"""The permissions in a workspace, and what each lets a person do."""

IN_THE_ORGANISATION = {
    "see_organisation": _("sees its people, workspaces, teams and roles"),
    "audit": _("reads the record of everything that was done"),
    "workspaces": _("opens workspaces and changes their names"),
    "officers": _("adds and changes administrators and auditors"),
    "owners": _("makes owners"),
    "teams": _("puts together teams and custom roles"),
    "rules": _("decides on rules of the house that hold in every workspace"),
    "pause_all": _("pauses everything in all workspaces, and resumes"),
    "sign_in": _("decides how people sign in, and ends their access"),
}
"""The permissions in an organisation."""

MANAGES = frozenset(IN_A_WORKSPACE) - {"settings"}
EDITS = frozenset({"asked", "read", "write", "reply", "publish", "approve"})
READS = frozenset({"asked", "read"})

RIGHTS: dict[str, frozenset[str]] = {
    Role.OWNER: frozenset(IN_A_WORKSPACE) | frozenset(IN_THE_ORGANISATION),
    Role.ADMINISTRATOR: frozenset(IN_A_WORKSPACE) | frozenset(IN_THE_ORGANISATION) - {"owners"},
    Role.AUDITOR: frozenset({"read", "see_organisation", "audit"}),
    Role.MANAGER: MANAGES,
    Role.EDITOR: EDITS,
    Role.CONTRIBUTOR: READS | {"write"},
    Role.RESPONDER: READS | {"reply"},
    Role.VIEWER: READS,
    Role.GUEST: frozenset({"asked"}),
    Role.CUSTOM: frozenset(),
}
"""What each role may. A custom role adds its own permissions, which are of a workspace only."""

CHANGES_NOTHING = frozenset({"asked", "read", "see_organisation", "audit"})
"""Permissions that let a person look and answer, but change nothing of the workspace's."""


def rights_of(role: str, custom: Any = None) -> frozenset[str]:
    """What a role allows; ``custom``: the role that an organisation put together, where it is one."""
    return RIGHTS[role] | (custom.rights if custom else frozenset())


def known(permissions: Iterable[str]) -> list[str]:
    """Those of these names that are permissions in a workspace, in the order of the table; others are left out."""
    wanted = set(permissions)
    return [name for name in IN_A_WORKSPACE if name in wanted]
