"""What the gallery shows of planning: made-up posts, notes and campaigns, drawn by what draws the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace as Made
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.utils.safestring import SafeString, mark_safe

from clarion.posts.models import Campaign, Note
from clarion.posts.models.campaign import Hue
from clarion.web import sieve, states
from clarion.web.besides import Besides, Line, Shade
from clarion.web.chips import NOBODY, Chips, drawings
from clarion.web.entries import AGAIN, Entry, Found, Said, Wanted, midnight
from clarion.web.forms.planning import CategoryForm
from clarion.web.groups import Groups
from clarion.web.icons import marks
from clarion.web.month import Cells, month
from clarion.web.week import LANES, Grid

MADE_UP = UUID("00000000-0000-4000-8000-00000000de51")
"""The workspace of everything that is made up."""
ZONE = ZoneInfo("Europe/Oslo")
POSTS = (
    # days from today, time, state, channels, words
    (-3, "08:00", "published", 3, "Storgata closed between 9 and 12 while the water main is repaired"),
    (-3, "14:30", "failed", 1, "Council meeting tonight at 18:00, live and with captions"),
    (-2, "09:15", "unknown", 2, "Swimming hall open until ten all week"),
    (-1, "12:00", "missed", 1, "Ferry timetable from Monday"),
    (0, "08:30", "published", 5, "Good morning from the town hall square"),
    (0, "11:00", "publishing", 2, "The library’s winter hours begin on Monday: here is what changes"),
    (0, "11:10", "scheduled", 2, "Road works on Bryggegata, with a map of the way round"),
    (0, "11:20", "held", 1, "Flu vaccination for everyone over 65: no appointment needed"),
    (0, "15:00", "scheduled", 4, "Christmas market: stalls can still be booked"),
    (0, "16:00", "scheduled", 1, "Open evening at the music school"),
    (0, "18:40", "draft", 0, "Annual report: the short version"),
    (1, "09:00", "scheduled", 2, "Budget in brief"),
    (2, "10:00", "held", 1, "Photographs from the opening"),
    (3, "09:00", "scheduled", 3, "Christmas market opens"),
    (4, "09:00", AGAIN, 2, "Recycling this week"),
    (4, "12:45", "scheduled", 1, "Ice on Tista: stay ashore"),
)  # fmt: skip
HELD_BY = (
    ("scheduled", "Road works on Bryggegata, with a map of the way round and where one may park meanwhile", False),
    ("held", "Flu vaccination for everyone over 65", False),
    ("published", "Good morning from the town hall square", False),
    ("scheduled", "Recycling this week", True),
)


def key(number: int) -> UUID:
    """The key of a made-up thing."""
    return UUID(int=number)


@dataclass(frozen=True)
class Known(Found):
    """Posts whose words are given."""

    words: dict[UUID, str] = field(default_factory=dict)
    campaign: UUID | None = None

    def _words(self, posts: set[UUID], *, longest: int) -> dict[UUID, Said]:
        return {
            post: (text[:longest], self.campaign if "market" in text else None, False)
            for post, text in self.words.items()
        }


class Given(Besides):
    """What stands beside posts, told instead of read."""

    def __init__(self, today: date, campaigns: list[Campaign]) -> None:
        self._workspace: Any = Made(pk=MADE_UP)
        self._zone, self._may_write, self._campaigns = ZONE, True, campaigns
        self._holidays = {today + timedelta(days=5): "St Andrew’s Day"}
        soon, later = today + timedelta(days=1), today + timedelta(days=2)
        self._notes = [
            Note(pk=key(1), text="The mayor travels", day=soon, until=later),
            *(Note(pk=key(n), text=f"Note {n}", day=later, until=later) for n in (2, 3, 4)),
        ]  # fmt: skip
        self._blackouts = [
            (_shade(later, blocks=False), Line("blackout", "triangle-alert", "Mourning", "#")),
            (_shade(today + timedelta(days=6), blocks=True), Line("blackout", "ban", "Election day", "#")),
        ]


def _shade(day: date, *, blocks: bool) -> Shade:
    return Shade(midnight(day, ZONE), midnight(day + timedelta(days=1), ZONE), blocks)


def plans(now: datetime) -> dict[str, Any]:
    """The calendar, the queue, the ideas, an import and what else is planned."""
    local = now.astimezone(ZONE)
    today, networks = local.date(), list(marks())
    channels = {key(100 + n): name for n, name in enumerate(networks[:5])}
    monday = today - timedelta(days=today.weekday())
    campaigns = [
        Campaign(pk=key(1), name="Christmas market", hue=Hue.CLAY, starts=today, ends=today + timedelta(days=9)),
        Campaign(pk=key(2), name="Budget", hue=Hue.SEA, starts=today - timedelta(days=4),
            ends=today + timedelta(days=1)),
    ]  # fmt: skip
    chips = Chips(MADE_UP, may_publish=True, may_write=True, campaigns=campaigns)
    found, besides = _found(today, channels), Given(today, campaigns)
    first, wanted = today.replace(day=1), Wanted(campaigns=("1",))
    weeks = [monday + timedelta(days=n) for n in range(-7, 14)]
    cells = Cells(
        weeks, first=first, today=today, chips=chips, besides=besides, zone=ZONE, home=ZONE, write="#calendar",
        query=wanted.query,
    )  # fmt: skip
    grid = Grid(
        found, now=now, chips=chips, besides=besides, home=ZONE, lanes=LANES, more="?view=day", write="#calendar"
    )
    return {
        "drawings": drawings(networks), "chips": _chips(chips, local, networks, campaigns[0].pk),
        "span": Made(first=first, view="week", query="view=week", pairs=[], days=weeks),
        "month": month(found, cells, first=first, days=weeks),
        "week": grid.week([monday + timedelta(days=n) for n in range(7)]),
        "wanted": wanted,
        "legend": ("scheduled", "published", "failed", "unknown", "held", "draft", AGAIN),
        "menus": _menus(networks), "campaigns": [Made(**_fields(one), count=n) for n, one in enumerate(campaigns, 1)],
        "blackouts": _blackout_rows(today), "queue": _queue(now, networks), "ideas": _ideas(now), "arrival": _arrival(),
        "category": CategoryForm(auto_id="category_%s"), "page": Paginator(range(9), 3).page(2),
        "labels": ["Culture", "Traffic"],
    }  # fmt: skip


def _found(today: date, channels: dict[UUID, str]) -> Known:
    rows, words = [], {}
    for number, (days, clock, state, count, text) in enumerate(POSTS, 1):
        hour, minute = map(int, clock.split(":"))
        at = datetime.combine(today + timedelta(days=days), time(hour, minute), ZONE)
        rows.append((int(at.timestamp()), key(number), tuple(channels)[:count], state))
        words[key(number)] = text
    return Known(Groups([]).with_more(rows), ZONE, channels, words=words, campaign=key(1))


def _chips(chips: Chips, at: datetime, networks: list[str], campaign: UUID) -> list[tuple[str, SafeString]]:
    """A chip of each state, and as it is while it is moved; with the words that say which."""
    entry = Entry(
        at.replace(hour=9, minute=0), NOBODY, "scheduled", (networks[0],), "Library winter hours begin on Monday"
    )
    made = [(str(states.shown(state).word), chips.chip(replace(entry, state=state))) for state in states.STATES]
    return [
        *made,
        ("On many channels", chips.chip(replace(entry, networks=tuple(networks[:6])))),
        ("Of a campaign", chips.chip(replace(entry, campaign=campaign))),
        ("Can be moved", chips.chip(replace(entry, can_move=True))),
        ("Lifted", chips.chip(entry, more=" lifted")),
        ("Carried (its ghost)", mark_safe(f'<div class="held">{chips.chip(entry, more=" ghost")}</div>')),  # noqa: S308
    ]  # fmt: skip


def _fields(one: Campaign) -> dict[str, Any]:
    return {"pk": one.pk, "name": one.name, "hue": one.hue, "starts": one.starts, "ends": one.ends}


def _menus(networks: list[str]) -> list[sieve.Menu]:
    choices = tuple(sieve.Choice(str(n), f"@halden{n}", name) for n, name in enumerate(networks[:3]))
    hues = tuple(sieve.Choice(str(n), str(hue.label), hue=hue.value) for n, hue in enumerate(Hue))
    return [
        sieve.Menu("channel", "radio-tower", "All channels", "Channels", choices, ()),
        sieve.Menu("campaign", "flag", str(Hue.MOSS.label), "Campaigns", hues, ("1",)),
    ]


def _blackout_rows(today: date) -> list[Made]:
    named: dict[str, Any] = {
        "pk": key(1), "from_day": today, "from_time": None, "until_time": None, "channels": Made(all=[]),
    }  # fmt: skip
    return [
        Made(name="Election day", blocks=True, until_day=today, get_level_display="Nothing goes out", **named),
        Made(
            name="Mourning", blocks=False, until_day=today + timedelta(days=2), get_level_display="Asks first", **named
        ),
    ]


def _queue(now: datetime, networks: list[str]) -> dict[str, Any]:
    """A day of slots: each thing that can stand in one."""
    channel = Made(pk=key(9), network=networks[0], handle="@halden")
    category = Made(pk=key(1), name="Culture", hue=Hue.PLUM)
    at = [now + timedelta(hours=n) for n in range(9)]
    held = [
        Made(delivery=Made(
            pk=key(n), state=state, slot_at=at[n], post_id=key(n),
            post=Made(summary=words, again_of_id=key(1) if again else None),
        ), category=category if n == 0 else None) for n, (state, words, again) in enumerate(HELD_BY)
    ]  # fmt: skip
    turn = Made(
        evergreen=Made(post_id=key(1), post=Made(summary="Where to find the town archive"), wordings=3), wording=2,
        last_at=now - timedelta(days=41), at=at[7], channel=channel,
    )  # fmt: skip
    empty: dict[str, Any] = {"delivery": None, "is_busy": False, "turn": None, "category": None}
    places = [
        *held,
        Made(**empty | {"at": at[4], "local": at[4]}),
        Made(**empty | {"at": at[5], "local": at[5], "category": category}),
        Made(**empty | {"at": at[6], "local": at[6], "is_busy": True}),
        Made(**empty | {"at": at[7], "local": at[7], "turn": turn, "category": category}),
    ]
    slots = [Made(time=time(9), category=None), Made(time=time(12, 30), category=category)]
    best = Made(channel=channel, count=38, days=90, median=6.0)
    hours = [(Made(count=9, median=14.0), at[2]), (Made(count=7, median=11.5), at[5])]
    return {
        "channel": channel, "places": places, "turns": [turn],
        "week": [(0, "Monday", slots), (3, "Thursday", slots[:1])],
        "bests": [Made(best=best, hours=hours)], "best": best, "hour": hours[0][0],
    }  # fmt: skip


def _ideas(now: datetime) -> list[Made]:
    def idea(number: int, text: str, **more: Any) -> Made:
        bare: dict[str, Any] = {
            "link": "",
            "picture": None,
            "labels": Made(all=[]),
            "source": "",
            "by": "Ingrid Solberg",
        }
        return Made(pk=key(number), text=text, created_at=now - timedelta(days=number), **bare | more)

    return [
        idea(1, "Ask the children what they would name the new ferry"),
        idea(2, "How the archive keeps old maps", link="https://archive.example/maps", labels=Made(all=["Culture"]),
             picture=Made(pk=key(1), alt="A red boat on a blue sea")),
        idea(3, "Roadworks on Storgata: the plan for spring", source="Traffic office", by=""),
    ]  # fmt: skip


def _arrival() -> dict[str, Any]:
    def line(number: int, fate: str, word: str, *cells: Made, wrongs: tuple[str, ...] = ()) -> Made:
        return Made(
            row=Made(number=number, fate=fate, get_fate_display=word, post=None), cells=cells, wrongs=wrongs, state=""
        )

    def cell(text: str, *wrongs: str) -> Made:
        return Made(text=text, name="Date", wrongs=wrongs)

    return {
        "heads": [("A", "Date"), ("B", "Text"), ("C", "Channel")],
        "rows": [
            line(2, "good", "Good", cell("2026-12-01 09:00"), cell("Christmas market opens"), cell("@halden")),
            line(3, "bad", "Needs mending", cell("31.02.2027", "There is no such day."), cell("Ice on Tista"),
                cell("@halden")),
            line(4, "bad", "Needs mending", cell("2026-12-04 09:00"), cell(""), cell("@halden"),
                 wrongs=("It says nothing and shows nothing.",)),
            line(5, "known", "Imported before", cell("2026-12-05 09:00"), cell("Recycling this week"), cell("@halden")),
        ],
        "columns": [
            Made(place=0, letters="A", name="When", sample="2026-12-01 09:00", field="date"),
            Made(place=1, letters="B", name="What it says, in the words of the office that sent it",
                 sample="Christmas market opens", field="text"),
            Made(place=2, letters="C", name="", sample="", field=""),
        ],
        "fields": [("date", "Date"), ("text", "Text")],
    }  # fmt: skip
