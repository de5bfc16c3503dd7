from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from clarion.channels.sealing import seal, unseal
from clarion.networks.base import Network
from clarion.organisations.models import Organisation
from clarion.records.models import Event


class AppQuerySet(models.QuerySet["App"]):
    def keys(self, kind: type[Network], *, organisation: Organisation, server: str = "") -> dict[str, Any]:
        """The keys of the application that speaks for this organisation: its own, else the operator's.

        ``{"client_id", "client_secret", "base_url", …}``; what nobody has set is missing.
        """
        named = {name.lower(): settings.ENVIRONMENT.app_key(kind.name, name) for name in SETTINGS}
        told = {name: value for name, value in named.items() if value}
        if not kind.needs_app:
            return told
        known = self.filter(network=kind.name, server=server).filter(
            Q(organisation=organisation) | Q(organisation=None)
        )
        own = known.order_by(F("organisation").asc(nulls_last=True), "-registered_at").first()
        return {**told, **own.keys} if own else told

    def given(self, kinds: Iterable[type[Network]], *, organisation: Organisation) -> set[str]:
        """Names of the networks to whose application somebody has given the keys: the organisation, or the operator."""
        rows = self.filter(Q(organisation=organisation) | Q(organisation=None), server="")
        kept = set(rows.values_list("network", flat=True))
        return {
            kind.name for kind in kinds
            if (kind.needs_app and kind.name in kept) or settings.ENVIRONMENT.app_key(kind.name, "CLIENT_ID")
        }  # fmt: skip

    def keep(
        self, kind: type[Network], *, organisation: Organisation, keys: dict[str, str], redirect_uri: str, by: Any
    ) -> App:
        """Keeps the keys that a person of the organisation typed, in place of those before."""
        fixed = {"network": kind.name, "server": "", "organisation": organisation, "redirect_uri": redirect_uri}
        with transaction.atomic():
            app = self.filter(**fixed).first() or App(**fixed)
            app.keys = keys
            app.save()
            Event.objects.write(
                "app.kept", subject=app, by=by, organisation=organisation,
                after={"network": kind.name, "names": sorted(keys)},
            )  # fmt: skip
        return app


SETTINGS = ("CLIENT_ID", "CLIENT_SECRET", "BASE_URL", "SCOPES", "VERSION")
"""What an operator may set of a network: ``CLARION_<NETWORK>_<NAME>``."""


class App(models.Model):
    """Clarion's registration as an application at one server of a network.

    Without an organisation it was registered by Clarion itself and serves all; else it is that organisation's own.
    """

    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="apps")
    network = models.CharField(max_length=40)
    server = models.CharField(max_length=300)
    redirect_uri = models.CharField(max_length=600)
    sealed = models.TextField()
    registered_at = models.DateTimeField(auto_now_add=True)

    objects = AppQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "server", "redirect_uri"], condition=Q(organisation=None), name="app_once_per_server"
            ),
            models.UniqueConstraint(
                fields=["organisation", "network", "server", "redirect_uri"], name="app_once_per_organisation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network} app at {self.server}"

    @property
    def keys(self) -> dict[str, Any]:
        return unseal(self.sealed)

    @keys.setter
    def keys(self, keys: dict[str, Any]) -> None:
        self.sealed = seal(keys)
