from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened
from clarion.organisations.sign_on import domain_of

from .identity_provider import IdentityProvider
from .organisation import Organisation


class DomainQuerySet(models.QuerySet["Domain"]):
    def of(self, user: Any) -> Self:
        return self.filter(provider__organisation__officers__user=user)

    def in_force(self) -> Self:
        """Confirmed, and of a provider that is in use."""
        return self.filter(provider__active=True).exclude(confirmed_at=None)

    def for_address(self, email: str) -> Domain | None:
        """The domain in force that decides where this address signs in, with its provider."""
        found = self.in_force().filter(name=domain_of(email))
        return found.select_related("provider__organisation").first()

    def state(self, *, provider: IdentityProvider, name: str, by: Any) -> Domain:
        """An owner says that these addresses are theirs. Where one organisation is alone on an installation, that is
        enough; where several share one, whoever runs it has to confirm it. Raises ``ValueError``."""
        wanted = domain_of(name)
        if "." not in wanted or len(wanted) > 253 or any(not part for part in wanted.split(".")) or " " in wanted:
            raise ValueError(_("That is not a domain. It looks like halden.example."))
        with transaction.atomic():
            if self.filter(name=wanted).exists():
                raise ValueError(_("This domain is stated already, here or by another organisation."))
            alone = Organisation.objects.count() == 1
            domain = self.create(provider=provider, name=wanted, confirmed_at=timezone.now() if alone else None)
            domain.tell("domain.stated", by=by, after={"confirmed": alone})
        return domain


class Domain(models.Model):
    """Addresses, by what stands behind the @, that are of one organisation and sign in through its provider.

    ``enforced_at``: since when they sign in through it only, and by no password.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(IdentityProvider, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(max_length=253, unique=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    enforced_at = models.DateTimeField(null=True, blank=True)

    objects = DomainQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def confirm(self, *, by: Any, now: datetime) -> bool:
        """Whoever runs the installation says that it is theirs. False when it was confirmed already."""
        with transaction.atomic():
            changed = type(self).objects.filter(pk=self.pk, confirmed_at=None).update(confirmed_at=now)
            if changed:
                self.tell("domain.confirmed", by=by)
        self.refresh_from_db(fields=["confirmed_at"])
        return bool(changed)

    def enforce(self, *, by: Any, now: datetime) -> None:
        """From now on these addresses sign in through the provider only, and whoever is in by a password is out at the
        next request (``Strictest.through``). Raises ``ValueError`` while nobody has come through it."""
        if self.confirmed_at is None:
            raise ValueError(_("This domain has not been confirmed yet by those who run this installation."))
        if not self.provider.active or not self.provider.identities.exists():
            raise ValueError(
                _("Nobody has signed in through this provider yet. Do so once, so that nobody is locked out.")
            )
        with transaction.atomic():
            if type(self).objects.filter(pk=self.pk, enforced_at=None).update(enforced_at=now):
                self.tell("domain.enforced", by=by)
        self.refresh_from_db(fields=["enforced_at"])

    def relax(self, *, by: Any) -> None:
        """A password will do again."""
        with transaction.atomic():
            if type(self).objects.filter(pk=self.pk).exclude(enforced_at=None).update(enforced_at=None):
                self.tell("domain.relaxed", by=by)
        self.refresh_from_db(fields=["enforced_at"])

    def give_up(self, *, by: Any) -> None:
        with transaction.atomic():
            self.tell("domain.given_up", by=by)
            self.delete()

    def tell(self, verb: str, *, by: Any, after: dict[str, Any] | None = None) -> None:
        happened.send(
            type(self), verb=verb, subject=self, by=by, because="", before={},
            after={"domain": self.name, **(after or {})}, organisation=self.provider.organisation, workspace=None,
        )  # fmt: skip
