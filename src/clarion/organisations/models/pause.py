from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened, resumed

from .member import Member
from .organisation import Organisation
from .user import person
from .workspace import Workspace

HOLD = timedelta(hours=1)
"""At a resume, what is due within so long is held back with what was due meanwhile, unless somebody says otherwise."""


class PauseQuerySet(models.QuerySet["Pause"]):
    def begin(
        self, *, organisation: Organisation | None, by: Any, because: str, now: datetime, kind: str = "real",
        until: datetime | None = None, stops: bool = True, lets: bool = True, workspace: Workspace | None = None,
    ) -> Pause | None:  # fmt: skip
        """Begins a pause of one organisation, of one workspace of it, or of the whole installation (None). None when
        there is one already."""
        with transaction.atomic():
            try:
                with transaction.atomic():
                    pause = self.create(
                        organisation=organisation, workspace=workspace, kind=kind,
                        stops=stops or kind == Pause.Kind.REAL, lets=lets, because=because[:500],
                        began_at=now, until=until, by=person(by), by_name=str(by or "Clarion")[:200],
                    )  # fmt: skip
            except IntegrityError:
                return None  # the database lets no second one run: that somebody else was quicker is as good
            pause.tell("paused", by=by, because=because[:500], after=pause.as_json())
        return pause

    def running(self) -> Self:
        return self.filter(ended_at=None)

    def over(self, workspace: Any, *, organisation: Any) -> Self:
        """Those under which this workspace (or its id) stands: its own, its organisation's, the installation's."""
        whole = Q(organisation=organisation) | Q(organisation=None)
        return self.filter(Q(workspace=workspace) | Q(workspace=None) & whole)

    def in_house(self, organisation: Organisation) -> Self:
        """Those of this organisation, of each of its workspaces, and of the whole installation."""
        return self.filter(Q(organisation=organisation) | Q(organisation=None))

    def stopping(self) -> list[Pause]:
        """Those that stop anything at this moment: most of the time none. One query, with an index of its own."""
        return list(self.running().filter(stops=True).order_by("began_at"))

    def acknowledge(self, worker: str, *, clock: Callable[[], datetime], is_saying: Callable[[Pause], bool]) -> None:
        """A worker notes the pauses that it has seen, and when nothing of its own was on its way any more.

        ``clock`` is asked after each look: who noted a time from before it would claim to have stopped too early.
        ``is_saying``: whether this worker still says something that the pause stops. Cheap while nothing is paused.
        """
        for pause in self.running():
            known = Acknowledgement.objects.filter(pause=pause, worker=worker).first()
            if known is None:
                known = Acknowledgement(pause=pause, worker=worker, seen_at=max(clock(), pause.began_at))
            elif known.stopped_at is not None:
                continue
            if not (pause.stops and is_saying(pause)):
                known.stopped_at = max(clock(), pause.began_at)
            elif not known._state.adding:
                continue
            known.save()


class Pause(models.Model):
    """The crisis switch, pressed: nothing leaves until somebody resumes. ``until`` is only announced: it ends nothing.

    A drill is told to everybody in the same way; it stops what really leaves only if it ``stops``. ``lets``: whether
    the spokespeople may still publish. A pause without organisation is one of the whole installation; with a workspace
    it is of that one alone, so that the clients of an agency do not stop each other.
    """

    class Kind(models.TextChoices):
        REAL = "real", _("Pause")
        DRILL = "drill", _("Drill")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.CASCADE, related_name="pauses")
    workspace = models.ForeignKey(Workspace, null=True, on_delete=models.CASCADE, related_name="pauses")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.REAL)
    stops = models.BooleanField(default=True)
    lets = models.BooleanField(default=True)
    because = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=200)
    began_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_name = models.CharField(max_length=200, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    objects = PauseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organisation", "kind", condition=Q(ended_at=None, workspace=None), name="pause_once"
            ),
            models.UniqueConstraint("workspace", "kind", condition=Q(ended_at=None), name="pause_once_in_workspace"),
            models.CheckConstraint(
                condition=Q(workspace=None) | Q(organisation__isnull=False), name="pause_of_workspace_in_organisation"
            ),
            models.UniqueConstraint("kind", condition=Q(ended_at=None, organisation=None), name="pause_once_for_all"),
            models.CheckConstraint(condition=Q(kind__in=("real", "drill")), name="pause_kind_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["stops"], condition=Q(ended_at=None), name="pause_running"),
            models.Index(fields=["organisation", "-began_at"], name="pause_history"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.because}"

    @property
    def is_drill(self) -> bool:
        return self.kind == self.Kind.DRILL

    def stops_in(self, workspace_id: Any, *, organisation_id: Any) -> bool:
        return self.stops and self.is_over(workspace_id, organisation_id=organisation_id)

    def is_over(self, workspace_id: Any, *, organisation_id: Any) -> bool:
        """As ``over`` asks the database."""
        if self.workspace_id is not None:
            return bool(self.workspace_id == workspace_id)
        return self.organisation_id in (None, organisation_id)

    def may_be_ended_by(self, member: Member) -> bool:
        """Whoever may begin one like it may end it; that of the whole installation, whoever runs the installation."""
        if self.workspace_id is not None:
            return member.workspace_id == self.workspace_id and member.may("pause")
        return member.may("pause_all") if self.organisation_id is not None else bool(member.user.is_staff)

    @property
    def reach(self) -> Q:
        """What lies under it, among things that have a ``workspace``."""
        if self.workspace_id is not None:
            return Q(workspace=self.workspace_id)
        return Q() if self.organisation_id is None else Q(workspace__organisation=self.organisation_id)

    def lets_publish(self, user: Any, *, organisation: Any) -> bool:
        """Whether this person may still publish in the organisation (or its id), although it is paused."""
        return self.lets and Spokesperson.objects.able().filter(organisation=organisation, user=user).exists()

    def announce(self, until: datetime | None, *, by: Any) -> None:
        """Says when it will probably be over, or takes that back. Nothing ends by itself."""
        before, self.until = self.until, until
        with transaction.atomic():
            self.save(update_fields=["until"])
            self.tell("pause_announced", by=by, before={"until": _iso(before)}, after={"until": _iso(until)})

    def end(self, *, by: Any, because: str = "", now: datetime, hold: timedelta = HOLD) -> bool:
        """Ends it. What was due meanwhile, and what is due within ``hold``, is kept back for a review by those who
        listen, in this transaction. False when it has ended already."""
        with transaction.atomic():
            ended = type(self).objects.filter(pk=self.pk, ended_at=None)
            if not ended.update(ended_at=now, ended_by_name=str(by or "Clarion")[:200]):
                self.refresh_from_db()
                return False
            self.refresh_from_db()
            self.tell(
                "resumed", by=by, because=because, before={"paused_at": self.began_at.isoformat()},
                after={"resumed_at": now.isoformat(), "held_until": (now + hold).isoformat()},
            )  # fmt: skip
            resumed.send(type(self), pause=self, by=by, held_until=now + hold)
        return True

    def finish_review(self, *, by: Any, now: datetime) -> None:
        """Everything that it kept back was decided upon."""
        with transaction.atomic():
            if type(self).objects.filter(pk=self.pk, reviewed_at=None).update(reviewed_at=now):
                self.reviewed_at = now
                self.tell("pause_reviewed", by=by)

    def rehearse(self, text: str, *, workspace: Workspace, channels: int, by: Any, now: datetime) -> Rehearsed:
        """In a drill: the workspace's statement would go out now, on so many channels. It is written down for those
        who may read it there, and goes nowhere."""
        if not self.is_drill or not self.is_over(workspace.pk, organisation_id=workspace.organisation_id):
            raise ValueError("Only a drill is rehearsed, and only where it is one.")
        with transaction.atomic():
            said = self.rehearsed.create(
                workspace=workspace, by_name=str(by)[:200], text=text, channels=channels, at=now
            )  # fmt: skip
            self.tell("rehearsed", by=by, after={"channels": channels}, workspace=workspace)
        return said

    def tell(
        self, verb: str, *, by: Any, because: str = "", before: Any = None, after: Any = None,
        workspace: Workspace | None = None,
    ) -> None:  # fmt: skip
        """``workspace``: where it was done, when that is less than what it reaches."""
        noun = "organisation" if self.organisation_id else "installation"
        noun = "drill" if self.is_drill else "workspace" if self.workspace_id else noun
        happened.send(
            type(self), verb=f"{noun}.{verb}", by=by, workspace=workspace or self.workspace,
            organisation=workspace.organisation if workspace else self.organisation,
            subject=self if self.is_drill else self.workspace or self.organisation or self, because=because,
            before=before or {}, after={**(after or {}), "pause": str(self.pk)},
        )  # fmt: skip

    # -- how quick it was

    @property
    def seconds_to_stop(self) -> float | None:
        """Until the last worker that answered had nothing more on its way; None while one still has, or none did."""
        acks = list(self.acknowledgements.all())
        if not acks or any(one.stopped_at is None for one in acks):
            return None
        return max((one.stopped_at - self.began_at).total_seconds() for one in acks if one.stopped_at)

    def missing(self, alive: Iterable[str]) -> list[str]:
        """Of these workers, those that have not stopped yet."""
        stopped = {one.worker for one in self.acknowledgements.all() if one.stopped_at}
        return [worker for worker in alive if worker not in stopped]

    def as_json(self) -> dict[str, Any]:
        return {
            "pause": str(self.pk), "organisation": str(self.organisation_id) if self.organisation_id else None,
            "workspace": str(self.workspace_id) if self.workspace_id else None, "kind": self.kind,
            "stops": self.stops, "lets": self.lets, "because": self.because, "by": self.by_name,
            "paused_at": _iso(self.began_at), "until": _iso(self.until), "resumed_at": _iso(self.ended_at),
            "reviewed_at": _iso(self.reviewed_at),
        }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


class Acknowledgement(models.Model):
    """A worker has seen a pause, and by ``stopped_at`` had nothing on its way that the pause stops."""

    id = models.BigAutoField(primary_key=True)
    pause = models.ForeignKey(Pause, on_delete=models.CASCADE, related_name="acknowledgements")
    worker = models.CharField(max_length=120)
    seen_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("pause", "worker", name="acknowledged_once")]

    def __str__(self) -> str:
        return f"{self.worker} on {self.pause_id}"


class SpokespersonQuerySet(models.QuerySet["Spokesperson"]):
    def able(self) -> Self:
        """Those who are still members somewhere in the organisation and may sign in."""
        mine = Organisation.objects.filter(
            pk=models.OuterRef("organisation"), workspaces__members__user=models.OuterRef("user")
        )
        return self.filter(models.Exists(mine), user__is_active=True)

    def appoint(self, *, organisation: Organisation, user: Any, by: Any, now: datetime) -> Spokesperson:
        """The person may publish also while everything is paused. Recorded; the same again changes nothing."""
        with transaction.atomic():
            one, made = self.get_or_create(
                organisation=organisation,
                user=user,
                defaults={"appointed_by_name": str(by or "Clarion")[:200], "appointed_at": now},
            )
            if made:
                one.tell("appointed", by=by)
        return one


class Spokesperson(models.Model):
    """Somebody who may still publish while an organisation is paused. Appointed before a crisis, or in it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="spokespeople")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    appointed_by_name = models.CharField(max_length=200)
    appointed_at = models.DateTimeField()

    objects = SpokespersonQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("organisation", "user", name="spokesperson_once")]

    def __str__(self) -> str:
        return str(self.user)

    def withdraw(self, *, by: Any) -> None:
        """What the person let go during a pause, and what has not left yet, stops with everything else."""
        with transaction.atomic():
            self.tell("withdrawn", by=by)
            self.delete()

    def tell(self, verb: str, *, by: Any) -> None:
        happened.send(
            Spokesperson, verb=f"spokesperson.{verb}", subject=self, by=by, organisation=self.organisation,
            workspace=None, because="", before={}, after={"user": str(self.user_id)},
        )  # fmt: skip


class RehearsedQuerySet(models.QuerySet["Rehearsed"]):
    def shown_to(self, member: Member) -> Self:
        """A drill may be one of many workspaces, and of many organisations: each sees what was said in its own."""
        if not member.is_officer:
            return self.filter(workspace=member.workspace_id)
        house = member.workspace.organisation_id
        return self.filter(Q(workspace__organisation=house) | Q(workspace=None, pause__organisation=house))


class Rehearsed(models.Model):
    """A holding statement said in a drill: words that were checked and went nowhere. It is not a post, and nothing can
    make it one. ``workspace``: where it was said; of old ones it is not known, and only officers see them."""

    id = models.BigAutoField(primary_key=True)
    pause = models.ForeignKey(Pause, on_delete=models.CASCADE, related_name="rehearsed")
    workspace = models.ForeignKey(Workspace, null=True, on_delete=models.CASCADE, related_name="+")
    by_name = models.CharField(max_length=200)
    text = models.TextField()
    channels = models.PositiveIntegerField()
    """On so many channels it would have gone out."""
    at = models.DateTimeField()

    objects = RehearsedQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def after(self) -> float:
        """Seconds after the drill began."""
        return (self.at - self.pause.began_at).total_seconds()
