"""What the demo's city keeps to write with: hashtags, snippets, a template, people, a preset, and links with clicks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from clarion.channels.models import Channel
from clarion.organisations.models import Workspace
from clarion.posts.models import Link, Person, Snippet, TagGroup, Template, UtmPreset, Visit

TAGS = (
    ("Library", "#Halden #HaldenReads #OpenLibrary"), ("On the road", "#Halden #Traffic #Busses"),
    ("Council", "#Halden #LocalDemocracy"),
)  # fmt: skip
SNIPPETS = (
    (
        "Road closed",
        "{street} is closed on {weekday}, {date}, between 9 and 12. Busses stop at the station instead. More: {link}",
    ),
    ("Thank you", "Thank you to everybody who wrote to us. We answer every comment, within two working days."),
    ("Water", "There is no water in {street} on {date} from 10 to 14. Fill a jug in the morning."),
)
TEMPLATE = (
    "The week in Halden",
    "This week in Halden:\n\n• Council on Tuesday, at six, in the town hall or on the screen\n• The market on Friday"
    "\n• The swimming hall on Sunday, for free",
)
PEOPLE = (
    ("Marte Dahl", {"m": "marte@boker.example", "b": "martedahl.example"}),
    ("Halden Public Library", {"m": "library@social.halden.example", "b": "library.halden.example"}),
    ("Fire brigade", {"m": "brann@social.halden.example"}),
    ("Ola Berg", {}),
)
PRESET = ("Usual", {"source": "{network}", "medium": "social", "campaign": "{campaign}"})
LINKS = (
    ("winter", "https://www.halden.example/library/winter-hours", 21),
    ("ice", "https://www.halden.example/sports/ice-rink/opening", 9),
    ("budget", "https://www.halden.example/council/budget-2027/in-plain-words", 14),
)
"""Name, target, and about how many follow it on a day."""


def stock(place: Workspace, *, by: Any, channels: Mapping[str, Channel], today: date) -> None:
    """Puts all of it into the workspace. ``channels``: by their letters."""
    for name, tags in TAGS:
        TagGroup.objects.make(workspace=place, name=name, tags=tags, by=by)
    for name, text in SNIPPETS:
        Snippet.objects.make(workspace=place, name=name, text=text, by=by)
    for name, called in PEOPLE:
        handles = {(channels[letter].network, ""): handle for letter, handle in called.items()}
        Person.objects.make(workspace=place, name=name, handles=handles, by=by)
    name, text = TEMPLATE
    whole = {
        "words": {"parts": [{"text": text, "shots": []}], "options": {}}, "variants": {}, "labels": [],
        "new_labels": "", "channels": [str(one.pk) for one in channels.values()], "late": "send", "late_minutes": "360",
    }  # fmt: skip
    Template.objects.make(workspace=place, name=name, whole=whole, by=by)
    name, values = PRESET
    UtmPreset.objects.make(workspace=place, name=name, by=by, **values)
    for number, (slug, target, many) in enumerate(LINKS):
        link = Link.objects.make(workspace=place, target=target, slug=slug, by=by)
        days = {(link.pk, today - timedelta(days=ago)): _on(ago, many, number) for ago in range(25)}
        Visit.objects.count_up({key: count for key, count in days.items() if count})


def _on(ago: int, many: int, number: int) -> int:
    """Most come on the first days and fewer on the last, on no day quite as many as on the one before."""
    since = 24 - ago
    return max(many * (since % 9 + 1) // (2 + since % 5 + number), 0) if since >= number * 4 else 0
