"""Drives a network as the deliveries room does, in memory: plan, prepare, publish, check, find, and nothing else.

The rules of the promise are the same: a payload is fixed before its first byte leaves and kept for ever, a step keeps
its key, and after a maybe somebody looks before anything is said again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from clarion.networks.base import Draft, Network, Settled, Step
from clarion.networks.words import Absent, Processing, Published, Unknown


class NeedsAPerson(Exception):
    """The network cannot tell whether it happened."""


@dataclass
class Line:
    """One step with what the core keeps of it."""

    step: Step
    key: str = field(default_factory=lambda: uuid4().hex)
    payload: Any = None
    since: datetime | None = None
    settled: Settled | None = None


class Rehearsal:
    """One delivery. ``say()`` settles the next step or raises one of the four words; ``rest()`` settles all of them."""

    def __init__(self, network: Network, draft: Draft, *, taken: Iterable[str] = (), patience: float = 10.0) -> None:
        self.network = network
        self.taken = frozenset(taken)
        self.lines = [Line(step) for step in network.plan(draft)]
        self._patience = patience

    @property
    def line(self) -> Line:
        """The first line that is not settled."""
        return next(line for line in self.lines if line.settled is None)

    @property
    def posts(self) -> list[Settled]:
        """What is public so far, in order."""
        return [line.settled for line in self.lines if line.settled is not None and line.step.public]

    def step(self, line: Line) -> Step:
        """The line's step as the network gets it: with its payload, what came before, and what others own."""
        earlier = tuple(other.settled for other in self.lines if other.settled is not None and other is not line)
        step = replace(line.step, earlier=earlier, taken=self.taken, since=line.since)
        if line.payload is None:
            line.since = datetime.now(UTC)
            prepared = self.network.prepare(step, key=line.key, now=line.since)
            line.payload = json.loads(json.dumps(prepared))  # it lives in a database between its making and its use
        return replace(step, payload=line.payload, since=line.since)

    def to_the_post(self) -> Rehearsal:
        """Settles the uploads, so that the next step is the first that shows something."""
        while not self.line.step.public:
            self.say()
        return self

    def to_the_wait(self) -> tuple[Processing, Step, str]:
        """Settles the steps up to the first that the network takes and works on: that, the step, and its key."""
        for line in self.lines:
            step = self.step(line)
            outcome = self.network.publish(step, key=line.key)
            if isinstance(outcome, Processing):
                return outcome, step, line.key
            self._settle(line, outcome)
        raise AssertionError("the network never waits for this draft")

    def say(self) -> Published:
        """Says the next step, waits for its processing, and settles it."""
        line = self.line
        outcome = self.network.publish(self.step(line), key=line.key)
        return self._settle(line, outcome)

    def rest(self) -> list[Settled]:
        """Says everything that is left."""
        while any(line.settled is None for line in self.lines):
            self.say()
        return self.posts

    def look(self, line: Line | None = None) -> Published | Absent | None:
        """Did the step happen?"""
        line = line or self.line
        return self.network.find(self.step(line), key=line.key)  # type: ignore[attr-defined, no-any-return]

    def recover(self) -> Published:
        """What the core does after Unknown: adopt what is there, send again what is certainly not."""
        line = self.line
        if not line.step.public:
            return self.say()
        seen = self.look(line)
        if isinstance(seen, Published):
            return self._settle(line, seen)
        if seen is None or not seen.complete:
            raise NeedsAPerson(line.step.kind)
        return self.say()

    def _settle(self, line: Line, outcome: Published | Processing) -> Published:
        until = time.monotonic() + self._patience
        while isinstance(outcome, Processing):
            if time.monotonic() > until:
                raise Unknown("still processing", code="processing")
            time.sleep(min(outcome.seconds, 0.02))
            handle = json.loads(json.dumps(dict(outcome.handle)))
            outcome = self.network.check(Processing(handle, outcome.seconds), self.step(line), key=line.key)  # type: ignore[attr-defined]
        step = line.step
        handle = json.loads(json.dumps(dict(outcome.handle)))
        line.settled = Settled(step.kind, step.part, outcome.remote_id, outcome.url, handle, line.payload, step.media)
        return outcome
