"""What is sent or scheduled while everything is paused: a spokesperson's leaves, everybody else's waits and says so."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from clarion.deliveries.models import Delivery
from clarion.web.place import shell_of


def stopped(request: HttpRequest, deliveries: Iterable[Delivery], *, now: datetime) -> str:
    """Lets them go where the person may still publish, by whose own press they were promised. The sentence for others,
    empty where nothing is stopped."""
    if not any(pause.stops for pause in shell_of(request).pauses):
        return ""
    if Delivery.objects.filter(pk__in=[one.pk for one in deliveries]).let(by=request.user, now=now):
        return ""
    return _(
        "It is scheduled, but everything is paused: it does not leave. When the pause ends, somebody decides about it."
    )
