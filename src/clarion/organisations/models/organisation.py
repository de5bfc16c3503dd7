from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened

from .user import User, person


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def of(self, user: Any) -> Self:
        """Organisations in which the person is a member of some workspace."""
        return self.filter(workspaces__members__user=user).distinct()

    def found(self, *, name: str, by: Any = None) -> Organisation:
        """Founds an organisation, and records it."""
        with transaction.atomic():
            organisation = self.create(name=name)
            happened.send(
                Organisation, verb="organisation.founded", subject=organisation, by=by, organisation=organisation,
                workspace=None, because="", before={}, after={"name": name},
            )  # fmt: skip
        return organisation


class Organisation(models.Model):
    """A city hall, an agency, one person. The crisis switch pauses everything in it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=160)
    created_at = models.DateTimeField(auto_now_add=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    paused_because = models.CharField(max_length=500, blank=True)
    is_demo = models.BooleanField(default=False)

    objects = OrganisationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    def pause(self, *, by: Any, because: str, now: datetime) -> bool:
        """Stops everything that has not left yet. False when it was paused already."""
        with transaction.atomic():
            changed = (
                type(self)
                .objects.filter(pk=self.pk, paused_at=None)
                .update(paused_at=now, paused_by=person(by), paused_because=because)
            )
            if changed:
                self._tell("organisation.paused", by=by, because=because, after={"paused_at": now.isoformat()})
        self.refresh_from_db()
        return bool(changed)

    def resume(self, *, by: Any, because: str, now: datetime) -> datetime | None:
        """Ends the pause; when it began, or None when there was none. Listeners hold back what was due meanwhile."""
        with transaction.atomic():
            since = type(self).objects.select_for_update().filter(pk=self.pk).values_list("paused_at", flat=True)[0]
            if since is not None:
                type(self).objects.filter(pk=self.pk).update(paused_at=None, paused_by=None, paused_because="")
                self._tell(
                    "organisation.resumed", by=by, because=because,
                    before={"paused_at": since.isoformat()}, after={"resumed_at": now.isoformat()},
                )  # fmt: skip
        self.refresh_from_db()
        return since

    def let_go(self, user: Any, *, by: Any, now: datetime) -> None:
        """Ends all that the person has here: office, teams, every workspace, and invitations to or from her. Raises
        ``ValueError`` with a sentence for the last owner. What she wrote stays."""
        with transaction.atomic():
            for office in self.officers.filter(user=user):
                office.dismiss(by=by)
            for team in self.teams.filter(people=user):
                team.let_go([user], by=by)
            for workspace in self.workspaces.filter(members__user=user):
                workspace.members.get(user=user).leave(by=by)
            for workspace in self.workspaces.all():
                theirs = models.Q(email__iexact=user.email) | models.Q(by=user)
                for invitation in workspace.invitations.waiting().filter(theirs):
                    invitation.take_back(by=by, now=now)
            self._tell("person.let_go", by=by, before={"user": str(user.pk)})

    def people(self) -> models.QuerySet[User]:
        """Everybody who has something here: an office, a place in a workspace, or one in a team."""
        mine = models.Q(pk__in=self.officers.values("user"))
        mine |= models.Q(pk__in=self.workspaces.values("members__user"))
        mine |= models.Q(pk__in=self.teams.values("people"))
        return User.objects.filter(mine).order_by("name", "email")

    def _tell(self, verb: str, *, by: Any, because: str = "", before: Any = None, after: Any = None) -> None:
        happened.send(
            type(self), verb=verb, subject=self, by=by, organisation=self, workspace=None,
            because=because, before=before or {}, after=after or {},
        )  # fmt: skip
