from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.records.models import Event

from .category import Category

MOST_A_WEEK = 336
"""One every half hour: so many slots has a channel at most."""


class TooManySlots(ValueError):
    """More slots than a week of a channel holds; the sentence says so."""


class SlotQuerySet(models.QuerySet["Slot"]):
    def of(self, user: Any) -> Self:
        return self.filter(channel__workspace__members__user=user)

    def offer(
        self, channel: Channel, *, at: Iterable[tuple[int, time]], by: Any, category: Category | None = None
    ) -> int:
        """Adds weekly times (weekday, 0 is Monday, and wall time); how many are new. With a ``category`` only its posts
        take them. Raises ``TooManySlots``."""
        wanted = {(weekday, wall.replace(second=0, microsecond=0)) for weekday, wall in at}
        with transaction.atomic():
            known = set(self.filter(channel=channel).values_list("weekday", "time"))
            fresh = sorted(wanted - known)
            if len(known) + len(fresh) > MOST_A_WEEK:
                sentence = _("A channel has at most %(n)d slots a week. Remove some first.")
                raise TooManySlots(sentence % {"n": MOST_A_WEEK})
            self.bulk_create(
                Slot(channel=channel, weekday=weekday, time=wall, category=category) for weekday, wall in fresh
            )
            if fresh:
                self._tell("slots.offered", channel, fresh, by=by)
                Category.objects.wake(category and category.pk, now=timezone.now())
        return len(fresh)

    def withdraw(self, channel: Channel, *, at: Iterable[tuple[int, time]], by: Any) -> int:
        """Takes weekly times away. What is queued keeps its time."""
        with transaction.atomic():
            gone = []
            for weekday, wall in at:
                count, _rows = self.filter(channel=channel, weekday=weekday, time=wall).delete()
                gone += [(weekday, wall)] * bool(count)
            if gone:
                self._tell("slots.withdrawn", channel, sorted(gone), by=by)
        return len(gone)

    def copy(self, channel: Channel, *, to: Channel, by: Any) -> int:
        """Gives another channel the same times of the same categories, besides its own."""
        some: dict[Category | None, list[tuple[int, time]]] = {}
        for one in self.filter(channel=channel).select_related("category"):
            some.setdefault(one.category, []).append((one.weekday, one.time))
        with transaction.atomic():
            return sum(self.offer(to, at=at, by=by, category=category) for category, at in some.items())

    def devote(self, channel: Channel, *, at: Iterable[tuple[int, time]], category: Category | None, by: Any) -> int:
        """Has weekly times belong to a category, or with None to all posts. What is queued keeps its time."""
        changed = []
        with transaction.atomic():
            for weekday, wall in at:
                rows = self.filter(channel=channel, weekday=weekday, time=wall)
                known = rows.values_list("category_id", flat=True).first()
                if rows.exclude(category=category).update(category=category):
                    changed.append((weekday, wall))
                    Category.objects.wake(known, category and category.pk, now=timezone.now())
            if changed:
                self._tell("slots.devoted", channel, changed, by=by)
        return len(changed)

    def _tell(self, verb: str, channel: Channel, some: list[tuple[int, time]], *, by: Any) -> None:
        times = [f"{weekday} {wall:%H:%M}" for weekday, wall in some]
        Event.objects.write(verb, subject=channel, by=by, after={"slots": times[:50], "count": len(times)})


class Slot(models.Model):
    """A time of the week at which a channel would like to say something: the wall time of its workspace."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="slots")
    weekday = models.PositiveSmallIntegerField()
    time = models.TimeField()
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="slots")
    """Only posts of it take the slot; None: those of no category, and of categories that have no slots here."""

    objects = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["weekday", "time"]
        constraints = [
            models.UniqueConstraint("channel", "weekday", "time", name="slot_once"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="slot_weekday_known"),
        ]

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {self.time:%H:%M}"


class DayOffQuerySet(models.QuerySet["DayOff"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def take(
        self, *, workspace: Workspace, day: date, channel: Channel | None = None, by: Any, because: str = ""
    ) -> DayOff:
        """Pauses the slots of a day, of one channel or of all. The same day again changes nothing."""
        with transaction.atomic():
            found, made = self.get_or_create(
                workspace=workspace, channel=channel, day=day, defaults={"by": person(by), "because": because[:200]}
            )
            if made:
                Event.objects.write(
                    "queue.day_paused", subject=channel or workspace, workspace=workspace, by=by, because=because,
                    after={"day": f"{day}"},
                )  # fmt: skip
        return found


class DayOff(models.Model):
    """A day on which no slot is given: of one channel, or of all channels of the workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="days_off")
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.CASCADE, related_name="days_off")
    day = models.DateField()
    because = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = DayOffQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "day"], condition=Q(channel__isnull=False), name="day_off_once_per_channel"
            ),
            models.UniqueConstraint(
                fields=["workspace", "day"], condition=Q(channel__isnull=True), name="day_off_once_for_all"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}"

    def end(self, *, by: Any) -> None:
        """Gives the day's slots again. What has moved on stays where it is."""
        with transaction.atomic():
            Event.objects.write(
                "queue.day_resumed", subject=self.channel or self.workspace, workspace=self.workspace, by=by,
                before={"day": f"{self.day}"},
            )  # fmt: skip
            self.delete()
