from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from clarion.approvals.eyes import authors_of, covers, guests_asked, may_approve, needed, people_asked
from clarion.approvals.news import began, settled
from clarion.approvals.progress import LETS_GO, OPEN, Changed, NotNow, State, Wordless, check_arrow
from clarion.approvals.refusals import turned_away
from clarion.approvals.seal import Sealed, Sealing
from clarion.approvals.telling import settle_review, tell, tell_of_end, tell_of_nobody, tell_of_review
from clarion.organisations.ids import new_id
from clarion.organisations.models import Member, Workspace
from clarion.posts.models import Post
from clarion.records.models import Event
from clarion.work.models import Timed

from .answer import Asked, Decision, Delegation
from .asking import RequestQuerySet
from .workflow import Stage

REMIND_BEFORE = (timedelta(hours=24), timedelta(hours=2))
"""So long before a post is due those who are asked are reminded."""
REVIEW_WITHIN = timedelta(hours=24)
REVIEW_REMINDED = (timedelta(hours=4), timedelta(hours=20))
"""So long after something went out without a yes those who lead are asked to look at it."""


class Request(Timed):
    """Somebody asks for a yes to exactly these words, files, channels and times. Any other seal is another request."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="approval_requests")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="approval_requests")
    version = models.PositiveIntegerField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField()
    note = models.CharField(max_length=2000, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    window = models.CharField(max_length=8)
    workflows = models.JSONField(default=dict)
    """Version by id of the workflows that asked."""
    seals = models.JSONField(default=dict)
    """Hash by channel id."""
    said = models.JSONField(default=dict)
    """What was sealed, by channel id: what the difference since the last yes is shown from."""
    sha256 = models.CharField(max_length=64)
    """The hash of all seals: what an answer is bound to."""
    stages = models.JSONField(default=list)
    stage = models.PositiveIntegerField(default=0)
    stage_began_at = models.DateTimeField()
    due_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    because = models.CharField(max_length=1000, blank=True)
    glass_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review = models.CharField(max_length=1000, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post"], condition=Q(state__in=OPEN), name="request_one_counts"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="request_state_known"),
            models.CheckConstraint(
                condition=Q(reviewed_by=None) | Q(glass_by=None) | ~Q(reviewed_by=models.F("glass_by")),
                name="request_reviewed_by_another",
            ),
        ]
        indexes = [
            models.Index(fields=["workspace", "state", "due_at", "id"], name="request_list"),
            models.Index(fields=["wake_at"], condition=Q(wake_at__isnull=False, lease_owner=""), name="request_wakes"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} v{self.version} ({self.state})"

    @property
    def here(self) -> Stage:
        """The stage at which it waits."""
        return Stage.from_json(self.stages[min(self.stage, len(self.stages) - 1)])

    @property
    def awaits_review(self) -> bool:
        """Whether it went out without a yes, and nobody has looked at it; also when it was changed since."""
        return self.glass_by_id is not None and self.reviewed_at is None

    @property
    def review_due_at(self) -> datetime | None:
        """Until when somebody should have looked; None where nobody need."""
        return self.ended_at + REVIEW_WITHIN if self.awaits_review and self.ended_at else None

    @property
    def lets_go(self) -> bool:
        return self.state in LETS_GO

    def sealed(self, channel: Any) -> Sealed | None:
        whole = self.said.get(str(channel))
        return Sealed(whole) if whole else None

    def last_yes(self) -> Request | None:
        """The newest earlier request of the post that was approved, whatever came of it."""
        given = Decision.objects.filter(request=OuterRef("pk"), answer=Decision.Answer.YES)
        earlier = type(self).objects.filter(post=self.post_id, asked_at__lt=self.asked_at).filter(Exists(given))
        return earlier.order_by("-asked_at").first()

    def _take_note(self, note: str, *, by: Any) -> None:
        """What the asker adds while the question waits."""
        note = note.strip()[:2000]
        if note and note != self.note and self.state == State.WAITING:
            self.note = note
            self.save(update_fields=["note"])
            Event.objects.write("approval.noted", subject=self, by=by, because=note[:500])

    # -- answers

    def decide(self, *, member: Member, yes: bool, sha256: str, now: datetime, because: str = "") -> Decision:
        """The member's answer to exactly what she was shown (``sha256``). Raises ``NotNow`` or ``Changed``."""
        try:
            with transaction.atomic():
                row = self._locked()
                row._refuse_unless_same(sha256, now=now)
                me = Member.objects.select_related("custom", "user", "workspace").filter(pk=member.pk).first()
                if me is not None and yes and me.user_id in authors_of(row):
                    raise NotNow(_("You wrote some of this yourself: somebody else has to say yes to it."))
                mine = covers(row, me) if me is not None else []
                if me is None or not mine:
                    raise NotNow(_("Your yes is not asked for here, or no longer. Nothing was changed."))
                return row._answered(yes=yes, because=because, now=now, covers=mine, person=me.user, by=me.user)
        except NotNow as refusal:
            turned_away("approval.turned_away", subject=self, by=member.user, because=refusal, yes=yes)
            raise

    def _answered(
        self, *, yes: bool, because: str, now: datetime, covers: Sequence[str], by: Any, person: Any = None,
        guest: Any = None,
    ) -> Decision:  # fmt: skip
        if not yes and not because.strip():
            raise Wordless(_("Say in a few words what has to change. Nothing was decided yet."))
        try:
            with transaction.atomic():
                decision = Decision.objects.create(
                    request=self, stage=self.stage, person=person, guest=guest, covers=list(covers),
                    answer=Decision.Answer.YES if yes else Decision.Answer.NO, because=because.strip()[:1000],
                    sha256=self.sha256, at=now,
                )  # fmt: skip
        except IntegrityError as error:
            raise NotNow(_("You have answered this already, or wrote some of it yourself.")) from error
        Event.objects.write(
            "approval.given" if yes else "approval.refused", subject=self, by=by, because=because[:500],
            after={"sha256": self.sha256, "stage": self.stage, **({"guest": str(guest.pk)} if guest else {})},
        )  # fmt: skip
        answered = [person.pk] if person else []  # by a deputy: also whoever she stands in for
        answered += [token.removeprefix("person:") for token in covers if token.startswith("person:")]
        open_ones = self.asked.filter(stage=self.stage, answered_at=None)
        open_ones.filter(person__in=answered).update(answered_at=now)
        if not yes:
            self.become(State.REFUSED, by=by, because=because.strip()[:1000], now=now, told=False)
        elif self._stage_is_done():
            open_ones.update(answered_at=now)  # nobody is awaited there any more
            if self.stage + 1 < len(self.stages):
                self.stage += 1
                self.stage_began_at = now
                self.save(update_fields=["stage", "stage_began_at"])
                self._begin_stage(now=now)
            else:
                self.become(State.APPROVED, by=by, because="", now=now)
        return decision

    def _stage_is_done(self) -> bool:
        answers = list(self.decisions.filter(stage=self.stage, answer=Decision.Answer.YES))
        given = {token for answer in answers for token in answer.covers}
        if self.here.rule != "all" or "all" in given:
            return bool(given)
        return needed(self) <= given | {f"person:{answer.person_id}" for answer in answers}

    def _begin_stage(self, *, now: datetime) -> None:
        """Those who are asked by this stage are asked."""
        people = people_asked(self)
        Asked.objects.bulk_create(
            [Asked(request=self, stage=self.stage, person_id=pk, asked_at=now) for pk in people], ignore_conflicts=True
        )
        self._sleep(now)
        tell(self, "approval.asked", people, now=now, by=self.asked_by, said=self.note)
        if not people and not guests_asked(self, authors_of(self)) and not self._escalate(late=False, now=now):
            tell_of_nobody(self, now=now)
        began.send(type(self), request=self, now=now)

    def delegate(self, *, member: Member, to: Member, because: str, now: datetime) -> None:
        """Somebody else answers in her place. Raises ``NotNow``."""
        with transaction.atomic():
            row = self._locked()
            if row.state != State.WAITING:
                raise NotNow(row.ended_sentence)
            mine = covers(row, member)
            if not mine or to.workspace_id != row.workspace_id or to.pk == member.pk or not to.may("asked"):
                raise NotNow(_("This cannot be handed to that person. Nothing was changed."))
            authors = authors_of(row)
            if to.user_id in authors:
                raise NotNow(_("This person wrote some of it: choose somebody else."))
            if member.user_id in authors and not may_approve(row, to, authors=authors):
                raise NotNow(_("You wrote some of this yourself: hand it to somebody who may approve without you."))
            Delegation.objects.create(
                request=row, stage=row.stage, giver=member.user, taker=to.user, covers=list(mine),
                because=because.strip()[:500], at=now,
            )  # fmt: skip
            Asked.objects.get_or_create(request=row, stage=row.stage, person=to.user, defaults={"asked_at": now})
            row.asked.filter(stage=row.stage, person=member.user, answered_at=None).update(answered_at=now)
            tell(row, "approval.asked", [to.user_id], now=now, by=member.user, said=because)
            Event.objects.write(
                "approval.delegated", subject=row, by=member.user, because=because[:500],
                after={"to": str(to.user_id)},
            )  # fmt: skip

    # -- other ends

    def withdraw(self, *, by: Any, now: datetime, because: str = "") -> None:
        """Takes the question back, or a yes that was given, while nothing has left by it."""
        with transaction.atomic():
            row = self._locked()
            if row.state not in (State.WAITING, State.APPROVED):
                raise NotNow(row.ended_sentence)
            row.become(State.WITHDRAWN, by=by, because=because, now=now)
        self.refresh_from_db()

    def break_glass(self, *, member: Member, because: str, now: datetime) -> None:
        """Lets it go without the yes, in an emergency: marked everywhere, and looked at by another within a day."""
        because = because.strip()
        if not member.may("break_glass"):
            raise NotNow(_("You may not publish without an approval."))
        if len(because) < 10:
            raise NotNow(_("Say why it cannot wait. It is kept in the record."))
        with transaction.atomic():
            row = self._locked()
            if row.state not in (State.WAITING, State.REFUSED):
                raise NotNow(row.ended_sentence)
            channels = list(row.workspace.channels.filter(pk__in=list(row.seals)))
            if not_there := [str(one) for one in channels if not member.may("break_glass", on=one)]:
                sentence = _("You may not publish without an approval there: %(channels)s.")
                raise NotNow(sentence % {"channels": ", ".join(not_there)})
            row.glass_by = member.user
            row.save(update_fields=["glass_by"])
            row.become(State.GLASS, by=member.user, because=because[:1000], now=now)
        self.refresh_from_db()

    def look_back(self, *, member: Member, review: str, now: datetime) -> None:
        """Somebody else has looked at what went out without a yes, and says what is to be thought of it."""
        if not member.may("approve") or not review.strip():
            raise NotNow(_("Say in a few words what you found. Nothing was kept."))
        with transaction.atomic():
            row = self._locked()
            if not row.awaits_review:
                raise NotNow(_("This needs no look any more."))
            if row.glass_by_id == member.user_id or member.user_id in authors_of(row):
                raise NotNow(_("Somebody else has to look at this: you took part in it."))
            row.reviewed_by, row.reviewed_at, row.review = member.user, now, review.strip()[:1000]
            row.wake_at = None
            row.save(update_fields=["reviewed_by", "reviewed_at", "review", "wake_at"])
            Event.objects.write("approval.reviewed", subject=row, by=member.user, because=review[:500])
            settle_review(row)
        self.refresh_from_db()

    def become(self, state: str, *, by: Any, because: str, now: datetime, told: bool = True) -> None:
        """Ends it in this state; in the caller's transaction. ``told``: with an event of its own."""
        check_arrow(self.state, state)
        before, self.state = self.state, state
        if before != State.GLASS:  # when and why it went without a yes is what somebody still has to look at
            self.ended_at, self.because = now, because[:1000]
        self.wake_at = None
        self.save(update_fields=["state", "ended_at", "because", "wake_at"])
        if self.awaits_review:
            self._sleep(now)
        self.asked.filter(answered_at=None).update(answered_at=now)
        if told:
            verb = {State.APPROVED: "approval.complete", State.GLASS: "approval.glass_broken"}.get(
                State(state), f"approval.{state}"
            )
            Event.objects.write(
                verb, subject=self, by=by, because=because[:500], before={"state": before},
                after={"sha256": self.sha256},
            )  # fmt: skip
        tell_of_end(self, before=before, by=by, now=now)
        settled.send(type(self), request=self, by=by, now=now)

    # -- time

    def come(self, *, now: datetime) -> list[str]:
        """What its time brings: more people are asked, or those who are asked are reminded. The kinds of what came."""
        with transaction.atomic():
            return self._locked()._came(now=now)

    def _came(self, *, now: datetime) -> list[str]:
        came = []
        stage = self.here
        if self.state == State.WAITING:
            late = bool(stage.hours) and now >= self.stage_began_at + timedelta(hours=stage.hours)
            if (late or self._waits_in_vain()) and self._escalate(late=late, now=now):
                came.append("escalated")
            if any(self.due_at - span <= now for span in REMIND_BEFORE) and now < self.due_at:
                came.append("reminded")
                asked = self.asked.filter(stage=self.stage, answered_at=None).values_list("person_id", flat=True)
                tell(self, "approval.reminder", asked, now=now)
            if now >= self.due_at:
                came.append("overdue")
        elif self.review_due_at is not None:
            came.append("review")
            self._seek_review(late=now >= self.review_due_at, now=now)
        self._sleep(now)
        return came

    def _seek_review(self, *, late: bool, now: datetime) -> None:
        """Those who lead are asked to look; ``late``: once, also those who lead the organisation, and that nobody has
        looked in time is in the record."""
        if late and Event.objects.of(self).filter(verb="approval.review_overdue").exists():
            return  # the clock was set back
        tell_of_review(self, late=late, now=now)
        if late:
            Event.objects.write("approval.review_overdue", subject=self, because=self.because[:500])

    def _escalate(self, *, late: bool, now: datetime) -> bool:
        """Asks those who are named to be asked next, are here and wrote none of it; ``late``: because nobody answered,
        else because nobody can. Whether there was anybody who had not been asked yet."""
        known = {*self.asked.filter(stage=self.stage).values_list("person_id", flat=True), *authors_of(self)}
        here = Member.objects.filter(workspace=self.workspace_id, user__in=self.here.escalate, user__is_active=True)
        people = [pk for pk in here.order_by("pk").values_list("user_id", flat=True) if pk not in known]
        if people:
            Asked.objects.bulk_create(
                [Asked(request=self, stage=self.stage, person_id=pk, asked_at=now, escalated=True) for pk in people],
                ignore_conflicts=True,
            )
            Event.objects.write("approval.escalated", subject=self, after={"to": [str(pk) for pk in people]})
            tell(self, "approval.escalated" if late else "approval.passed_on", people, now=now, said=self.note)
        return bool(people)

    def _waits_in_vain(self) -> bool:
        """Whether somebody who is asked is no longer here, and it cannot be decided without her."""
        here = Member.objects.filter(workspace=self.workspace_id, user__is_active=True).values("user")
        asked = self.asked.filter(stage=self.stage, answered_at=None).exclude(person__in=here).values_list("person_id")
        handed = self.delegations.filter(stage=self.stage).exclude(giver__in=here).values_list("giver_id")
        people = [pk for (pk,) in asked.union(handed)]
        return bool(people) and bool(type(self).objects.filter(pk=self.pk).in_vain(people))

    def _sleep(self, now: datetime) -> None:
        moments = []
        if self.state == State.WAITING:
            if self.here.hours:
                moments.append(self.stage_began_at + timedelta(hours=self.here.hours))
            moments += [*(self.due_at - span for span in REMIND_BEFORE), self.due_at]
        elif self.review_due_at is not None and self.ended_at is not None:
            moments += [*(self.ended_at + span for span in REVIEW_REMINDED), self.review_due_at]
        self.wake_at = min((at for at in moments if at > now), default=None)
        type(self).objects.filter(pk=self.pk).update(
            wake_at=self.wake_at, lease_owner="", lease_until=None, fence=models.F("fence") + 1
        )

    # -- the same?

    def _locked(self) -> Request:
        """The row alone, behind those deliveries that a yes lets go: whoever moves one has it before the question, and
        whoever edits the post has that. Else two people would wait for each other."""
        list(self.post.deliveries.filter(state="held").select_for_update().order_by("pk").values_list("pk", flat=True))
        rows = type(self).objects.select_for_update(of=("self",))
        return rows.select_related("post__workspace", "workspace__organisation").get(pk=self.pk)

    def _refuse_unless_same(self, sha256: str, *, now: datetime) -> None:
        if self.state != State.WAITING:
            raise NotNow(self.ended_sentence)
        if sha256 != self.sha256 or not self.is_as_sealed():
            raise Changed(_("It was changed since this page was opened. Look at it again before you decide."))

    def is_as_sealed(self) -> bool:
        """Whether what would go out now, at the times that were sealed, is what was sealed."""
        sealing = Sealing(self.post)
        channels = {str(one.pk): one for one in self.post.workspace.channels.filter(pk__in=list(self.seals))}
        for pk, sha256 in self.seals.items():
            if pk not in channels:
                return False
            if sealing.as_now(Sealed(self.said[pk]), channel=channels[pk]).sha256 != sha256:
                return False
        return True

    @property
    def ended_sentence(self) -> str:
        """Why nothing can be decided here any more."""
        return {
            State.WAITING: _("This still waits for an answer."),
            State.APPROVED: _("This was approved already."),
            State.REFUSED: _("This was sent back already."),
            State.VOID: _("It was changed since: there is a newer question."),
            State.WITHDRAWN: _("This was withdrawn."),
            State.GLASS: _("This went out without an approval."),
        }[State(self.state)]  # fmt: skip
