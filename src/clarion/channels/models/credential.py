from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.channels.sealing import newest_key_id, seal, unseal
from clarion.networks.words import NotNow

from .channel import Channel


class CredentialQuerySet(models.QuerySet["Credential"]):
    def rotate(self) -> int:
        """Seals every credential anew with the newest key; how many were changed."""
        changed = 0
        for pk in self.exclude(key_id=newest_key_id()).values_list("pk", flat=True):
            with transaction.atomic():
                credential = self.select_for_update().get(pk=pk)
                credential.keep(credential.open())
                changed += 1
        return changed


class Credential(models.Model):
    """A channel's secrets, sealed. It is the network's ``Vault``."""

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="credential")
    sealed = models.TextField(blank=True)
    key_id = models.CharField(max_length=40, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    locked_until = models.DateTimeField(null=True, blank=True)

    objects = CredentialQuerySet.as_manager()

    def __str__(self) -> str:
        return f"credential of {self.channel}"

    def open(self) -> dict[str, Any]:
        return unseal(self.sealed)

    def keep(self, secrets: Mapping[str, Any], *, expires_at: datetime | None = None) -> None:
        self.sealed, self.key_id = seal(dict(secrets)), newest_key_id()
        if expires_at is not None:
            self.expires_at = expires_at
        self.save()

    # -- the vault that a network is given

    def read(self) -> dict[str, Any]:
        self.refresh_from_db(fields=["sealed", "key_id"])
        return self.open()

    def write(self, secrets: Mapping[str, Any], *, expires_at: datetime | None = None) -> None:
        self.keep(secrets, expires_at=expires_at)

    @contextmanager
    def locked(self, *, patience: float = 25.0, hold: timedelta = timedelta(seconds=60)) -> Iterator[None]:
        """One refresh at a time among all workers. Not a database lock: the network is called inside."""
        end = time.monotonic() + patience
        mine = Credential.objects.filter(pk=self.pk)
        while not mine.filter(Q(locked_until=None) | Q(locked_until__lte=timezone.now())).update(
            locked_until=timezone.now() + hold
        ):
            if time.monotonic() >= end:
                raise NotNow(_("Another worker is signing in at this moment."), code="locked")
            time.sleep(0.1)
        try:
            yield
        finally:
            mine.update(locked_until=None)
            self.locked_until = None
