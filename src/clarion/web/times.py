"""Times as people say them: "in 12 min", "on time", "+1.1 s", "2 h ago". All instants are aware."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

ON_TIME = timedelta(seconds=1)


def span(length: timedelta) -> str:
    """A length of time in the two largest units: "12 min", "1 h 27", "3 days"."""
    seconds = int(abs(length).total_seconds())
    if seconds < 60:
        return _("%(n)d s") % {"n": seconds}
    if seconds < 3600:
        return _("%(n)d min") % {"n": seconds // 60}
    if seconds < 86400:
        hours, minutes = seconds // 3600, seconds % 3600 // 60
        return _("%(h)d h %(m)02d") % {"h": hours, "m": minutes} if minutes else _("%(h)d h") % {"h": hours}
    days = seconds // 86400
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def until(at: datetime, now: datetime) -> str:
    """ "in 12 min", "now", "4 min ago"."""
    ahead = at - now
    if abs(ahead) < timedelta(seconds=1):
        return _("now")
    return (
        _("in %(span)s") % {"span": span(ahead)} if ahead > timedelta(0) else _("%(span)s ago") % {"span": span(ahead)}
    )


def lateness(late: timedelta) -> str:
    """ "on time", "+1.1 s", "+12 min": how much after its time something went out."""
    if late < ON_TIME:
        return _("on time")
    seconds = late.total_seconds()
    return _("+%(n).1f s") % {"n": seconds} if seconds < 10 else f"+{span(late)}"
