from __future__ import annotations

from django.db import models

from clarion.organisations.models import Workspace


class Quota(models.Model):
    """How many bytes the library of a workspace may hold. Without a row there is no limit."""

    workspace = models.OneToOneField(Workspace, primary_key=True, on_delete=models.CASCADE, related_name="quota")
    bytes = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return f"{self.bytes} bytes"
