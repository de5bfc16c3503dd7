from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened
from clarion.organisations.policy import OF_A_WORKSPACE
from clarion.organisations.sign_on import Claims, NotLetIn, domain_of

from .member import Member
from .organisation import Organisation
from .user import User
from .workspace import Workspace

CHOSEN = (
    "name", "issuer", "client_id", "newcomer_workspace", "newcomer_role", "groups_claim", "acr", "unsolicited",
    "believed",
    "break_glass", "active",
)  # fmt: skip
"""What a person chooses; each is in the record."""


class IdentityProviderQuerySet(models.QuerySet["IdentityProvider"]):
    def of(self, user: Any) -> Self:
        return self.filter(organisation__officers__user=user)

    def arrange(
        self, *, organisation: Organisation, kind: str, told: Mapping[str, Any], by: Any, sealed: str = "",
        **chosen: Any,
    ) -> IdentityProvider:  # fmt: skip
        """Agrees with a provider that its answers are believed. ``sealed``: our secret there, sealed."""
        with transaction.atomic():
            provider = self.create(organisation=organisation, kind=kind, told=dict(told), sealed=sealed, **chosen)
            provider.tell("provider.arranged", by=by, after=provider.as_json())
        return provider


class IdentityProvider(models.Model):
    """Where the people of an organisation prove who they are: a server of OpenID Connect or SAML.

    ``issuer``: its own name for itself. ``told``: its addresses and, for SAML, its certificates. ``keys``: what its
    answers are checked with, as last read (OpenID Connect).
    """

    class Kind(models.TextChoices):
        OIDC = "oidc", gettext_lazy("OpenID Connect")
        SAML = "saml", gettext_lazy("SAML 2.0")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="identity_providers")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    name = models.CharField(max_length=80)
    issuer = models.CharField(max_length=500)
    client_id = models.CharField(max_length=300, blank=True)
    sealed = models.TextField(blank=True)
    told = models.JSONField(default=dict)
    keys = models.JSONField(default=dict)
    newcomer_workspace = models.ForeignKey(
        Workspace, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    newcomer_role = models.CharField(max_length=20, blank=True, choices=[(one, one.label) for one in OF_A_WORKSPACE])
    groups_claim = models.CharField(max_length=120, blank=True)
    acr = models.CharField(max_length=300, blank=True)
    """What the provider has to say of how the person proved themselves; empty: anything will do."""
    unsolicited = models.BooleanField(default=False)
    """Whether it may send people whom nobody here sent to it (SAML, from its own list of applications)."""
    believed = models.BooleanField(default=False)
    """Whether an address counts although the provider does not say that it verified it (OpenID Connect)."""
    break_glass = models.BooleanField(default=True)
    """Whether owners with a passkey come in past it."""
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    failed_because = models.CharField(max_length=500, blank=True)

    objects = IdentityProviderQuerySet.as_manager()

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint("organisation", "issuer", "client_id", name="provider_once"),
            models.CheckConstraint(
                condition=Q(newcomer_role="") | Q(newcomer_role__in=OF_A_WORKSPACE), name="newcomer_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    # -- what is arranged

    def change(
        self, *, by: Any, told: Mapping[str, Any] | None = None, sealed: str | None = None, **chosen: Any
    ) -> None:
        """Arranges it anew. None keeps what was told, and the secret. Another issuer, or another client there, may
        give a name to somebody else: so people are known by their addresses again."""
        with transaction.atomic():
            before = self.as_json()
            if any(chosen.get(name, before[name]) != before[name] for name in ("issuer", "client_id")):
                self.identities.all().delete()
            for name, value in chosen.items():
                setattr(self, name, value)
            if told is not None:
                self.told, self.keys = dict(told), {}
            if sealed is not None:
                self.sealed = sealed
            self.save(update_fields=[*chosen, "told", "keys", "sealed"])
            self.tell("provider.changed", by=by, before=before, after=self.as_json())

    def remove(self, *, by: Any) -> None:
        """It is believed no more. Its domains are free, and people sign in with a password again."""
        with transaction.atomic():
            self.tell("provider.removed", by=by, before=self.as_json())
            self.delete()

    # -- who comes

    def admit(self, claims: Claims, *, now: datetime) -> User:
        """The person of whom it speaks, made where newcomers are welcome; teams follow the groups that it told.

        Raises NotLetIn.
        """
        if self.acr and claims.second_factor not in self.acr.split():
            raise NotLetIn(
                "factor_missing", _("Your organisation asks for a second factor. Sign in there with one."),
                detail=claims.second_factor,
            )  # fmt: skip
        with transaction.atomic():
            user = self._known(claims, now=now) or self._by_address(claims, now=now)
            left = user.provisions.filter(organisation=self.organisation, active=False).exists()
            if left or not user.is_active:
                raise NotLetIn("deactivated", _("Your access has ended. Ask the people who look after your accounts."))
            kept = not self._readdress(user, claims)
            self._follow(user, claims)
            type(self).objects.filter(pk=self.pk).update(used_at=now, failed_at=None, failed_because="")
            other = {"address_not_taken": claims.email} if kept else {}
            self.tell("provider.admitted", by=user, after={"user": str(user.pk), **other})
        return user

    def _known(self, claims: Claims, *, now: datetime) -> User | None:
        identity = self.identities.select_related("user").filter(subject=claims.subject).first()
        if identity is None:
            return None
        user, house = identity.user, self.organisation
        if not house.provider_for(user.email) and (house.shares(user) or not house.has(user)):
            # They went elsewhere, and their account went with them: it opens what is not this organisation's.
            raise NotLetIn("stranger", _("Nobody has added you yet. Ask an owner or a manager of your workspace."))
        musts = self.domains.model.objects.in_force().filter(name=domain_of(user.email)).exclude(enforced_at=None)
        if musts.exclude(provider=self).exists():
            raise NotLetIn("enforced", _("Your organisation asks you to sign in through its own provider."))
        self.identities.filter(pk=identity.pk).update(used_at=now)
        return user

    def _by_address(self, claims: Claims, *, now: datetime) -> User:
        """Only an address of a domain of this organisation says who somebody is; any other could be made up there."""
        if not claims.email:
            raise NotLetIn("no_email", _("The provider did not tell your e-mail address. It has to be set up to."))
        domain = self.domains.in_force().filter(name=domain_of(claims.email)).first()
        if domain is None:
            raise NotLetIn(
                "foreign_domain",
                _("The address %(email)s is not of a domain of your organisation, so it cannot be used here.")
                % {"email": claims.email},
            )
        if not self._vouches(claims, domain):
            raise NotLetIn(
                "unverified_email", _("The provider has not verified the address %(email)s.") % {"email": claims.email}
            )
        user = User.objects.filter(email__iexact=claims.email).first()
        if user is not None and self.identities.filter(user=user).exists():  # the address may be a successor's
            raise NotLetIn(
                "known_otherwise",
                _("Your organisation’s provider knew this address as somebody else’s before. Ask who runs Clarion."),
            )
        here = user is not None and self.organisation.has(user)
        expected = self._teams_of(claims).exists() or (self.newcomer_role and self.newcomer_workspace)
        if not here and not expected:
            raise NotLetIn("stranger", _("Nobody has added you yet. Ask an owner or a manager of your workspace."))
        if user is None:
            user = User.objects.create_user(claims.email, name=claims.name)
        if not here and not self._teams_of(claims).exists():
            self.welcome(user)
        self.identities.create(user=user, subject=claims.subject, used_at=now)
        self.tell("provider.linked", by=user, after={"user": str(user.pk)})
        return user

    def _vouches(self, claims: Claims, domain: Any) -> bool:
        return claims.email_verified or self.believed or domain.enforced_at is not None

    def _readdress(self, user: User, claims: Claims) -> bool:
        """Gives a person the address that it tells, from one domain of this organisation to one of this provider's.
        False when there is another that is not taken: of somebody who is elsewhere too, or who chose one of no domain
        of ours, whoever says what the address is would take the account over; or it is somebody else's already."""
        if not claims.email or claims.email.lower() == user.email.lower():
            return True
        domain = self.domains.in_force().filter(name=domain_of(claims.email)).first()
        house = self.organisation
        if domain is None or not self._vouches(claims, domain):
            return False
        if not house.provider_for(user.email) or house.shares(user):
            return False
        try:
            user.change_email(claims.email, by=None, because=_("The identity provider told another address."))
        except IntegrityError:
            user.refresh_from_db(fields=["email"])
            return False
        return True

    def welcome(self, user: User) -> None:
        """Gives a newcomer the role for newcomers, if there is one."""
        if self.newcomer_role and self.newcomer_workspace and self.newcomer_workspace.organisation == self.organisation:
            Member.objects.join(workspace=self.newcomer_workspace, user=user, role=self.newcomer_role)

    def _teams_of(self, claims: Claims) -> models.QuerySet[Any]:
        """The teams that follow a group of which it told."""
        told = claims.groups or () if self.groups_claim else ()
        return self.organisation.teams.exclude(outside="").filter(outside__in=told)

    def _follow(self, user: User, claims: Claims) -> None:
        if self.groups_claim and claims.groups is not None:
            for team in self.organisation.teams.exclude(outside=""):
                (team.take_in if team.outside in claims.groups else team.let_go)([user], by=None)

    def refuse(self, failure: NotLetIn, *, now: datetime, email: str = "") -> None:
        """Remembers that somebody was not let in, and why: for the record, and for whoever looks after it."""
        with transaction.atomic():
            said = f"{failure.sentence} {failure.detail}".strip()[:500]
            type(self).objects.filter(pk=self.pk).update(failed_at=now, failed_because=said)
            self.tell("provider.refused", because=failure.sentence[:500], after={"code": failure.code, "email": email})

    def forget(self, user: User, *, by: Any, because: str) -> None:
        """The person is known by the address again when they next come: as whoever the provider then says it is."""
        with transaction.atomic():
            self.identities.filter(user=user).delete()
            self.tell("provider.forgot", by=by, because=because, before={"user": str(user.pk)})

    def learn(self, keys: Mapping[str, Any]) -> None:
        """Keeps the newer keys that the provider told."""
        self.keys = dict(keys)
        type(self).objects.filter(pk=self.pk).update(keys=self.keys)

    def as_json(self) -> dict[str, Any]:
        shown = {name: getattr(self, name) for name in CHOSEN if name != "newcomer_workspace"}
        return {**shown, "newcomer_workspace": str(self.newcomer_workspace_id or "")}

    def tell(
        self, verb: str, *, by: Any = None, because: str = "", before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        happened.send(
            type(self), verb=verb, subject=self, by=by, because=because, before=before or {}, after=after or {},
            organisation=self.organisation, workspace=None,
        )  # fmt: skip


class Identity(models.Model):
    """A person as a provider knows them: by its own name, which stays when the address changes."""

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="identities")
    subject = models.CharField(max_length=500)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identities")
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("provider", "subject", name="identity_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.provider}"


class Assertion(models.Model):
    """What a SAML provider sent about somebody: taken once, then only remembered so that nobody brings it again.

    ``ticket_sha256``: of the secret with which the browser fetches it, because our cookie does not come along when
    another site posts to us.
    """

    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="assertions")
    named = models.CharField(max_length=64)
    """SHA-256 of its id."""
    ticket_sha256 = models.CharField(max_length=64, unique=True)
    in_response_to = models.CharField(max_length=200, blank=True)
    claims = models.JSONField(default=dict)
    until = models.DateTimeField(db_index=True)
    """Not kept any longer: by then it is too old to be taken."""
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("provider", "named", name="assertion_once")]

    def __str__(self) -> str:
        return self.named
