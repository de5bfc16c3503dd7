from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from clarion.organisations.models import Workspace
from clarion.posts.cleaning import BadMedia
from clarion.records.models import Event


class QuotaQuerySet(models.QuerySet["Quota"]):
    def allow(self, workspace: Workspace, *, more: int, name: str) -> None:
        """Raises ``BadMedia`` when so many more bytes would be too many."""
        quota = self.filter(workspace=workspace).first()
        if quota is not None and (left := quota.bytes - quota.used()) < more:
            raise BadMedia(
                _("“%(name)s” has %(size)s, and of the %(quota)s that this library may hold %(left)s are left. Remove "
                  "what is not needed, or ask the workspace’s owner for more.")
                % {
                    "name": name, "size": filesizeformat(more), "quota": filesizeformat(quota.bytes),
                    "left": filesizeformat(max(left, 0)),
                }
            )  # fmt: skip

    def grant(self, workspace: Workspace, bytes: int | None, *, by: Any) -> None:
        """Says how much the library may hold; None: as much as the disk does."""
        before = self.filter(workspace=workspace).values_list("bytes", flat=True).first()
        if before == bytes:
            return
        with transaction.atomic():
            self.filter(workspace=workspace).delete()
            if bytes is not None:
                self.create(workspace=workspace, bytes=bytes)
            Event.objects.write(
                "library.quota_changed", subject=workspace, workspace=workspace, by=by, before={"bytes": before},
                after={"bytes": bytes},
            )  # fmt: skip


class Quota(models.Model):
    """How many bytes the library of a workspace may hold. Without a row there is no limit."""

    workspace = models.OneToOneField(Workspace, primary_key=True, on_delete=models.CASCADE, related_name="quota")
    bytes = models.PositiveBigIntegerField()

    objects = QuotaQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.bytes} bytes"

    def used(self) -> int:
        """What people have added, and has not been taken out."""
        kept = self.workspace.media.filter(source=None, removed_at=None)
        return int(kept.aggregate(bytes=models.Sum("size"))["bytes"] or 0)
