from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from clarion.channels.models import Channel


class Variant(models.Model):
    """What one channel says instead."""

    post = models.ForeignKey("Post", on_delete=models.CASCADE, related_name="variants")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="variants")
    content = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint("post", "channel", name="variant_once")]

    def __str__(self) -> str:
        return f"{self.post} on {self.channel}"


class Revision(models.Model):
    """The words of a post at one version: events point here by hash. Written once, never changed."""

    post = models.ForeignKey("Post", on_delete=models.PROTECT, related_name="revisions")
    version = models.PositiveIntegerField()
    whole = models.JSONField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("post", "version", name="revision_once")]

    def __str__(self) -> str:
        return f"{self.post_id} v{self.version}"
