from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.work.models import Timed, TimedQuerySet

from .folder import Folder
from .media import Media


class UploadQuerySet(TimedQuerySet):
    pass


class Upload(Timed):
    """A file on its way to us, piece by piece. It can go on where it stopped, until it is swept at ``wake_at``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="uploads")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    received = models.PositiveBigIntegerField(default=0)
    fingerprint = models.CharField(max_length=120, blank=True)
    folder = models.ForeignKey(Folder, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    replaces = models.ForeignKey(Media, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    media = models.ForeignKey(Media, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    refused = models.TextField(blank=True)
    begun_at = models.DateTimeField(default=timezone.now)

    objects = UploadQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index("wake_at", condition=models.Q(wake_at__isnull=False), name="upload_wakes"),
            models.Index(fields=["workspace", "by", "fingerprint"], name="upload_again"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.received} of {self.size}"
