from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from .media import Media

SOON = timedelta(days=7)
"""A permission that ends within this time after a post is worth a word."""


class Rights(models.Model):
    """Whose a picture is, and until when it may be used. ``until`` is the last day, on the workspace's clock."""

    media = models.OneToOneField(Media, primary_key=True, on_delete=models.CASCADE, related_name="rights")
    holder = models.CharField(max_length=200, blank=True)
    permission = models.TextField(blank=True)
    until = models.DateField(null=True, blank=True)
    note = models.TextField(blank=True)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index("until", condition=models.Q(until__isnull=False), name="rights_end")]

    def __str__(self) -> str:
        return f"{self.holder} until {self.until or 'ever'}"
