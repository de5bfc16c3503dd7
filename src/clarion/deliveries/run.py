"""One delivery, carried as far as it can go without waiting. This is where "once and only once" is kept.

The rule: before a byte leaves, the intent is committed under our fence; after the answer, the outcome. A step that was
intended and is not settled may have happened, so we look before anything is sent again.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from clarion.approvals.clearing import FREE
from clarion.approvals.seal import Sealing
from clarion.deliveries import asking, gauges
from clarion.deliveries.asking import APPROVAL
from clarion.deliveries.calling import Calling
from clarion.deliveries.ledger import Stopped, Waiting
from clarion.deliveries.models import Attempt, Step
from clarion.deliveries.progress import BY_A_RULE, BY_HAND, State
from clarion.networks.words import Absent, Failure, NotNow, Processing, Published, Refused, SignInAgain, Unknown
from clarion.posts.content import Content
from clarion.posts.fitting import Fitted, fitted
from clarion.posts.models import Blackout, HouseRule, Late, Rights, Ruled
from clarion.work.backoff import backoff
from clarion.work.turns import writing

log = logging.getLogger("clarion.deliveries")

LOOK_AGAIN = (1.0, 3.0, 8.0, 15.0, 20.0)
"""Seconds between looks after a lost answer; the last is repeated until absence is believed."""

GIVE_UP_LOOKING = timedelta(hours=6)

DUPLICATE = "duplicate"
"""The network will not say the same words twice: ours are adopted, another's are no reason to send for ever."""


SOON = timedelta(minutes=2)
"""Who asks for a yes to what is due at once does not need to be told that it is not there yet."""


class Run(Calling):
    """One worker carrying one claimed delivery."""

    # -- the whole

    def carry(self) -> None:
        """Advances until published, waiting, or stopped. Raises ``LostLease`` when it is no longer ours."""
        self.lease.check()
        try:
            if self.delivery.started_at is not None:  # written with its first steps: until then it has none
                self.steps = list(self.delivery.current_steps().select_related("media"))
            self._check_before(self.steps)
            self.steps = steps = self._planned(self.steps)
            for step in steps:
                if not step.is_done:
                    self._advance(step, steps)
            if self.delivery.state != State.PUBLISHED:
                self._published(steps)
        except Waiting:
            return

    def _check_before(self, steps: list[Step]) -> None:
        now = self.clock()
        if any(step.may_have_happened for step in steps):
            # It may be there already: looking comes before every other question.
            return
        if self.channel.needs_sign_in or not self.channel.is_connected:
            because = self.channel.sign_in_because or _("%(channel)s is disconnected.") % {
                "channel": self.channel.label
            }
            self._stop(State.HELD, because, code="sign_in")
        self._stop_in_blackout(now)
        self._stop_if_too_late(now)
        self._stop_if_rights_have_ended(now)
        self._stop_if_a_rule_forbids()

    def _stop_if_a_rule_forbids(self) -> None:
        """Rules of the house may have come, or become stricter, after it was promised. What has begun is ended."""
        if not self.stood.rules or self._something_is_out():
            return
        try:
            said = self.delivery.post.said_on(self.channel)
            HouseRule.objects.refuse(said, workspace=self.delivery.workspace, channel=self.channel)
        except Ruled as ruled:
            self._stop(State.HELD, str(ruled), code=BY_A_RULE)

    def _stop_if_rights_have_ended(self, now: datetime) -> None:
        """“This photo may be used until …”: nothing goes out with it later, unless a part is out already."""
        said, workspace = self.delivery.post.said_on(self.channel), self.delivery.workspace
        if not said.media_ids or self._something_is_out():
            return
        for rights in Rights.objects.ending(said.media_ids, at=now, workspace=workspace):
            if rights.have_ended(now, workspace=workspace):
                sentence = _(
                    "“%(name)s” may be used until %(day)s. Choose another picture, or say in the library that it may "
                    "be used longer. Then let it go on."
                )
                self._stop(State.HELD, sentence % rights.told, code="rights")

    def _stop_unless_cleared(self, said: Content | None) -> None:
        """Nothing leaves without the yes that it needs. ``said``: the very words that are about to leave; None: those
        that were planned before, from the post as it still is. A thread that has begun is ended."""
        delivery = self.delivery
        if not (self.stood.workflows or delivery.on_request) or self._something_is_out():
            return
        self.cleared = asking.cleared(delivery, content=said)
        if not self.cleared.may_go:
            asked_just_now = self.cleared.waits and delivery.due_at - self.cleared.request.asked_at < SOON
            self._stop(State.HELD, self.cleared.sentence, code=APPROVAL, told=not asked_just_now)

    def _stop_in_blackout(self, now: datetime) -> None:
        """Nothing leaves in a blackout that blocks, nor what was due in one when somebody should have been here. What a
        person lets go afterwards has another time to wake than to be due. A thread that has begun is ended."""
        if not self.stood.blackouts:
            return
        delivery = self.delivery
        times = [now, delivery.due_at] if delivery.wake_at == delivery.due_at else [now]
        found = Blackout.objects.blocking(
            delivery.workspace, post=delivery.post, channels=[delivery.channel_id], times=times
        )
        if found is not None and not self._something_is_out():
            self._stop(State.HELD, found.held_sentence, code="blackout")

    def _stop_if_too_late(self, now: datetime) -> None:
        """The post's late policy: a post never goes out hours late by surprise."""
        delivery = self.delivery
        if now <= delivery.late_limit or self._something_is_out():
            return
        if delivery.late == Late.ASK:
            sentence = _("It could not leave on time. Send it now, give it another time, or drop it.")
            self._stop(State.HELD, sentence, code="late")
        why = f" {delivery.reason}" if delivery.reason else ""
        self._stop(State.MISSED, _("It could not leave in time and was not sent.") + why, code="late")

    # -- planning

    def _planned(self, steps: list[Step]) -> list[Step]:
        post = self.delivery.post
        has_begun = any(step.public and (step.is_done or step.may_have_happened) for step in steps)
        if steps and not has_begun:
            self._stop_unless_cleared(None)
            was, now = self.delivery.planned_seal, self.cleared.seal
            if post.version != self.delivery.planned_version or was != now:
                # The words, or what the yes is for, were changed after an attempt that did not happen: what was planned
                # is left as evidence.
                self._fenced(round=self.delivery.round + 1)
                steps = []
        if steps:
            for step in steps:
                step.delivery = self.delivery
            return steps
        if self.channel.limits_are_old(self.clock()):
            self.channel.ask_limits(self.network, now=self.clock())
            self.network.told_rules = self.channel.rules
        self.delivery.planned_version = post.version  # written with the first intent
        said = Sealing(post).spoken(self.channel)
        self._stop_unless_cleared(said)
        self.delivery.planned_seal = self.cleared.seal
        fit = self._fitted(said)
        stops = [problem for problem in self.network.problems(fit.draft) if problem.level == "stop"]
        if stops:
            self._stop(State.FAILED, " ".join(problem.sentence for problem in stops), code="refused")
        return [
            Step(
                delivery=self.delivery, round=self.delivery.round, number=step.number, kind=step.kind, part=step.part,
                public=step.public, payload=dict(step.payload), media=fit.rows[step.media.path] if step.media else None,
            )
            for step in self.network.plan(fit.draft)
        ]  # fmt: skip

    def _fitted(self, said: Content) -> Fitted:
        """The draft with its pictures made fit, before anything is promised to the network."""
        try:
            fit = fitted(said, channel=self.channel, rules=self.network.told_rules, ask=self.clock(), is_spoken=True)
        except Refused as refused:
            self._stop(State.FAILED, refused.sentence, code=refused.code)
        except NotNow as away:
            tries = self.delivery.tries + 1
            self._wait(self.clock() + backoff(tries), reason=away.sentence, tries=tries)
        else:
            if not fit.waiting:
                return fit
            sentence = _("“%(name)s” is being made fit for %(network)s. It leaves when that is done.")
            values = {"name": fit.waiting[0], "network": self.channel.label}
            self._wait(self.clock() + timedelta(seconds=5), reason=sentence % values)
        raise Waiting

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

    def _send(self, step: Step, steps: list[Step]) -> None:
        now = self.clock()
        if self.cleared is FREE:  # what may have happened was looked for before anything was asked
            self._stop_unless_cleared(None)
        attempt = self._begin(Attempt.Purpose.SEND, step, steps, now=now)
        if self.network.by_hand:
            self._end(attempt, "asked", "", now=now)
            self._stop(State.UNKNOWN, self._by_hand_sentence(), code=BY_HAND)
        outcome = self._call(lambda: self.network.publish(self._spoken(step, steps), key=step.key), writing=True)
        now = self.clock()
        if isinstance(outcome, Published):
            with writing():
                self._believe(step, now)
                self._settle(outcome, attempt, step, steps, now=now)
            return
        if isinstance(outcome, Processing):
            with writing():
                self._believe(step, now)
                self._end(attempt, "processing", "", now=now)
                step.processing, step.maybe_since = dict(outcome.handle), None
                step.save()
                self._wait(now + timedelta(seconds=outcome.seconds), reason="")
            raise Waiting
        if isinstance(outcome, Stopped):
            outcome = self._stopped(attempt, step, now)
        if not isinstance(outcome, Unknown):
            step.maybe_since = None  # every other word says: it did not happen
            self._give_back(step, now)
        else:
            step.maybe_slow = step.maybe_slow or outcome.slow
            if not step.public:
                step.maybe_since = None
        self._failed(outcome, attempt, step)

    def _stopped(self, attempt: Attempt, step: Step, now: datetime) -> Unknown:
        """A pause came between the intent and a byte. Where something of this step had left before, it is looked for
        like after a lost answer; else it surely did not happen."""
        if self._has_said():
            return Unknown(_("Everything was paused while it was being sent."))
        with writing():
            self._end(attempt, "stopped", _("Everything was paused: nothing was sent."), now=now)
            self._give_back(step, now)
            self._caught(step)
        raise Waiting

    def _check(self, step: Step, steps: list[Step]) -> None:
        attempt = self._begin(Attempt.Purpose.CHECK, step, steps, now=self.clock())
        processing = Processing(handle=step.processing or {})
        check: Any = getattr(self.network, "check", None)
        outcome = self._call(lambda: check(processing, self._spoken(step, steps), key=step.key), writing=False)
        now = self.clock()
        if isinstance(outcome, Published):
            with writing():
                self._settle(outcome, attempt, step, steps, now=now)
            return
        if isinstance(outcome, Processing):
            with writing():
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
        if self.network.by_hand:
            self._stop(State.UNKNOWN, self._by_hand_sentence(), code=BY_HAND)
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
            with writing():
                sentence = _("It is on the network: nothing was sent again.")
                self._settle(outcome, attempt, step, steps, now=now, word="found", sentence=sentence)
            return
        since = step.maybe_since or now
        settle = self.network.once.settle_slow if step.maybe_slow else self.network.once.settle
        if isinstance(outcome, Absent) and outcome.complete and now >= since + settle:
            if now > self.delivery.late_limit and not self._something_is_out():
                self._end(attempt, "absent", "", now=now)
                step.maybe_since = None
                step.save(update_fields=["maybe_since"])
                self._stop_if_too_late(now)
            if self.delivery.code == DUPLICATE:
                self._end(attempt, "absent", "", now=now)
                step.maybe_since = None  # whoever changes the words and sends it anew is not held up by these
                step.save(update_fields=["maybe_since"])
                self._stop(State.FAILED, self._partly(self._duplicate_sentence(step)), code=DUPLICATE)
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
        with writing():
            self._end(attempt, word, sentence, now=now)
            step.save(update_fields=["looks"])
            self._wait(
                now + pause, code=self.delivery.code,
                reason=_("The answer was lost. We are looking whether it is there; nothing is sent again meanwhile."),
            )  # fmt: skip
        raise Waiting

    def _by_hand_sentence(self) -> str:
        return _("It is time: post it on “%(channel)s” by hand, then say here that it is out.") % {
            "channel": self.channel.handle
        }

    def _duplicate_sentence(self, step: Step) -> str:
        """It was not ours. What the network says of it may tell a way out."""
        sentence = _(
            "%(network)s says that these words were posted already, and it was not by this post. Look there, or change "
            "the words."
        )
        last = step.attempts.filter(purpose=Attempt.Purpose.SEND).last()
        return f"{sentence % {'network': self.channel.label}} {last.sentence if last else ''}".strip()

    def _unknown_sentence(self, more: str = "") -> str:
        sentence = _("Did it appear on %(network)s? The answer was lost and we cannot look. Nothing was sent again.")
        return (sentence % {"network": self.channel.label} + " " + more).strip()

    # -- failures

    def _failed(self, failure: Failure, attempt: Attempt, step: Step) -> None:
        """Writes what the word means for the delivery, and stops here."""
        now = self.clock()
        gauges.outcome(network=self.channel.network, word=failure.word)
        with writing():
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
                    code=DUPLICATE if failure.code == DUPLICATE else "",
                    reason=_(
                        "The answer was lost. We are looking whether it is there; nothing is sent again meanwhile."
                    ),
                )
            else:
                tries = self.delivery.tries + 1
                retry_at = failure.retry_at if isinstance(failure, NotNow) else None
                at = max(retry_at, now + timedelta(seconds=0.5)) if retry_at else now + backoff(tries)
                # With nothing of it out it is simply scheduled again: it can still be cancelled, moved or mended.
                back = State.SCHEDULED if not self._something_is_out() and step.processing is None else None
                self._wait(at, reason=failure.sentence, tries=tries, state=back)
        raise Waiting
