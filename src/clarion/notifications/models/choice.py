from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clarion.notifications.kinds import AT_ONCE, EMAIL, PUSH, TOPICS, WAYS, Topic
from clarion.organisations.models import Member, User, Workspace
from clarion.organisations.models.workspace import known_zone
from clarion.organisations.policy import RIGHTS, Role
from clarion.records.models import Event

from .device import Device

LEADS = "pause"
"""Who has this permission hears of every failure in a workspace, and of channels that need a sign-in."""
LEADING = [role for role, rights in RIGHTS.items() if LEADS in rights]


class Unreachable(Exception):
    """A choice after which failures would reach nobody outside the app; the sentence says where."""


class ChoiceQuerySet(models.QuerySet["Choice"]):
    def ways(
        self, people: Iterable[Any], topic: Topic, *, workspace: Workspace | None
    ) -> dict[Any, dict[str, str]]:  # fmt: skip
        """By person: when each way brings this topic. The choice for the workspace comes before the one for all."""
        chosen = {person: {way: topic.default(way) for way in WAYS} for person in people}
        rows = self.filter(Q(workspace=None) | Q(workspace=workspace), person__in=list(chosen), topic=topic.name)
        for row in rows.order_by(models.F("workspace").asc(nulls_first=True)):
            if row.when in topic.choices(row.way):
                chosen[row.person_id][row.way] = row.when
        return chosen

    def of(self, person: Any, *, workspace: Workspace | None) -> dict[tuple[str, str], str]:
        """What the person chose for a workspace, or (None) for all: ``(topic, way) → when``."""
        rows = self.filter(person=person, workspace=workspace)
        return {(row.topic, row.way): row.when for row in rows}

    def choose(
        self, person: User, *, workspace: Workspace | None, chosen: Mapping[tuple[str, str], str]
    ) -> None:  # fmt: skip
        """Keeps the person's choices for a workspace, or for all of them; an empty one is taken back.

        Raises ``Unreachable`` when failures in some workspace would no longer reach any of those who lead it.
        """
        before = self.of(person, workspace=workspace)
        wanted = {
            key: when for key, when in chosen.items() if key[0] in TOPICS and when in TOPICS[key[0]].choices(key[1])
        }
        kept = {key: when for key, when in before.items() if key not in chosen}
        after = {**kept, **wanted}
        if after == before:
            return
        with transaction.atomic():
            self.filter(person=person, workspace=workspace).delete()
            self.bulk_create(
                Choice(person=person, workspace=workspace, topic=topic, way=way, when=when)
                for (topic, way), when in after.items()
            )
            self._refuse_silence(person)
            Event.objects.write(
                "person.chose_ways", subject=person, by=person, workspace=workspace, before=_told(before),
                after=_told(after),
            )  # fmt: skip

    def remove_device(self, device: Device, *, by: User) -> None:
        """Raises ``Unreachable`` when it was the last way out of the app by which failures found somebody."""
        with transaction.atomic():
            device.remove(by=by)
            self._refuse_silence(by)

    def _refuse_silence(self, person: User) -> None:
        """Nobody who leads a workspace may be the last of whom its failures lose hold."""
        for workspace in Workspace.objects.of(person):
            if person.pk not in leaders(workspace):
                continue
            for topic in TOPICS.values():
                if topic.floor and not self.reaches(leaders(workspace), topic, workspace=workspace):
                    sentence = _(
                        "Failures in %(workspace)s would then reach nobody outside the app. Leave one way on, or let "
                        "another owner or manager switch one on first."
                    )
                    raise Unreachable(sentence % {"workspace": workspace.name})

    def reaches(self, people: Iterable[Any], topic: Topic, *, workspace: Workspace | None) -> bool:
        """Whether it comes at once to at least one of them outside the app."""
        chosen = self.ways(people, topic, workspace=workspace)
        if any(ways[EMAIL] == AT_ONCE for ways in chosen.values()):
            return True
        pushed = [person for person, ways in chosen.items() if ways[PUSH] == AT_ONCE]
        return bool(pushed) and Device.objects.filter(person__in=pushed).exists()


def _told(choices: Mapping[tuple[str, str], str]) -> dict[str, str]:
    return {f"{topic}.{way}": when for (topic, way), when in sorted(choices.items())}


def leaders(workspace: Workspace) -> list[Any]:
    """Ids of the people who lead a workspace."""
    rows = Member.objects.filter(workspace=workspace, role__in=[*LEADING, Role.CUSTOM], user__is_active=True)
    return [member.user_id for member in rows.select_related("custom") if LEADS in member.own_rights]


class Choice(models.Model):
    """When a topic reaches a person by one way, in one workspace or (None) in all. In the app it always does."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    workspace = models.ForeignKey(Workspace, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    topic = models.CharField(max_length=20)
    way = models.CharField(max_length=8)
    when = models.CharField(max_length=8)

    objects = ChoiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "topic", "way"], condition=Q(workspace=None), name="choice_once_for_all"
            ),
            models.UniqueConstraint(
                fields=["person", "workspace", "topic", "way"], condition=Q(workspace__isnull=False),
                name="choice_once_for_a_workspace",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.topic} by {self.way}: {self.when}"


class ReaderQuerySet(models.QuerySet["Reader"]):
    def known(self, people: Iterable[Any]) -> dict[Any, Reader]:
        """A reader of each person, also of those who never chose."""
        people = list(people)
        found = {reader.person_id: reader for reader in self.filter(person__in=people)}
        return {person: found.get(person) or Reader(person_id=person) for person in people}


class Reader(models.Model):
    """When a person's digest comes: an hour of her day, in her zone, or (empty) in that of the workspace."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="reader"
    )
    hour = models.PositiveSmallIntegerField(default=8)
    zone = models.CharField(max_length=64, blank=True, validators=[known_zone])

    objects = ReaderQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(hour__lt=24), name="reader_hour_of_a_day")]

    def __str__(self) -> str:
        return f"at {self.hour}:00 {self.zone}"

    def next_digest(self, now: datetime, *, zone: str = "UTC") -> datetime:
        """The next instant at which her digest leaves, in UTC; ``zone`` where she has none of her own."""
        tz = ZoneInfo(self.zone or zone)
        at = now.astimezone(tz).replace(hour=self.hour, minute=0, second=0, microsecond=0, fold=0)
        if at.astimezone(UTC) <= now:
            at = (at.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=tz)
        return at.astimezone(UTC)
