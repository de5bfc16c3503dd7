from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened

from .organisation import Organisation


def known_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(_("%(zone)s is not a time zone. Use a name such as Europe/Oslo."), params={"zone": name})


class WorkspaceQuerySet(models.QuerySet["Workspace"]):
    def of(self, user: Any) -> Self:
        """Workspaces in which the person is a member: the only door to everything inside one."""
        return self.filter(members__user=user)

    def open(self, *, organisation: Organisation, name: str, zone: str = "UTC", by: Any = None) -> Workspace:
        """Opens a workspace with a slug of its own for its public page, and records it."""
        with transaction.atomic():
            workspace = self.create(
                organisation=organisation, name=name, zone=zone, slug=self._free_slug(organisation, name)
            )
            happened.send(
                Workspace, verb="workspace.opened", subject=workspace, by=by, organisation=organisation,
                workspace=workspace, because="", before={}, after={"name": name, "zone": zone},
            )  # fmt: skip
            for officer in organisation.officers.select_related("user"):
                workspace.members.settle(workspace=workspace, user=officer.user, by=by)
        return workspace

    def _free_slug(self, organisation: Organisation, name: str) -> str:
        base = slugify(f"{organisation.name} {name}")[:70] or "notices"
        slug, number = base, 1
        while self.model.objects.filter(slug=slug).exists():
            number += 1
            slug = f"{base}-{number}"
        return slug


class Workspace(models.Model):
    """Where a team works: its channels, posts and records, in one time zone."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="workspaces")
    name = models.CharField(max_length=160)
    slug = models.SlugField(max_length=80, unique=True)
    zone = models.CharField(max_length=64, default="UTC", validators=[known_zone])
    alt_text_required = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("organisation", "name", name="one_workspace_per_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def change(self, *, name: str, zone: str, by: Any) -> None:
        """Another name or time zone. What is scheduled keeps its instant."""
        before, after = {"name": self.name, "zone": self.zone}, {"name": name.strip(), "zone": zone}
        if before != after:
            with transaction.atomic():
                self.name, self.zone = after["name"], zone
                self.save(update_fields=["name", "zone"])
                happened.send(
                    Workspace, verb="workspace.changed", subject=self, by=by, organisation=self.organisation,
                    workspace=self, because="", before=before, after=after,
                )  # fmt: skip

    def day(self, now: datetime) -> tuple[datetime, datetime]:
        """The start of today and of tomorrow in this workspace's zone, as aware instants."""
        local = now.astimezone(self.tz)
        start = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        following = (start.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=self.tz)
        return start, following
