from __future__ import annotations

from django.db import models

from clarion.organisations.models import Workspace


class Label(models.Model):
    """A word by which a workspace sorts its posts."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("workspace", "name", name="label_once")]

    def __str__(self) -> str:
        return self.name
