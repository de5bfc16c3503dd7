"""One delivery, carried as far as it can go without waiting. This is where "once and only once" is kept.

The rule: before a byte leaves, the intent is committed under our fence; after the answer, the outcome. A step that was
intended and is not settled may have happened, so we look before anything is sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clarion.channels.models import Budget, Channel, http_out
from clarion.deliveries import gauges
from clarion.deliveries.models import Alert, Attempt, Delivery, Step
from clarion.deliveries.progress import NEEDS_A_PERSON, State, check_arrow
from clarion.networks.base import Network
from clarion.networks.http import Http
from clarion.networks.words import Absent, Failure, NotNow, Processing, Published, Refused, SignInAgain, Unknown
from clarion.posts.models import Media
from clarion.records.models import Event
from clarion.work.backoff import backoff
from clarion.work.lease import LENGTH, Lease, LostLease

log = logging.getLogger("clarion.deliveries")

LOOK_AGAIN = (1.0, 3.0, 8.0, 15.0, 20.0)
"""Seconds between looks after a lost answer; the last is repeated until absence is believed."""

GIVE_UP_LOOKING = timedelta(hours=6)


class Waiting(Exception):
    """The delivery has gone as far as it can for now; its row says when to go on."""


class Run:
    """One worker carrying one claimed delivery."""

    def __init__(self, delivery: Delivery, *, lease: Lease, clock: Callable[[], datetime]) -> None:
        self.delivery = delivery
        self.lease = lease
        self.clock = clock
        self.http: Http = http_out(delivery.workspace, before=lease.check)
        self.network: Network = delivery.channel.speak(self.http)

    @property
    def channel(self) -> Channel:
        return self.delivery.channel

    # -- the whole

    def carry(self) -> None:
        """Advances until published, waiting, or stopped. Raises ``LostLease`` when it is no longer ours."""
        self.lease.check()
        try:
            self._check_before()
            steps = self._planned()
            for step in steps:
                if not step.is_done:
                    self._advance(step, steps)
            if self.delivery.state != State.PUBLISHED:
                self._published(steps)
        except Waiting:
            return

    def _check_before(self) -> None:
        delivery, now = self.delivery, self.clock()
        underway = delivery.current_steps().exclude(maybe_since=None).filter(done_at=None).exists()
        if underway:
            # It may be there already: looking comes before every other question.
            return
        if self.channel.needs_sign_in or not self.channel.is_connected:
            because = self.channel.sign_in_because or _("%(channel)s is disconnected.") % {"channel": self.channel.label}
            self._stop(State.HELD, because, code="sign_in")
        if now > delivery.late_limit and not self._something_is_out():
            if delivery.late == "ask":
                self._stop(State.HELD, _("It could not leave on time. Send it now, give it another time, or drop it."), code="late")  # fmt: skip
            self._stop(State.MISSED, self._missed_sentence(), code="late")

    def _missed_sentence(self) -> str:
        last = self.delivery.reason
        why = f" {last}" if last else ""
        return _("It could not leave in time and was not sent.") + why

    def _something_is_out(self) -> bool:
        return self.delivery.current_steps().filter(public=True, done_at__isnull=False).exists()

    # -- planning

    def _planned(self) -> list[Step]:
        steps = list(self.delivery.current_steps().select_related("media"))
        post = self.delivery.post
        if steps and post.version != self.delivery.planned_version and not any(
            step.public and (step.is_done or step.may_have_happened) for step in steps
        ):
            # The words were changed after an attempt that did not happen: what was planned is left as evidence.
            self._fenced(round=self.delivery.round + 1)
            steps = []
        if steps:
            for step in steps:
                step.delivery = self.delivery
            return steps
        if self.channel.limits_are_old(self.clock()):
            self.channel.ask_limits(self.network, now=self.clock())
            self.network.told_rules = self.channel.rules
        if self.delivery.planned_version != post.version:
            self._fenced(planned_version=post.version)
        draft = post.draft_for(self.channel)
        stops = [problem for problem in self.network.problems(draft) if problem.level == "stop"]
        if stops:
            self._stop(State.FAILED, " ".join(problem.sentence for problem in stops), code="refused")
        said = post.said_on(self.channel)
        media = {str(row.pk): row for row in Media.objects.filter(workspace=self.delivery.workspace_id, pk__in=said.media_ids)}
        by_path = {row.path: row for row in media.values()}
        return [
            Step(
                delivery=self.delivery, round=self.delivery.round, number=step.number, kind=step.kind, part=step.part,
                public=step.public, payload=dict(step.payload), media=by_path[step.media.path] if step.media else None,
            )
            for step in self.network.plan(draft)
        ]  # fmt: skip

    # -- one step

    def _advance(self, step: Step, steps: list[Step]) -> None:
        if step.may_have_happened:
            if step.public:
                self._look(step, steps)
            else:
                step.maybe_since = None  # shows nothing: simply done again
        if step.is_done:
            return
        if step.processing is not None:
            self._check(step, steps)
        else:
            self._send(step, steps)

    def _spoken(self, step: Step, steps: list[Step], *, looking: bool = False) -> Any:
        earlier = tuple(other.settled() for other in steps if other.number < step.number)
        return step.spoken(earlier=earlier, taken=step.taken_elsewhere() if looking else frozenset())

    def _send(self, step: Step, steps: list[Step]) -> None:
        self._wait_for_budget(step)
        now = self.clock()
        attempt = self._begin(Attempt.Purpose.SEND, step, steps, now=now)
        outcome = self._call(lambda: self.network.publish(self._spoken(step, steps), key=step.key), writing=True)
        now = self.clock()
        if isinstance(outcome, Published):
            with transaction.atomic():
                self._spend(now, step)
                self._end(attempt, "published" if step.public else "done", "", now=now)
                self._fenced()
                step.finish(outcome, now=now)
                if step is steps[-1]:
                    self._published(steps)
            return
        if isinstance(outcome, Processing):
            with transaction.atomic():
                self._spend(now, step)
                self._end(attempt, "processing", "", now=now)
                step.processing, step.maybe_since = dict(outcome.handle), None
                step.save()
                self._wait(now + timedelta(seconds=outcome.seconds), reason="")
            raise Waiting
        if not isinstance(outcome, Unknown):
            step.maybe_since = None  # every other word says: it did not happen
        else:
            step.maybe_slow = step.maybe_slow or outcome.slow
            if not step.public:
                step.maybe_since = None
        self._failed(outcome, attempt, step)

    def _check(self, step: Step, steps: list[Step]) -> None:
        attempt = self._begin(Attempt.Purpose.CHECK, step, steps, now=self.clock())
        processing = Processing(handle=step.processing or {})
        check: Any = getattr(self.network, "check", None)
        outcome = self._call(lambda: check(processing, self._spoken(step, steps), key=step.key), writing=False)
        now = self.clock()
        if isinstance(outcome, Published):
            with transaction.atomic():
                self._end(attempt, "published" if step.public else "done", "", now=now)
                self._fenced()
                step.finish(outcome, now=now)
                if step is steps[-1]:
                    self._published(steps)
            return
        if isinstance(outcome, Processing):
            with transaction.atomic():
                self._end(attempt, "processing", "", now=now)
                step.processing = dict(outcome.handle)
                step.save()
                pause = backoff(self.delivery.tries + 1, first=max(outcome.seconds, 0.5), most=30)
                self._wait(now + pause, reason="", tries=self.delivery.tries + 1)
            raise Waiting
        if isinstance(outcome, Refused) and not step.public:
            step.processing = None
        self._failed(outcome, attempt, step)

    def _look(self, step: Step, steps: list[Step]) -> None:
        """Did it happen? Found: adopt. Certainly absent: fall through and send. Cannot be told: a person looks."""
        find: Any = getattr(self.network, "find", None)
        if find is None or not step.prepared:
            if not step.prepared:
                step.maybe_since = None
                return
            self._stop(State.UNKNOWN, self._unknown_sentence(), code="cannot_look")
        attempt = self._begin(Attempt.Purpose.LOOK, step, steps, now=self.clock())
        outcome = self._call(lambda: find(self._spoken(step, steps, looking=True), key=step.key), writing=False)
        now = self.clock()
        if isinstance(outcome, Published):
            with transaction.atomic():
                self._end(attempt, "found", _("It is on the network: nothing was sent again."), now=now)
                self._fenced()
                step.finish(outcome, now=now)
                if step is steps[-1]:
                    self._published(steps)
            return
        since = step.maybe_since or now
        settle = self.network.once.settle_slow if step.maybe_slow else self.network.once.settle
        if isinstance(outcome, Absent) and outcome.complete and now >= since + settle:
            if now > self.delivery.late_limit and not self._something_is_out():
                self._end(attempt, "absent", "", now=now)
                step.maybe_since = None
                step.save(update_fields=["maybe_since"])
                self._stop(State.MISSED, self._missed_sentence(), code="late")
            self._end(attempt, "absent", _("It is not there, and enough time has passed: it is sent again."), now=now)
            step.maybe_since, step.maybe_slow, step.looks = None, False, 0
            return
        partial = isinstance(outcome, Absent) and not outcome.complete and now >= since + settle
        if partial or outcome is None or not isinstance(outcome, Absent | NotNow) or now > since + GIVE_UP_LOOKING:
            sentence = outcome.sentence if isinstance(outcome, Failure) else ""
            if isinstance(outcome, SignInAgain):
                self.channel.ask_for_sign_in(because=outcome.sentence, now=now)
            self._end(attempt, getattr(outcome, "word", "cannot_tell"), sentence, now=now)
            self._stop(State.UNKNOWN, self._unknown_sentence(sentence), code="cannot_tell")
        step.looks += 1
        pause = timedelta(seconds=LOOK_AGAIN[min(step.looks, len(LOOK_AGAIN)) - 1])
        if isinstance(outcome, NotNow):
            pause = max(pause, (outcome.retry_at or now) - now)
            word, sentence = outcome.word, outcome.sentence
        else:
            # The last look falls just behind the moment from which absence is believed.
            pause = min(pause, max(since + settle - now, timedelta(0)) + timedelta(milliseconds=50))
            word, sentence = "absent", _("Not there yet. We look again before anything is sent.")
        with transaction.atomic():
            self._end(attempt, word, sentence, now=now)
            step.save(update_fields=["looks"])
            self._wait(now + pause, reason=_("The answer was lost. We are looking whether it is there; nothing is sent again meanwhile."))  # fmt: skip
        raise Waiting

    def _unknown_sentence(self, more: str = "") -> str:
        sentence = _("Did it appear on %(network)s? The answer was lost and we cannot look. Nothing was sent again.")
        return (sentence % {"network": self.channel.label} + " " + more).strip()

    # -- failures

    def _failed(self, failure: Failure, attempt: Attempt, step: Step) -> None:
        """Writes what the word means for the delivery, and stops here."""
        now = self.clock()
        gauges.outcome(network=self.channel.network, word=failure.word)
        with transaction.atomic():
            self._end(attempt, failure.word, failure.sentence, now=now)
            self._fenced()
            step.save()
            if isinstance(failure, Refused):
                self._stop(State.FAILED, self._partly(failure.sentence), code=failure.code or "refused", quiet=True)
            elif isinstance(failure, SignInAgain):
                self.channel.ask_for_sign_in(because=failure.sentence, now=now)
                self._stop(State.HELD, failure.sentence, code="sign_in", quiet=True)
            elif isinstance(failure, Unknown) and step.public:
                self._wait(
                    now + timedelta(seconds=0 if not failure.slow else LOOK_AGAIN[0]),
                    reason=_("The answer was lost. We are looking whether it is there; nothing is sent again meanwhile."),
                )
            else:
                tries = self.delivery.tries + 1
                retry_at = failure.retry_at if isinstance(failure, NotNow) else None
                at = max(retry_at, now + timedelta(seconds=0.5)) if retry_at else now + backoff(tries)
                # With nothing of it out it is simply scheduled again: it can still be cancelled, moved or mended.
                back = State.SCHEDULED if not self._something_is_out() and step.processing is None else None
                self._wait(at, reason=failure.sentence, tries=tries, state=back)
        raise Waiting

    def _partly(self, sentence: str) -> str:
        steps = self.delivery.current_steps()
        out = steps.filter(public=True, done_at__isnull=False).count()
        if not out:
            return sentence
        return _("%(out)d of %(all)d parts are published; the next was not. %(sentence)s") % {
            "out": out, "all": steps.filter(public=True).count(), "sentence": sentence,
        }  # fmt: skip

    def _call(self, call: Callable[[], Any], *, writing: bool) -> Any:
        """Makes the call and returns its answer or its failure. A fault of ours is one of the four words, too."""
        self.http.exchanges.clear()
        self.http.answer = None
        _give_connection_back()
        try:
            return call()
        except Failure as failure:
            return failure
        except LostLease:
            raise
        except Exception as error:
            log.exception("%s stumbled", self.channel.network)
            said = f"{type(error).__name__}"
            if writing and any(exchange.sent and exchange.method != "GET" for exchange in self.http.exchanges):
                return Unknown(_("Clarion stumbled over the answer (%(error)s).") % {"error": said})
            return Refused(
                _("Clarion made a mistake before anything was sent (%(error)s). Please report it.") % {"error": said},
                code="stumbled",
            )

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
        delivery = self.delivery
        sending = purpose == Attempt.Purpose.SEND
        with transaction.atomic():
            if delivery.state != State.PUBLISHING:
                check_arrow(delivery.state, State.PUBLISHING)
            changes: dict[str, Any] = {"state": State.PUBLISHING, "lease_until": now + LENGTH}
            if sending and step.public:
                changes["attempts"] = F("attempts") + 1
            if delivery.started_at is None:
                changes["started_at"] = now
            self._fenced(**changes)
            if self._is_paused():
                raise LostLease("the organisation was paused")
            if steps[0]._state.adding:
                Step.objects.bulk_create(steps)
            if sending:
                if not step.prepared:
                    step.payload = dict(self.network.prepare(self._spoken(step, steps), key=step.key, now=now))
                    step.prepared = True
                step.intended_at = step.intended_at or now
                step.maybe_since, step.maybe_slow, step.looks = now, False, 0
                step.save()
            attempt: Attempt = Attempt.objects.create(
                delivery=delivery, step=step, purpose=purpose, worker=self.lease.owner, fence=self.lease.fence,
                began_at=now,
            )  # fmt: skip
        self.lease.extend(now + LENGTH)
        return attempt

    def _is_paused(self) -> bool:
        return type(self.delivery.workspace).objects.filter(
            pk=self.delivery.workspace_id, organisation__paused_at__isnull=False
        ).exists()  # fmt: skip

    def _end(self, attempt: Attempt, word: str, sentence: str, *, now: datetime) -> None:
        attempt.end(word=word, sentence=sentence, http=self.http, now=now)

    def _published(self, steps: list[Step]) -> None:
        now = self.clock()
        first = next((step for step in steps if step.public), steps[-1])
        with transaction.atomic():
            self._fenced()
            check_arrow(self.delivery.state, State.PUBLISHED)
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

    def _wait(self, at: datetime, *, reason: str, tries: int | None = None, state: str | None = None) -> None:
        """Lets go of the row until ``at``. The lane is free for those behind."""
        state = state or self.delivery.state
        check_arrow(self.delivery.state, state)
        self._fenced(
            state=state, wake_at=at, reason=reason, tries=self.delivery.tries if tries is None else tries,
            lease_owner="", lease_until=None,
        )  # fmt: skip

    def _stop(self, state: str, reason: str, *, code: str, quiet: bool = False) -> None:
        """Ends the run in a state that a person must see; everybody concerned is told."""
        check_arrow(self.delivery.state, state)
        now = self.clock()
        before = self.delivery.state
        with transaction.atomic():
            self._fenced(
                state=state, reason=reason, code=code[:40], wake_at=None, lease_owner="", lease_until=None,
                version=F("version") + 1,
            )  # fmt: skip
            Event.objects.write(
                f"delivery.{state}", subject=self.delivery, workspace=self.delivery.workspace, because=reason[:500],
                before={"state": before}, after={"code": code[:40]},
            )  # fmt: skip
            if state in NEEDS_A_PERSON:
                Alert.objects.raise_for(self.delivery, now=now)
        if not quiet:
            gauges.outcome(network=self.channel.network, word=state)
            raise Waiting

    # -- budget

    def _wait_for_budget(self, step: Step) -> None:
        declared = self.network.budget
        if declared is None or not step.public:
            return
        now = self.clock()
        budget = Budget.objects.for_channel(self.channel, declared, now=now)
        resets_at = budget.wait_until(now, declared.cost)
        if resets_at is None:
            return
        sentence = _("%(network)s allows %(limit)d posts in this time, and they are spent. It goes on by itself.") % {
            "network": self.channel.label, "limit": budget.limit,
        }  # fmt: skip
        self._wait(resets_at, reason=sentence)
        raise Waiting

    def _spend(self, now: datetime, step: Step) -> None:
        declared = self.network.budget
        if declared is None or not step.public:
            return
        told = self.network.budget_told(self.http.answer) if self.http.answer is not None else None
        Budget.objects.for_channel(self.channel, declared, now=now).spend(declared, now=now, told=told)


def _give_connection_back() -> None:
    """A slow network must not hold one of the few connections of a pool: others need them to write their outcomes."""
    if connection.vendor != "sqlite" and not connection.in_atomic_block:
        connection.close()
