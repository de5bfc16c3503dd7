from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from clarion.work.models import Timed, TimedQuerySet

from .device import Device


class TellingQuerySet(TimedQuerySet):
    def take(self, pk: Any, *, owner: str, now: datetime) -> Telling | None:
        """Claims one; None when it is taken, or another worker writes to this person or device."""
        try:
            with transaction.atomic():
                if not self.claim(pk, owner=owner, now=now):
                    return None
                return self.select_related("person", "device").get(pk=pk)
        except IntegrityError:
            return None

    def beside(self, one: Telling) -> Self:
        """What waits to be told to the same person in the same message: all at once, or all in the digest."""
        return self.filter(person=one.person_id, device=one.device_id, digest=one.digest, wake_at__isnull=False)


class Outcome(models.TextChoices):
    SENT = "sent"
    SETTLED = "settled"
    LEFT = "left"
    """She is no longer where it happened."""
    GIVEN_UP = "given_up"


class Telling(Timed):
    """One notification on its way to a person: by e-mail, or (with a ``device``) pushed to that device."""

    id = models.BigAutoField(primary_key=True)
    notification = models.ForeignKey(
        "notifications.Notification", on_delete=models.CASCADE, related_name="tellings"
    )  # fmt: skip
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.CASCADE, related_name="tellings")
    digest = models.BooleanField(default=False)
    tries = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = TellingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=~Q(lease_owner="") & Q(device=None), name="telling_one_mail_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["device"], condition=~Q(lease_owner="") & Q(device__isnull=False),
                name="telling_one_push_at_a_time",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["wake_at"], condition=Q(wake_at__isnull=False, lease_owner=""), name="telling_wakes"),
            models.Index(fields=["lease_until"], condition=~Q(lease_owner=""), name="telling_leased"),
            models.Index(
                fields=["person", "device"], condition=Q(wake_at__isnull=False), name="telling_waits"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.notification_id} to {self.device_id or self.person_id}"
