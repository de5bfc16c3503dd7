"""clarion pause, clarion resume."""

from __future__ import annotations

from django.utils import timezone

from clarion.web.commands import asked
from clarion.web.said import Said


def pause(*, organisation: str, because: str, json: bool) -> None:
    if not because.strip():
        raise Said("Say why: --because TEXT. It is kept in the record.")
    house = asked.organisation(organisation)
    house.pause(by=asked.OPERATOR, because=because, now=timezone.now())
    asked.answer(
        {"organisation": str(house.pk), "paused_at": house.paused_at.isoformat(), "because": house.paused_because},
        json=json, human=f"Paused: nothing more leaves {house.name}.",
    )  # fmt: skip


def resume(*, organisation: str, because: str, json: bool) -> None:
    house = asked.organisation(organisation)
    since = house.resume(by=asked.OPERATOR, because=because, now=timezone.now())
    asked.answer(
        {"organisation": str(house.pk), "paused_at": None, "was_paused_since": since.isoformat() if since else None},
        json=json, human=f"{house.name} goes on. What was due meanwhile waits for a person.",
    )  # fmt: skip
