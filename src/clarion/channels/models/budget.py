from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from clarion.networks.base import Budget as Declared
from clarion.networks.base import Told
from clarion.work.turns import writing

from .app import App
from .channel import Channel


@dataclass(frozen=True)
class Allowance:
    """How many posts may still go out, ``left`` of ``limit`` ``per`` time.

    ``resets_at``: when there are all of them again; None while nothing was used. ``is_shared``: by all channels that
    speak through one application.
    """

    left: int
    limit: int
    per: timedelta
    resets_at: datetime | None
    is_shared: bool


class BudgetQuerySet(models.QuerySet["Budget"]):
    def reserve(
        self, channel: Channel, declared: Sequence[Declared], *, app: Mapping[str, Any], now: datetime
    ) -> Budget | None:
        """Takes one write out of every budget, or out of none: then the one is given that lets us wait longest."""
        with writing():
            taken = [one for one in declared if self._take(channel, one, app=app, now=now)]
            if len(taken) == len(declared):
                return None
            for one in taken:  # a budget is spent, over, or not there yet: nothing is taken before all are seen
                self._of(channel, one, app=app).update(remaining=F("remaining") + one.cost)
            rows = [(self._row(channel, one, app=app, now=now), one) for one in declared]
            spent = [row for row, one in rows if row.wait_until(now, one.cost) is not None]
            if spent:
                return max(spent, key=lambda row: row.resets_at)
            for row, one in rows:
                row.spend(one, now=now)
        return None

    def give_back(
        self, channel: Channel, declared: Sequence[Declared], *, app: Mapping[str, Any], now: datetime
    ) -> None:
        """What was reserved and certainly not used."""
        with writing():
            for one in declared:
                row = self._row(channel, one, app=app, now=now)
                row.remaining = min(row.remaining + one.cost, row.limit)
                row.save(update_fields=["remaining"])

    def believe(
        self, channel: Channel, declared: Sequence[Declared], *, app: Mapping[str, Any], told: Told, now: datetime
    ) -> None:
        """The network knows better than we count; its headers speak of the first budget that is the channel's own."""
        with writing():
            for one in [one for one in declared if one.of == Declared.CHANNEL][:1]:
                self._row(channel, one, app=app, now=now).believe(told, now=now)

    def allowances(self, channels: Sequence[Channel], *, now: datetime) -> dict[Any, list[Allowance]]:
        """By the id of each channel: its own budgets and those of its application, as its network declares them."""
        whose = {channel.pk: _whose(channel) for channel in channels}
        apps = {app for owners in whose.values() for _one, app in owners if app}
        rows = {
            (row.channel_id or row.app, row.name): row
            for row in self.filter(Q(channel__in=channels) | Q(app__in=apps))
        }  # fmt: skip
        return {
            pk: [_allowance(one, rows.get((app or pk, one.name)), now=now) for one, app in owners]
            for pk, owners in whose.items()
        }

    def _take(self, channel: Channel, one: Declared, *, app: Mapping[str, Any], now: datetime) -> bool:
        """One write out of a budget that has it: a conditional update, so nobody takes the last one twice."""
        rows = self._of(channel, one, app=app).filter(remaining__gte=one.cost, resets_at__gt=now)
        return bool(rows.update(remaining=F("remaining") - one.cost))

    def _row(self, channel: Channel, one: Declared, *, app: Mapping[str, Any], now: datetime) -> Budget:
        rows = self._of(channel, one, app=app)
        known = rows.select_for_update().first()
        if known is not None:
            return known
        fresh = {"limit": one.limit, "remaining": one.limit, "resets_at": now + one.per}
        self.get_or_create(name=one.name, **_owner(channel, one, app=app), defaults=fresh)
        return rows.select_for_update().get()

    def _of(self, channel: Channel, one: Declared, *, app: Mapping[str, Any]) -> Self:
        return self.filter(name=one.name, **_owner(channel, one, app=app))


def _owner(channel: Channel, one: Declared, *, app: Mapping[str, Any]) -> dict[str, Any]:
    mine = one.of == Declared.CHANNEL
    return {"channel": channel if mine else None, "app": "" if mine else _of(channel, app)}


def _of(channel: Channel, app: Mapping[str, Any]) -> str:
    """Which application's budget: the network's name and a hash of the client id, which is nobody's business."""
    client = str(app.get("client_id") or channel.server or "")
    return f"{channel.network}:{hashlib.sha256(client.encode()).hexdigest()[:16]}"


def _whose(channel: Channel) -> list[tuple[Declared, str]]:
    """The budgets of a channel's network, each with the application that it belongs to; empty: the channel's own."""
    declared = channel.kind.budgets()
    if not any(one.of == Declared.APP for one in declared):
        return [(one, "") for one in declared]
    keys = App.objects.keys(channel.kind, organisation=channel.workspace.organisation, server=channel.server)
    return [(one, _of(channel, keys) if one.of == Declared.APP else "") for one in declared]


def _allowance(declared: Declared, row: Budget | None, *, now: datetime) -> Allowance:
    limit = row.limit if row else declared.limit
    untouched = row is None or now >= row.resets_at or row.remaining >= limit
    left = limit if row is None or untouched else row.remaining
    return Allowance(
        left // declared.cost, limit // declared.cost, declared.per,
        None if row is None or untouched else row.resets_at, declared.of == Declared.APP,
    )  # fmt: skip


class Budget(models.Model):
    """How much may still be said until ``resets_at``: on a channel, or by all channels of one application of ours.

    Counted by us before each write, corrected by the network.
    """

    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.CASCADE, related_name="budgets")
    app = models.CharField(max_length=80, blank=True)
    name = models.CharField(max_length=40)
    limit = models.IntegerField()
    remaining = models.IntegerField()
    resets_at = models.DateTimeField()

    objects = BudgetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("channel", "name", name="budget_once"),
            models.UniqueConstraint(fields=["app", "name"], condition=~Q(app=""), name="budget_once_per_app"),
        ]

    def __str__(self) -> str:
        return f"{self.remaining} of {self.limit} {self.name} on {self.channel or self.app}"

    def wait_until(self, now: datetime, cost: int = 1) -> datetime | None:
        """When there is enough again; None: there is enough now."""
        if now >= self.resets_at or self.remaining >= cost:
            return None
        return self.resets_at

    def spend(self, declared: Declared, *, now: datetime) -> None:
        """Counts one write."""
        if now >= self.resets_at:
            self.limit, self.remaining, self.resets_at = declared.limit, declared.limit, now + declared.per
        self.remaining = max(self.remaining - declared.cost, 0)
        self.save(update_fields=["limit", "remaining", "resets_at"])

    def believe(self, told: Told, *, now: datetime) -> None:
        if told.remaining is None:
            return
        self.remaining = told.remaining
        self.limit = told.limit if told.limit is not None else self.limit
        if told.resets_at is not None and now < told.resets_at:
            self.resets_at = told.resets_at
        self.save(update_fields=["limit", "remaining", "resets_at"])

    def as_json(self, now: datetime) -> dict[str, Any]:
        fresh = now >= self.resets_at
        return {
            "name": self.name, "limit": self.limit, "remaining": self.limit if fresh else self.remaining,
            "resets_at": self.resets_at.isoformat(),
        }  # fmt: skip
