"""What the demo's city keeps to write with: hashtags, snippets, a template, people, a preset, and links with clicks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from clarion.channels.models import Channel
from clarion.organisations.models import Workspace
from clarion.posts.models import (
    HouseRule,
    Link,
    Override,
    Person,
    Post,
    Snippet,
    TagGroup,
    Template,
    UtmPreset,
    Visit,
)

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
RULES = (
    (
        "words", "Private persons", "stop", "Name nobody without a written yes.", False,
        {"lines": ["Marte Dahl", "Ola Berg"]},
    ),
    (
        "personal", "Private numbers", "stop", "Give the number of the desk instead.", True,
        {
            "data": ["phone", "email", "card", "iban", "id"], "countries": ["NO", "SE"],
            "allowed": ["+47 69 17 45 00", "@halden.example"],
        },
    ),
    (
        "links", "Addresses that deceive", "stop", "", True,
        {"domains": [], "signs": ["ip", "shortener", "lookalike"], "ours": ["halden.example"]},
    ),
    (
        "words", "Words with care", "warn", "Say what happened, and what people should do now.", False,
        {"lines": ["chaos", "panic*", "catastroph*"]},
    ),
    ("pattern", "Case numbers", "warn", "Readers cannot open them. Say what the case is about.", False,
     {"pattern": r"\b\d{4}/\d{4,6}\b"}),
)  # fmt: skip
"""Kind, name, level, what to do instead, whether everywhere, and what it looks for."""
LET_OUT = ("Marte Dahl", "Marte agreed in writing on Monday.")


def rule(place: Workspace, *, by: Any) -> None:
    """Makes the rules of the house; one post was let out against one of them."""
    for kind, name, level, explanation, everywhere, what in RULES:
        HouseRule.objects.make(
            organisation=place.organisation, workspace=None if everywhere else place, kind=kind, name=name,
            level=level, explanation=explanation, what=what, by=by,
        )  # fmt: skip
    words, because = LET_OUT
    for post in Post.objects.filter(workspace=place, text__contains=words)[:1]:
        verdicts = HouseRule.objects.judge(post.said, workspace=place)
        Override.objects.grant(verdicts, post=post, by=by, because=because)


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
