from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from clarion.organisations.models import Role
from clarion.work.models import Timed, TimedQuerySet

from .delivery import Delivery

GATHER = timedelta(seconds=8)
"""How long a first alert waits for others, so that one trouble is one e-mail; well within the promised minute."""


class AlertQuerySet(TimedQuerySet):
    def raise_for(self, delivery: Delivery, *, now: datetime) -> None:
        """Tells the author and those who lead the workspace, once per trouble and person."""
        leaders = delivery.workspace.members.filter(role__in=(Role.OWNER, Role.MANAGER)).values_list(
            "user_id", flat=True
        )
        people = {*leaders, delivery.post.author_id, delivery.scheduled_by_id} - {None}
        members = set(delivery.workspace.members.filter(user_id__in=people).values_list("user_id", flat=True))
        self.bulk_create(
            Alert(
                delivery=delivery, person_id=person, state=delivery.state, sentence=delivery.reason, raised_at=now,
                wake_at=now + GATHER,
            )
            for person in sorted(members, key=str)
        )  # fmt: skip

    def unseen(self, user: Any) -> Self:
        return self.filter(person=user, seen_at=None)

    def take(self, pk: Any, *, owner: str, now: datetime) -> Alert | None:
        """Claims one alert; None when it is taken, or another worker writes to this person."""
        try:
            with transaction.atomic():
                if not self.claim(pk, owner=owner, now=now):
                    return None
                return self.select_related("person", "delivery__workspace").get(pk=pk)
        except IntegrityError:
            return None


class Alert(Timed):
    """A failure told to one person: in the app at once, by e-mail within a minute."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="alerts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alerts")
    state = models.CharField(max_length=12)
    sentence = models.TextField()
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=~Q(lease_owner=""), name="alert_one_mail_at_a_time")
        ]
        indexes = [
            models.Index(fields=["wake_at"], condition=Q(wake_at__isnull=False, lease_owner=""), name="alert_wakes"),
            models.Index(fields=["person", "seen_at"], name="alert_unseen"),
        ]

    def __str__(self) -> str:
        return f"{self.state} told to {self.person}"
