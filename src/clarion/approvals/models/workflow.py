from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clarion.approvals.seal import DAY, EXACT
from clarion.channels.models import Channel
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.posts.models import Label, Post
from clarion.records.models import Event


class When(models.TextChoices):
    """Which posts a workflow is for."""

    ALWAYS = "always", _("every post")
    WARNED = "warned", _("posts that a rule of the house warns about")


class Window(models.TextChoices):
    """What may still happen to the time after the yes."""

    EXACT = EXACT, _("Another time needs another yes")
    DAY = DAY, _("It may move within its day")


@dataclass(frozen=True)
class Stage:
    """One yes that is needed, or several: of any, or of all, of these people, roles and teams.

    ``people`` and ``teams`` are ids, ``roles`` names of roles; ``guests`` addresses of people without an account, who
    are written a link; all empty: everybody who may approve. ``hours``: so long after the stage began the people in
    ``escalate`` are asked as well.
    """

    name: str = ""
    rule: str = "any"
    people: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    hours: int = 0
    escalate: tuple[str, ...] = ()
    guests: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Stage:
        def some(name: str) -> tuple[str, ...]:
            return tuple(data.get(name, ()))

        return cls(
            name=data.get("name", ""), rule=data.get("rule", "any"), people=some("people"), roles=some("roles"),
            teams=some("teams"), hours=int(data.get("hours", 0)), escalate=some("escalate"),
            guests=some("guests"),
        )  # fmt: skip

    @property
    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "rule": self.rule, "people": list(self.people), "roles": list(self.roles),
            "teams": list(self.teams), "guests": list(self.guests), "hours": self.hours,
            "escalate": list(self.escalate),
        }  # fmt: skip

    def needs(self, people: Iterable[Any]) -> bool:
        """Whether it cannot be passed without one of these people (ids)."""
        return self.rule == "all" and any(str(one) in self.people for one in people)

    @property
    def names_nobody(self) -> bool:
        return not (self.people or self.roles or self.teams or self.guests)


class WorkflowQuerySet(models.QuerySet["Workflow"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def in_force(self) -> Self:
        return self.filter(ended_at=None)

    def set_up(
        self, *, workspace: Workspace, name: str, stages: Sequence[Stage], by: Any, when: str = When.ALWAYS,
        window: str = Window.EXACT, channels: Iterable[Channel] = (), labels: Iterable[Label] = (),
    ) -> Workflow:  # fmt: skip
        """Says who has to approve which posts from now on; what is scheduled already is asked about before it goes."""
        with transaction.atomic():
            flow = self.create(
                workspace=workspace, name=name.strip(), when=when, window=window,
                stages=[stage.as_json for stage in stages] or [Stage().as_json],
            )  # fmt: skip
            flow.channels.set(channels)
            flow.labels.set(labels)
            Event.objects.write("workflow.set_up", subject=flow, by=by, after=flow.told)
        return flow

    def asking(self, post: Post, channels: Iterable[Channel], *, warned: bool = False) -> dict[Any, list[Workflow]]:
        """By channel id: the workflows that ask for approvals of this post there."""
        flows = list(
            self.in_force().filter(workspace=post.workspace_id).prefetch_related("channels", "labels").order_by("pk")
        )
        if not flows:
            return {}
        labels = {label.pk for label in post.labels.all()}
        found: dict[Any, list[Workflow]] = {}
        for channel in channels:
            for flow in flows:
                if flow.is_for(channel, labels=labels, warned=warned):
                    found.setdefault(channel.pk, []).append(flow)
        return found


class Workflow(models.Model):
    """Whose yes some posts of a workspace need, stage after stage, before they go out."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="workflows")
    name = models.CharField(max_length=120)
    when = models.CharField(max_length=8, choices=When.choices, default=When.ALWAYS)
    window = models.CharField(max_length=8, choices=Window.choices, default=Window.EXACT)
    channels = models.ManyToManyField(Channel, related_name="workflows", blank=True)
    labels = models.ManyToManyField(Label, related_name="workflows", blank=True)
    stages = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = WorkflowQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(condition=models.Q(when__in=When.values), name="workflow_when_known"),
            models.CheckConstraint(condition=models.Q(window__in=Window.values), name="workflow_window_known"),
        ]
        indexes = [
            models.Index(fields=["workspace"], condition=models.Q(ended_at=None), name="workflow_in_force"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def steps(self) -> list[Stage]:
        return [Stage.from_json(data) for data in self.stages]

    def is_for(self, channel: Channel, *, labels: set[Any], warned: bool) -> bool:
        """Empty channels or labels: all of them; with both given, both must fit."""
        channels = {one.pk for one in self.channels.all()}
        mine = {one.pk for one in self.labels.all()}
        return (
            (not channels or channel.pk in channels) and (not mine or bool(mine & labels))
            and (warned or self.when != When.WARNED)
        )  # fmt: skip

    def change(
        self, *, by: Any, name: str, stages: Sequence[Stage], when: str, window: str, channels: Iterable[Channel],
        labels: Iterable[Label],
    ) -> None:  # fmt: skip
        """What was approved under the old version has to be approved anew."""
        before = self.told
        with transaction.atomic():
            self.name, self.when, self.window = name.strip(), when, window
            self.stages = [stage.as_json for stage in stages] or [Stage().as_json]
            self.save()
            type(self).objects.filter(pk=self.pk).update(version=F("version") + 1)
            self.channels.set(channels)
            self.labels.set(labels)
            self.refresh_from_db()
            Event.objects.write("workflow.changed", subject=self, by=by, before=before, after=self.told)

    def end(self, *, by: Any) -> None:
        """Asks for nothing any more. What it asked already is still answered."""
        with transaction.atomic():
            self.ended_at = timezone.now()
            self.save(update_fields=["ended_at"])
            Event.objects.write("workflow.ended", subject=self, by=by, before=self.told)

    @property
    def told(self) -> dict[str, Any]:
        return {"name": self.name, "when": self.when, "window": self.window, "stages": self.stages}
