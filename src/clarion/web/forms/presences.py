"""Who else has a post open, in a sentence for the composer's head."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from clarion.posts.models import Presence


def told_of(presences: Iterable[Presence], *, now: datetime) -> str:
    """ "Amir is writing · Vera is reading along"; empty when nobody else is here."""
    writing = [one for one in presences if one.is_writing(now)]
    reading = [one for one in presences if not one.is_writing(now)]
    said = [_("%(name)s is writing") % {"name": _first_name(one)} for one in writing]
    said += [_("%(name)s is reading along") % {"name": _first_name(one)} for one in reading]
    return " · ".join(said)


def _first_name(presence: Presence) -> str:
    return (presence.user.name or presence.user.email.split("@")[0]).split()[0]
