"""Posts that come again: made ahead of their time, each once, and changed together where a person says so."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Substr

from clarion.channels.rights import refused_later, said_later
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Workspace
from clarion.posts.content import Content
from clarion.posts.models import Gated, InBlackout, Post, Recurrence, RightsEnded
from clarion.posts.models.post import AlreadyLeaving, Stale
from clarion.records.models import Event


def come(recurrence: Recurrence, *, now: datetime, alive: Callable[[], None]) -> list[Post]:
    """Makes and promises the posts that are near enough. ``alive`` raises when the row is no longer ours.

    After a crash between two of them the next run goes on: an occurrence has one key, so it has one post.
    """
    made, last = [], datetime.fromisoformat(recurrence.made_until)
    for local, at in recurrence.to_make(now=now):
        alive()
        with transaction.atomic():
            post = recurrence.write(local)
            if post.removed_at is None and not post.deliveries.exists():
                _promise(post, recurrence, at=at, now=now)
        made.append(post)
        last = local
    recurrence.rest(until=last, now=now)
    return made


def _promise(post: Post, recurrence: Recurrence, *, at: datetime, now: datetime) -> None:
    """What may not go out then stays a draft, meant for that time: people see it in the calendar."""
    because, channels = "", list(post.channels.all())
    if not_there := refused_later(recurrence.by, channels, workspace=recurrence.workspace):
        channels = [one for one in channels if one not in not_there]
        because = said_later(recurrence.by, not_there)
    try:
        with transaction.atomic():
            if channels:
                Delivery.objects.schedule(post, channels=channels, at=at, by=recurrence.by, now=now)
            else:
                post.want(at)
    except (InBlackout, RightsEnded, Gated) as why:
        post.want(at)
        because = str(why)
    Event.objects.write("recurrence.came", subject=recurrence, because=because, after={"post": str(post.pk)})


def say_from_here_on(post: Post, *, by: Any) -> int:
    """What ``post`` says, all later ones say that have not left yet, and those to come; how many were changed."""
    recurrence = post.recurrence
    assert recurrence is not None, "asked only of a post that comes again"
    content, changed = Content.from_json(post.content), 0
    variants = {v.channel_id: Content.from_json(v.content) for v in post.variants.all()}
    with transaction.atomic():
        recurrence.say(post, by=by)
        later = recurrence.posts.filter(removed_at=None, wanted_at__gt=post.wanted_at).exclude(pk=post.pk)
        for other in later:
            try:
                with transaction.atomic():
                    other.edit(
                        by=by, version=other.version, content=content, variants=variants,
                        channels=list(post.channels.all()), late=post.late, late_minutes=post.late_minutes,
                    )  # fmt: skip
                    changed += 1
            except (AlreadyLeaving, Stale):
                continue  # it is on its way, or somebody has it in hand: it stays as it is
    return changed


class Coming(NamedTuple):
    """What a rule will bring. ``channels`` are ids; of the recurrence only the rule and the first words are read."""

    at: datetime
    recurrence: Recurrence
    channels: tuple[Any, ...]


def predicted(
    workspace: Workspace, *, start: datetime, end: datetime, channels: Collection[Any] = (),
    labels: Collection[Any] = (), people: Collection[Any] = (),
) -> list[Coming]:  # fmt: skip
    """What will come by rules of which no post is made yet, in order: for calendars, in one question.

    Only on these ``channels``, with one of these ``labels``, begun by one of these ``people``, where some are given.
    """
    rows = Recurrence.objects.alive().filter(workspace=workspace)
    if labels:
        rows = rows.filter(pk__in=Recurrence.labels.through.objects.filter(label__in=labels).values("recurrence"))
    if people:
        rows = rows.filter(by__in=people)
    if channels:
        rows = rows.filter(pk__in=Recurrence.channels.through.objects.filter(channel__in=channels).values("recurrence"))
    head = Substr(F("text"), 1, 400)
    carriers: dict[Any, list[Any]] = {}
    known: dict[Any, Recurrence] = {}
    columns = ("pk", "rule", "begins", "made_until", "head", "channels")
    for pk, rule, begins, made_until, text, channel in rows.annotate(head=head).values_list(*columns):
        known[pk] = Recurrence(
            pk=pk, workspace=workspace, rule=rule, begins=begins, made_until=made_until, text=text
        )  # fmt: skip
        carriers.setdefault(pk, []).extend([channel] if channel else [])
    found = [
        Coming(at, one, tuple(sorted(carriers[pk]))) for pk, one in known.items()
        for at in one.predicted(start=start, end=end)
    ]  # fmt: skip
    return sorted(found, key=lambda coming: coming.at)
