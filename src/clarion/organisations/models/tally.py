from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """What all processes count together and soon forget: tries at the door. Django's database cache writes it.

    Its columns are those of ``django.core.cache.backends.db``.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.cache_key
