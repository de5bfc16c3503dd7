"""What this room does when rooms below tell news."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from clarion.approvals.models import Request, Workflow
from clarion.approvals.telling import tell_of_leaver
from clarion.organisations.models import Member, User, Workspace
from clarion.posts.models import Label, Post


def after_leaving(sender: Any, *, person: User, workspace: Workspace, now: datetime, **kwargs: Any) -> None:
    """Those who are named to be asked next are asked by the next worker; those who lead hear what waits in vain."""
    waiting = Request.objects.filter(workspace=workspace).in_vain([person.pk])
    Request.objects.filter(pk__in=[one.pk for one in waiting if one.here.escalate]).update(wake_at=now)
    if waiting:
        tell_of_leaver(person, workspace, count=len(waiting), now=now)


def bound_labels(sender: Any, *, post: Post, by: Any, **kwargs: Any) -> set[Label]:
    """The labels of a post by which a workflow asks for a yes. They come off by who decides over the workflows; and by
    who wrote all of it alone, as long as nothing of it was ever asked or promised: she need not have put them on."""
    if not isinstance(by, User):
        return set()
    bound = set(post.labels.filter(workflows__in=Workflow.objects.in_force().filter(workspace=post.workspace_id)))
    if not bound:
        return bound
    member = Member.objects.of(by, post.workspace_id)
    if member is not None and member.may("policies"):
        return set()
    was_asked = post.deliveries.exists() or Request.objects.filter(post=post).exists()
    return bound if was_asked or post.writers - {by.pk} else set()
