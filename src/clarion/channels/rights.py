"""On which channels somebody may do a thing: pages ask before they act, and so do jobs that act for a person later."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clarion.organisations.models import Member

from .models import Channel


def refused(member: Member | None, channels: Iterable[Channel], *, what: str = "publish") -> list[Channel]:
    """Those of the channels on which the member may not: all of them for somebody who is none."""
    return [one for one in channels if member is None or not member.may(what, on=one)]


def refused_later(user: Any, channels: Sequence[Channel], *, workspace: Any, what: str = "publish") -> list[Channel]:
    """The same for what happens later in a person's name, by an id of a user: she may have lost the right since, or
    have left. What belongs to no person was set up by whoever runs the installation, and may go on."""
    if user is None or not channels:
        return []
    members = Member.objects.select_related("workspace", "custom")
    found = members.filter(workspace=workspace, user=user, user__is_active=True).first()
    return refused(found, channels, what=what)


def said(channels: Iterable[Channel]) -> str:
    """Why nothing goes out there, to the person who pressed."""
    names = [str(one) for one in channels]
    return ngettext(
        "You may not publish on this channel: %(channels)s. Ask a manager.",
        "You may not publish on these channels: %(channels)s. Ask a manager.", len(names),
    ) % {"channels": ", ".join(names)}  # fmt: skip


def said_later(user: Any, channels: Iterable[Channel]) -> str:
    """Why nothing goes out there, where it happens by itself in a person's name."""
    names = ", ".join(str(one) for one in channels)
    return _("%(who)s may no longer publish on %(channels)s.") % {"who": user, "channels": names}
