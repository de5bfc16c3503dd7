from __future__ import annotations

from itertools import count
from typing import Any, Self

from django.db import models, transaction
from django.utils.translation import gettext as _

from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.records.models import Event

DEEPEST = 4
"""Folders within folders: deeper than this nobody finds anything again."""


class BadFolder(ValueError):
    """A folder that cannot be like this; the sentence says why."""


class FolderQuerySet(models.QuerySet["Folder"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def open(self, *, workspace: Workspace, name: str, parent: Folder | None = None, by: Any) -> Folder:
        """Opens a folder, or gives the one that has this name there. Raises ``BadFolder``."""
        name = _fit(name)
        if parent is not None and len(parent.path) >= DEEPEST:
            raise BadFolder(
                _("Folders lie at most %(n)d deep. Open it further up: labels find what lies in several places.")
                % {"n": DEEPEST}
            )
        with transaction.atomic():
            folder, made = self.get_or_create(workspace=workspace, parent=parent, name=name)
            if made:
                Event.objects.write("folder.opened", subject=folder, by=by, after={"name": name})
        return folder


class Folder(models.Model):
    """A place in a workspace's library. Folders may lie in folders."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="folders")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="folders")
    name = models.CharField(max_length=80)

    objects = FolderQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="folder_once"),
            models.UniqueConstraint(
                fields=["workspace", "name"], condition=models.Q(parent=None), name="folder_once_on_top"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> list[Folder]:
        """The folders down to this one, itself last."""
        found: list[Folder] = [self]
        while found[0].parent is not None and len(found) <= DEEPEST:
            found.insert(0, found[0].parent)
        return found

    def rename(self, name: str, *, by: Any) -> None:
        name, before = _fit(name), self.name
        with transaction.atomic():
            if type(self).objects.filter(workspace=self.workspace_id, parent=self.parent_id, name=name).exclude(
                pk=self.pk
            ).exists():  # fmt: skip
                raise BadFolder(_("There is a folder “%(name)s” here already.") % {"name": name})
            self.name = name
            self.save(update_fields=["name"])
            Event.objects.write("folder.renamed", subject=self, by=by, before={"name": before}, after={"name": name})

    def remove(self, *, by: Any) -> None:
        """Takes the folder away. What lies in it moves up, so nothing is lost."""
        with transaction.atomic():
            above = type(self).objects.filter(workspace=self.workspace_id, parent=self.parent_id)
            taken = set(above.values_list("name", flat=True))
            for inner in self.folders.all():
                inner.parent, inner.name = self.parent, _free(inner.name, taken)
                inner.save(update_fields=["parent", "name"])
                taken.add(inner.name)
            self.media.update(folder=self.parent)
            Event.objects.write("folder.removed", subject=self, by=by, before={"name": self.name})
            self.delete()


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it when there is one of this name."""
    numbered = (f"{name[:70]} ({number})" for number in count(2))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def _fit(name: str) -> str:
    """The name with white space folded. Raises ``BadFolder`` for none, or one that is too long."""
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise BadFolder(_("A folder needs a name."))
    if len(name) > 80:
        raise BadFolder(_("The name of a folder has at most 80 characters."))
    return name
