"""What came to a door and was not let in, and belongs to nobody here: in the record all the same, in few lines.

A line is written for the first from a network in an hour, then for each power of ten, with how many it were by then. So
nobody can fill the record, and a flood is seen in it.
"""

from __future__ import annotations

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

from clarion.organisations.models import IdentityProvider
from clarion.organisations.models.tally import Tally
from clarion.records.models import Event
from clarion.web.devices import network
from clarion.web.tally import counted

HOUR = 60 * 60
MOST = 60
"""So many lines about strays of one kind are written in an hour, wherever they come from."""


def stray(request: HttpRequest, verb: str, *, because: str, provider: IdentityProvider | None = None) -> None:
    """Kept by the organisation whose ``provider`` it is said to come from, else by the installation. ``because``: the
    sentence that was answered."""
    where = network(get_client_ip(request) or "") or "-"
    kind = f"{verb}-{provider.pk if provider else ''}"
    times = counted(f"stray-{kind}-{where}", seconds=HOUR)
    if str(times).rstrip("0") != "1" or counted(f"strays-{kind}", seconds=HOUR) > MOST:
        return
    Event.objects.write(
        verb, subject=provider or Tally(cache_key=where), because=because[:500],
        organisation=provider.organisation if provider else None, after={"network": where, "times": times},
    )  # fmt: skip
