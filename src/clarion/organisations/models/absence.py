from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models, transaction
from django.utils.translation import gettext as _

from clarion.organisations.ids import new_id

from .member import Member


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def at(self, now: datetime) -> Self:
        """Those that last now. Nobody stands in for somebody who was deactivated."""
        return self.filter(begins_at__lte=now, ends_at__gt=now, ended_at=None, member__user__is_active=True)

    def announce(self, *, member: Member, deputy: Member, begins_at: datetime, ends_at: datetime, by: Any) -> Absence:
        """From then until then the deputy may what the absent may. Raises ``ValueError`` with a sentence."""
        if deputy.workspace_id != member.workspace_id or deputy.pk == member.pk:
            raise ValueError(str(_("A deputy is another member of the same workspace.")))
        if ends_at <= begins_at:
            raise ValueError(str(_("It ends before it begins. Look at the days again.")))
        with transaction.atomic():
            absence = self.create(member=member, deputy=deputy, begins_at=begins_at, ends_at=ends_at)
            after = {
                "deputy": str(deputy.user_id), "from": begins_at.isoformat(), "until": ends_at.isoformat(),
            }  # fmt: skip
            member.tell("member.absent", by=by, before={}, after=after)
        return absence


class Absence(models.Model):
    """While somebody is away, another member stands in: with the rights of both, never on own work."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="absences")
    deputy = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="stands_in")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        ordering = ["begins_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("begins_at")), name="absence_ends_after"),
            models.CheckConstraint(condition=~models.Q(member=models.F("deputy")), name="absence_of_another"),
        ]
        indexes = [models.Index(fields=["deputy", "ends_at"], name="absence_deputy")]

    def __str__(self) -> str:
        return f"{self.deputy} for {self.member}"

    @property
    def last(self) -> datetime:
        """An instant of its last day: it ends where the next one begins."""
        return self.ends_at - timedelta(seconds=1)

    def end(self, *, by: Any, now: datetime) -> None:
        """The absent is back."""
        with transaction.atomic():
            if type(self).objects.filter(pk=self.pk, ended_at=None).update(ended_at=now):
                self.member.tell("member.back", by=by, before={"deputy": str(self.deputy.user_id)}, after={})
