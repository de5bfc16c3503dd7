from __future__ import annotations

import hashlib
from datetime import datetime
from functools import cached_property
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext as _

from clarion.channels.sealing import seal, unseal
from clarion.notifications import push
from clarion.organisations.ids import new_id
from clarion.organisations.models import User
from clarion.records.models import Event

MOST = 20
"""Devices of one person."""


class BadDevice(Exception):
    """What a browser handed in is no subscription; the sentence says so."""


class DeviceQuerySet(models.QuerySet["Device"]):
    def of(self, user: Any) -> Self:
        return self.filter(person=user)

    def add(
        self, *, person: User, endpoint: str, p256dh: str, auth: str, label: str, language: str, now: datetime
    ) -> Device:
        """Keeps a browser's subscription (base64url keys), sealed. The same browser again is the same device, and then
        belongs to who adds it. Raises ``BadDevice``."""
        _check(endpoint, p256dh, auth)
        known = hashlib.sha256(endpoint.encode()).hexdigest()
        with transaction.atomic():
            self.filter(endpoint_sha256=known).delete()
            if self.filter(person=person).count() >= MOST:
                raise BadDevice(_("That are many devices. Remove one that you no longer use first."))
            device = self.create(
                person=person, endpoint_sha256=known, label=label[:120], language=language, made_at=now,
                sealed=seal({"endpoint": endpoint, "p256dh": p256dh, "auth": auth}),
            )  # fmt: skip
            Event.objects.write("device.added", subject=device, by=person, after={"label": device.label})
        return device


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    bad = BadDevice(_("This browser handed in nothing that can be notified. Load the page again and try once more."))
    try:
        parts = urlsplit(endpoint)
        key, secret = push.decoded(p256dh), push.decoded(auth)
        push.their_key(key)
    except ValueError:
        raise bad from None
    here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    if len(endpoint) > 1000 or not parts.hostname or not (parts.scheme == "https" or (here and parts.scheme == "http")):
        raise bad
    if len(secret) != 16:
        raise bad


class Device(models.Model):
    """A browser that may be notified (Push API). Where it is reached is a secret, and sealed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices")
    endpoint_sha256 = models.CharField(max_length=64, unique=True)
    sealed = models.TextField()
    label = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, blank=True)
    made_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        ordering = ["made_at"]

    def __str__(self) -> str:
        return self.label

    @cached_property
    def subscription(self) -> dict[str, Any]:
        """``endpoint``, ``p256dh`` and ``auth``. Raises ``CannotOpen``."""
        return unseal(self.sealed)

    def remove(self, *, by: Any, because: str = "") -> None:
        """It is notified no more."""
        with transaction.atomic():
            Event.objects.write(
                "device.removed", subject=self, by=by, because=because, before={"label": self.label}
            )  # fmt: skip
            self.delete()


class PushKeyQuerySet(models.QuerySet["PushKey"]):
    def ours(self, *, now: datetime) -> PushKey:
        """The one key by which push services know this installation; made when it is first asked for."""
        found = self.order_by("pk").first()
        if found is None:
            public, private = push.new_key()
            made = {"public": public, "sealed": seal({"private": private}), "made_at": now}
            found, _made = self.get_or_create(pk=1, defaults=made)
        return found


class PushKey(models.Model):
    """The key pair of RFC 8292. Browsers subscribe to its public half (base64url), so it never changes by itself."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    public = models.CharField(max_length=100)
    sealed = models.TextField()
    made_at = models.DateTimeField()

    objects = PushKeyQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="push_key_is_one")]

    def __str__(self) -> str:
        return self.public

    @property
    def private(self) -> str:
        """Raises ``CannotOpen``."""
        return str(unseal(self.sealed)["private"])
