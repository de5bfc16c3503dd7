from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from clarion.networks.base import Budget as Declared
from clarion.networks.base import Told

from .channel import Channel


class BudgetQuerySet(models.QuerySet["Budget"]):
    def for_channel(self, channel: Channel, declared: Declared, *, now: datetime) -> Budget:
        budget, _ = self.get_or_create(
            channel=channel, name="writes",
            defaults={"limit": declared.limit, "remaining": declared.limit, "resets_at": now + declared.per},
        )  # fmt: skip
        return budget


class Budget(models.Model):
    """How much may still be said on a channel until ``resets_at``: counted by us, corrected by the network."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="budgets")
    name = models.CharField(max_length=40)
    limit = models.IntegerField()
    remaining = models.IntegerField()
    resets_at = models.DateTimeField()

    objects = BudgetQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("channel", "name", name="budget_once")]

    def __str__(self) -> str:
        return f"{self.remaining} of {self.limit} {self.name} on {self.channel}"

    def wait_until(self, now: datetime, cost: int = 1) -> datetime | None:
        """When there is enough again; None: there is enough now."""
        if now >= self.resets_at or self.remaining >= cost:
            return None
        return self.resets_at

    def spend(self, declared: Declared, *, now: datetime, told: Told | None = None) -> None:
        """Counts one write, or believes what the network told."""
        if now >= self.resets_at:
            self.limit, self.remaining, self.resets_at = declared.limit, declared.limit, now + declared.per
        self.remaining = max(self.remaining - declared.cost, 0)
        if told is not None and told.remaining is not None:
            self.remaining = told.remaining
            self.limit = told.limit if told.limit is not None else self.limit
            # A reset far away is another limiter's (a day), or a wrong clock: believe at most a day.
            if told.resets_at is not None and now < told.resets_at:
                self.resets_at = told.resets_at
        self.save(update_fields=["limit", "remaining", "resets_at"])

    def as_json(self, now: datetime) -> dict[str, Any]:
        fresh = now >= self.resets_at
        return {
            "name": self.name, "limit": self.limit, "remaining": self.limit if fresh else self.remaining,
            "resets_at": self.resets_at.isoformat(),
        }  # fmt: skip
