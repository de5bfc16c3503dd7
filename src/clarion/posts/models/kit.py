from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models, transaction
from django.utils import timezone

from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.records.models import Event

NAME = 60
"""Characters of a name, at most."""


class KitQuerySet(models.QuerySet[Any]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def make(self, *, workspace: Workspace, name: str, by: Any, **values: Any) -> Any:
        """Raises IntegrityError when another one of the workspace has the name."""
        with transaction.atomic():
            made = self.create(workspace=workspace, name=name, **values)
            Event.objects.write(f"{made.noun}.made", subject=made, by=by, after={"name": name})
        return made


class Kit(models.Model):
    """Something that a workspace keeps under a name, because it writes it again and again."""

    noun: ClassVar[str]
    """What events call it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=NAME)
    created_at = models.DateTimeField(default=timezone.now)

    objects = KitQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["name"]
        constraints = [models.UniqueConstraint("workspace", "name", name="%(class)s_once")]

    def __str__(self) -> str:
        return self.name

    def change(self, *, by: Any, name: str, **values: Any) -> None:
        """Raises IntegrityError when another one of the workspace has the name."""
        before, self.name = self.name, name
        for field, value in values.items():
            setattr(self, field, value)
        with transaction.atomic():
            self.save(update_fields=["name", *values])
            Event.objects.write(
                f"{self.noun}.changed", subject=self, by=by, before={"name": before}, after={"name": name}
            )

    def remove(self, *, by: Any) -> None:
        """Posts stay as they are."""
        with transaction.atomic():
            Event.objects.write(f"{self.noun}.removed", subject=self, by=by, before={"name": self.name})
            self.delete()
