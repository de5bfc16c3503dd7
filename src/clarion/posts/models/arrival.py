from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.channels.models import Channel
from clarion.notifications.models import Notification
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.posts import columns as meaning
from clarion.posts import sheets
from clarion.records.models import Event
from clarion.work.models import Timed, TimedQuerySet

from .post import Post

KEPT = 200
"""So many imports a workspace keeps; the rows of older ones go, their posts stay."""


class Stage(models.TextChoices):
    """Where an import is."""

    READ = "read", gettext_lazy("Read")
    CHECKING = "checking", gettext_lazy("Being checked")
    CHECKED = "checked", gettext_lazy("Checked")
    COMING = "coming", gettext_lazy("Coming in")
    STOPPED = "stopped", gettext_lazy("Stopped")
    CAME = "came", gettext_lazy("Imported")
    UNDOING = "undoing", gettext_lazy("Being undone")
    UNDONE = "undone", gettext_lazy("Undone")


AT_WORK = (Stage.CHECKING, Stage.COMING, Stage.UNDOING)


class Fate(models.TextChoices):
    """What became of a row."""

    NEW = "", gettext_lazy("Not checked yet")
    GOOD = "good", gettext_lazy("Good")
    BAD = "bad", gettext_lazy("Not good")
    THERE = "there", gettext_lazy("There already")
    CAME = "came", gettext_lazy("Imported")
    GONE = "gone", gettext_lazy("Taken back")
    LEFT = "left", gettext_lazy("Out already")


class TooSoon(Exception):
    """The import is elsewhere by now; the sentence says where."""


class ArrivalQuerySet(TimedQuerySet):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def receive(self, data: bytes, *, name: str, workspace: Workspace, by: Any) -> Arrival:
        """Keeps the rows of a file as they are. Raises ``sheets.BadSheet``."""
        sheet = sheets.read(data, name=name)
        if not sheet.lines:
            raise sheets.BadSheet(_("“%(name)s” has no rows below its header.") % {"name": name})
        columns = meaning.recognised(sheet)
        times = (
            line.cells[columns.index("at")] for line in sheet.lines
            if "at" in columns and columns.index("at") < len(line.cells)
        )  # fmt: skip
        order = meaning.order_of(times)
        with transaction.atomic():
            arrival: Arrival = self.create(
                workspace=workspace, by=person(by), name=name[:200], sha256=hashlib.sha256(data).hexdigest(),
                header=list(sheet.header) if sheet.header is not None else None, columns=list(columns),
                notes=list(sheet.notes), formulas=sorted(sheet.formulas), tool=meaning.tool_of(sheet),
                order=order or "", asks_order=order == "", total=len(sheet.lines),
            )  # fmt: skip
            ArrivalRow.objects.bulk_create(
                [
                    ArrivalRow(arrival=arrival, number=line.number, cells=list(line.cells), wrong=line.wrong)
                    for line in sheet.lines
                ], batch_size=1000,
            )  # fmt: skip
            Event.objects.write(
                "arrival.read", subject=arrival, by=by, after={"rows": arrival.total, "sha256": arrival.sha256}
            )
            old = self.filter(workspace=workspace).order_by("-created_at").values_list("pk", flat=True)[KEPT:]
            self.filter(pk__in=list(old)).exclude(stage__in=AT_WORK).delete()
        return arrival

    def take(self, pk: Any, *, owner: str, now: datetime) -> Arrival | None:
        """Claims one that is due."""
        if not self.claim(pk, owner=owner, now=now):
            return None
        found: Arrival | None = self.select_related("workspace__organisation", "by").get(pk=pk)
        return found


class Arrival(Timed):
    """A file of posts that somebody brought: what its columns mean, its rows, and what became of them.

    It is checked, comes in and is taken back piece by piece by the workers; ``done`` of ``total`` says how far.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="arrivals")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    stage = models.CharField(max_length=8, choices=Stage.choices, default=Stage.READ)
    header = models.JSONField(null=True)
    columns = models.JSONField()
    notes = models.JSONField(default=list)
    formulas = models.JSONField(default=list)
    tool = models.CharField(max_length=40, blank=True)
    order = models.CharField(max_length=5, blank=True)
    asks_order = models.BooleanField(default=False)
    channels = models.ManyToManyField(Channel, related_name="+", blank=True)
    drafts = models.BooleanField(default=False)
    whole = models.BooleanField(default=True)
    """All rows or none; else those that are good."""
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ArrivalQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.CheckConstraint(condition=Q(stage__in=Stage.values), name="arrival_stage_known")]
        indexes = [
            models.Index("wake_at", condition=Q(wake_at__isnull=False), name="arrival_wakes"),
            models.Index(fields=["workspace", "-created_at"], name="arrival_newest"),
        ]

    def __str__(self) -> str:
        return self.name

    # -- what it is

    @property
    def is_at_work(self) -> bool:
        return self.stage in AT_WORK

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0

    def counts(self) -> dict[str, int]:
        """How many rows have each fate, by its value ("" is not checked)."""
        found = dict.fromkeys(Fate.values, 0)
        found |= dict(self.rows.values_list("fate").annotate(n=models.Count("pk")).order_by())
        return found

    # -- verbs of people

    def examine(
        self, *, columns: Sequence[str], order: str, channels: Iterable[Channel], drafts: bool, by: Any, now: datetime
    ) -> None:
        """Has every row checked by what the columns are said to mean; nothing is written. Raises ``TooSoon``."""
        with transaction.atomic():
            self._turn(
                (Stage.READ, Stage.CHECKING, Stage.CHECKED), Stage.CHECKING, wake_at=now, columns=list(columns),
                order=order, drafts=drafts, done=0, total=self.rows.count(), reason="",
            )  # fmt: skip
            self.channels.set(channels)
            self.rows.update(fate=Fate.NEW, wrongs=[], ready=None)
            Event.objects.write("arrival.examined", subject=self, by=by, after={"columns": list(columns)})

    def come(self, *, whole: bool, by: Any, now: datetime) -> None:
        """Lets the good rows become posts. ``whole``: all of them, or none. Raises ``TooSoon``."""
        counts = self.counts()
        if whole and counts[Fate.BAD]:
            raise TooSoon(_("Some rows are not good. Mend the file, or take the good rows alone."))
        with transaction.atomic():
            self._turn(
                (Stage.CHECKED,), Stage.COMING, wake_at=now, whole=whole, done=0, reason="", total=counts[Fate.GOOD]
            )
            Event.objects.write("arrival.begun", subject=self, by=by, after={"rows": self.total, "whole": whole})

    def stop(self, *, by: Any, now: datetime) -> None:
        """Stops where it is: what came in stays until somebody goes on or undoes it. Raises ``TooSoon``."""
        with transaction.atomic():
            was = self.stage
            self._turn(
                (Stage.CHECKING, Stage.COMING), Stage.READ if was == Stage.CHECKING else Stage.STOPPED, wake_at=None
            )
            Event.objects.write("arrival.stopped", subject=self, by=by, after={"done": self.done, "of": self.total})

    def go_on(self, *, by: Any, now: datetime) -> None:
        """Goes on where it was stopped. Raises ``TooSoon``."""
        with transaction.atomic():
            self._turn((Stage.STOPPED,), Stage.COMING, wake_at=now, reason="")
            Event.objects.write("arrival.resumed", subject=self, by=by, after={"done": self.done, "of": self.total})

    def undo(self, *, by: Any, now: datetime, because: str = "") -> None:
        """Takes back what came in and has not gone out; what is out stays out, and is named. Raises ``TooSoon``."""
        with transaction.atomic():
            came = self.rows.filter(fate=Fate.CAME).count()
            self._turn(
                (Stage.COMING, Stage.STOPPED, Stage.CAME), Stage.UNDOING, wake_at=now, done=0, total=came,
                reason=because[:500], undone_by=person(by),
            )  # fmt: skip
            Event.objects.write("arrival.undone", subject=self, by=by, because=because[:500], after={"rows": came})

    def _turn(self, stages: Sequence[str], stage: str, **changes: Any) -> None:
        """One conditional update; a worker's claim is voided by the fence."""
        changed = (
            type(self)
            .objects.filter(pk=self.pk, stage__in=stages)
            .update(stage=stage, fence=F("fence") + 1, lease_owner="", lease_until=None, **changes)
        )
        self.refresh_from_db()
        if not changed:
            where = self.get_stage_display()
            raise TooSoon(_("That cannot be done now. This import is: %(stage)s.") % {"stage": where})

    # -- verbs of workers

    def move_on(self, done: int) -> bool:
        """Inside the transaction of a piece of work: counts it, if the row is still ours; else nothing of it counts."""
        mine = type(self).objects.filter(pk=self.pk, fence=self.fence, stage=self.stage)
        self.done += done
        return bool(mine.update(done=F("done") + done))

    def rest(self, stage: str, *, now: datetime, because: str = "") -> None:
        """The work of this stage is done."""
        mine = type(self).objects.filter(pk=self.pk, fence=self.fence, stage=self.stage)
        ended = now if stage in (Stage.CAME, Stage.UNDONE) else None
        with transaction.atomic():
            if mine.update(
                stage=stage, wake_at=None, lease_owner="", lease_until=None, ended_at=ended,
                reason=because[:500] or self.reason,
            ):  # fmt: skip
                self.stage, self.wake_at = stage, None
                if ended:
                    after = {"stage": stage, **_named(self)}
                    Event.objects.write("arrival.ended", subject=self, by=self.by, after=after)
                    Notification.objects.tell(
                        kind="import.ended", people=[self.by_id], subject=self, workspace=self.workspace, now=now,
                        values={"file": self.name}, address=("import", [self.workspace_id, self.pk]),
                    )  # fmt: skip


def _named(arrival: Arrival) -> dict[str, int]:
    return {fate or "new": count for fate, count in arrival.counts().items() if count}


class ArrivalRow(models.Model):
    """One row of the file. ``wrongs`` are triples: column (from 0, or None), field, sentence; ``ready`` is what it says
    as a post, once it is checked and good."""

    arrival = models.ForeignKey(Arrival, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    cells = models.JSONField()
    wrong = models.CharField(max_length=300, blank=True)
    fate = models.CharField(max_length=5, choices=Fate.choices, default=Fate.NEW, blank=True)
    wrongs = models.JSONField(default=list)
    ready = models.JSONField(null=True)
    post = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint("arrival", "number", name="arrival_row_once")]
        indexes = [models.Index(fields=["arrival", "fate", "number"], name="arrival_row_fate")]

    def __str__(self) -> str:
        return f"{self.arrival_id} {self.number}"

    @property
    def line(self) -> sheets.Line:
        return sheets.Line(self.number, tuple(self.cells), self.wrong)
