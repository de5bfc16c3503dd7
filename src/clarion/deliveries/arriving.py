"""Imports, carried piece by piece: rows are checked, become posts with their promises, and are taken back.

A piece is one short transaction that counts only while the import is still ours: a person who stops it, or a worker
that dies, leaves whole pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from clarion.approvals.models import Workflow
from clarion.channels.models import Channel
from clarion.channels.rights import refused_later, said_later
from clarion.deliveries.asking import ask_for_yes
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.models.delivery import new_key
from clarion.organisations.dates import written
from clarion.organisations.models import User, Workspace
from clarion.organisations.models.user import person
from clarion.posts.checking import NOW, Checker, Row, Wrong, as_json, blocked, without_rights
from clarion.posts.content import Content
from clarion.posts.fetching import Files
from clarion.posts.fitting import prepare
from clarion.posts.models import (
    Advice,
    Arrival,
    ArrivalRow,
    Blackout,
    Fate,
    Gated,
    HouseRule,
    Label,
    Level,
    Media,
    Post,
    Stage,
)
from clarion.posts.models.house_rule import House
from clarion.posts.models.post import LEAVING, Fresh
from clarion.records.models import Event

TOGETHER = 250
"""Rows of one piece."""


def carry(arrival: Arrival, *, now: datetime, alive: Callable[[], None]) -> None:
    """Does what the import's stage asks for. ``alive`` raises when the row is no longer ours."""
    work = {Stage.CHECKING: _check, Stage.COMING: _come, Stage.UNDOING: _take_back}.get(Stage(arrival.stage))
    if work is not None:
        work(arrival, now=now, alive=alive)


# --- checking ---------------------------------------------------------------------------------------------------------


def _check(arrival: Arrival, *, now: datetime, alive: Callable[[], None]) -> None:
    checker = Checker(
        arrival.workspace, columns=arrival.columns, order=arrival.order, drafts=arrival.drafts, now=now,
        channels=list(arrival.channels.filter(disconnected_at=None).select_related("workspace")),
        sha256=arrival.sha256, formulas=arrival.formulas, find=Files(arrival.workspace, by=arrival.by),
    )  # fmt: skip
    done = arrival.rows.exclude(fate=Fate.NEW).values_list("number", "ready")
    checker.remember({ready["key"]: number for number, ready in done if ready})
    while rows := list(arrival.rows.filter(fate=Fate.NEW)[:TOGETHER]):
        alive()
        checked = [checker.row(one.line) for one in rows]  # pictures are fetched here, so outside of the transaction
        there = known_keys(arrival.workspace, [one.key for one in checked])
        for row, found in zip(rows, checked, strict=True):
            row.wrongs = [[wrong.column, wrong.field, wrong.sentence] for wrong in found.wrongs]
            row.ready = None if found.wrongs else as_json(found, now=now)
            row.fate = Fate.BAD if found.wrongs else Fate.THERE if found.key in there else Fate.GOOD
        if not _counted(arrival, rows, ("wrongs", "ready", "fate")):
            return
    arrival.rest(Stage.CHECKED, now=now)


def known_keys(workspace: Workspace, keys: Iterable[str]) -> set[str]:
    """Those of the keys that made a post before."""
    return set(Post.objects.filter(workspace=workspace, key__in=list(keys)).values_list("key", flat=True))


def _counted(arrival: Arrival, rows: Sequence[ArrivalRow], fields: Sequence[str]) -> bool:
    with transaction.atomic():
        if not arrival.move_on(len(rows)):
            return False
        _keep(rows, fields)
    return True


def _keep(rows: Sequence[ArrivalRow], fields: Sequence[str]) -> None:
    """One statement for many rows: an update of each by a condition takes ten times as long."""
    ArrivalRow.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=list(fields), batch_size=100
    )


# --- coming -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ready:
    """A checked row, about to be written. ``at`` without a promise is the time a draft is meant for."""

    number: int
    at: datetime | None
    content: Content
    channels: tuple[Channel, ...]
    labels: tuple[Any, ...]
    key: str

    @classmethod
    def of(cls, row: Row, *, place: Workspace) -> Ready:
        return cls(row.number, row.at, row.content, row.channels, _labels(place, row.labels), row.key)


def _come(arrival: Arrival, *, now: datetime, alive: Callable[[], None]) -> None:
    place = arrival.workspace
    channels = {str(one.pk): one for one in Channel.objects.for_posts().filter(workspace=place)}
    found = Blackout.objects.filter(workspace=place, level=Level.BLOCK)
    blocks = list(found.select_related("workspace").prefetch_related("channels"))
    advice, let_by = Advice.objects.for_workspace(place), _who_let_it_come(arrival)
    while rows := list(arrival.rows.filter(fate=Fate.GOOD)[:TOGETHER]):
        alive()
        house = HouseRule.objects.house(place)
        closed = [
            (who, refused_later(who, list(channels.values()), workspace=place))
            for who in dict.fromkeys((arrival.by, let_by))
        ]  # fmt: skip
        some = [_ready(row, channels, place=place, now=now) for row in rows]
        there = known_keys(place, [one.key for one in some])
        for row, one in zip(rows, some, strict=True):
            is_asked = one.key not in there and not arrival.drafts
            wrong = (
                _late(row, one, now=now, blocks=blocks, advice=advice, house=house, closed=closed) if is_asked else None
            )
            row.fate = Fate.THERE if one.key in there else Fate.BAD if wrong else Fate.CAME
            row.wrongs = [[wrong.column, wrong.field, wrong.sentence]] if wrong else row.wrongs
        bad = next((row for row in rows if row.fate == Fate.BAD), None)
        if bad is not None and arrival.whole:
            ArrivalRow.objects.filter(pk=bad.pk).update(fate=Fate.BAD, wrongs=bad.wrongs)
            because = _("Row %(row)d: %(sentence)s") % {"row": bad.number, "sentence": bad.wrongs[0][2]}
            arrival.undo(by=None, now=now, because=because)
            return
        with transaction.atomic():
            if not arrival.move_on(len(rows)):
                return
            coming = [(row, one) for row, one in zip(rows, some, strict=True) if row.fate == Fate.CAME]
            posts = write(
                [one for _row, one in coming], place=place, by=arrival.by, let_by=let_by, now=now,
                promised=not arrival.drafts,
            )  # fmt: skip
            for (row, _one), post in zip(coming, posts, strict=True):
                row.post = post
            _keep(rows, ("fate", "wrongs", "post"))
    arrival.rest(Stage.CAME, now=now)


def _who_let_it_come(arrival: Arrival) -> Any:
    """Who answers for what is promised: who pressed last, and whoever brought the file where nobody did."""
    pressed = Event.objects.of(arrival).filter(verb__in=("arrival.begun", "arrival.resumed")).order_by("-id").first()
    return User.objects.filter(pk=pressed.by_id).first() if pressed and pressed.by_id else arrival.by


def _ready(row: ArrivalRow, channels: dict[str, Channel], *, place: Workspace, now: datetime) -> Ready:
    said = row.ready
    at = now if said["at"] == NOW else datetime.fromisoformat(said["at"]) if said["at"] else None
    return Ready(
        row.number, at, Content.from_json(said["content"]),
        tuple(channels[pk] for pk in said["channels"] if pk in channels), _labels(place, said["labels"]), said["key"],
    )  # fmt: skip


def _late(
    row: ArrivalRow, one: Ready, *, now: datetime, blocks: Sequence[Blackout], advice: Advice, house: House,
    closed: Sequence[tuple[Any, list[Channel]]],
) -> Wrong | None:  # fmt: skip
    """What has changed since the row was checked, so that it can no longer come."""
    if len(one.channels) < len(row.ready["channels"]):
        return Wrong(None, "channel", _("A channel is no longer connected."))
    for who, shut in closed:
        if not_there := [channel for channel in one.channels if channel in shut]:
            return Wrong(None, "channel", said_later(who, not_there))
    assert one.at is not None, "what is promised has a time"
    if one.at < now:
        time = written(one.at.astimezone(row.arrival.workspace.tz), "j F Y, H:i")
        return Wrong(None, "at", _("%(time)s has passed in the meantime.") % {"time": time})
    if (blackout := blocked(blocks, channels=one.channels, at=one.at)) is not None:
        return Wrong(None, "at", blackout.sentence)
    if ended := without_rights(one.content, place=row.arrival.workspace, at=one.at):
        return Wrong(None, "media", ended)
    try:
        advice.refuse(one.content)
        house.refuse(one.content, workspace=row.arrival.workspace)
    except Gated as gated:
        return Wrong(None, "text", str(gated))
    return None


def _labels(place: Workspace, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(Label.objects.get_or_create(workspace=place, name=name)[0].pk for name in names)


def write(
    rows: Sequence[Ready], *, place: Workspace, by: Any, now: datetime, let_by: Any = None, promised: bool = True,
    source: str = "import",
) -> list[Post]:  # fmt: skip
    """Posts of checked rows, each with its promises: as writing and scheduling one by one, in few queries. ``let_by``:
    who promises them, where that is another than who wrote them."""
    with transaction.atomic():
        posts = Post.objects.write_all(
            [
                Fresh(one.content, tuple(channel.pk for channel in one.channels), one.labels, one.key, one.at)
                for one in rows
            ], workspace=place, by=by, source=source,
        )  # fmt: skip
        if promised:
            _promise(rows, posts, place=place, by=let_by or by, now=now)
    return posts


def _promise(rows: Sequence[Ready], posts: Sequence[Post], *, place: Workspace, by: Any, now: datetime) -> None:
    deliveries = []
    films = set(
        Media.objects.filter(
            pk__in=[UUID(pk) for one in rows for pk in one.content.media_ids], mime__startswith="video/"
        ).values_list("pk", flat=True)
    )
    for one, post in zip(rows, posts, strict=True):
        for channel in one.channels:
            if films and films & set(map(UUID, one.content.media_ids)):
                prepare(one.content, channel=channel, now=now)
            deliveries.append(
                Delivery(
                    workspace=place, post=post, channel=channel, due_at=one.at, wake_at=one.at, key=new_key(),
                    late=post.late, late_minutes=post.late_minutes, text_sha256=one.content.text_sha256,
                    scheduled_by=person(by),
                )
            )  # fmt: skip
    Delivery.objects.bulk_create(deliveries, batch_size=500)
    Event.objects.write_all(
        "delivery.scheduled", by=by, workspace=place,
        about=[
            (one, {}, {"due_at": one.due_at.isoformat(), "post": str(one.post_id), "version": 1}) for one in deliveries
        ],
    )  # fmt: skip
    if Workflow.objects.in_force().filter(workspace=place).exists():
        for post in posts:
            ask_for_yes(post, by=by, now=now)


# --- taking back ------------------------------------------------------------------------------------------------------


def _take_back(arrival: Arrival, *, now: datetime, alive: Callable[[], None]) -> None:
    by, because = arrival.undone_by, arrival.reason or _("the import was undone")
    while rows := list(arrival.rows.filter(fate=Fate.CAME).select_related("post")[:TOGETHER]):
        alive()
        with transaction.atomic():
            if not arrival.move_on(len(rows)):
                return
            posts = [row.post for row in rows if row.post is not None]
            left = take_back(posts, workspace=arrival.workspace, by=by, now=now, because=because)
            arrival.rows.filter(pk__in=[row.pk for row in rows]).update(fate=Fate.GONE)
            arrival.rows.filter(pk__in=[row.pk for row in rows if row.post_id in left]).update(fate=Fate.LEFT)
    arrival.rest(Stage.UNDONE, now=now)


def take_back(posts: Sequence[Post], *, workspace: Workspace, by: Any, now: datetime, because: str) -> set[Any]:
    """Cancels what has not left, in few queries. Posts of which nothing has left go off the desk and give their keys
    back, so that the same file can come again; the ids of the others, which stay. Inside a transaction."""
    # The post before its deliveries, as whoever sends it does: of two that meet, one waits for the other.
    mine = Post.objects.filter(pk__in=[post.pk for post in posts]).order_by("pk")
    list(mine.select_for_update(no_key=True).values_list("pk", flat=True))
    deliveries = list(Delivery.objects.filter(post__in=posts).order_by("pk").select_for_update())
    left = {one.post_id for one in deliveries if one.state in LEAVING}
    cancelled = [one for one in deliveries if one.can_be_cancelled]
    Delivery.objects.filter(pk__in=[one.pk for one in cancelled]).update(
        state=State.CANCELLED, wake_at=None, slot_at=None, version=F("version") + 1, fence=F("fence") + 1,
        lease_owner="", lease_until=None,
    )  # fmt: skip
    Event.objects.write_all(
        "delivery.cancelled", by=by, workspace=workspace, because=because,
        about=[(one, {"state": one.state}, {}) for one in cancelled],
    )  # fmt: skip
    gone = [post for post in posts if post.pk not in left and post.removed_at is None]
    Post.objects.filter(pk__in=[post.pk for post in gone]).update(removed_at=now, key=None)
    Event.objects.write_all(
        "post.removed", by=by, workspace=workspace, because=because,
        about=[(post, {"version": post.version}, {}) for post in gone],
    )  # fmt: skip
    return left
