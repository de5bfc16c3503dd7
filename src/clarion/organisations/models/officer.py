from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened
from clarion.organisations.policy import OF_THE_ORGANISATION, RIGHTS, Role

from .member import Member
from .organisation import Organisation


class OfficerQuerySet(models.QuerySet["Officer"]):
    def of(self, user: Any) -> Self:
        return self.filter(user=user)

    def appoint(self, *, organisation: Organisation, user: Any, role: str, by: Any) -> Officer:
        """Gives the person a role in the organisation, and by it in each of its workspaces; recorded."""
        if role not in OF_THE_ORGANISATION:
            raise ValueError(f"{role} is no role of an organisation")
        with transaction.atomic():
            officers = self.select_for_update().filter(organisation=organisation).order_by("pk")
            officer = next((one for one in officers if one.user_id == user.pk), None)
            before = {"role": officer.role} if officer else {}
            if officer is not None and officer.role == role:
                return officer
            if officer is None:
                officer = self.create(organisation=organisation, user=user, role=role)
            else:
                officer.refuse_if_last(role)
                officer.role = role
                officer.save(update_fields=["role"])
            officer._tell("officer.appointed", by=by, before=before, after={"role": role})
            for workspace in organisation.workspaces.all():
                Member.objects.settle(workspace=workspace, user=user, by=by)
        return officer


class Officer(models.Model):
    """An owner, administrator or auditor: somebody whose role is of the whole organisation."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="officers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="offices")
    role = models.CharField(max_length=20, choices=[(role, role.label) for role in OF_THE_ORGANISATION])
    appointed_at = models.DateTimeField(auto_now_add=True)

    objects = OfficerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("organisation", "user", name="officer_once"),
            models.CheckConstraint(condition=models.Q(role__in=OF_THE_ORGANISATION), name="officer_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    def may(self, what: str) -> bool:
        return what in RIGHTS[self.role]

    def dismiss(self, *, by: Any) -> None:
        """Ends the office, and with it the place in every workspace that no team gives. The last owner stays."""
        with transaction.atomic():
            self.refuse_if_last("")
            self._tell("officer.dismissed", by=by, before={"role": self.role})
            organisation, user = self.organisation, self.user
            self.delete()
            for workspace in organisation.workspaces.all():
                Member.objects.settle(workspace=workspace, user=user, by=by)

    @property
    def is_last_owner(self) -> bool:
        others = type(self).objects.filter(organisation=self.organisation, role=Role.OWNER).exclude(pk=self.pk)
        return self.role == Role.OWNER and not others.exists()

    def refuse_if_last(self, role: str) -> None:
        """Raises ``ValueError`` when with ``role`` (empty: none) the organisation would have no owner any more."""
        if self.role == Role.OWNER and role != Role.OWNER:
            # In one order for all, so that two who go at the same time wait for each other instead of locking up.
            rows = type(self).objects.select_for_update().filter(organisation=self.organisation).order_by("pk")
            if not [one for one in rows if one.role == Role.OWNER and one.pk != self.pk]:
                raise ValueError(str(_("An organisation needs an owner. Make somebody else owner first.")))

    def _tell(self, verb: str, *, by: Any, before: Any = None, after: Any = None) -> None:
        happened.send(
            Officer, verb=verb, subject=self, by=by, organisation=self.organisation, workspace=None, because="",
            before=before or {}, after={**(after or {}), "user": str(self.user_id)},
        )  # fmt: skip
