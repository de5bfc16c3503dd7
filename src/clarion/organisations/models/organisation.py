from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened
from clarion.organisations.sign_on import domain_of

from .user import User

if TYPE_CHECKING:
    from .pause import Pause


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
    is_demo = models.BooleanField(default=False)

    objects = OrganisationQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def is_paused(self) -> bool:
        """Whether nothing may leave here: paused by itself, or with the whole installation. Asks the database."""
        return bool(self.stopped_by())

    @property
    def is_alone(self) -> bool:
        """Whether no other organisation shares this installation."""
        return not type(self).objects.exclude(pk=self.pk).exists()

    def has(self, user: Any) -> bool:
        """Whether the person belongs to it, in whatever way."""
        if self.workspaces.filter(members__user=user).exists() or self.officers.filter(user=user).exists():
            return True
        return self.teams.filter(people=user).exists()

    def shares(self, user: Any) -> bool:
        """Whether the person belongs to another organisation too: then the account is not this one's alone."""
        others = user.memberships.exclude(workspace__organisation=self)
        return others.exists() or user.offices.exclude(organisation=self).exists()

    def provider_for(self, email: str) -> Any:
        """Its identity provider for this address, by the domain; None when it has none."""
        mine = self.identity_providers.filter(active=True)
        return mine.filter(domains__name=domain_of(email), domains__confirmed_at__isnull=False).first()

    def stopped_by(self) -> list[Pause]:
        pauses = self._meta.apps.get_model("organisations", "Pause").objects
        return list(pauses.running().in_house(self).filter(workspace=None, stops=True).order_by("began_at"))

    def pause(
        self, *, by: Any, because: str, now: datetime, until: datetime | None = None, lets: bool = True
    ) -> Pause | None:
        """Stops everything that has not left yet, also what is claimed. None when it was paused already."""
        made: Pause | None = self._meta.apps.get_model("organisations", "Pause").objects.begin(
            organisation=self, by=by, because=because, now=now, until=until, lets=lets
        )
        return made

    def resume(self, *, by: Any, because: str, now: datetime, hold: timedelta | None = None) -> datetime | None:
        """Ends its own pause; when it began, or None when there was none. What was due meanwhile, and what is due
        within ``hold`` (an hour unless it is given), waits for a review."""
        running = self.pauses.filter(ended_at=None, kind="real", workspace=None).first()
        more = {} if hold is None else {"hold": hold}
        ended = running is not None and running.end(by=by, because=because, now=now, **more)
        return running.began_at if running is not None and ended else None

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
