"""What Prometheus is told: outcomes by network and word, lateness, the oldest due delivery, budgets left."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from clarion.channels.models import Budget
from clarion.deliveries.models import Delivery
from clarion.deliveries.progress import State

REGISTRY = CollectorRegistry()
_outcomes = Counter(
    "clarion_deliveries", "Outcomes of steps and deliveries since this process started.", ["network", "word"],
    registry=REGISTRY,
)  # fmt: skip
_lateness = Histogram(
    "clarion_delivery_lateness_seconds", "From the due time to the network's yes.",
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200), registry=REGISTRY,
)  # fmt: skip
_oldest = Gauge(
    "clarion_oldest_due_seconds", "Age of the oldest delivery that is due and has not left.", registry=REGISTRY
)
_states = Gauge("clarion_deliveries_waiting", "Deliveries that wait, by state.", ["state"], registry=REGISTRY)
_budget = Gauge(
    "clarion_budget_remaining",
    "Writes left until the network's reset.",
    ["channel", "network", "name"],
    registry=REGISTRY,
)


def outcome(*, network: str, word: str) -> None:
    _outcomes.labels(network=network, word=word).inc()


def late(seconds: float) -> None:
    _lateness.observe(max(seconds, 0.0))


def oldest_due_seconds(now: datetime) -> float:
    """Age in seconds of the oldest due delivery; 0 when none is due."""
    due = Delivery.objects.filter(wake_at__lte=now).order_by("wake_at").values_list("wake_at", flat=True).first()
    return 0.0 if due is None else max((now - due).total_seconds(), 0.0)


def exposition(now: datetime) -> bytes:
    """The text that ``GET /metrics`` answers."""
    _oldest.set(oldest_due_seconds(now))
    for state in (State.PUBLISHING, State.UNKNOWN, State.HELD, State.FAILED, State.MISSED):
        _states.labels(state=state).set(Delivery.objects.filter(state=state).count())
    for budget in Budget.objects.select_related("channel"):
        network = budget.channel.network if budget.channel else budget.app.partition(":")[0]
        channel = str(budget.channel_id) if budget.channel else "all"
        _budget.labels(channel=channel, network=network, name=budget.name).set(budget.as_json(now)["remaining"])
    return generate_latest(REGISTRY)
