"""The demo's city: Halden, a small town with a press office of three. Made-up people, made-up posts.

Times are days from today and a time of the day in the workspace's zone, or (``-95``) minutes before now.
"""

from __future__ import annotations

from dataclasses import dataclass

ORGANISATION = "City of Halden"
WORKSPACE = "Press office"
ZONE = "Europe/Oslo"
EMAIL, PASSWORD = "demo@halden.example", "a town by the sea"
PEOPLE = (
    (EMAIL, "Ingrid Solberg", "owner"),
    ("amir@halden.example", "Amir Haddad", "editor"),
    ("jonas@halden.example", "Jonas Lie", "contributor"),
)


@dataclass(frozen=True)
class Told:
    """One post. ``outcome`` is that of the last channel; the others have it. ``on``: which of the demo's channels, by letter: m(astodon-like), b(luesky-like), n(oticeboard)."""

    day: int
    at: str
    text: str
    on: str
    label: str
    by: int = 0
    picture: str = ""
    alt: str = ""
    parts: tuple[str, ...] = ()
    outcome: str = "published"


PAST = (
    Told(
        -13,
        "09:00",
        "Week 46 in Halden: council on Tuesday, the market on Friday, and the ice rink opens on Saturday.",
        "mn",
        "Week",
    ),
    Told(
        -12,
        "12:00",
        "Meet the new head of our library, Marte Dahl. She starts with a promise: longer evenings.",
        "bn",
        "Culture",
        1,
    ),
    Told(
        -11,
        "08:30",
        "Roadworks on Torggata from today until Thursday. Busses 12 and 14 stop at the station instead.",
        "mbn",
        "Traffic",
    ),
    Told(
        -10,
        "10:00",
        "Autumn in the town park. Thank you to everybody who sent pictures.",
        "mb",
        "Culture",
        1,
        "park",
        "Red and yellow trees around the pond in the town park, with two people on a bench.",
    ),
    Told(
        -9,
        "15:00",
        "How your water gets clean: a walk through the new plant, open to all on Saturday from 11.",
        "mn",
        "Environment",
    ),
    Told(
        -8,
        "09:00",
        "The budget for 2027 is open for comments until 1 December. It is 40 pages; the summary is two.",
        "mbn",
        "Council",
    ),
    Told(-7, "11:00", "A day with the harbour master: three ferries, one seal, no complaints.", "m", "Harbour", 2),
    Told(
        -6,
        "09:00",
        "Week 47 in Halden: school enrolment, council live on Tuesday, and Fog Day on Wednesday.",
        "mn",
        "Week",
    ),
    Told(-5, "17:30", "Council, live tonight at 18:00, with captions and sign language.", "mbn", "Council"),
    Told(
        -4,
        "08:00",
        "Fog on the E6 this morning: leave ten minutes earlier and drive as if you could not see far, because you cannot.",
        "mb",
        "Traffic",
        2,
    ),
    Told(
        -3,
        "12:00",
        "School enrolment for autumn opens on Monday. You need ten minutes and your child’s birth number.",
        "bn",
        "Schools",
        1,
    ),
    Told(-2, "10:00", "Market day: 42 stalls, and the bakery that everybody asks about is back.", "mn", "Culture", 1),
    Told(-1, "14:00", "Air quality is good again. The advice from yesterday no longer holds.", "mbn", "Health"),
)
TODAY = (
    Told(
        0,
        "-190",
        "Storgata is closed between 9 and 12 while the water main is mended. Busses 12 and 14 go by Havnegata.",
        "mbn",
        "Traffic",
    ),
    Told(0, "-128", "Council meeting tonight at 18:00, live and with captions.", "bn", "Council", 1),
    Told(
        0,
        "-72",
        "We are hiring: two engineers for the water works. Apply by 15 December.",
        "nm",
        "Jobs",
        2,
        outcome="unknown",
    ),
    Told(
        0, "-40", "Fire drill in the town hall at noon: the siren is only a test.", "mb", "Safety", 2, outcome="failed"
    ),
)
AHEAD = (
    (
        4,
        "The library’s winter hours begin on Monday: weekdays 10–19, Saturdays 11–15, and the children’s floor opens on Sundays too.",
        "mbn",
        "Culture",
        "library",
        "The library on a bright day, seen from the square.",
    ),
    (
        75,
        "Flu vaccination for everyone over 65: no appointment needed, every weekday from 9 to 15 in the town hall.",
        "mbn",
        "Health",
        "",
        "",
    ),
    (
        180,
        "Open day at the new fire station, Saturday from 11. Bring children; bring questions.",
        "mb",
        "Events",
        "station",
        "A blue fire engine in front of the new fire station.",
    ),
    (330, "Snow tonight: which roads are cleared first, and why.", "mbn", "Traffic", "", ""),
)
LATER = (
    Told(
        1,
        "09:00",
        "The Christmas market opens on Friday at 16:00. All stalls, all times, and where to park.",
        "mbn",
        "Events",
        1,
    ),
    Told(1, "12:15", "Two pools, one pass: the new swimming card is on sale.", "mn", "Culture"),
    Told(2, "08:00", "Bins: holiday weeks have other days. Look up your street.", "mbn", "Environment", 2),
    Told(2, "13:00", "The ice rink is open from 10 to 20, skates for rent at the kiosk.", "mb", "Culture", 1),
    Told(3, "10:00", "Annual report of the harbour: what came in, what went out, and what it cost.", "n", "Harbour"),
    Told(4, "11:00", "Open day at the fire station, tomorrow from 11: the programme.", "mb", "Events", 1),
    Told(
        4,
        "15:00",
        "Weekend in Halden: three concerts, one flea market, and the first Sunday of Advent.",
        "mbn",
        "Culture",
    ),
    Told(5, "11:00", "Now: open day at the fire station.", "m", "Events", 1),
    Told(
        7,
        "09:00",
        "Week 49 in Halden: the tree is lit on Sunday, and the council decides the budget on Thursday.",
        "mbn",
        "Week",
        parts=(
            "What the budget means for you, in three parts: schools get four new teachers.",
            "The bus to the hospital runs every quarter of an hour.",
            "And the water fee stays as it is.",
        ),
    ),
    Told(8, "12:00", "Winter tyres: from today the police looks.", "mb", "Traffic", 2),
    Told(10, "10:00", "Your comments on the budget: 312 came in. What changed because of them.", "mbn", "Council"),
    Told(12, "14:00", "The last ferry on Saturdays now goes at 23:30.", "mn", "Harbour", 2),
)
EARLIER = {
    AHEAD[0][1]: (
        ("The library has winter hours from Monday: weekdays 10–18, Saturdays 11–15.", 2),
        ("The library’s winter hours begin on Monday: weekdays 10–18, Saturdays 11–15. More on our pages.", 1),
    ),
}
"""How a text began, and by whom: its history in the demo."""
SET = ("Everyday two", "mn")
CAMPAIGNS = (
    # name, hue, days from today of its start and its end, brief
    ("Advent", "clay", 1, 9, "The town before Christmas: the market, the tree, longer evenings. Warm, short, useful."),
    ("Budget 2027", "plum", -9, 12, "Every number once, in plain words, and what people asked."),
)
IN_CAMPAIGN = {
    "Christmas market": "Advent",
    "Weekend in Halden": "Advent",
    "budget": "Budget 2027",
    "Annual report": "Budget 2027",
}
"""Words of posts, and the campaign that they belong to."""
NOTES = ((2, 2, "The mayor is in Oslo"), (5, 6, "Handball cup: 900 guests"))
"""Days from today, first and last, and what is written there."""
BLACKOUT = (
    "By-election: no campaigns",
    10,
    "block",
    "In the week of the by-election the city publishes nothing that could sway it.",
)
COUNTRY = "NO"
DRAFTS = (
    ("Portraits of the people who clear the snow: a series for January?", "mb", "Culture"),
    ("New parking rules around the hospital: waiting for the map.", "mbn", "Traffic"),
)

SLOTS = (("n", range(5), ("09:00",)), ("m", range(5), ("09:00", "12:30", "16:00")), ("b", range(5), ("12:30", "17:00")))
"""Weekly times of the channels: letter, weekdays, wall times."""

QUEUED = (
    (
        "Did you know? The archive has 4,000 pictures of the town, and every one of them may be used freely.",
        "mb",
        "Culture",
    ),
    ("Three bins, three colours: what goes where, on one page you can print.", "m", "Environment"),
    (
        "Your councillors answer questions on the first Monday of each month. Come in, no appointment needed.",
        "mbn",
        "Council",
    ),
    ("How to report a broken street light in under a minute.", "m", "Traffic"),
)
"""Posts that are not bound to a day: text, channels, label."""


@dataclass(frozen=True)
class Shelved:
    """One picture of the library. ``until``: days from today to the end of its rights."""

    picture: str
    folder: str
    labels: tuple[str, ...]
    alt: str = ""
    by: int = 1
    holder: str = ""
    until: int | None = None


LIBRARY = (
    Shelved("harbour", "Town", ("Harbour",), "Two sailing boats in the harbour on a calm evening."),
    Shelved("bridge", "Town", ("Traffic",), "The old bridge over the Tista, with its three arches."),
    Shelved(
        "market", "Winter", ("Events",), "Three lit stalls of the Christmas market in the snow.", 0, "Marte Dahl", 19
    ),
    Shelved("rink", "Winter", ("Culture",), "Three people skate on the ice rink.", 2, "Halden Blad", -12),
    Shelved("snow", "", ("Traffic",)),
)
"""Beside the pictures of its posts."""
CATEGORIES = (
    # name, hue, letters of channels, weekdays and times of its slots
    ("Good to know", "moss", "mb", range(5), ("14:00",)),
    ("Culture", "plum", "m", (4, 5), ("18:00",)),
)
EVERGREEN = (
    # post, its category, how often, days apart, other words
    (
        Told(-44, "14:00", "Your library card also opens the museum and the swimming hall on Sundays.", "mb", "Culture"),
        "Good to know", 6, 21,
        ("Museum and swimming hall on Sundays: your library card is the key.", "One card, three doors: library, museum, swimming hall."),
    ),
    (
        Told(-38, "14:00", "Lost something on the bus? The office at the station keeps it for three months.", "mb", "Traffic"),
        "Good to know", 4, 30, ("Umbrellas, gloves, one tuba: what is lost on our busses waits at the station for three months.",),
    ),
    (Told(-31, "18:00", "The town archive shows its oldest map every Saturday at noon.", "m", "Culture"), "Culture", 3, 14, ()),
)  # fmt: skip
WEEKLY = "The week in Halden: what was decided, what is open, and whom to ask."
"""It comes again each week."""
REGULAR = (
    # weekday and time, text with the number of the week, letters, label, answers from and to
    (1, "17:30", "Council, week %d: live tonight at 18:00, with captions. What is on the table, in five lines.", "mb", "Council", 26),
    (3, "09:00", "Roadworks of week %d: three streets, two detours, one map.", "mb", "Traffic", 7),
    (4, "12:00", "What the town asked in week %d, and what we answered.", "mb", "Council", 12),
)  # fmt: skip
"""What went out in each of the weeks before, so that there are numbers to read good times from."""
WEEKS = range(11, 2, -1)

NIGHT = (("nora@halden.example", "Nora Dahl"), ("tor@halden.example", "Tor Hagen"))
"""The night desk: addresses and names."""
