"""What may stand in the way of a delivery: asked at once, and looked into only where there is something."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.models import Exists

from clarion.approvals.models import Workflow
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Pause, Workspace
from clarion.posts.models import Blackout, HouseRule
from clarion.posts.models.blackout import DAY
from clarion.work.question import Question


@dataclass(frozen=True)
class Standing:
    """How things stand at one moment. ``is_paused``: a pause runs over it, which may let it go all the same;
    ``is_caught``: one ended while it was on its way; ``blackouts``: those that block lie near; ``rules`` of the house
    hold; ``workflows`` are in force; ``on_request``: it needs a yes in any case; ``version``: that of its post."""

    is_caught: bool
    is_paused: bool
    blackouts: bool
    rules: bool
    workflows: bool
    on_request: bool
    version: int

    @property
    def is_quiet(self) -> bool:
        """No pause has to do with it."""
        return not (self.is_caught or self.is_paused)

    def knows_all_of(self, later: Standing) -> bool:
        """Nothing has come since that was not there to be looked into."""
        return all(
            mine or not new
            for mine, new in (
                (self.blackouts, later.blackouts), (self.rules, later.rules), (self.workflows, later.workflows),
                (self.on_request, later.on_request),
            )
        )  # fmt: skip


def standing(delivery: Any, *, now: datetime) -> Standing | None:
    """How things stand with the delivery now: one short question. None: it is not there any more."""
    workspace = delivery.workspace
    days = [at.astimezone(workspace.tz).date() for at in (now, delivery.due_at)]
    row = _STANDING.first(
        delivery=delivery.pk, workspace=workspace.pk, organisation=workspace.organisation_id, first=min(days),
        end=max(days) + DAY,
    )  # fmt: skip
    return Standing(*row) if row is not None else None


def is_stopped(delivery: Any, stands: Standing | None) -> bool:
    """Whether nothing of it may be said at this moment. Asks no more while no pause has to do with it."""
    if stands is not None and stands.is_quiet:
        return False
    return not Delivery.objects.filter(pk=delivery.pk).let_out().exists()


def _put(delivery: UUID, workspace: UUID, organisation: UUID, first: date, end: date) -> Any:
    place = Workspace(pk=workspace, organisation_id=organisation)
    return Delivery.objects.filter(pk=delivery).values_list(
        "caught",
        Exists(Pause.objects.running().filter(stops=True).over(workspace, organisation=organisation)),
        Exists(Blackout.objects.blocks().filter(workspace=workspace).between(first, end)),
        Exists(HouseRule.objects.holding_in(place).filter(is_active=True)),
        Exists(Workflow.objects.in_force().filter(workspace=workspace)),
        "on_request", "post__version",
    )  # fmt: skip


_STANDING = Question(
    _put, delivery=models.UUIDField, workspace=models.UUIDField, organisation=models.UUIDField,
    first=models.DateField, end=models.DateField,
)  # fmt: skip
