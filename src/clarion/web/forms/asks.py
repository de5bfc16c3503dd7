"""Whose yes a composition will need before it leaves, told before it is pressed; and the yes that an edit voids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from clarion.approvals.models import Decision, Request, When, Workflow
from clarion.approvals.progress import State as Asking
from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.organisations.dates import written
from clarion.organisations.models import Member
from clarion.posts.models import Post
from clarion.web.forms.composition import Composition


@dataclass(frozen=True)
class Asks:
    """``flows``: the names of the workflows that want a yes. ``void_of``: who approved what stands there now, and
    ``void_when``. ``is_contributor``: she cannot publish on some of the channels by herself."""

    needs: bool = False
    flows: str = ""
    is_contributor: bool = False
    void_of: str = ""
    void_when: str = ""


def asks_of(
    member: Member, channels: Sequence[Channel], composition: Composition, *, post: Post | None, has_asked: bool
) -> Asks:
    """Without workflows it asks the database nothing."""
    free = all(member.may("publish", on=one) for one in channels) if channels else member.may("publish")
    has_flows = getattr(member, "has_workflows", True)
    flows = _flows(member, channels, composition) if has_flows else []
    who, when = _approved(member, post) if post is not None and (has_flows or has_asked) else ("", "")
    return Asks(bool(flows) or not free, ", ".join(flows), not free, who, when)


def _flows(member: Member, channels: Sequence[Channel], composition: Composition) -> list[str]:
    """In one question. A workflow that is for warned posts only is named as well: it may want to see it."""
    rows = Workflow.objects.in_force().filter(workspace=member.workspace_id).order_by("created_at")
    of: dict[Any, tuple[set[Any], set[str]]] = defaultdict(lambda: (set(), set()))
    names: dict[Any, str] = {}
    for pk, name, when, channel, label in rows.values_list("pk", "name", "when", "channels", "labels"):
        if when != When.WARNED:
            names[pk] = name
            of[pk][0].add(channel)
            of[pk][1].add(str(label) if label else None)  # type: ignore[arg-type]
    mine, labels = {one.pk for one in channels}, {str(pk) for pk in composition.labels}
    return [
        name for pk, name in names.items()
        if (of[pk][0] == {None} or of[pk][0] & mine) and (of[pk][1] == {None} or of[pk][1] & labels)
    ]  # fmt: skip


def _approved(member: Member, post: Post) -> tuple[str, str]:
    """Who gave the yes that holds, and when."""
    given = Decision.objects.filter(request__post=post, request__state=Asking.APPROVED, answer=Decision.Answer.YES)
    some = list(given.select_related("person", "guest"))
    if not some:
        return "", ""
    at = max(one.at for one in some).astimezone(member.workspace.tz)
    return ", ".join(str(one.person or one.guest) for one in some), written(at, "j M, H:i")


def waits_said(post: Post, deliveries: Sequence[Delivery]) -> str:
    """What is said after scheduling something that needs a yes; empty when it needs none."""
    if not Request.objects.waiting().filter(post=post).exists():
        return ""
    if not deliveries:
        return _("It waits for a yes.")
    first = min(deliveries, key=lambda one: one.due_at)
    time = written(first.due_at.astimezone(post.workspace.tz), "l j F, H:i")
    return _("The question is asked. It goes out on %(time)s, when the yes is there.") % {"time": time}
