from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.db import models, transaction

from clarion.channels.models import Channel
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.records.models import Event

NAME = 60
"""Characters of a set's name, at most."""


class ChannelSetQuerySet(models.QuerySet["ChannelSet"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def make(self, *, workspace: Workspace, name: str, channels: Iterable[Channel], by: Any) -> ChannelSet:
        """A set with this name; one that has the name already is given these channels."""
        with transaction.atomic():
            made, _new = self.get_or_create(workspace=workspace, name=name)
            made.channels.set(channels)
            Event.objects.write("channel_set.made", subject=made, by=by, after={"name": name})
        return made


class ChannelSet(models.Model):
    """Channels of a workspace that are often chosen together, under a name: “Everyday four”."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="channel_sets")
    name = models.CharField(max_length=NAME)
    channels = models.ManyToManyField(Channel, related_name="sets", blank=True)

    objects = ChannelSetQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("workspace", "name", name="channel_set_name_once")]

    def __str__(self) -> str:
        return self.name

    def rename(self, name: str, *, by: Any) -> None:
        """Raises IntegrityError when another set of the workspace has the name."""
        with transaction.atomic():
            before, self.name = self.name, name
            self.save(update_fields=["name"])
            Event.objects.write(
                "channel_set.renamed", subject=self, by=by, before={"name": before}, after={"name": name}
            )

    def remove(self, *, by: Any) -> None:
        with transaction.atomic():
            Event.objects.write("channel_set.removed", subject=self, by=by, before={"name": self.name})
            self.delete()
