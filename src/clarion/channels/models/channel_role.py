from __future__ import annotations

from typing import Any

from django.db import models, transaction

from clarion.organisations.models import CustomRole, Member, Role, Team, Workspace
from clarion.organisations.policy import OF_A_WORKSPACE, rights_of
from clarion.records.models import Event

from .channel import Channel

GIVEN = [*OF_A_WORKSPACE, Role.CUSTOM]


class ChannelRoleQuerySet(models.QuerySet["ChannelRole"]):
    def give(
        self, *, channel: Channel, role: str, by: Any, member: Member | None = None, team: Team | None = None,
        custom: CustomRole | None = None,
    ) -> ChannelRole:  # fmt: skip
        """On this channel the member, or the team, has this role instead of that in the workspace; recorded.

        Raises ``ValueError`` for somebody of another workspace, and for an office: that holds everywhere.
        """
        there = member.workspace_id == channel.workspace_id if member else False
        if team is not None:
            there = team.organisation_id == channel.workspace.organisation_id
        if not there or (member is not None and (team is not None or member.is_officer)):
            raise ValueError("A role on a channel is for a member or a team of its workspace, and for no officer.")
        with transaction.atomic():
            found, _made = self.update_or_create(
                channel=channel, member=member, team=team,
                defaults={"role": role, "custom": custom, "workspace": channel.workspace},
            )  # fmt: skip
            Event.objects.write("channel.role_given", subject=channel, by=by, after=found.told)
        return found


class ChannelRole(models.Model):
    """A role that holds on one channel instead of the one in the workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="channel_roles")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="roles")
    member = models.ForeignKey(Member, null=True, blank=True, on_delete=models.CASCADE, related_name="channel_roles")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="channel_roles")
    role = models.CharField(max_length=20, choices=Role.choices)
    custom = models.ForeignKey(CustomRole, null=True, blank=True, on_delete=models.PROTECT, related_name="on_channels")

    objects = ChannelRoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "member"], condition=models.Q(member__isnull=False), name="channel_role_of_member"
            ),
            models.UniqueConstraint(
                fields=["channel", "team"], condition=models.Q(team__isnull=False), name="channel_role_of_team"
            ),
            models.CheckConstraint(
                condition=models.Q(member__isnull=True, team__isnull=False)
                | models.Q(member__isnull=False, team__isnull=True),
                name="channel_role_of_one",
            ),
            models.CheckConstraint(condition=models.Q(role__in=GIVEN), name="channel_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.member or self.team} on {self.channel}"

    @property
    def role_label(self) -> str:
        return self.custom.name if self.custom else str(Role(self.role).label)

    @property
    def rights(self) -> frozenset[str]:
        return rights_of(self.role, self.custom)

    @property
    def told(self) -> dict[str, Any]:
        whose = {"user": str(self.member.user_id)} if self.member else {"team": str(self.team_id)}
        return {"role": self.role, **whose, **({"custom": self.custom.name} if self.custom else {})}

    def take_back(self, *, by: Any) -> None:
        """The role in the workspace holds here again."""
        with transaction.atomic():
            Event.objects.write("channel.role_taken_back", subject=self.channel, by=by, before=self.told)
            self.delete()
