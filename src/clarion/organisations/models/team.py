from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened
from clarion.organisations.policy import OF_A_WORKSPACE, Role, rights_of

from .custom_role import CustomRole
from .member import Member
from .organisation import Organisation
from .workspace import Workspace

GIVEN = [*OF_A_WORKSPACE, Role.CUSTOM]


class TeamQuerySet(models.QuerySet["Team"]):
    def of(self, user: Any) -> Self:
        return self.filter(organisation__officers__user=user)

    def gather(self, *, organisation: Organisation, name: str, by: Any, outside: str = "") -> Team:
        """Makes a team. ``outside``: its id in the directory that provides it."""
        with transaction.atomic():
            team = self.create(organisation=organisation, name=name.strip(), outside=outside)
            team._tell("team.gathered", by=by, after={"name": team.name})
        return team


class Team(models.Model):
    """People of an organisation who are given roles, and asked for approvals, together."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=120)
    outside = models.CharField(max_length=200, blank=True)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="teams", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("organisation", "name", name="one_team_per_name")]

    def __str__(self) -> str:
        return self.name

    def rename(self, name: str, *, by: Any) -> None:
        if (before := self.name) != name.strip():
            with transaction.atomic():
                self.name = name.strip()
                self.save(update_fields=["name"])
                self._tell("team.renamed", by=by, before={"name": before}, after={"name": self.name})

    def tie(self, outside: str, *, by: Any) -> None:
        """It follows the group of this id in the organisation's directory; empty: none any more."""
        if (before := self.outside) != outside:
            with transaction.atomic():
                self.outside = outside
                self.save(update_fields=["outside"])
                self._tell("team.tied", by=by, before={"outside": before}, after={"outside": outside})

    def take_in(self, people: Iterable[Any], *, by: Any) -> None:
        """These people belong to it from now on, with its roles in its workspaces."""
        with transaction.atomic():
            there = set(self.people.values_list("pk", flat=True))
            for user in (one for one in people if one.pk not in there):
                self.people.add(user)
                self._tell("team.joined", by=by, after={"user": str(user.pk)})
                for place in self.places.select_related("workspace"):
                    Member.objects.settle(workspace=place.workspace, user=user, by=by)

    def let_go(self, people: Iterable[Any], *, by: Any) -> None:
        """These people belong to it no longer: what they had by it alone is gone at once."""
        with transaction.atomic():
            there = set(self.people.values_list("pk", flat=True))
            for user in (one for one in people if one.pk in there):
                self.people.remove(user)
                self._tell("team.left", by=by, before={"user": str(user.pk)})
                for place in self.places.select_related("workspace"):
                    Member.objects.settle(workspace=place.workspace, user=user, by=by)

    def place(self, *, workspace: Workspace, role: str, by: Any, custom: CustomRole | None = None) -> TeamPlace:
        """Gives everybody in it this role in the workspace."""
        if workspace.organisation_id != self.organisation_id:
            raise ValueError("A team has its place in workspaces of its own organisation.")
        with transaction.atomic():
            found, _made = TeamPlace.objects.update_or_create(
                team=self, workspace=workspace, defaults={"role": role, "custom": custom}
            )
            self._tell("team.placed", by=by, workspace=workspace, after={"role": role, **_named(custom)})
            for user in self.people.all():
                Member.objects.settle(workspace=workspace, user=user, by=by)
        return found

    def displace(self, *, workspace: Workspace, by: Any) -> None:
        """Takes its role in the workspace away."""
        with transaction.atomic():
            if self.places.filter(workspace=workspace).delete()[0]:
                self._tell("team.displaced", by=by, workspace=workspace)
                for user in self.people.all():
                    Member.objects.settle(workspace=workspace, user=user, by=by)

    def dissolve(self, *, by: Any) -> None:
        with transaction.atomic():
            places = list(self.places.select_related("workspace"))
            people = list(self.people.all())
            self._tell("team.dissolved", by=by, before={"name": self.name})
            self.delete()
            for place in places:
                for user in people:
                    Member.objects.settle(workspace=place.workspace, user=user, by=by)

    def _tell(self, verb: str, *, by: Any, workspace: Any = None, before: Any = None, after: Any = None) -> None:
        happened.send(
            Team, verb=verb, subject=self, by=by, organisation=self.organisation, workspace=workspace, because="",
            before=before or {}, after=after or {},
        )  # fmt: skip


class TeamPlace(models.Model):
    """The role that a team gives its people in one workspace."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="places")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="team_places")
    role = models.CharField(max_length=20, choices=Role.choices)
    custom = models.ForeignKey(CustomRole, null=True, blank=True, on_delete=models.PROTECT, related_name="places")

    class Meta:
        constraints = [
            models.UniqueConstraint("team", "workspace", name="team_place_once"),
            models.CheckConstraint(condition=models.Q(role__in=GIVEN), name="team_place_role_known"),
            models.CheckConstraint(
                condition=models.Q(role=Role.CUSTOM, custom__isnull=False) | ~models.Q(role=Role.CUSTOM)
                & models.Q(custom__isnull=True), name="team_place_custom",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.team} in {self.workspace}"

    @property
    def role_label(self) -> str:
        return self.custom.name if self.custom else str(Role(self.role).label)

    @property
    def rights(self) -> frozenset[str]:
        return rights_of(self.role, self.custom)


def _named(custom: CustomRole | None) -> dict[str, str]:
    return {"custom": custom.name} if custom else {}
