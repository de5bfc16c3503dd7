"""clarion deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from clarion.deliveries.models import Delivery, State
from clarion.posts.when import parse
from clarion.web.commands import asked
from clarion.web.commands.asked import answer
from clarion.web.said import Said


def show_all(*, workspace: str, state: str | None, since: str | None, json: bool) -> None:
    place = asked.workspace(workspace)
    rows = Delivery.objects.filter(workspace=place).order_by("due_at", "id")
    if state is not None:
        if state not in State.values:
            raise Said(f"“{state}” is not a state. States are: {', '.join(State.values)}.")
        rows = rows.filter(state=state)
    if since is not None:
        try:
            at = datetime.fromisoformat(since)
        except ValueError:
            raise Said(f"--since: “{since}” is not a time. Write it like 2026-11-23T09:00+01:00.") from None
        rows = rows.filter(due_at__gte=at if at.tzinfo else at.replace(tzinfo=place.tz))
    for row in rows.iterator():
        due = row.due_at.astimezone(place.tz)
        answer(
            row.as_json(),
            json=json,
            human=f"{row.pk}  {due:%Y-%m-%d %H:%M:%S}  {row.state:<10} {row.url or row.reason}",
        )


def show(*, delivery: str, json: bool) -> None:
    row = asked.delivery(delivery)
    answer(whole(row), json=json, human=_for_people(row))


def whole(row: Delivery) -> dict[str, Any]:
    """The delivery with every step: intent time, outcome, redacted evidence."""
    return {
        **row.as_json(),
        "key": row.key,
        "steps": [
            {
                "number": step.number, "round": step.round, "kind": step.kind, "part": step.part, "key": step.key,
                "intended_at": step.intended_at.isoformat() if step.intended_at else None,
                "done_at": step.done_at.isoformat() if step.done_at else None,
                "may_have_happened": step.may_have_happened, "remote_id": step.remote_id, "url": step.url,
                "attempts": [attempt.as_json() for attempt in step.attempts.all()],
            }
            for step in row.steps.select_related("delivery").prefetch_related("attempts").order_by("round", "number")
        ],
    }  # fmt: skip


def _for_people(row: Delivery) -> str:
    lines = [f"{row.state}: {row.reason or row.url or row.post.summary}"]
    for step in whole(row)["steps"]:
        lines.append(f"  {step['kind']} {step['number'] + 1}: {step['done_at'] or 'not done'} {step['url']}")
        for attempt in step["attempts"]:
            lines.append("    {began_at} {purpose}: {outcome} {sentence}".format(**attempt))
    return "\n".join(lines)


def cancel(*, delivery: str, because: str, json: bool) -> None:
    row = asked.delivery(delivery)
    row.cancel(by=asked.OPERATOR, now=timezone.now(), because=because)
    answer(row.as_json(), json=json, human="Cancelled: it will not go out.")


def reschedule(*, delivery: str, at: str, json: bool) -> None:
    row, now = asked.delivery(delivery), timezone.now()
    row.reschedule(at=parse(at, zone=row.workspace.tz, now=now), by=asked.OPERATOR, now=now)
    answer(row.as_json(), json=json, human=f"It goes out at {row.due_at.astimezone(row.workspace.tz):%Y-%m-%d %H:%M}.")


def settle(*, delivery: str, there: str | None, absent: bool, json: bool) -> None:
    if (there is not None) == absent:
        raise Said("Say either --there LINK or --absent.")
    row, now = asked.delivery(delivery), timezone.now()
    if absent:
        row.confirm_absent(by=asked.OPERATOR, now=now)
    else:
        row.confirm_there(by=asked.OPERATOR, url=there or "", now=now)
    answer(row.as_json(), json=json, human="Noted.")
