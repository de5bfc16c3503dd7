"""What comes into the demo's city from outside: ideas, a feed of warnings, and a table with a row to mend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from clarion.channels.models import Channel
from clarion.organisations.models import Workspace
from clarion.posts.columns import recognised
from clarion.posts.models import Arrival, Feed, FeedItem, Idea, Label, Target
from clarion.posts.models.feed import key_of
from clarion.posts.sheets import read

IDEAS = (
    # column, words, link, label, by
    ("idea", "What does the snow plough cost in one night? A number, and who drives it.", "", "Traffic", 0),
    ("idea", "The archive has pictures of the square from 1905. Then and now, side by side?",
     "https://archive.halden.example/square", "Culture", 1),
    ("idea", "Ask the swimmers at the pool what they would like to change.", "", "", 2),
    ("shaping", "A series on the bins: what happens to the paper after it is collected?", "", "Environment", 1),
    ("shaping", "Summer jobs 2027: applications open in January. Needs the list from the schools office.",
     "https://halden.example/jobs", "Council", 0),
    ("ready", "The ice on the lake carries from 15 centimetres on. Where we measure, and how often.", "", "Environment",
     2),
)  # fmt: skip
FEED = ("https://weather.halden.example/warnings.atom", "Weather warnings for the county")
WARNINGS = (
    ("Slippery roads until Sunday morning", "", "", 3),
    ("Strong wind on the coast", "It updates “Wind on the coast”.", "", 20),
    ("Wind on the coast", "", "It is less grave or less urgent than this feed takes.", 26),
)
TABLE = "advent.csv"
ROWS = (
    ("09:00", "Advent calendar, door 1: the bakery opens at six, and the first coffee is on the house."),
    ("09:00", "Advent calendar, door 2: the choir sings at the harbour at five."),
    ("9 o’clock", "Advent calendar, door 3: the museum is free all day."),
)


def come_in(place: Workspace, *, users: Sequence[Any], channels: Mapping[str, Channel], now: datetime) -> None:
    for column, words, link, label, by in IDEAS:
        labels = [Label.objects.get_or_create(workspace=place, name=label)[0]] if label else []
        Idea.objects.put(workspace=place, by=users[by], text=words, link=link, labels=labels, ripeness=column)
    _warnings(place, by=users[0], now=now)
    _table(place, by=users[0], channel=channels["n"], now=now)


def _warnings(place: Workspace, *, by: Any, now: datetime) -> None:
    """Its address is nowhere: it is paused, with what came before."""
    url, name = FEED
    feed = Feed.objects.follow(
        workspace=place, url=url, by=by, now=now, name=name, target=Target.IDEA, severity="Moderate",
        template="{sender}: {title}\n\n{summary}",
    )  # fmt: skip
    for title, about, reason, hours in reversed(WARNINGS):
        idea = None if reason else Idea.objects.put(
            workspace=place, by=None, text=f"{title}. Halden and the coast.", source=name, key=f"demo-{title}"
        )  # fmt: skip
        FeedItem.objects.create(
            feed=feed, key=key_of(title), title=title, about=about, reason=reason, idea=idea,
            met_at=now - timedelta(hours=hours),
        )  # fmt: skip
    Feed.objects.filter(pk=feed.pk).update(kind="Atom, CAP", polled_at=now - timedelta(hours=3))
    feed.pause(by=by, now=now)


def _table(place: Workspace, *, by: Any, channel: Channel, now: datetime) -> None:
    """A checked table is about to be imported; the workers check it as soon as they begin."""
    first = now.astimezone(place.tz).date() + timedelta(days=5)
    lines = [f'{first + timedelta(days=n)} {at},"{text}",{channel.handle}' for n, (at, text) in enumerate(ROWS)]
    data = "\n".join(["Date,Text,Channel", *lines]).encode()
    arrival = Arrival.objects.receive(data, name=TABLE, workspace=place, by=by)
    columns = recognised(read(data, name=TABLE))
    arrival.examine(columns=columns, order="", channels=[], drafts=False, by=by, now=now)
