from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models


class Worded(models.Model):
    """What says something that was written elsewhere before: a copy, a draft of an idea, a post that comes again.

    ``words_of``: who wrote it there. They are its authors as those are who write here.
    """

    words_of = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)

    class Meta:
        abstract = True

    def owe(self, people: Iterable[Any]) -> None:
        """Keeps that it says the words of these people (ids; None is nobody) too."""
        if known := {pk for pk in people if pk is not None}:
            self.words_of.add(*known)
