from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction

from clarion.posts.content import LINKS
from clarion.posts.news import meant_otherwise
from clarion.records.models import Event

from .campaign import Campaign
from .category import Category
from .link import Link


class Planned(models.Model):
    """Where a post stands among others: its time, its campaign, its category; and whether it is on the desk."""

    class Meta:
        abstract = True

    def want(self, at: datetime | None, *, by: Any = None) -> None:
        """Remembers the time that a draft is meant for; scheduling is the deliveries' promise. With ``by`` it is
        recorded: somebody changed that time alone."""
        before, self.wanted_at = self.wanted_at, at
        with transaction.atomic():
            self.save(update_fields=["wanted_at"])
            if by is not None:
                times = ({"wanted_at": time.isoformat() if time else ""} for time in (before, at))
                Event.objects.write("post.wanted", subject=self, by=by, before=next(times), after=next(times))

    def join(self, campaign: Campaign | None, *, by: Any) -> None:
        """Makes it a part of a campaign, or with None of none. Raises ``ValueError`` for another workspace's."""
        if campaign is not None and campaign.workspace_id != self.workspace_id:
            raise ValueError("A post joins a campaign of its own workspace.")
        before, self.campaign = self.campaign_id, campaign
        if before == self.campaign_id:
            return
        with transaction.atomic():
            self.save(update_fields=["campaign"])
            Event.objects.write(
                "post.joined" if campaign else "post.left", subject=self, by=by,
                before={"campaign": str(before or "")}, after={"campaign": str(self.campaign_id or "")},
            )  # fmt: skip
            Link.objects.fix(self, channels=self.channels.all(), by=by)
            if self.said.options.get(LINKS):  # its name may stand in where its links lead
                meant_otherwise.send(type(self), workspace=self.workspace_id, by=by, fits=models.Q(pk=self.pk))

    def sort(self, category: Category | None, *, by: Any, now: datetime) -> None:
        """Gives it a category, or with None none: what is queued keeps its slot. Raises ``ValueError`` for another
        workspace's."""
        if category is not None and category.workspace_id != self.workspace_id:
            raise ValueError("A post has a category of its own workspace.")
        before, self.category = self.category_id, category
        if before == self.category_id:
            return
        with transaction.atomic():
            self.save(update_fields=["category"])
            Event.objects.write(
                "post.sorted", subject=self, by=by, before={"category": str(before or "")},
                after={"category": str(self.category_id or "")},
            )  # fmt: skip
            Category.objects.wake(before, self.category_id, now=now)

    def remove(self, *, by: Any, now: datetime) -> None:
        """Takes a post off the desk. What is published stays published; the record stays whole."""
        with transaction.atomic():
            self.removed_at = now
            self.save(update_fields=["removed_at"])
            Event.objects.write("post.removed", subject=self, by=by, before={"version": self.version})

    def bring_back(self, *, by: Any) -> None:
        """Puts a removed post on the desk again, as a draft."""
        with transaction.atomic():
            self.removed_at = None
            self.save(update_fields=["removed_at"])
            Event.objects.write("post.brought_back", subject=self, by=by, after={"version": self.version})
