from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened

from .workspace import Workspace


class Role(models.TextChoices):
    """What a member may do. Each may do what those after it may."""

    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    EDITOR = "editor", _("Editor")
    CONTRIBUTOR = "contributor", _("Contributor")
    VIEWER = "viewer", _("Viewer")


MAY: dict[str, frozenset[str]] = {
    "read": frozenset(Role.values),
    "write": frozenset({Role.OWNER, Role.MANAGER, Role.EDITOR, Role.CONTRIBUTOR}),
    "publish": frozenset({Role.OWNER, Role.MANAGER, Role.EDITOR}),
    "channels": frozenset({Role.OWNER, Role.MANAGER}),
    "people": frozenset({Role.OWNER, Role.MANAGER}),
    "calendar": frozenset({Role.OWNER, Role.MANAGER}),
    "advice": frozenset({Role.OWNER, Role.MANAGER}),
    "override": frozenset({Role.OWNER, Role.MANAGER}),
    "pause": frozenset({Role.OWNER, Role.MANAGER}),
    "settings": frozenset({Role.OWNER}),
}
"""Who may do what: the one policy that pages, command line and jobs ask (``member.may``)."""


class MemberQuerySet(models.QuerySet["Member"]):
    def join(self, *, workspace: Workspace, user: Any, role: str, by: Any = None) -> Member:
        """Makes the person a member, or changes the role; recorded."""
        with transaction.atomic():
            member, made = self.get_or_create(workspace=workspace, user=user, defaults={"role": role})
            before = {} if made else {"role": member.role}
            if not made and member.role == role:
                return member
            member.role = role
            member.save(update_fields=["role"])
            member.tell("member.joined" if made else "member.role_changed", by=by, before=before, after={"role": role})
        return member


class Member(models.Model):
    """A person in a workspace, with a role."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("workspace", "user", name="member_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="member_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    def may(self, what: str) -> bool:
        return self.role in MAY[what]

    def leave(self, *, by: Any) -> None:
        """Ends the membership. The last owner cannot leave."""
        with transaction.atomic():
            if (
                self.role == Role.OWNER
                and not self.workspace.members.filter(role=Role.OWNER).exclude(pk=self.pk).exists()
            ):
                raise ValueError(str(_("A workspace needs an owner. Make somebody else owner first.")))
            self.tell("member.left", by=by, before={"role": self.role}, after={})
            self.delete()

    def tell(self, verb: str, *, by: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
        happened.send(
            Member, verb=verb, subject=self, by=by, organisation=self.workspace.organisation, workspace=self.workspace,
            because="", before=before, after={**after, "user": str(self.user_id)},
        )  # fmt: skip
