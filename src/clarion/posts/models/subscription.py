from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from clarion.organisations.ids import new_id
from clarion.organisations.models import Member, Workspace
from clarion.organisations.models.user import person
from clarion.records.models import Event

SEEN_EVERY = timedelta(minutes=10)
"""So exactly it is known when somebody last read."""


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def offer(
        self, *, workspace: Workspace, name: str, view: Sequence[tuple[str, str]], by: Any
    ) -> tuple[Subscription, str]:  # fmt: skip
        """Makes one, and its secret: told this once, kept as its hash. ``view``: filters as an address has them."""
        secret = secrets.token_urlsafe(24)
        with transaction.atomic():
            made = self.create(
                workspace=workspace, name=name, view=[list(pair) for pair in view], secret_sha256=_hash(secret),
                by=person(by),
            )  # fmt: skip
            Event.objects.write("subscription.offered", subject=made, by=by, after={"name": name, "view": made.view})
        return made, secret

    def opened(self, secret: str) -> Subscription | None:
        """The one that this secret opens; None for a wrong or a revoked one, or one of a person who has left, the
        installation or only the workspace, or who reads nothing there any more."""
        found = self.filter(secret_sha256=_hash(secret), revoked_at=None).exclude(by__is_active=False)
        one = found.select_related("workspace__organisation").first()
        if one is None or one.by_id is None:
            return one
        member = Member.objects.of(one.by_id, one.workspace_id)
        return one if member is not None and member.may("read") else None


class Subscription(models.Model):
    """A secret address at which calendars of people read what is planned: of one workspace, through certain filters."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="subscriptions")
    name = models.CharField(max_length=80)
    view = models.JSONField(default=list)
    secret_sha256 = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.name

    def revoke(self, *, by: Any, now: datetime) -> None:
        """From now on nothing is found at its address."""
        with transaction.atomic():
            if type(self).objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=now):
                Event.objects.write("subscription.revoked", subject=self, by=by, before={"name": self.name})
        self.revoked_at = now

    def was_read(self, now: datetime) -> None:
        """Remembered roughly, so that a reader who asks often does not write often."""
        long_ago = Q(read_at=None) | Q(read_at__lt=now - SEEN_EVERY)
        type(self).objects.filter(long_ago, pk=self.pk).update(read_at=now)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
