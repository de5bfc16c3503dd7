from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.channels.models import Channel
from clarion.organisations.dates import written
from clarion.organisations.ids import new_id
from clarion.organisations.models import Organisation, Workspace
from clarion.organisations.models.user import person
from clarion.posts.when import BadTime, resolve
from clarion.records.models import Event

from .post import Post

DAY = timedelta(days=1)


class Level(models.TextChoices):
    """What a blackout does to a post that would go out in it."""

    WARN = "warn", gettext_lazy("Warn")
    BLOCK = "block", gettext_lazy("Block")


class InBlackout(BadTime):
    """A time in which nothing may go out; the sentence says which blackout, and until when."""


class BlackoutQuerySet(models.QuerySet["Blackout"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def blocks(self) -> Self:
        """Those in which nothing may go out."""
        return self.filter(level=Level.BLOCK)

    def between(self, start: date, end: date) -> Self:
        """Those that touch local days from ``start`` to before ``end``."""
        return self.filter(from_day__lt=end, until_day__gte=start)

    def over(self, workspace: Workspace, *, times: Sequence[datetime], channels: Iterable[UUID]) -> list[Blackout]:
        """The blackouts in which one of the instants lies, on one of the channels (by id). No channel, no blackout."""
        wanted = set(channels)
        if not wanted:
            return []
        days = [at.astimezone(workspace.tz).date() for at in times]
        near = self.filter(workspace=workspace).between(min(days), max(days) + DAY)
        found = [
            one for one in near.prefetch_related("channels") if any(one.holds(at, zone=workspace.tz) for at in times)
        ]
        return [one for one in found if not one.channel_ids or one.channel_ids & wanted]

    def blocking(
        self, workspace: Workspace, *, post: Post, channels: Iterable[UUID], times: Sequence[datetime]
    ) -> Blackout | None:  # fmt: skip
        """What keeps the post from one of these channels at one of these instants, unless it goes out all the same."""
        blocks = self.blocks().exclude(exceptions=post.pk)
        return next(iter(blocks.over(workspace, times=times, channels=channels)), None)

    def refuse(self, workspace: Workspace, *, post: Post, channels: Iterable[UUID], at: datetime) -> None:
        """Raises ``InBlackout`` when the post may not go out then."""
        found = self.blocking(workspace, post=post, channels=channels, times=[at])
        if found is not None:
            raise InBlackout(found.sentence)

    def let_any_of(self, posts: Any) -> Self:
        """Those through which one of these posts (a query of ids) was let."""
        return self.filter(exceptions__in=posts).select_related("workspace__organisation").distinct()

    def declare(
        self, *, workspace: Workspace, name: str, from_day: date, until_day: date, by: Any,
        from_time: time | None = None, until_time: time | None = None, level: str = Level.WARN, reason: str = "",
        channels: Iterable[Channel] = (), everywhere: UUID | None = None,
    ) -> Blackout:  # fmt: skip
        """Raises ``BadTime`` when it would end before it begins."""
        blackout = Blackout(workspace=workspace, by=person(by), everywhere=everywhere)
        blackout._write(
            "blackout.declared", by=by, channels=channels, name=name, from_day=from_day, until_day=until_day,
            from_time=from_time, until_time=until_time, level=level, reason=reason,
        )  # fmt: skip
        return blackout

    def declare_everywhere(self, *, organisation: Organisation, by: Any, **values: Any) -> list[Blackout]:
        """The same in each workspace of the organisation, on its own clock and on all of its channels.

        Raises ``BadTime`` as ``declare`` does.
        """
        mark = new_id()
        with transaction.atomic():
            return [
                self.declare(workspace=one, by=by, everywhere=mark, **values) for one in organisation.workspaces.all()
            ]


class Blackout(models.Model):
    """A time in which nothing should go out, or nothing may: an election, a mourning. On the clock of the workspace:
    whole days, or from a time of the first to a time of the last."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="blackouts")
    name = models.CharField(max_length=80)
    reason = models.CharField(max_length=500, blank=True)
    level = models.CharField(max_length=5, choices=Level.choices, default=Level.WARN)
    from_day = models.DateField()
    from_time = models.TimeField(null=True, blank=True)
    until_day = models.DateField()
    until_time = models.TimeField(null=True, blank=True)
    channels = models.ManyToManyField(Channel, related_name="blackouts", blank=True)
    everywhere = models.UUIDField(null=True, blank=True, db_index=True)
    """Declared for a whole organisation: the same in the row of each of its workspaces."""
    exceptions = models.ManyToManyField(Post, related_name="allowed_in", blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = BlackoutQuerySet.as_manager()

    class Meta:
        ordering = ["from_day", "from_time", "created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(level__in=Level.values), name="blackout_level_known"),
            models.CheckConstraint(condition=models.Q(until_day__gte=models.F("from_day")), name="blackout_ends_after"),
        ]
        indexes = [models.Index(fields=["workspace", "until_day"], name="blackout_days")]

    def __str__(self) -> str:
        return self.name

    @property
    def everywhere_else(self) -> list[Blackout]:
        """The rows of the other workspaces, where it was declared for the whole organisation."""
        if self.everywhere is None:
            return []
        return list(Blackout.objects.filter(everywhere=self.everywhere).exclude(pk=self.pk).select_related("workspace"))

    # -- when

    @property
    def blocks(self) -> bool:
        return self.level == Level.BLOCK

    @property
    def channel_ids(self) -> set[UUID]:
        """Empty: all channels."""
        return {channel.pk for channel in self.channels.all()}

    def starts_at(self, zone: ZoneInfo) -> datetime:
        return resolve(datetime.combine(self.from_day, self.from_time or time.min), zone=zone).at

    def ends_at(self, zone: ZoneInfo) -> datetime:
        """The instant at which it is over."""
        if self.until_time is None:
            return resolve(datetime.combine(self.until_day + DAY, time.min), zone=zone).at
        return resolve(datetime.combine(self.until_day, self.until_time), zone=zone, fold=1).at

    def holds(self, at: datetime, *, zone: ZoneInfo) -> bool:
        return self.starts_at(zone) <= at < self.ends_at(zone)

    @property
    def end_in_words(self) -> str:
        if self.until_time is None:
            return _("the end of %(day)s") % {"day": written(self.until_day, "j F")}
        return written(datetime.combine(self.until_day, self.until_time), "j F, H:i")

    @property
    def sentence(self) -> str:
        """Why nothing may go out."""
        return _("“%(name)s” lets nothing go out until %(end)s. Choose another time.") % {
            "name": self.name, "end": self.end_in_words,
        }  # fmt: skip

    @property
    def held_sentence(self) -> str:
        """Why something was held back when its time came."""
        return _("“%(name)s” lets nothing go out until %(end)s. Give it another time, or let it go after that.") % {
            "name": self.name, "end": self.end_in_words,
        }  # fmt: skip

    @property
    def warning(self) -> str:
        return _("This time lies in “%(name)s”, until %(end)s. Is it meant to go out then?") % {
            "name": self.name, "end": self.end_in_words,
        }  # fmt: skip

    # -- verbs

    def change(self, *, by: Any, channels: Iterable[Channel], **values: Any) -> None:
        """``values``: any of its own columns. One of a whole organisation is changed in all of its workspaces.

        Raises ``BadTime`` when it would end before it begins.
        """
        with transaction.atomic():
            for one in self.everywhere_else:
                one._write("blackout.changed", by=by, channels=(), **values)
            self._write("blackout.changed", by=by, channels=channels, **values)

    def _write(self, verb: str, *, by: Any, channels: Iterable[Channel], **values: Any) -> None:
        before = {} if self._state.adding else self._told()
        for name, value in values.items():
            setattr(self, name, value)
        zone = self.workspace.tz
        if self.until_day < self.from_day or self.ends_at(zone) <= self.starts_at(zone):
            raise BadTime(_("It ends before it begins. Look at the days and times again."))
        with transaction.atomic():
            self.save()
            self.channels.set(channels)
            Event.objects.write(verb, subject=self, by=by, because=self.reason, before=before, after=self._told())

    def let_through(self, posts: Iterable[Post], *, by: Any) -> None:
        """These posts go out in it all the same."""
        with transaction.atomic():
            for post in posts:
                self.exceptions.add(post)
                Event.objects.write("blackout.let_through", subject=self, by=by, after={"post": str(post.pk)})

    def hold_in(self, posts: Iterable[Post], *, by: Any) -> None:
        """These posts do not go out in it any more: it was for other words that they were let through."""
        with transaction.atomic():
            for post in self.exceptions.filter(pk__in=[one.pk for one in posts]):
                self.exceptions.remove(post)
                Event.objects.write("blackout.held_in", subject=self, by=by, before={"post": str(post.pk)})

    def lift(self, *, by: Any) -> None:
        """Ends it for good, wherever it holds. What was held because of it stays held until somebody lets it go."""
        with transaction.atomic():
            for one in (*self.everywhere_else, self):
                Event.objects.write("blackout.lifted", subject=one, by=by, before=one._told())
                one.delete()

    def _told(self) -> dict[str, str]:
        zone = self.workspace.tz
        return {
            "name": self.name, "level": self.level, "from": self.starts_at(zone).isoformat(),
            "until": self.ends_at(zone).isoformat(),
        }  # fmt: skip
