from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened
from clarion.organisations.policy import Role

from .custom_role import CustomRole
from .member import Member
from .user import person
from .workspace import Workspace

LASTS = timedelta(days=14)
"""So long a link can be followed after it was sent."""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def waiting(self) -> Self:
        """Neither accepted nor taken back. Those that were left too long wait too: they can be sent again."""
        return self.filter(accepted_at=None, taken_back_at=None)

    def send(
        self, *, workspace: Workspace, email: str, role: str, by: Any, now: datetime, custom: CustomRole | None = None
    ) -> tuple[Invitation, str]:
        """Invites an address, and says the secret of its link, which is kept nowhere. Whether somebody is known by the
        address makes no difference. One that waits there already gets the new role and a new link."""
        email = email.strip().lower()
        with transaction.atomic():
            found = self.waiting().filter(workspace=workspace, email=email).first()
            made = found or Invitation(workspace=workspace, email=email)
            made.role, made.custom, made.by = role, custom, person(by)
            return made, made._renew("invitation.sent", by=by, now=now)

    def end_all(self, *, organisation: Any, user: Any, by: Any, now: datetime) -> None:
        """Takes back what waits there to or from the person: nobody leaves a door open behind them."""
        theirs = models.Q(email__iexact=user.email) | models.Q(by=user)
        for one in self.waiting().filter(theirs, workspace__organisation=organisation).select_related("workspace"):
            one.take_back(by=by, now=now)

    def by_secret(self, secret: str, *, now: datetime) -> Invitation | None:
        """The invitation whose link this is, while it can be accepted. Who was deactivated, or may not give this
        role any more, has invited nobody."""
        rows = self.waiting().filter(secret_sha256=_hashed(secret), sent_at__gt=now - LASTS)
        rows = rows.exclude(by__is_active=False)
        found = rows.select_related("workspace__organisation", "custom", "by").first()
        return found if found is not None and found._holds() else None


class Invitation(models.Model):
    """An address that was asked into a workspace. It becomes a member when its owner says yes, and not before."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=20, choices=Role.choices)
    custom = models.ForeignKey(CustomRole, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "email"], name="invited_once",
                condition=models.Q(accepted_at__isnull=True, taken_back_at__isnull=True),
            ),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_known"),
            models.CheckConstraint(
                condition=models.Q(role=Role.CUSTOM, custom__isnull=False) | ~models.Q(role=Role.CUSTOM)
                & models.Q(custom__isnull=True), name="invitation_custom_role",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.email

    @property
    def role_label(self) -> str:
        return self.custom.name if self.custom else str(Role(self.role).label)

    def has_ended(self, now: datetime) -> bool:
        return self.sent_at <= now - LASTS

    def send_again(self, *, by: Any, now: datetime) -> str:
        """A new link, from whoever sends it now; the old one ends. The secret of the new one."""
        with transaction.atomic():
            self.by = person(by)
            return self._renew("invitation.sent_again", by=by, now=now)

    def take_back(self, *, by: Any, now: datetime) -> None:
        with transaction.atomic():
            if type(self).objects.waiting().filter(pk=self.pk).update(taken_back_at=now):
                self._tell("invitation.taken_back", by=by)

    def accept(self, *, user: Any, now: datetime) -> bool:
        """The person comes in, once. False when somebody was quicker, or it does not hold any more. Who has a place
        already, other than by a team, keeps it as it is."""
        with transaction.atomic():
            if not self._holds() or not type(self).objects.waiting().filter(pk=self.pk).update(accepted_at=now):
                return False
            self._tell("invitation.accepted", by=user)
            there = Member.objects.filter(workspace=self.workspace, user=user).first()
            if there is None or not (there.own or there.is_officer):
                Member.objects.join(workspace=self.workspace, user=user, role=self.role, custom=self.custom, by=self.by)
        return True

    def _holds(self) -> bool:
        """Whether who invited may still give this role: an invitation gives no more than its sender could now. Those
        of the command line, and of people who are forgotten, hold."""
        if self.by_id is None:
            return True
        member = Member.objects.of(self.by_id, self.workspace)
        return member is not None and member.may_give(self.role, self.custom)

    def _renew(self, verb: str, *, by: Any, now: datetime) -> str:
        secret = secrets.token_urlsafe(32)
        self.secret_sha256, self.sent_at = _hashed(secret), now
        self.save()
        self._tell(verb, by=by)
        return secret

    def _tell(self, verb: str, *, by: Any) -> None:
        happened.send(
            Invitation, verb=verb, subject=self, by=by, organisation=self.workspace.organisation,
            workspace=self.workspace, because="", before={}, after={"role": self.role},
        )  # fmt: skip


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
