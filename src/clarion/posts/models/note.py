from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.records.models import Event

from .campaign import refuse_backwards


class NoteQuerySet(models.QuerySet["Note"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def between(self, start: date, end: date) -> Self:
        """Those of the days from ``start`` to before ``end``."""
        return self.filter(day__lt=end, until__gte=start)

    def put(self, *, workspace: Workspace, text: str, day: date, until: date | None = None, by: Any) -> Note:
        """Raises ``BadTime`` when it would end before it begins."""
        refuse_backwards(day, until)
        with transaction.atomic():
            note = self.create(workspace=workspace, text=text, day=day, until=until or day, by=person(by))
            Event.objects.write("note.put", subject=note, by=by, after={"day": day.isoformat()})
        return note


class Note(models.Model):
    """A few words on a day of the calendar, or on several: what everybody who plans should know."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="notes")
    text = models.CharField(max_length=300)
    day = models.DateField()
    until = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["day", "created_at"]
        constraints = [models.CheckConstraint(condition=models.Q(until__gte=models.F("day")), name="note_ends_after")]
        indexes = [models.Index(fields=["workspace", "until"], name="note_days")]

    def __str__(self) -> str:
        return self.text

    def change(self, *, by: Any, text: str, day: date, until: date | None) -> None:
        """Raises ``BadTime`` when it would end before it begins."""
        refuse_backwards(day, until)
        before = {"text": self.text, "day": self.day.isoformat(), "until": self.until.isoformat()}
        self.text, self.day, self.until = text, day, until or day
        with transaction.atomic():
            self.save(update_fields=["text", "day", "until"])
            Event.objects.write("note.changed", subject=self, by=by, before=before, after={"day": day.isoformat()})

    def remove(self, *, by: Any) -> None:
        with transaction.atomic():
            before = {"text": self.text, "day": self.day.isoformat(), "until": self.until.isoformat()}
            Event.objects.write("note.removed", subject=self, by=by, before=before)
            self.delete()
