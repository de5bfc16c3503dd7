from __future__ import annotations

from typing import Any

from django.db.models import Q

from clarion.posts.news import unlabelling

from .label import Label
from .revision import Revision
from .worded import Worded


class Authored(Worded):
    """Whose words a post says, and what of it is not theirs to change."""

    class Meta:
        abstract = True

    @property
    def writers(self) -> set[Any]:
        """The ids of everybody whose words it says: who wrote any version of it, or of what it was made from."""
        versions = Q(post=self.pk)
        if self.again_of_id:
            versions |= Q(post__evergreen=self.again_of_id)
        if self.recurrence_id:  # the first of them was written by a person, all others by the rule
            versions |= Q(post__recurrence=self.recurrence_id) & ~Q(post__source="recurrence")
        wrote = Revision.objects.filter(versions).exclude(by=None).values_list("by_id")
        before = type(self).words_of.through.objects.filter(post=self.pk).values_list("user_id")
        return {pk for (pk,) in wrote.union(before)} | ({self.author_id, self.changed_by_id} - {None})

    def labels_that_stay(self, *, by: Any) -> set[Label]:
        """Those of its labels that this person does not take off: they decide whose yes the post needs."""
        return {label for _who, some in unlabelling.send(type(self), post=self, by=by) for label in some}
