from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from clarion.networks.http import Http

from .delivery import Delivery
from .step import Step


class Attempt(models.Model):
    """One call (or a few belonging together) to the network: begun before the first byte, ended after the answer.

    An attempt to send that was begun and never ended means: it may have happened.
    """

    class Purpose(models.TextChoices):
        SEND = "send", _("Send")
        CHECK = "check", _("Ask if it is ready")
        LOOK = "look", _("Look whether it is there")
        CHANGE = "change", _("Edit or delete")

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempt_rows")
    step = models.ForeignKey(Step, null=True, on_delete=models.CASCADE, related_name="attempts")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    worker = models.CharField(max_length=120)
    fence = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    word = models.CharField(max_length=16, blank=True)
    sentence = models.TextField(blank=True)
    evidence = models.JSONField(default=list)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.purpose} {self.word or '…'}"

    def end(self, *, word: str, sentence: str, http: Http, now: datetime) -> None:
        """Writes the outcome with its redacted evidence. Done even when the lease was lost: it is what happened."""
        self.ended_at, self.word, self.sentence = now, word, sentence
        self.evidence = [{**asdict(e), "began_at": e.began_at.isoformat()} for e in http.exchanges]
        self.save(update_fields=["ended_at", "word", "sentence", "evidence"])

    def as_json(self) -> dict[str, Any]:
        return {
            "purpose": self.purpose, "began_at": self.began_at.isoformat(), "worker": self.worker,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None, "outcome": self.word,
            "sentence": self.sentence, "evidence": self.evidence,
        }  # fmt: skip
