from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened, left
from clarion.organisations.policy import OF_THE_ORGANISATION, RIGHTS, Role, rights_of

from .custom_role import CustomRole
from .workspace import Workspace

NOBODY: frozenset[str] = frozenset()


class MemberQuerySet(models.QuerySet["Member"]):
    def of(self, user: Any, workspace: Any) -> Member | None:
        """This person's place in the workspace, ready to be asked what she may. Both are given as such or by id."""
        return self.filter(workspace=workspace, user=user).select_related("custom", "workspace").first()

    def join(
        self, *, workspace: Workspace, user: Any, role: str, by: Any = None, custom: CustomRole | None = None
    ) -> Member:
        """Makes the person a member, or changes the role; recorded. A role of the organisation holds in all of it; one
        of the workspace ends an office. Raises ``ValueError`` when the organisation would lose its last owner."""
        with transaction.atomic():
            if role in OF_THE_ORGANISATION:
                workspace.organisation.officers.appoint(
                    organisation=workspace.organisation, user=user, role=role, by=by
                )
                return self.get(workspace=workspace, user=user)
            office = workspace.organisation.officers.filter(user=user).first()
            member = self._give(workspace=workspace, user=user, role=role, custom=custom, own=True, by=by)
            if office is not None:  # only now: whoever stays has not left in between
                office.dismiss(by=by)
            return member

    def settle(self, *, workspace: Workspace, user: Any, by: Any) -> Member | None:
        """Makes the person's place in the workspace what it has to be now: by an office in the organisation, else
        what was given to her alone, else the most that a team of hers gives; else there is none."""
        with transaction.atomic():
            member = self.filter(workspace=workspace, user=user).first()
            office = workspace.organisation.officers.filter(user=user).first()
            if office is not None:
                return self._give(workspace=workspace, user=user, role=office.role, custom=None, own=False, by=by)
            if member is not None and member.own:
                return member
            places = list(workspace.team_places.filter(team__people=user).select_related("custom"))
            if places:
                most = max(places, key=lambda place: (len(place.rights), str(place.team_id)))
                return self._give(workspace=workspace, user=user, role=most.role, custom=most.custom, own=False, by=by)
            if member is not None:
                member._go(by=by)
            return None

    def _give(
        self, *, workspace: Workspace, user: Any, role: str, custom: CustomRole | None, own: bool, by: Any
    ) -> Member:
        given = {"role": role, "custom": custom, "own": own}
        member, made = self.get_or_create(workspace=workspace, user=user, defaults=given)
        before = {} if made else member.told
        if not made and (member.role, member.custom, member.own) == (role, custom, own):
            return member
        member.role, member.custom, member.own = role, custom, own
        member.save(update_fields=["role", "custom", "own"])
        for known in ("rights", "_alone", "_absent", "_other_rights"):
            vars(member).pop(known, None)
        if made or before != member.told:
            member.tell("member.joined" if made else "member.role_changed", by=by, before=before, after=member.told)
        return member


class Member(models.Model):
    """A person in a workspace, with a role. ``own``: given to her alone, not by an office or by a team."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    custom = models.ForeignKey(CustomRole, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    own = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("workspace", "user", name="member_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="member_role_known"),
            models.CheckConstraint(
                condition=models.Q(role=Role.CUSTOM, custom__isnull=False)
                | ~models.Q(role=Role.CUSTOM) & models.Q(custom__isnull=True),
                name="member_custom_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def role_label(self) -> str:
        return self.custom.name if self.custom else str(Role(self.role).label)

    @property
    def is_officer(self) -> bool:
        return self.role in OF_THE_ORGANISATION

    @property
    def own_rights(self) -> frozenset[str]:
        """What the role itself allows."""
        return rights_of(self.role, self.custom)

    @cached_property
    def rights(self) -> frozenset[str]:
        """What the person may in the workspace now: by the role, and in the place of those who are away. Who may write
        on one channel alone writes drafts, which belong to the workspace."""
        return self._alone.union(*(one._alone for one in self._absent))

    def may(self, what: str, *, on: Any = None) -> bool:
        """Whether the person may do this here; ``on``: on this channel, where she may have another role."""
        return what in (self.rights if on is None else self.rights_on(on))

    def may_besides(self, what: str, *, on: Any = None, without: Collection[Any]) -> bool:
        """As ``may``, but in the place of none of these people (ids)."""
        some = (self, *(one for one in self._absent if one.user_id not in without))
        return any(what in (one._alone if on is None else one._alone_on(on)) for one in some)

    def may_give(self, role: str, custom: CustomRole | None = None) -> bool:
        """Whether the person may give somebody this role: nobody gives more than her own role has."""
        return self.may("people") and RIGHTS[role] | (custom.rights if custom else NOBODY) <= self.own_rights

    def may_change(self, other: Member) -> bool:
        """Whether the person may change what another is here: nobody changes those who may more."""
        return self.may("people") and other.own_rights <= self.own_rights

    def may_somewhere(self, what: str) -> bool:
        """Whether the person may do this in the workspace, or on one channel at least."""
        if what in self.rights:
            return True
        return any(what in there for one in (self, *self._absent) for there in one._other_rights.values())

    def rights_on(self, channel: Any) -> frozenset[str]:
        """What the person may on one channel: by the role that she, or else a team of hers, has there, and in the
        place of those who are away."""
        return self._alone_on(channel).union(*(one._alone_on(channel) for one in self._absent))

    @cached_property
    def _absent(self) -> list[Member]:
        """Those in whose place she stands now."""
        if self._state.adding or not getattr(self, "is_deputy", True):
            return []
        absences = self.stands_in.at(timezone.now()).select_related("member__custom", "member__workspace")
        return [absence.member for absence in absences]

    @cached_property
    def _alone(self) -> frozenset[str]:
        if self.is_officer or self._state.adding:
            return self.own_rights
        drafts = any("write" in there for there in self._other_rights.values())
        return self.own_rights | ({"write"} if drafts else NOBODY)

    def _alone_on(self, channel: Any) -> frozenset[str]:
        if self.is_officer or self._state.adding:
            return self.own_rights
        return self._other_rights.get(channel.pk, self.own_rights)

    @cached_property
    def _other_rights(self) -> dict[Any, frozenset[str]]:
        """Rights by channel, where they are others than in the workspace: one's own role comes before the teams'."""
        by_team: dict[Any, frozenset[str]] = {}
        alone: dict[Any, frozenset[str]] = {}
        if self.is_officer or not getattr(self, "has_channel_roles", True):
            return alone
        mine = models.Q(member=self) | models.Q(team__people=self.user_id)
        for one in self.workspace.channel_roles.filter(mine).select_related("custom"):
            if one.member_id:
                alone[one.channel_id] = one.rights
            else:
                by_team[one.channel_id] = by_team.get(one.channel_id, NOBODY) | one.rights
        return by_team | alone

    def leave(self, *, by: Any) -> None:
        """Ends the membership. Who is here by an office or a team leaves that; the last owner cannot leave."""
        with transaction.atomic():
            if self.is_officer:
                self.workspace.organisation.officers.get(user=self.user).dismiss(by=by)
                return
            if not self.own:
                raise ValueError(str(_("This person is here by a team. Take them out of the team.")))
            type(self).objects.filter(pk=self.pk).update(own=False)
            type(self).objects.settle(workspace=self.workspace, user=self.user, by=by)

    def _go(self, *, by: Any) -> None:
        """The row is gone, and that is recorded."""
        with transaction.atomic():
            self.tell("member.left", by=by, before=self.told, after={})
            self.delete()
            left.send(Member, person=self.user, workspace=self.workspace, by=by, now=timezone.now())

    @property
    def told(self) -> dict[str, str]:
        return {"role": self.role, **({"custom": self.custom.name} if self.custom else {})}

    def tell(self, verb: str, *, by: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
        happened.send(
            Member, verb=verb, subject=self, by=by, organisation=self.workspace.organisation, workspace=self.workspace,
            because="", before=before, after={**after, "user": str(self.user_id)},
        )  # fmt: skip
