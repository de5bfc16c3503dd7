"""clarion pause, clarion resume, clarion pauses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from clarion.organisations.models import HOLD, Organisation, Pause
from clarion.posts.when import BadTime, parse
from clarion.web.commands import asked
from clarion.web.said import Said


def pause(
    *, organisation: str, whole: bool, because: str, until: str, drill: bool, stop: bool, nobody: bool, json: bool
) -> None:
    if not because.strip():
        raise Said("Say why: --because TEXT. It is kept in the record.")
    house, now = _house(organisation, whole), timezone.now()
    try:
        end = parse(until, zone=ZoneInfo("UTC"), now=now) if until else None
    except BadTime as error:
        raise Said(f"--until: {error}") from None
    kind = Pause.Kind.DRILL if drill else Pause.Kind.REAL
    Pause.objects.begin(
        organisation=house, by=asked.OPERATOR, because=because, now=now, until=end, kind=kind,
        stops=not drill or stop, lets=not nobody,
    )  # fmt: skip
    running = _running(house, kind)
    assert running is not None, "it has begun, or there was one already"
    what = house.name if house else "this installation"
    human = f"Drill: nothing is stopped in {what}, and nothing said in it can leave."
    if running.stops:
        human = f"Paused: nothing more leaves {what}."
    asked.answer(running.as_json(), json=json, human=human)


def resume(*, organisation: str, whole: bool, because: str, drill: bool, hold: int, json: bool) -> None:
    house, now = _house(organisation, whole), timezone.now()
    running = _running(house, Pause.Kind.DRILL if drill else Pause.Kind.REAL)
    ended = running is not None and running.end(
        by=asked.OPERATOR, because=because, now=now, hold=HOLD if hold < 0 else timedelta(minutes=hold)
    )
    since = running.began_at.isoformat() if running is not None and ended else None
    what = house.name if house else "This installation"
    asked.answer(
        {"organisation": str(house.pk) if house else None, "paused_at": None, "was_paused_since": since},
        json=json, human=f"{what} goes on. What was due meanwhile waits for a person.",
    )  # fmt: skip


def pauses(*, organisation: str, json: bool) -> None:
    """The last fifty, the newest first, each with how long its workers took to stop."""
    rows = Pause.objects.in_house(asked.organisation(organisation)) if organisation else Pause.objects.all()
    for one in rows.prefetch_related("acknowledgements").order_by("-began_at")[:50]:
        told: dict[str, Any] = {**one.as_json(), "seconds_to_stop": one.seconds_to_stop}
        told["workers"] = len(one.acknowledgements.all())
        state = "ended" if one.ended_at else "running"
        asked.answer(told, json=json, human=f"{one.began_at:%Y-%m-%d %H:%M} {one.kind} {state}: {one.because}")


def _house(organisation: str, whole: bool) -> Organisation | None:
    if whole == bool(organisation):
        raise Said("Say what: --organisation NAME, or --all for the whole installation.")
    return None if whole else asked.organisation(organisation)


def _running(house: Organisation | None, kind: str) -> Pause | None:
    return Pause.objects.running().filter(organisation=house, workspace=None, kind=kind).first()
