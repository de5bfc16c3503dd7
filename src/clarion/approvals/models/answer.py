"""Whose answer a request waits for, who handed it on, and what was answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from clarion.organisations.ids import new_id


class Asked(models.Model):
    """One person whose answer a stage waits for."""

    request = models.ForeignKey("Request", on_delete=models.CASCADE, related_name="asked")
    stage = models.PositiveIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="asked_for")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    escalated = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint("request", "stage", "person", name="asked_once")]
        indexes = [models.Index(fields=["person"], condition=Q(answered_at=None), name="asked_open")]

    def __str__(self) -> str:
        return f"{self.person_id} for {self.request_id}"


class Delegation(models.Model):
    """Somebody who was asked handed the question on. The taker answers in the place of the giver."""

    request = models.ForeignKey("Request", on_delete=models.CASCADE, related_name="delegations")
    stage = models.PositiveIntegerField()
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    covers = models.JSONField(default=list)
    because = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.giver_id} → {self.taker_id}"


class Decision(models.Model):
    """One answer of one person to one seal. Written once; the database refuses a yes from somebody who wrote it."""

    class Answer(models.TextChoices):
        YES = "yes"
        NO = "no"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    request = models.ForeignKey("Request", on_delete=models.PROTECT, related_name="decisions")
    stage = models.PositiveIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    guest = models.ForeignKey("Guest", null=True, on_delete=models.PROTECT, related_name="decisions")
    covers = models.JSONField(default=list)
    answer = models.CharField(max_length=3, choices=Answer.choices)
    because = models.CharField(max_length=1000, blank=True)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["request", "stage", "person"], condition=Q(person__isnull=False), name="decision_once"
            ),
            models.UniqueConstraint(
                fields=["request", "stage", "guest"], condition=Q(guest__isnull=False), name="decision_once_by_guest"
            ),
            models.CheckConstraint(condition=Q(answer__in=["yes", "no"]), name="decision_answer_known"),
        ]

    def __str__(self) -> str:
        return f"{self.answer} to {self.request_id}"
