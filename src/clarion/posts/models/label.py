from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from clarion.organisations.models import Workspace
from clarion.records.models import Event

if TYPE_CHECKING:
    from .post import Post


class Stays(Exception):
    """The label decides whose yes the post needs. The sentence says who may take it off."""


class Label(models.Model):
    """A word by which a workspace sorts its posts."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="labels")
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("workspace", "name", name="label_once")]

    def __str__(self) -> str:
        return self.name

    def put_on(self, post: Post, *, by: Any) -> bool:
        """False when it is there already."""
        if post.labels.filter(pk=self.pk).exists():
            return False
        with transaction.atomic():
            post.labels.add(self)
            Event.objects.write("post.labelled", subject=post, by=by, after={"label": self.name})
        return True

    def take_off(self, post: Post, *, by: Any) -> bool:
        """False when it is not there. Raises ``Stays`` when it decides whose yes the post needs, and not she."""
        if not post.labels.filter(pk=self.pk).exists():
            return False
        if self in post.labels_that_stay(by=by):
            raise Stays(
                _("“%(label)s” decides whose yes this post needs. Who decides over the approvals can take it off.")
                % {"label": self.name}
            )
        with transaction.atomic():
            post.labels.remove(self)
            Event.objects.write("post.unlabelled", subject=post, by=by, before={"label": self.name})
        return True
