from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models, transaction
from django.utils import timezone

from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.records.models import Event
from clarion.work.models import Timed, TimedQuerySet

from .campaign import Hue


class CategoryQuerySet(TimedQuerySet):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def make(self, *, workspace: Workspace, name: str, by: Any, hue: str = Hue.SEA) -> Category:
        with transaction.atomic():
            made: Category = self.create(workspace=workspace, name=name, hue=hue)
            Event.objects.write("category.made", subject=made, by=by, after={"name": name})
        return made

    def wake(self, *pks: Any, now: datetime) -> None:
        """Has a worker look whether their pools have something to say: slots, posts or pools were changed."""
        self.filter(pk__in=[pk for pk in pks if pk is not None]).update(wake_at=now)

    def take(self, pk: Any, *, owner: str, now: datetime) -> Category | None:
        """Claims one that is due."""
        if not self.claim(pk, owner=owner, now=now):
            return None
        found: Category | None = self.select_related("workspace__organisation").get(pk=pk)
        return found


class Category(Timed):
    """A kind of posts that has slots of its own: only its posts take them, and its pool of evergreen posts fills those
    that stay free. It wakes while there is such a pool."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="categories")
    name = models.CharField(max_length=60)
    hue = models.CharField(max_length=8, choices=Hue.choices, default=Hue.SEA)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("workspace", "name", name="category_once"),
            models.CheckConstraint(condition=models.Q(hue__in=Hue.values), name="category_hue_known"),
        ]
        indexes = [models.Index("wake_at", condition=models.Q(wake_at__isnull=False), name="category_wakes")]

    def __str__(self) -> str:
        return self.name

    def change(self, *, by: Any, name: str, hue: str) -> None:
        before, self.name, self.hue = {"name": self.name, "hue": self.hue}, name, hue
        with transaction.atomic():
            self.save(update_fields=["name", "hue"])
            Event.objects.write(
                "category.changed", subject=self, by=by, before=before, after={"name": name, "hue": hue}
            )

    def remove(self, *, by: Any) -> None:
        """Its posts and slots stay, and belong to no category. What its pool has scheduled stays as well."""
        with transaction.atomic():
            Event.objects.write("category.removed", subject=self, by=by, before={"name": self.name})
            self.delete()

    def rest(self, *, wake_at: datetime | None) -> None:
        """Its pool was looked after: wakes at that time, or with None when something is changed."""
        self.wake_at = wake_at
        self.save(update_fields=["wake_at"])
