from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened
from clarion.organisations.sign_on import domain_of

from .user import person


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

    @property
    def is_alone(self) -> bool:
        """Whether no other organisation shares this installation."""
        return not type(self).objects.exclude(pk=self.pk).exists()

    def has(self, user: Any) -> bool:
        """Whether the person belongs to it, in whatever way."""
        if self.workspaces.filter(members__user=user).exists() or self.officers.filter(user=user).exists():
            return True
        return self.teams.filter(people=user).exists()

    def provider_for(self, email: str) -> Any:
        """Its identity provider for this address, by the domain; None when it has none."""
        mine = self.identity_providers.filter(active=True)
        return mine.filter(domains__name=domain_of(email), domains__confirmed_at__isnull=False).first()

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

    def _tell(self, verb: str, *, by: Any, because: str = "", before: Any = None, after: Any = None) -> None:
        happened.send(
            type(self), verb=verb, subject=self, by=by, organisation=self, workspace=None,
            because=because, before=before or {}, after=after or {},
        )  # fmt: skip
