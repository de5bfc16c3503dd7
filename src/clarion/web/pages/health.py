"""Health that does not lie: alive is this process; ready is a migrated database, a worker that ticks
and a place for media that can be written."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from clarion.deliveries import gauges
from clarion.files.place import store
from clarion.web.migrating import is_up_to_date
from clarion.web.place import TICKS_WITHIN, stated
from clarion.web.said import database_sentence
from clarion.work.models import Pulse


@require_safe
@never_cache
@stated("anybody")
def live(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"live": True})


@require_safe
@never_cache
@stated("anybody")
def ready(request: HttpRequest) -> HttpResponse:
    """200 only when posts would go out now; else 503 and why."""
    now = timezone.now()
    try:
        if not is_up_to_date():
            return _not_ready("The database is not migrated. Run clarion migrate.")
        pulse = Pulse.objects.last()
        if pulse is None or now - pulse.ticked_at > TICKS_WITHIN:
            seen = "never" if pulse is None else f"{(now - pulse.ticked_at).total_seconds():.0f} s ago"
            return _not_ready(f"No worker ticks (last: {seen}). Nothing is being published.")
        oldest = gauges.oldest_due_seconds(now)
        if trouble := store().trouble():
            return _not_ready(trouble)
    except DatabaseError as error:
        return _not_ready(database_sentence(error))
    return JsonResponse({"ready": True, "worker_ticked_at": pulse.ticked_at, "oldest_due_seconds": round(oldest, 1)})


def _not_ready(reason: str) -> JsonResponse:
    return JsonResponse({"ready": False, "reason": reason}, status=503)


@require_safe
@never_cache
@stated("anybody")
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text form. It names no person and no post; restrict it in your proxy if that is too much."""
    return HttpResponse(gauges.exposition(timezone.now()), content_type="text/plain; version=0.0.4; charset=utf-8")
