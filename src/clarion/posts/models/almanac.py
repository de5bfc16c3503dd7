from __future__ import annotations

from typing import Any

from django.db import models, transaction
from django.utils.formats import get_format

from clarion.organisations.models import Workspace
from clarion.posts.countries import country_of, week_starts_in
from clarion.records.models import Event


class AlmanacQuerySet(models.QuerySet["Almanac"]):
    def of_workspace(self, workspace: Workspace) -> Almanac:
        """That of the workspace; one that says nothing when nobody has filled it in."""
        known: Almanac | None = getattr(workspace, "almanac", None)
        return known or Almanac(workspace=workspace)


class Almanac(models.Model):
    """What a workspace's calendar shows besides posts: holidays of a country; and the day on which a week begins."""

    workspace = models.OneToOneField(Workspace, primary_key=True, on_delete=models.CASCADE, related_name="almanac")
    country = models.CharField(max_length=2, blank=True)
    subdivision = models.CharField(max_length=10, blank=True)
    week_starts = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = AlmanacQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(week_starts__lt=7), name="almanac_day_of_week")]

    def __str__(self) -> str:
        return f"{self.country} {self.subdivision}".strip()

    @property
    def starts_on(self) -> int:
        """The first day of a week, 0 is Monday: as chosen; else as in its country or that of its zone; else as the
        language has it."""
        if self.week_starts is not None:
            return self.week_starts
        country = self.country or country_of(self.workspace.zone)
        # Django counts from Sunday.
        return week_starts_in(country) if country else (int(get_format("FIRST_DAY_OF_WEEK")) - 1) % 7

    def keep(self, *, by: Any, country: str, subdivision: str, week_starts: int | None) -> None:
        before = {"country": self.country, "subdivision": self.subdivision, "week_starts": self.week_starts}
        self.country, self.subdivision, self.week_starts = country, subdivision, week_starts
        with transaction.atomic():
            self.save()
            after = {"country": country, "subdivision": subdivision, "week_starts": week_starts}
            Event.objects.write("almanac.kept", subject=self, by=by, before=before, after=after)
