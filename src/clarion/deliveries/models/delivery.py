from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.deliveries.asking import ask_for_yes, may_publish
from clarion.deliveries.progress import BY_A_PERSON, CAN_BE_MOVED, NEEDS_A_PERSON, State, TooLate, check_arrow
from clarion.notifications.models import Notification
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.posts.fitting import prepare
from clarion.posts.models import Advice, Blackout, HouseRule, Late, Link, Post, Rights, Verdict
from clarion.posts.models.verdict import as_told
from clarion.records.models import Event
from clarion.work.turns import writing

from .blacked_out import InBlackouts
from .stopping import UNDECIDED, Stoppable, Stopping

ASK_AFTER = timedelta(minutes=2)
"""With the late policies ``ask`` and ``drop``, this much is still on time."""


def new_key() -> str:
    return secrets.token_hex(16)


class DeliveryQuerySet(Stoppable, InBlackouts):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def schedule(
        self, post: Post, *, channels: Iterable[Channel], at: datetime, by: Any, now: datetime,
        slot_at: datetime | None = None,
    ) -> list[Delivery]:  # fmt: skip
        """Promises the post on each channel at ``at``. A channel that already has a delivery of the post is moved.

        ``slot_at``: it took this slot of the channel's queue. Raises ``InBlackout`` for a time in which nothing may go
        out, ``RightsEnded`` for one at which a file may not be used any more, ``Gated`` when the workspace's rules of
        good writing stop the words, and ``Ruled`` when a rule of the house does.
        """
        made, channels = [], list(channels)
        free = may_publish(by, workspace=post.workspace, channels=channels)
        with transaction.atomic():
            Blackout.objects.refuse(post.workspace, post=post, channels=[one.pk for one in channels], at=at)
            advice, house = Advice.objects.for_workspace(post.workspace), HouseRule.objects.house(post.workspace)
            for channel in channels:
                if channel.workspace_id != post.workspace_id:
                    raise ValueError("A post goes out on the channels of its own workspace.")
                if channel.for_us:
                    raise TooLate(_("%(channel)s is your team's own chat: no post goes there.") % {"channel": channel})
                said = post.said_on(channel)
                Rights.objects.refuse(said.media_ids, at=at, workspace=post.workspace)
                advice.refuse(said)
                passed = HouseRule.objects.refuse(said, workspace=post.workspace, channel=channel, house=house)
                Link.objects.fix(post, channels=[channel], by=by)
                prepare(post.said_on(channel), channel=channel, now=now)
                known = self.filter(post=post, channel=channel).select_related("channel", "workspace").first()
                if known is not None:
                    if known.state in CAN_BE_MOVED:
                        known.on_request = channel.pk not in free  # whoever schedules it now answers for it
                        self.filter(pk=known.pk).update(on_request=known.on_request)
                        known.reschedule(at=at, by=by, now=now, slot_at=slot_at, passed=passed, asks=False)
                    made.append(known)
                    continue
                delivery = self.create(
                    workspace_id=post.workspace_id, post=post, channel=channel, due_at=at, wake_at=at, slot_at=slot_at,
                    key=new_key(), late=post.late, late_minutes=post.late_minutes,
                    text_sha256=said.text_sha256, scheduled_by=person(by), on_request=channel.pk not in free,
                )  # fmt: skip
                Event.objects.write(
                    "delivery.scheduled", subject=delivery, by=by, workspace=post.workspace,
                    after={"due_at": at.isoformat(), "post": str(post.pk), "version": post.version, **as_told(passed)},
                )  # fmt: skip
                made.append(delivery)
            post.want(at)
            ask_for_yes(post, by=by, now=now)
        return made

    def twins(self, post: Post, *, channel: Channel, at: datetime) -> Self:
        """Other deliveries of the same text to the same channel within a day."""
        return self.echoes(channel=channel, text_sha256=post.said_on(channel).text_sha256, at=at, besides=post)

    def echoes(self, *, channel: Channel, text_sha256: str, at: datetime, besides: Post | None = None) -> Self:
        """Deliveries of this text to the channel within a day of ``at``, other than those of the post ``besides``."""
        day = timedelta(days=1)
        found = self.filter(channel=channel, text_sha256=text_sha256, due_at__range=(at - day, at + day))
        return found.exclude(post=besides).exclude(state=State.CANCELLED)

    def echo_times(self, texts: Mapping[Any, str], *, at: datetime, besides: Post | None = None) -> dict[Any, datetime]:
        """By channel: when the first of its ``echoes`` is due, of these hashes of texts by channel; in one question."""
        if not texts:
            return {}
        pairs = Q()
        for channel, text_sha256 in texts.items():
            pairs |= Q(channel=channel, text_sha256=text_sha256)
        day = timedelta(days=1)
        rows = self.filter(pairs, due_at__range=(at - day, at + day)).exclude(post=besides)
        rows = rows.exclude(state=State.CANCELLED).order_by("-due_at")
        return dict(rows.values_list("channel_id", "due_at"))

    def needs_a_person(self) -> Self:
        return self.filter(state__in=NEEDS_A_PERSON)

    # -- the engine's side

    def claim_due(self, *, owner: str, now: datetime, limit: int) -> list[Delivery]:
        """Claims what is due, at most one delivery a lane (a channel), in due order."""
        if (
            self.exclude(lease_owner="")
            .filter(Q(lease_until__lte=now) | Q(lease_until__gt=now + timedelta(minutes=2)))
            .exists()
        ):
            self.free_expired(now)
        if not self.due(now).exists():
            return []  # by far the most ticks
        rows = self.ready(now).order_by("due_at", "id").values_list("pk", "channel_id")[: limit * 8]
        first: dict[Any, Any] = {}
        for pk, channel_id in rows:
            first.setdefault(channel_id, pk)
        return self._take_all(list(first.values())[:limit], owner=owner, now=now) if first else []

    def _take_all(self, pks: list[Any], *, owner: str, now: datetime) -> list[Delivery]:
        """Claims several lanes in one transaction; one by one where another worker claims at the same moment."""
        try:
            with writing():
                # SQLite writes alone; on PostgreSQL what another worker has in hand is left to it.
                free = self.due(now).filter(pk__in=pks).select_for_update(skip_locked=True).values_list("pk", flat=True)
                taken = set(free)
                self.claim_all(taken, owner=owner, now=now)
                rows = {row.pk: row for row in self.whole().filter(pk__in=taken)}
            return [rows[pk] for pk in pks if pk in rows]
        except IntegrityError:
            return [row for pk in pks if (row := self.take(pk, owner=owner, now=now)) is not None]

    def ready(self, now: datetime) -> Self:
        """Due, free, its lane free, and not stopped by a pause; what may have happened is looked for even then."""
        return (
            self.due(now).exclude(channel_id__in=Delivery.objects.busy().values("channel_id")).not_stopped(asking=True)
        )

    def whole(self) -> Self:
        """With everything that a run needs to know of it."""
        rows = self.select_related("channel__credential", "post", "workspace__organisation", "workspace__almanac")
        return rows.prefetch_related("post__variants")

    def take(self, pk: Any, *, owner: str, now: datetime) -> Delivery | None:
        """Claims one delivery; None when it is taken, not due, or its lane is busy (the database refuses two)."""
        try:
            with writing():
                if not self.claim(pk, owner=owner, now=now):
                    return None
                return self.whole().get(pk=pk)
        except IntegrityError:
            return None


class Delivery(Stopping):
    """One post on one channel: the promise. Its ``version`` decides between people, its ``fence`` among workers."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="deliveries")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    key = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SCHEDULED)
    version = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField()
    slot_at = models.DateTimeField(null=True, blank=True)
    """The slot of the channel's queue that it holds; None when a person chose its time."""
    late = models.CharField(max_length=8, choices=Late.choices)
    late_minutes = models.PositiveIntegerField()
    attempts = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    remote_id = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    reason = models.TextField(blank=True)
    code = models.CharField(max_length=40, blank=True)
    round = models.PositiveIntegerField(default=1)
    planned_version = models.PositiveIntegerField(default=0)
    planned_seal = models.CharField(max_length=64, blank=True, default="")
    text_sha256 = models.CharField(max_length=64)
    scheduled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    on_request = models.BooleanField(default=False)
    """Scheduled by somebody who may not publish here by herself: it needs a yes, whatever the workflows say."""

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("post", "channel", name="delivery_once_per_channel"),
            models.UniqueConstraint(fields=["channel"], condition=~Q(lease_owner=""), name="delivery_one_per_lane"),
            models.UniqueConstraint(
                fields=["channel", "slot_at"], condition=Q(slot_at__isnull=False), name="delivery_one_per_slot"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="delivery_state_known"),
        ]
        indexes = [
            models.Index(fields=["wake_at"], condition=Q(wake_at__isnull=False, lease_owner=""), name="delivery_wakes"),
            models.Index(fields=["lease_until"], condition=~Q(lease_owner=""), name="delivery_leased"),
            models.Index(fields=["workspace", "due_at"], name="delivery_calendar"),
            models.Index(fields=["workspace", "state", "due_at"], name="delivery_states"),
            models.Index(fields=["workspace", "state", "post"], name="delivery_posts"),
            models.Index(fields=["channel", "wake_at"], condition=Q(wake_at__isnull=False), name="delivery_lane"),
            models.Index(fields=["channel", "text_sha256", "due_at"], name="delivery_twins"),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} on {self.channel_id} ({self.state})"

    # -- what it is

    @property
    def late_limit(self) -> datetime:
        """After this instant it does not start by itself any more."""
        allowed = timedelta(minutes=self.late_minutes) if self.late == Late.SEND else ASK_AFTER
        return self.due_at + allowed

    @property
    def lateness(self) -> timedelta | None:
        start = self.published_at
        return None if start is None else max(start - self.due_at, timedelta(0))

    @property
    def can_be_moved(self) -> bool:
        return self.state in CAN_BE_MOVED

    @property
    def can_be_cancelled(self) -> bool:
        return self.state in (State.SCHEDULED, State.HELD, State.FAILED, State.MISSED)

    @property
    def needs_a_person(self) -> bool:
        return self.state in NEEDS_A_PERSON

    def as_json(self) -> dict[str, Any]:
        def iso(at: datetime | None) -> str | None:
            return at.isoformat() if at else None

        return {
            "id": str(self.pk), "post": str(self.post_id), "channel": str(self.channel_id), "state": self.state,
            "due_at": iso(self.due_at), "started_at": iso(self.started_at), "published_at": iso(self.published_at),
            "attempts": self.attempts, "remote_id": self.remote_id, "url": self.url, "reason": self.reason,
        }  # fmt: skip

    # -- verbs of people

    def reschedule(
        self, *, at: datetime, by: Any, now: datetime, because: str = "", keep_held: bool = False,
        slot_at: datetime | None = None, passed: Sequence[Verdict] | None = None, asks: bool = True,
    ) -> None:  # fmt: skip
        """Gives it another time (``now``: send it). Steps that are done stay done; what was refused is planned anew.

        ``keep_held``: what a person held back stays so, at its new time; else another time lets it go. Without a
        ``slot_at`` it leaves the queue. Raises ``InBlackout`` for a new time in which nothing may go out,
        ``RightsEnded`` for one at which a file may not be used any more, ``Gated`` when it is promised anew, or with
        other words, and the rules of good writing stop them, and ``Ruled`` when a rule of the house stops the words.
        ``passed``: what those rules have said just now, to whoever has asked them.
        """
        if at != self.due_at or self.state != State.SCHEDULED:
            Blackout.objects.refuse(self.workspace, post=self.post, channels=[self.channel_id], at=at)
        said = self.post.said_on(self.channel)
        Rights.objects.refuse(said.media_ids, at=at, workspace=self.workspace)
        if self.state == State.CANCELLED or said.text_sha256 != self.text_sha256:
            Advice.objects.for_workspace(self.workspace).refuse(said)
        if passed is None:
            passed = HouseRule.objects.refuse(said, workspace=self.workspace, channel=self.channel)
        held = keep_held and self.state == State.HELD and self.code == BY_A_PERSON
        before = self._as_it_is()
        kept = {"state": State.HELD} if held else {"state": State.SCHEDULED, "wake_at": at, "reason": "", "code": ""}
        with transaction.atomic():
            self._change_if(
                CAN_BE_MOVED, due_at=at, slot_at=slot_at, tries=0, late=self.post.late,
                late_minutes=self.post.late_minutes, text_sha256=said.text_sha256, **kept,
            )  # fmt: skip
            if not self.current_steps().filter(done_at__isnull=False, public=True).exists():
                type(self).objects.filter(pk=self.pk).update(round=F("round") + 1)
                self.round += 1
            Event.objects.write(
                "delivery.rescheduled", subject=self, by=by, because=because, before=before,
                after={"due_at": at.isoformat(), "version": self.version, **as_told(passed)},
            )  # fmt: skip
            if asks:
                ask_for_yes(self.post, by=by, now=now)

    def put_back(self, *, by: Any, now: datetime) -> None:
        """Undoes a change of time: its old time, and the state that it had. Raises ``TooLate`` when something happened
        to it since, when somebody else moved it, or when it would have to leave in the past."""
        last = Event.objects.of(self).order_by("-id").first()
        if (
            last is None or last.verb != "delivery.rescheduled" or last.by_id != by.pk
            or last.after.get("version") != self.version
        ):  # fmt: skip
            raise TooLate(_("Something else happened to it in between: it stays as it is now."))
        was, due_at = last.before, datetime.fromisoformat(last.before["due_at"])
        leaves = was["state"] == State.SCHEDULED
        if leaves:
            Blackout.objects.refuse(self.workspace, post=self.post, channels=[self.channel_id], at=due_at)
            said = self.post.said_on(self.channel)
            Rights.objects.refuse(said.media_ids, at=due_at, workspace=self.workspace)
            HouseRule.objects.refuse(said, workspace=self.workspace, channel=self.channel)
        if leaves and due_at < now:
            raise TooLate(_("Its old time has passed by now. Give it another one."))
        slot_at = datetime.fromisoformat(was["slot_at"]) if "slot_at" in was else None
        with transaction.atomic():
            if slot_at and type(self).objects.filter(channel=self.channel_id, slot_at=slot_at).exists():
                slot_at = None  # another has taken it since: this one has the same time, out of the queue
            self._change_if(
                (State.SCHEDULED, State.HELD), state=was["state"], due_at=due_at, wake_at=due_at if leaves else None,
                slot_at=slot_at, reason=was.get("reason", ""), code=was.get("code", ""),
            )  # fmt: skip
            Event.objects.write(
                "delivery.put_back", subject=self, by=by, before={"due_at": last.after["due_at"]},
                after={"state": self.state, "due_at": due_at.isoformat()},
            )  # fmt: skip
            ask_for_yes(self.post, by=by, now=now)

    def _as_it_is(self) -> dict[str, Any]:
        """What a record needs in order to bring it back."""
        more = {"reason": self.reason, "code": self.code} if self.reason or self.code else {}
        if self.slot_at is not None:
            more["slot_at"] = self.slot_at.isoformat()
        return {"state": self.state, "due_at": self.due_at.isoformat(), **more}

    def send_now(self, *, by: Any, now: datetime, because: str = "") -> None:
        self.reschedule(at=now, by=by, now=now, because=because)

    def cancel(self, *, by: Any, now: datetime, because: str = "") -> None:
        """Takes the promise back, until the last moment. Raises ``TooLate`` when it is already on its way."""
        before = {"state": self.state}
        with transaction.atomic():
            self._change_if(
                (State.SCHEDULED, State.HELD, State.FAILED, State.MISSED),
                state=State.CANCELLED,
                wake_at=None,
                slot_at=None,
            )
            Event.objects.write("delivery.cancelled", subject=self, by=by, because=because, before=before)
            ask_for_yes(self.post, by=by, now=now)

    def hold(self, *, by: Any, because: str, code: str = BY_A_PERSON) -> None:
        """Keeps it back until a person lets it go."""
        with transaction.atomic():
            self._change_if((State.SCHEDULED,), state=State.HELD, wake_at=None, reason=because, code=code)
            Event.objects.write("delivery.held", subject=self, by=by, because=because)

    def release(self, *, by: Any, now: datetime, because: str = "") -> None:
        """Lets a held delivery go on at its own time; the late policy still decides."""
        with transaction.atomic():
            self._change_if(
                (State.HELD,), state=State.SCHEDULED, wake_at=max(self.due_at, now), reason="", code="", tries=0
            )
            Event.objects.write("delivery.released", subject=self, by=by, because=because)

    def confirm_there(self, *, by: Any, url: str, now: datetime) -> None:
        """A person has seen it on the network: adopt it and go on with what follows."""
        with transaction.atomic():
            self._change_if((State.UNKNOWN,), state=State.PUBLISHING, wake_at=now, reason="", code="")
            for step in self.current_steps().filter(done_at=None).exclude(maybe_since=None)[:1]:
                step.settle_by_person(url=url, now=now)
            Event.objects.write("delivery.confirmed_there", subject=self, by=by, after={"url": url})

    def confirm_absent(self, *, by: Any, now: datetime) -> None:
        """A person has looked and it is not there: send the same step again, with the same key."""
        with transaction.atomic():
            self._change_if((State.UNKNOWN,), state=State.PUBLISHING, wake_at=now, reason="", code="", tries=0)
            self.current_steps().filter(done_at=None).update(maybe_since=None, maybe_slow=False, looks=0)
            Event.objects.write("delivery.confirmed_absent", subject=self, by=by)

    def current_steps(self) -> models.QuerySet[Any]:
        return self.steps.filter(round=self.round).order_by("number")

    def _change_if(self, states: Sequence[str], **changes: Any) -> None:
        """One conditional update: whoever changes the row first has won; a worker's claim is voided by the fence."""
        before, after = self.state, changes["state"]
        if before in states:
            check_arrow(before, after)
        row = type(self).objects.filter(pk=self.pk, version=self.version, state__in=states)
        free = {"lease_owner": "", "lease_until": None, **UNDECIDED}
        changed = row.update(version=F("version") + 1, fence=F("fence") + 1, **{**free, **changes})
        self.refresh_from_db()
        if not changed:
            if self.state in states:
                raise TooLate(_("Somebody else changed this at the same moment. Look again before you decide."))
            raise TooLate(_("Too late: it is %(state)s already.") % {"state": self.get_state_display().lower()})
        if before in NEEDS_A_PERSON:
            Notification.objects.settle(self)
