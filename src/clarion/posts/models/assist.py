from __future__ import annotations

from typing import Any, Self
from urllib.parse import urlsplit

from django.db import models, transaction
from django.utils.translation import gettext as _

from clarion.channels.sealing import seal, unseal
from clarion.organisations.models import Organisation
from clarion.records.models import Event


class AssistQuerySet(models.QuerySet["Assist"]):
    def of(self, user: Any) -> Self:
        return self.filter(organisation__workspaces__members__user=user).distinct()

    def of_organisation(self, organisation: Organisation) -> Assist | None:
        """None: nobody has chosen a model, so there is no writing help."""
        return self.filter(organisation=organisation).first()

    def settle(
        self, organisation: Organisation, *, address: str, model: str, key: str, takes_pictures: bool, by: Any
    ) -> Assist:
        """Chooses the model. An empty ``key`` keeps the one before, unless the server is another. Raises ValueError."""
        address, model = address.strip().rstrip("/"), model.strip()
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or parts.query:
            raise ValueError(_("That is not an address. It looks like https://models.example/v1."))
        if not model or len(model) > 200 or len(address) > 500:
            raise ValueError(_("Say which model answers, by the name that the server knows."))
        with transaction.atomic():
            found = self.filter(organisation=organisation).first() or Assist(organisation=organisation)
            before = found.told if found.pk else {}
            if key.strip() or found.host != (parts.hostname or ""):
                found.sealed = seal({"key": key.strip()}) if key.strip() else ""
            found.address, found.model, found.takes_pictures = address, model, takes_pictures
            found.save()
            Event.objects.write(
                "assist.settled", subject=organisation, organisation=organisation, by=by, before=before,
                after=found.told,
            )  # fmt: skip
        return found


class Assist(models.Model):
    """Writing help by a model of the organisation's own choosing, at any address that speaks as OpenAI's does."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="assist")
    address = models.CharField(max_length=500)
    model = models.CharField(max_length=200)
    sealed = models.TextField(blank=True)
    takes_pictures = models.BooleanField(default=False)

    objects = AssistQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.model} at {self.host}"

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""

    @property
    def key(self) -> str:
        """Raises ``CannotOpen``."""
        return str(unseal(self.sealed).get("key", ""))

    @property
    def told(self) -> dict[str, Any]:
        """What the record says of it: never the key."""
        return {"host": self.host, "model": self.model, "pictures": self.takes_pictures, "has_key": bool(self.sealed)}

    def turn_off(self, *, by: Any) -> None:
        """Forgets the model and its key."""
        with transaction.atomic():
            organisation, before = self.organisation, self.told
            self.delete()
            Event.objects.write(
                "assist.turned_off", subject=organisation, organisation=organisation, by=by, before=before
            )
