from __future__ import annotations

from django.db import models

from clarion.organisations.models import Workspace

from .media import Media
from .post import Post


class Listing(models.Model):
    """What of a post on the desk can be asked for, one row a post: its words, whether it is promised, and for when.

    Nobody writes it: the database's own triggers keep it beside the post, its variants and its deliveries
    (``posts/triggers.py``). ``at`` is when the first of its deliveries is due, or when the draft is meant for. A post
    that is taken off the desk has none.
    """

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="listing")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+", db_index=False)
    words = models.TextField(blank=True)
    variants = models.TextField(blank=True)
    is_draft = models.BooleanField(default=True)
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["workspace", "post"], name="listing_newest"),
            models.Index(fields=["workspace", "post"], condition=models.Q(is_draft=True), name="listing_drafts"),
            models.Index(fields=["workspace", "at", "post"], name="listing_times"),
        ]

    def __str__(self) -> str:
        return self.words[:60]


class MediaListing(models.Model):
    """The words of a file in the library: its name, its description and its labels. Kept as ``Listing`` is."""

    media = models.OneToOneField(Media, on_delete=models.CASCADE, related_name="listing")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    name = models.TextField(blank=True)
    alt = models.TextField(blank=True)
    labels = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name
