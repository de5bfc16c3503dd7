"""What a run writes: the intent before a byte leaves, the outcome after, and every state that it ends in.

Every write is fenced: it changes the delivery's row only while the row is still ours, and raises ``LostLease`` else.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from clarion.approvals.clearing import FREE, still_lets_go
from clarion.channels.models import Budget, Channel, http_out
from clarion.deliveries import gauges
from clarion.deliveries.asking import APPROVAL
from clarion.deliveries.models import Attempt, Delivery, Step
from clarion.deliveries.models.stopping import PAUSED
from clarion.deliveries.progress import NEEDS_A_PERSON, State, check_arrow
from clarion.deliveries.standing import Standing, is_stopped, standing
from clarion.deliveries.telling import tell
from clarion.networks.base import Network
from clarion.networks.http import Http
from clarion.networks.words import Published, Refused
from clarion.posts.lending import lender
from clarion.posts.models import Post
from clarion.records.models import Event
from clarion.work.lease import LENGTH, Lease, LostLease
from clarion.work.turns import writing


class Waiting(Exception):
    """The delivery has gone as far as it can for now; its row says when to go on."""


class Stopped(LostLease):
    """Everything is paused: this byte does not leave."""


class TakenBack(Exception):
    """The yes by which it was to leave does not hold any more."""


class Changed(Exception):
    """Something that was not there when the delivery was checked may stand in its way by now."""


class Ledger:
    """The fenced writes of one worker that carries one claimed delivery."""

    def __init__(self, delivery: Delivery, *, lease: Lease, clock: Callable[[], datetime]) -> None:
        self.delivery = delivery
        delivery.post.workspace = delivery.channel.workspace = delivery.workspace  # known: not asked for again
        self.lease = lease
        self.clock = clock
        self.cleared = FREE
        self.steps: list[Step] = []
        self._stood: Standing | None = None
        self.http: Http = http_out(delivery.workspace, before=self._before_a_byte)
        self._saying = False
        self.network: Network = delivery.channel.speak(self.http, lend=lender(delivery.workspace_id))

    @property
    def channel(self) -> Channel:
        return self.delivery.channel

    def _spoken(self, step: Step, steps: list[Step], *, looking: bool = False) -> Any:
        earlier = tuple(other.settled() for other in steps if other.number < step.number)
        return step.spoken(earlier=earlier, taken=step.taken_elsewhere() if looking else frozenset())

    # -- writing

    def _fenced(self, **changes: Any) -> None:
        """Changes the delivery's row only while it is ours; raises ``LostLease`` otherwise."""
        mine = Delivery.objects.filter(pk=self.delivery.pk, fence=self.lease.fence, lease_owner=self.lease.owner)
        if not mine.update(**(changes or {"attempts": F("attempts")})):
            self.lease.lose()
            raise LostLease(f"delivery {self.delivery.pk}")
        for name, value in changes.items():
            if not hasattr(value, "resolve_expression"):
                setattr(self.delivery, name, value)

    def _begin(self, purpose: str, step: Step, steps: list[Step], *, now: datetime) -> Attempt:
        """Commits the intent: the step exactly as it will be said, under our fence."""
        sending = purpose == Attempt.Purpose.SEND
        if sending:
            if not step.prepared:
                step.payload = self._prepared(step, steps, now=now)
                step.prepared = True
            step.intended_at = step.intended_at or now
            step.maybe_since, step.maybe_slow, step.looks = now, False, 0
        state = self.delivery.state
        try:
            with writing():
                attempt = self._intend(purpose, step, steps, now=now)
        except Stopped:
            self.delivery.state = state  # nothing of the intent was kept
            self._caught(step)
            raise Waiting from None
        except Changed:
            self.delivery.state = state
            self._wait(now, reason=self.delivery.reason)  # all is asked anew, of what is there now
            raise Waiting from None
        except TakenBack:
            self.delivery.state = state
            self._stop(State.HELD, _("The yes to it was taken back, or was for other words."), code=APPROVAL)
        if attempt is None:
            raise Waiting
        self.lease.extend(now + LENGTH)
        return attempt

    def _prepared(self, step: Step, steps: list[Step], *, now: datetime) -> dict[str, Any]:
        """The step as it will be said. What cannot be said at all stops here: nothing has left."""
        try:
            return dict(self.network.prepare(self._spoken(step, steps), key=step.key, now=now))
        except Refused as refused:
            self._stop(State.FAILED, self._partly(refused.sentence), code=refused.code or "refused")
            raise

    def _intend(self, purpose: str, step: Step, steps: list[Step], *, now: datetime) -> Attempt | None:
        """The writes of an intent, in the caller's transaction; None when a budget is spent and we wait."""
        delivery, sending = self.delivery, purpose == Attempt.Purpose.SEND
        could_be_edited = delivery.state == State.SCHEDULED
        if sending and could_be_edited:
            self._keep_others_from_the_words()
        if sending and step.public and self._is_spent(step, now=now):
            return None
        if delivery.state != State.PUBLISHING:
            check_arrow(delivery.state, State.PUBLISHING)
        changes: dict[str, Any] = {"state": State.PUBLISHING, "lease_until": now + LENGTH}
        if sending and step.public:
            changes["attempts"] = F("attempts") + 1
        if delivery.started_at is None:
            changes["started_at"] = now
        if steps[0]._state.adding:
            changes |= {"planned_version": delivery.planned_version, "planned_seal": delivery.planned_seal}
        self._fenced(**changes)
        if sending:
            self._refuse_what_came_since(now, edits=could_be_edited)
        if sending and not still_lets_go(self.cleared):
            raise TakenBack
        if steps[0]._state.adding:
            Step.objects.bulk_create(steps)
        elif sending:
            step.save()
        attempt: Attempt = Attempt.objects.create(
            delivery=delivery, step=step, purpose=purpose, worker=self.lease.owner, fence=self.lease.fence,
            began_at=now,
        )  # fmt: skip
        return attempt

    # -- how things stand

    @property
    def stood(self) -> Standing:
        """How things stood when this run first asked: what it looks into."""
        if self._stood is None:
            self._stood = standing(self.delivery, now=self.clock())
        if self._stood is None:
            raise LostLease(f"delivery {self.delivery.pk}")
        self.delivery.on_request = self._stood.on_request
        return self._stood

    def _keep_others_from_the_words(self) -> None:
        """Whoever saves other words at this moment waits until the intent is kept, and is told that it has left; or was
        first, and is waited for here. SQLite lets one of them write at a time anyway."""
        if connection.features.has_select_for_update:
            mine = Post.objects.select_for_update(no_key=True).filter(pk=self.delivery.post_id)
            list(mine.values_list("pk", flat=True))

    def _refuse_what_came_since(self, now: datetime, *, edits: bool) -> None:
        """Asked in the transaction of an intent. Raises ``Stopped`` in a pause, and ``Changed`` when there is a
        blackout, a rule or a workflow where there was none, or other words than those that were planned (``edits``:
        nobody was kept from writing them). A thread that has begun is ended."""
        stands = standing(self.delivery, now=now)
        if is_stopped(self.delivery, stands):
            raise Stopped
        if edits and (stands is None or stands.version != self.delivery.planned_version):
            raise Changed
        if not (self._something_is_out() or self.stood.knows_all_of(stands)):
            raise Changed

    def _something_is_out(self) -> bool:
        """Of the steps that this run has read and goes on with: nobody else writes them while our fence holds."""
        return any(step.public and step.is_done for step in self.steps)

    def _before_a_byte(self) -> None:
        """Directly before the first byte of each request. What only asks may go on while everything is paused."""
        self.lease.check()
        if self._saying:
            try:
                stopped = is_stopped(self.delivery, standing(self.delivery, now=self.clock()))
            finally:
                give_connection_back()
            if stopped:
                raise Stopped

    def _caught(self, step: Step) -> None:
        """A pause came before anything of this step left: a person decides at its end."""
        step.maybe_since, step.maybe_slow, step.looks = None, False, 0
        if not step._state.adding:
            step.save(update_fields=["maybe_since", "maybe_slow", "looks"])
        sentence = _("It was on its way when everything was paused, and was stopped. Send it now, move it, or drop it.")
        self._stop(State.HELD, self._partly(sentence), code=PAUSED, quiet=True)

    def _end(self, attempt: Attempt, word: str, sentence: str, *, now: datetime) -> None:
        attempt.end(word=word, sentence=sentence, http=self.http, now=now)

    def _settle(
        self, published: Published, attempt: Attempt, step: Step, steps: list[Step], *, now: datetime, word: str = "",
        sentence: str = "",
    ) -> None:  # fmt: skip
        """Writes the network's yes and, with the last step, that all of it is out; in the caller's transaction."""
        self._end(attempt, word or ("published" if step.public else "done"), sentence, now=now)
        step.finish(published, now=now)
        if step is steps[-1]:
            self._published(steps)
        else:
            self._fenced()

    def _published(self, steps: list[Step]) -> None:
        now = self.clock()
        first = next((step for step in steps if step.public), steps[-1])
        check_arrow(self.delivery.state, State.PUBLISHED)
        with writing():
            self._fenced(
                state=State.PUBLISHED, published_at=now, remote_id=first.remote_id, url=first.url, wake_at=None,
                lease_owner="", lease_until=None, reason="", code="", version=F("version") + 1,
            )  # fmt: skip
            Channel.objects.filter(pk=self.channel.pk).update(last_success_at=now)
            Event.objects.write(
                "delivery.published", subject=self.delivery, workspace=self.delivery.workspace,
                after={"remote_id": first.remote_id, "url": first.url, "attempts": self.delivery.attempts},
            )  # fmt: skip
        gauges.outcome(network=self.channel.network, word="published")
        gauges.late((now - self.delivery.due_at).total_seconds())

    def _wait(
        self, at: datetime, *, reason: str, tries: int | None = None, state: str | None = None, code: str = ""
    ) -> None:
        """Lets go of the row until ``at``. The lane is free for those behind."""
        state = state or self.delivery.state
        check_arrow(self.delivery.state, state)
        self._fenced(
            state=state, wake_at=at, reason=reason, tries=self.delivery.tries if tries is None else tries, code=code,
            lease_owner="", lease_until=None,
        )  # fmt: skip

    def _stop(self, state: str, reason: str, *, code: str, quiet: bool = False, told: bool = True) -> None:
        """Ends the run in a state that a person must see; everybody concerned is ``told``."""
        check_arrow(self.delivery.state, state)
        now = self.clock()
        before = self.delivery.state
        with writing():
            self._fenced(
                state=state, reason=reason, code=code[:40], wake_at=None, lease_owner="", lease_until=None,
                version=F("version") + 1,
            )  # fmt: skip
            Event.objects.write(
                f"delivery.{state}", subject=self.delivery, workspace=self.delivery.workspace, because=reason[:500],
                before={"state": before}, after={"code": code[:40]},
            )  # fmt: skip
            if told and state in NEEDS_A_PERSON:
                tell(self.delivery, now=now)
        if not quiet:
            gauges.outcome(network=self.channel.network, word=state)
            raise Waiting

    def _partly(self, sentence: str) -> str:
        steps = self.delivery.current_steps()
        out = steps.filter(public=True, done_at__isnull=False).count()
        if not out:
            return sentence
        return _("%(out)d of %(all)d parts are published; the next was not. %(sentence)s") % {
            "out": out, "all": steps.filter(public=True).count(), "sentence": sentence,
        }  # fmt: skip

    # -- budget

    def _is_spent(self, step: Step, *, now: datetime) -> bool:
        """Takes one write out of every budget; True when one is spent: then we wait for its reset."""
        declared = self.network.budgets()
        spent = Budget.objects.reserve(self.channel, declared, app=self.network.app, now=now)
        if spent is None:
            return False
        cost = next(one.cost for one in declared if one.name == spent.name)
        sentence = _("%(network)s allows %(limit)d posts in this time, and they are spent. It goes on by itself.") % {
            "network": self.channel.label, "limit": spent.limit // cost,
        }  # fmt: skip
        self._wait(spent.resets_at, reason=sentence)
        return True

    def _believe(self, step: Step, now: datetime) -> None:
        """What the last answer's headers say of the budget."""
        answer = self.http.answer
        told = self.network.budget_told(answer) if answer is not None and step.public else None
        if told is not None:
            Budget.objects.believe(self.channel, self.network.budgets(), app=self.network.app, told=told, now=now)

    def _give_back(self, step: Step, now: datetime) -> None:
        """It did not happen: what was reserved for it is there again."""
        if step.public:
            Budget.objects.give_back(self.channel, self.network.budgets(), app=self.network.app, now=now)


def give_connection_back() -> None:
    """A slow network must not hold one of the few connections of a pool: others need them to write their outcomes."""
    if connection.vendor != "sqlite" and not connection.in_atomic_block:
        connection.close()
