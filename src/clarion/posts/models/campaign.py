from __future__ import annotations

from datetime import date
from typing import Any, Self

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.posts.when import BadTime
from clarion.records.models import Event


class Hue(models.TextChoices):
    """The colours that a campaign can have: names of tokens, each told apart from the hues of states."""

    SEA = "sea", gettext_lazy("Sea")
    MOSS = "moss", gettext_lazy("Moss")
    CLAY = "clay", gettext_lazy("Clay")
    ROSE = "rose", gettext_lazy("Rose")
    PLUM = "plum", gettext_lazy("Plum")
    SLATE = "slate", gettext_lazy("Slate")


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def begin(
        self, *, workspace: Workspace, name: str, by: Any, hue: str = Hue.SEA, starts: date | None = None,
        ends: date | None = None, brief: str = "",
    ) -> Campaign:  # fmt: skip
        """Raises ``BadTime`` when it would end before it starts."""
        refuse_backwards(starts, ends)
        with transaction.atomic():
            campaign = self.create(workspace=workspace, name=name, hue=hue, starts=starts, ends=ends, brief=brief)
            Event.objects.write("campaign.begun", subject=campaign, by=by, after={"name": name})
        return campaign


class Campaign(models.Model):
    """Posts that belong together: a name, a colour, perhaps a time, and what it is for."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="campaigns")
    name = models.CharField(max_length=80)
    hue = models.CharField(max_length=8, choices=Hue.choices, default=Hue.SEA)
    starts = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    brief = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("workspace", "name", name="campaign_once"),
            models.CheckConstraint(condition=models.Q(hue__in=Hue.values), name="campaign_hue_known"),
            models.CheckConstraint(condition=models.Q(ends__gte=models.F("starts")), name="campaign_ends_after"),
        ]

    def __str__(self) -> str:
        return self.name

    def covers(self, day: date) -> bool:
        """Whether the day lies in its time; a campaign without a beginning and an end has none."""
        if self.starts is None and self.ends is None:
            return False
        return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)

    def change(
        self, *, by: Any, name: str, hue: str, starts: date | None, ends: date | None, brief: str
    ) -> None:  # fmt: skip
        """Raises ``BadTime`` when it would end before it starts."""
        refuse_backwards(starts, ends)
        before = {"name": self.name, "starts": _iso(self.starts), "ends": _iso(self.ends)}
        self.name, self.hue, self.starts, self.ends, self.brief = name, hue, starts, ends, brief
        with transaction.atomic():
            self.save(update_fields=["name", "hue", "starts", "ends", "brief"])
            after = {"name": name, "starts": _iso(starts), "ends": _iso(ends)}
            Event.objects.write("campaign.changed", subject=self, by=by, before=before, after=after)

    def remove(self, *, by: Any) -> None:
        """Its posts stay; they only belong to it no more."""
        with transaction.atomic():
            Event.objects.write("campaign.removed", subject=self, by=by, before={"name": self.name})
            self.delete()


def refuse_backwards(starts: date | None, ends: date | None) -> None:
    if starts and ends and ends < starts:
        raise BadTime(_("It ends before it begins. Look at the two days again."))


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
