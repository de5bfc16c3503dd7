from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Lower

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened, left
from clarion.organisations.passwords import ALONE, BESIDE, normalised, spellings


class People(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).strip().lower(), **fields)
        if password:
            user.set_password(password)
        else:
            user.set_unusable_password()
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person. Signs in by e-mail; belongs to workspaces by ``Member`` rows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, blank=True)
    """The one last chosen, in which letters are written; empty: that of the installation."""
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(auto_now_add=True)
    deactivated_at = models.DateTimeField(null=True, blank=True)
    sessions_ended = models.PositiveIntegerField(default=0)
    """How often all sessions were ended. It is part of what a session is checked against, so raising it ends them."""
    password_is_short = models.BooleanField(default=False)
    """Long enough beside a second factor only."""

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    objects = People()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_email")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    @property
    def initials(self) -> str:
        words = (self.name or self.email.split("@")[0]).replace(".", " ").split()
        return "".join(word[0] for word in words[:2]).upper()

    # -- the password

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password if raw_password is None else normalised(raw_password))
        self.password_is_short = raw_password is not None and BESIDE <= len(normalised(raw_password)) < ALONE

    def check_password(self, raw_password: str) -> bool:
        return any(super(User, self).check_password(one) for one in spellings(raw_password))

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What Django checks every session against: the password, and here also how often sessions were ended."""
        whole = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        return f"{whole}.{self.sessions_ended}" if self.sessions_ended else whole

    # -- verbs

    def rename(self, name: str, *, by: Any) -> None:
        with transaction.atomic():
            before, self.name = self.name, name
            self.save(update_fields=["name"])
            self.tell("person.renamed", by=by, before={"name": before}, after={"name": name})

    def change_email(self, email: str, *, by: Any, because: str = "") -> None:
        """The address to sign in with. Raises IntegrityError when it is somebody else's."""
        with transaction.atomic():
            before, self.email = self.email, People.normalize_email(email).strip().lower()
            self.save(update_fields=["email"])
            self.tell(
                "person.email_changed", by=by, because=because, before={"email": before}, after={"email": self.email}
            )  # fmt: skip

    def end_sessions(self, *, by: Any) -> None:
        """Every session of this person is over at its next request, on every process."""
        with transaction.atomic():
            type(self).objects.filter(pk=self.pk).update(sessions_ended=F("sessions_ended") + 1)
            self.tell("person.sessions_ended", by=by)
        self.refresh_from_db(fields=["sessions_ended"])

    def deactivate(self, *, by: Any, because: str, now: datetime) -> bool:
        """Closes every door at once: sign-in, sessions, calendar feeds. What they wrote and their memberships stay.

        False when they were deactivated already.
        """
        with transaction.atomic():
            people = type(self).objects.filter(pk=self.pk, is_active=True)
            changed = people.update(is_active=False, deactivated_at=now, sessions_ended=F("sessions_ended") + 1)
            if changed:
                self.tell("person.deactivated", by=by, because=because)
                for member in self.memberships.select_related("workspace__organisation"):
                    left.send(type(self), person=self, workspace=member.workspace, by=by, now=now)
        self.refresh_from_db(fields=["is_active", "deactivated_at", "sessions_ended"])
        return bool(changed)

    def reactivate(self, *, by: Any, because: str) -> bool:
        """Opens the doors again; sessions of before stay ended. False when they were active."""
        with transaction.atomic():
            changed = type(self).objects.filter(pk=self.pk, is_active=False).update(is_active=True, deactivated_at=None)
            if changed:
                self.tell("person.reactivated", by=by, because=because)
        self.refresh_from_db(fields=["is_active", "deactivated_at"])
        return bool(changed)

    def tell(
        self, verb: str, *, by: Any, because: str = "", before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """In the record of each organisation that the person belongs to: its auditors read no other."""
        mine = self.memberships.select_related("workspace__organisation")
        houses = {one.workspace.organisation_id: one.workspace.organisation for one in mine} or {None: None}
        for house in houses.values():
            happened.send(
                type(self), verb=verb, subject=self, by=by, because=because, before=before or {}, after=after or {},
                organisation=house, workspace=None,
            )  # fmt: skip


def person(by: Any) -> User | None:
    """The User who acted, or None when the command line or Clarion itself did."""
    return by if isinstance(by, User) else None
