"""Roles as a form offers them: those of the house by name, an organisation's own by id; and in whose gift each is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from clarion.organisations.ids import as_id
from clarion.organisations.models import CustomRole, Organisation
from clarion.organisations.policy import OF_A_WORKSPACE, OF_THE_ORGANISATION, Role

MEANS = {
    Role.OWNER: gettext_lazy("everything, in every workspace of the organisation"),
    Role.ADMINISTRATOR: gettext_lazy("everything but making owners, in every workspace"),
    Role.AUDITOR: gettext_lazy("reads everything, changes nothing"),
    Role.MANAGER: gettext_lazy("channels, people, approvals, rules, and the crisis switch"),
    Role.EDITOR: gettext_lazy("writes, schedules and publishes; can be asked for a yes"),
    Role.CONTRIBUTOR: gettext_lazy("writes drafts and asks for a yes"),
    Role.RESPONDER: gettext_lazy("reads, and answers what people write"),
    Role.VIEWER: gettext_lazy("reads"),
    Role.GUEST: gettext_lazy("sees only what waits for their own yes"),
}


@dataclass(frozen=True)
class Offer:
    """One role in a list. ``value`` is what a form sends."""

    role: str
    custom: CustomRole | None = None

    @property
    def value(self) -> str:
        return str(self.custom.pk) if self.custom else str(self.role)

    @property
    def label(self) -> str:
        return self.custom.name if self.custom else str(Role(self.role).label)


def offers(
    organisation: Organisation, *, offices: bool = False, may: Callable[[str, CustomRole | None], bool] | None = None
) -> list[Offer]:
    """The roles that there are in workspaces of the organisation; those that ``may`` lets one give."""
    presets: Iterable[str] = (*OF_THE_ORGANISATION, *OF_A_WORKSPACE) if offices else OF_A_WORKSPACE
    found = [*map(Offer, presets), *(Offer(Role.CUSTOM, one) for one in organisation.roles.all())]
    return [one for one in found if may is None or may(one.role, one.custom)]


def chosen(text: str, among: Iterable[Offer]) -> Offer | None:
    """What a form sent; None when it is not among these."""
    wanted = str(as_id(text) or text)
    return next((one for one in among if one.value == wanted), None)
