from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened

from .invitation import Invitation
from .member import Member
from .organisation import Organisation
from .user import User

USED_EVERY = timedelta(minutes=1)
"""So exactly it is known when a directory last spoke."""


class Foreign(ValueError):
    """A directory speaks of somebody who is none of its organisation's business."""


class DirectoryTokenQuerySet(models.QuerySet["DirectoryToken"]):
    def of(self, user: Any) -> Self:
        return self.filter(organisation__officers__user=user)

    def issue(self, *, organisation: Organisation, by: Any) -> tuple[DirectoryToken, str]:
        """Makes one, and its secret: told this once, kept as its hash."""
        secret = f"clarion-directory-{secrets.token_urlsafe(32)}"
        with transaction.atomic():
            made = self.create(organisation=organisation, secret_sha256=_hash(secret), hint=secret[-4:])
            made._tell("directory.token_issued", by=by)
        return made, secret

    def opened(self, secret: str, *, organisation: Any) -> DirectoryToken | None:
        """The one that this secret opens in this organisation; None for a wrong, a foreign or an ended one."""
        found = self.filter(secret_sha256=_hash(secret), organisation=organisation, ended_at=None)
        return found.select_related("organisation").first()


class DirectoryToken(models.Model):
    """What a directory shows in order to provide people and groups (SCIM)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="directory_tokens")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=4)
    made_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DirectoryTokenQuerySet.as_manager()

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return f"…{self.hint}"

    def end(self, *, by: Any, now: datetime) -> None:
        """From now on it opens nothing."""
        with transaction.atomic():
            if type(self).objects.filter(pk=self.pk, ended_at=None).update(ended_at=now):
                self._tell("directory.token_ended", by=by)
        self.ended_at = now

    def was_used(self, now: datetime) -> None:
        long_ago = Q(used_at=None) | Q(used_at__lt=now - USED_EVERY)
        type(self).objects.filter(long_ago, pk=self.pk).update(used_at=now)

    def refuse(self, *, why: str, after: dict[str, Any]) -> None:
        """Records that the directory said something that was not done."""
        with transaction.atomic():
            self._tell("directory.refused", because=why[:500], after=after)

    def _tell(self, verb: str, *, by: Any = None, because: str = "", after: dict[str, Any] | None = None) -> None:
        happened.send(
            type(self), verb=verb, subject=self, by=by, because=because, before={},
            after={"hint": self.hint, **(after or {})}, organisation=self.organisation, workspace=None,
        )  # fmt: skip


class ProvisionQuerySet(models.QuerySet["Provision"]):
    def of(self, user: Any) -> Self:
        return self.filter(organisation__officers__user=user)

    def provide(
        self, *, organisation: Organisation, user_name: str, email: str, name: str, external_id: str, active: bool,
        told: dict[str, Any], now: datetime,
    ) -> Provision:  # fmt: skip
        """A directory makes a person known. Somebody with this address is taken over when they belong here, or when
        the address is of a domain of this organisation. Raises ``Foreign``."""
        with transaction.atomic():
            user = User.objects.filter(email__iexact=email).first()
            provider = organisation.provider_for(email)
            if user is None:
                if provider is None and not organisation.is_alone:
                    raise Foreign(_("The address is not of a confirmed domain of this organisation."))
                user = User.objects.create_user(email, name=name)
            elif provider is None and not organisation.has(user) and not organisation.is_alone:
                raise Foreign(_("This address belongs to somebody outside this organisation."))
            provision = self.create(
                organisation=organisation, user=user, user_name=user_name, external_id=external_id, told=told
            )
            provision.tell("person.provided", after={"user_name": user_name})
            if active:
                provision._open(by=None)
                provision._come()
            else:
                provision.leave(now=now)
        return provision


class Provision(models.Model):
    """A person as the directory of an organisation provides them. ``active``: whether it lets them in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="provisions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="provisions")
    user_name = models.CharField(max_length=254)
    external_id = models.CharField(max_length=200, blank=True)
    told = models.JSONField(default=dict)
    """What the directory said last, so that it can change a part of it."""
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ProvisionQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "pk"]
        constraints = [
            models.UniqueConstraint("organisation", "user", name="provided_once"),
            models.UniqueConstraint("organisation", "user_name", name="user_name_once"),
        ]

    def __str__(self) -> str:
        return self.user_name

    def change(
        self, *, user_name: str, email: str, name: str, external_id: str, active: bool, told: dict[str, Any],
        now: datetime,
    ) -> None:  # fmt: skip
        """Makes it what the directory says. Raises ``Foreign``."""
        with transaction.atomic():
            user = self.user
            if email.lower() != user.email.lower():
                # Whoever may change an address may take the account over: so not of somebody who is elsewhere too.
                theirs = self.organisation.shares(user) or not self._is_ours(user.email) or not self._is_ours(email)
                if theirs or User.objects.filter(email__iexact=email).exists():
                    raise Foreign(_("This organisation may not give this person that address."))
                user.change_email(email, by=None, because=_("The directory told another address."))
            if name and name != user.name and not self.organisation.shares(user):
                user.rename(name, by=None)
            before = {"user_name": self.user_name, "external_id": self.external_id}
            after = {"user_name": user_name, "external_id": external_id}
            if self.told != told or before != after:
                self.user_name, self.external_id, self.told = user_name, external_id, told
                self.save(update_fields=["user_name", "external_id", "told", "changed_at"])
            if before != after:
                self.tell("person.provided_anew", before=before, after=after)
            if active and not self.active:
                self.come_back()
            elif self.active and not active:
                self.leave(now=now)

    def leave(self, *, now: datetime, by: Any = None) -> None:
        """The person has left: every door of this organisation closes in this moment, and all their sessions end.

        What they scheduled stays scheduled. Who belongs to another organisation too goes on there, after signing in
        anew. Raises ``ValueError`` when another organisation's person is the last owner of this one.
        """
        with transaction.atomic():
            self.tell("person.left", by=by)
            elsewhere = self.organisation.shares(self.user)
            for team in self.organisation.teams.filter(people=self.user):
                team.let_go([self.user], by=by)
            office = self.organisation.officers.filter(user=self.user).first()
            if office is not None and (elsewhere or not office.is_last_owner):
                office.dismiss(by=by)
            for member in Member.objects.filter(workspace__organisation=self.organisation, user=self.user, own=True):
                if not member.is_officer:
                    member.leave(by=by)
            Invitation.objects.end_all(organisation=self.organisation, user=self.user, by=by, now=now)
            if elsewhere:
                self.user.end_sessions(by=by)
            else:
                self.user.deactivate(by=by, because="left", now=now)
            self.active = False
            self.save(update_fields=["active", "changed_at"])

    def come_back(self, *, by: Any = None) -> None:
        """Is let in again, with the role of a newcomer; teams come from the directory."""
        with transaction.atomic():
            self._open(by=by)
            self.active = True
            self.save(update_fields=["active", "changed_at"])
            self._come()
            self.tell("person.came_back", by=by)

    def end(self, *, now: datetime, by: Any = None) -> None:
        """The directory speaks of this person no more: they are let in no longer. Raises as ``leave`` does."""
        with transaction.atomic():
            if self.active:
                self.leave(now=now, by=by)
            self.tell("person.no_longer_provided", by=by)
            self.delete()

    def _open(self, *, by: Any) -> None:
        """Opens the doors that this organisation has closed. Who is elsewhere too was shut out by whoever runs the
        installation: that is no directory's to undo."""
        if not self.organisation.shares(self.user):
            self.user.reactivate(by=by, because="came back")

    def _come(self) -> None:
        if not self.organisation.has(self.user):
            provider = self.organisation.provider_for(self.user.email)
            if provider is not None:
                provider.welcome(self.user)

    def _is_ours(self, email: str) -> bool:
        return self.organisation.is_alone or self.organisation.provider_for(email) is not None

    def tell(
        self, verb: str, *, by: Any = None, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
    ) -> None:
        happened.send(
            type(self), verb=verb, subject=self, by=by, because="", before=before or {},
            after={"user": str(self.user_id), **(after or {})}, organisation=self.organisation, workspace=None,
        )  # fmt: skip


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
