from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models, transaction

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened
from clarion.organisations.policy import known

from .organisation import Organisation


class CustomRoleQuerySet(models.QuerySet["CustomRole"]):
    def put_together(self, *, organisation: Organisation, name: str, permissions: Iterable[str], by: Any) -> CustomRole:
        with transaction.atomic():
            role = self.create(organisation=organisation, name=name.strip(), permissions=known(permissions))
            role._tell("role.put_together", by=by, after={"name": role.name, "permissions": role.permissions})
        return role


class CustomRole(models.Model):
    """A role that an organisation put together from named permissions."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(max_length=60)
    permissions = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CustomRoleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("organisation", "name", name="one_role_per_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def rights(self) -> frozenset[str]:
        return frozenset(known(self.permissions))

    def change(self, *, name: str, permissions: Iterable[str], by: Any) -> None:
        """Takes effect with the next thing that somebody with this role does."""
        before = {"name": self.name, "permissions": self.permissions}
        with transaction.atomic():
            self.name, self.permissions = name.strip(), known(permissions)
            self.save(update_fields=["name", "permissions"])
            self._tell("role.changed", by=by, before=before, after={"name": self.name, "permissions": self.permissions})

    def take_apart(self, *, by: Any) -> None:
        """Ends it. Raises ``ProtectedError`` while somebody has it."""
        with transaction.atomic():
            self._tell("role.taken_apart", by=by, before={"name": self.name, "permissions": self.permissions})
            self.delete()

    def _tell(self, verb: str, *, by: Any, before: Any = None, after: Any = None) -> None:
        happened.send(
            CustomRole, verb=verb, subject=self, by=by, organisation=self.organisation, workspace=None, because="",
            before=before or {}, after=after or {},
        )  # fmt: skip
