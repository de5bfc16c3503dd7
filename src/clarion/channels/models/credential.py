from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.channels.sealing import CannotOpen, seal, unseal
from clarion.networks.words import NotNow

from .channel import Channel

RENEWS = "refresh_token"
"""The secret that renews a sign-in, and often works once. Channels with the same one came of the same sign-in."""


class Credential(models.Model):
    """A channel's secrets, sealed. It is the network's ``Vault``.

    One sign-in may speak for several channels. They keep copies of one token, which is therefore renewed for all.
    """

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="credential")
    sealed = models.TextField(blank=True)
    key_id = models.CharField(max_length=40, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    locked_until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"credential of {self.channel}"

    def open(self) -> dict[str, Any]:
        return unseal(self.sealed)

    def keep(self, secrets: Mapping[str, Any], *, expires_at: datetime | None = None) -> None:
        self.sealed = seal(dict(secrets))
        self.key_id = self.sealed.partition(":")[0]
        if expires_at is not None:
            self.expires_at = expires_at
        self.save(update_fields=["sealed", "key_id", "expires_at", "changed_at"])  # never the lock

    # -- the vault that a network is given

    def read(self) -> dict[str, Any]:
        self.refresh_from_db(fields=["sealed", "key_id"])
        return self.open()

    def write(self, secrets: Mapping[str, Any], *, expires_at: datetime | None = None) -> None:
        """Keeps them, and what has changed also with the channels of the same sign-in, in place of the same old."""
        with transaction.atomic():
            before, twins = self.read(), self._twins()
            self.keep(secrets, expires_at=expires_at)
            for twin in twins:
                held = twin.open()
                fresh = {name: value for name, value in secrets.items() if held.get(name) == before.get(name)}
                twin.keep({**held, **fresh}, expires_at=expires_at)

    def _twins(self) -> list[Credential]:
        """The credentials of the other channels that came of the same sign-in."""
        renews = self.read().get(RENEWS)
        if renews is None:
            return []
        near = Credential.objects.filter(
            channel__workspace_id=self.channel.workspace_id, channel__network=self.channel.network
        ).exclude(pk=self.pk)
        return [one for one in near if one._renews() == renews]

    def _renews(self) -> Any:
        with suppress(CannotOpen):  # what lacks its key is for its own channel to say
            return self.open().get(RENEWS)
        return None

    @contextmanager
    def locked(self, *, patience: float = 25.0, hold: timedelta = timedelta(seconds=60)) -> Iterator[None]:
        """One refresh at a time among all workers. Not a database lock: the network is called inside."""
        end = time.monotonic() + patience
        # Channels of one sign-in are renewed by one lock: that of the first of them.
        lock = Credential.objects.filter(pk=min(one.pk for one in (self, *self._twins())))
        while not lock.filter(Q(locked_until=None) | Q(locked_until__lte=timezone.now())).update(
            locked_until=timezone.now() + hold
        ):
            if time.monotonic() >= end:
                raise NotNow(_("Another worker is signing in at this moment."), code="locked")
            time.sleep(0.1)
        try:
            yield
        finally:
            lock.update(locked_until=None)
            self.locked_until = None
