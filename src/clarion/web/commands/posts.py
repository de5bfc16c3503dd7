"""clarion posts add."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.deliveries.queue import enqueue, taken
from clarion.organisations.models import Workspace
from clarion.posts.checking import missing_alt, stops
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import Advice, Captions, HouseRule, Late, Media, Post
from clarion.posts.models.post import LATE_MINUTES
from clarion.posts.timetable import HORIZON, timetables
from clarion.posts.when import next_half_hours, parse
from clarion.web.commands import asked
from clarion.web.commands.asked import OPERATOR, answer
from clarion.web.said import Said


@dataclass(frozen=True)
class LatePolicy:
    late: str = Late.SEND
    minutes: int = LATE_MINUTES


def late_policy(text: str) -> LatePolicy:
    """``send:MINUTES``, ``ask`` or ``drop``."""
    word, _, minutes = text.partition(":")
    if word == Late.SEND and (minutes or "0").isdigit() and int(minutes or 1) > 0:
        return LatePolicy(Late.SEND, int(minutes) if minutes else LATE_MINUTES)
    if word in (Late.ASK, Late.DROP) and not minutes:
        return LatePolicy(word, LATE_MINUTES)
    raise Said(f"--late: “{text}” is not send:MINUTES, ask or drop.")


NEXT = "next"


def time_of(text: str, *, place: Workspace, channels: Sequence[Channel], now: datetime) -> datetime:
    """``now``, ``next`` (the next half hour of the day at which nothing is due) or ISO 8601."""
    if text.strip() != NEXT:
        return parse(text, zone=place.tz, now=now)
    busy = taken(channels, since=now, until=now + HORIZON)
    return next(at for at in next_half_hours(now, zone=place.tz) if not any(at in some for some in busy.values()))


def promise(
    post: Post, *, at: str, place: Workspace, channels: Sequence[Channel], now: datetime, due: datetime
) -> list[Delivery]:
    """``next`` takes the next free slot of each channel, when all of them have slots; else it is due at ``due``."""
    if at.strip() == NEXT and all(table.slots for table in timetables(channels, zone=place.tz, now=now).values()):
        return enqueue(post, channels=channels, by=OPERATOR, now=now)
    return Delivery.objects.schedule(post, channels=channels, at=due, by=OPERATOR, now=now)


def kept_media(text: str, *, place: Workspace, folder: Path | None = None) -> Shot:
    """``FILE=ALT`` as a kept file with its description."""
    name, _, alt = text.partition("=")
    path = Path(name) if folder is None else folder / name
    if not path.is_file():
        raise Said(f"{name} is not a file that can be read.")
    with path.open("rb") as file:
        row = Media.objects.keep(workspace=place, file=file, name=path.name, alt=alt, by=OPERATOR)
    return Shot(str(row.pk), alt)


def keep_captions(texts: Sequence[str], *, of: Sequence[Shot], place: Workspace) -> None:
    """``FILE=LANGUAGE`` as captions of the one video among the files."""
    videos = [row for row in Media.objects.filter(pk__in=[shot.media for shot in of]) if row.is_video]
    if len(videos) != 1:
        raise Said("--captions: give one video with --media, whose captions these are.")
    for text in texts:
        name, _, language = text.rpartition("=")
        path = Path(name)
        if not path.is_file():
            raise Said(f"{name or text} is not a file that can be read. Write --captions FILE=LANGUAGE.")
        with path.open("rb") as file:
            Captions.objects.keep(media=videos[0], file=file, name=path.name, language=language, by=OPERATOR)


NO_ALT = (
    "A picture has no description, and this workspace asks for one. Write it behind the file: --media FILE=DESCRIPTION."
)


def promised(post: Post, deliveries: Sequence[Delivery]) -> dict[str, Any]:
    return {
        "post": str(post.pk),
        "deliveries": [
            {
                "id": str(d.pk), "channel": str(d.channel_id), "state": d.state, "key": d.key,
                "due_at": d.due_at.isoformat(),
            }
            for d in deliveries
        ],
    }  # fmt: skip


def already(place: Workspace, key: str | None) -> dict[str, Any] | None:
    """The answer that was given when this key was used first."""
    post = Post.objects.filter(workspace=place, key=key).first() if key else None
    return promised(post, list(post.deliveries.order_by("id"))) if post else None


def add(
    *, workspace: str, channels: list[str], texts: list[str], at: str | None, media: list[str], captions: list[str],
    late: str, key: str | None, options: list[str], json: bool,
) -> None:  # fmt: skip
    place = asked.workspace(workspace)
    if (known := already(place, key)) is not None:
        answer(known, json=json, human=f"Nothing new: this key made post {known['post']}.")
        return
    now = timezone.now()
    rows = list(dict.fromkeys(asked.channel(name, place=place) for name in channels))
    policy = late_policy(late)
    due = time_of(at, place=place, channels=rows, now=now) if at else None
    shots = [kept_media(one, place=place) for one in media]
    if captions:
        keep_captions(captions, of=shots, place=place)
    given = dict(one.partition("=")[::2] for one in options)
    content = Content(
        tuple(Words(text, tuple(shots) if number == 0 else ()) for number, text in enumerate(texts)), given
    )
    if missing_alt(shots, place=place):
        raise Said(NO_ALT)
    advice, house = (Advice.objects.for_workspace(place), HouseRule.objects.house(place)) if at else (None, None)
    if refused := stops(content, channels=rows, advice=advice, house=house):
        raise Said(" ".join(refused))
    with transaction.atomic():
        post = Post.objects.write(
            workspace=place, by=OPERATOR, content=content, channels=rows, late=policy.late,
            late_minutes=policy.minutes, key=key, source="command line",
        )  # fmt: skip
        made = promise(post, at=at, place=place, channels=rows, now=now, due=due) if at and due else []
    for one in made:
        if twin := Delivery.objects.twins(post, channel=one.channel, at=one.due_at).first():
            asked.warn(
                f"{one.channel.handle} has the same text at {twin.due_at.astimezone(place.tz):%Y-%m-%d %H:%M} already."
            )
    answer(promised(post, made), json=json, human=_for_people(post, made, place))


def _for_people(post: Post, made: Sequence[Delivery], place: Workspace) -> str:
    if not made:
        return f"Draft {post.pk} is kept."
    first = min(made, key=lambda one: one.due_at)
    return f"Scheduled for {first.due_at.astimezone(place.tz):%Y-%m-%d %H:%M} ({place.zone}) on {len(made)} channels."
