"""What the gallery shows of writing: a composition, how it will look, its history; and the files of a library."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace as Made
from typing import Any

from clarion.networks import registry
from clarion.networks.base import Network
from clarion.posts.assist import TONES
from clarion.web.pages.examples_plan import MADE_UP, key
from clarion.web.previews import Piece
from clarion.web.told import Call, Stage

WORDS = "The library’s winter hours begin on Monday. #HaldenReads"
ALT = "A white house with pillars between a lake and a lawn"


def writing(now: datetime) -> dict[str, Any]:
    kinds = _kinds()
    channels = [_channel(n, kind) for n, kind in enumerate(kinds)]
    panels = [_panel("all", None), _panel("only", channels[1])]
    checked = [_checked(n, one) for n, one in enumerate(channels)]
    return {
        "first": Made(channels=checked[:1]), "rest": Made(channels=checked[1:]), "none": Made(channels=[]),
        "panels": panels, "can_vary": channels[2:4], "channels": channels,
        "checks": Made(
            channels=checked, notes=_notes(), twice=True,
            when="On this night the clocks go back: 02:30 comes twice.",
        ),
        "composition": Made(
            date=f"{now:%Y-%m-%d}", time="12:30", late="send", late_minutes="30", fold="1", labels=["1"], new_labels="",
            working=None, belongs=Made(campaign="", category="", again=True, times=5, rest_days=30, until=""),
        ),
        "lates": [("send", "Send it late"), ("ask", "Ask me"), ("drop", "Let it be")],
        "options": _options(channels), "labels": [Made(pk=1, name="Culture"), Made(pk=2, name="Traffic")],
        "sets": [Made(key="1", name="Everyday four", channels=["1", "2", "3", "4"])],
        "set_rows": [Made(pk=key(1), name="Everyday four", channels=Made(all=channels[:4]))],
        "named": [Made(pk=key(1), name="Christmas market")],
        "conflict": _conflict(now), "change": _change(),
        "differing": [Made(key="halden", difference=_change().pieces)], "help": _help(),
        "files": _files(now.date()), "uploads": [
            Made(name="harbour-in-winter.mov", fingerprint="a", workspace_id=MADE_UP, pk=key(1), percent=38,
                is_moving=True),
            Made(name="council.mp4", fingerprint="b", workspace_id=MADE_UP, pk=key(2), percent=71, is_moving=False),
        ],
        "folders": [Made(pk=key(1), name="Harbour"), Made(pk=key(2), name="Portraits of the members of the council")],
        "versions": [
            Made(**vars(_file(n, "library.jpg")) | {"version": n, "is_current": n == 2, "added_at": now,
                    "added_by": "Amir"})
            for n in (2, 1)
        ],
        "stages": _stages(now), "kit": _kit(channels), "bars": _bars(now.date()),
        "narrowed": Made(q="", kind="", is_narrowed=False),
        "shapes": [Made(ratio="1.91", wide=191, high=100, name="Wide", sentence="as most networks show it")],
    }  # fmt: skip


def _kinds() -> list[type[Network]]:
    """One network of each arrangement that there is."""
    found: dict[str, type[Network]] = {}
    for kind in registry.all():
        found.setdefault(kind.seen_as().frame, kind)
    return list(found.values())


def _channel(number: int, kind: type[Network]) -> Made:
    return Made(
        pk=key(100 + number), network=kind.name, label=kind.label, handle="@halden", name="City of Halden",
        rules=kind.rules,
        kind=kind, needs_sign_in=number == 2,
    )  # fmt: skip


def _file(number: int, name: str, **more: Any) -> Made:
    kind = name.rpartition(".")[2]
    bare: dict[str, Any] = {
        "pk": key(number), "workspace_id": MADE_UP, "name": name, "alt": "", "is_image": kind == "jpg",
        "is_video": kind == "mp4", "is_document": kind == "pdf", "width": 1200, "height": 800,
        "duration": 93 if kind == "mp4" else None, "frames": 1,
        "rights": Made(until=None), "captions_given": [], "mime": "image/jpeg", "size": 1_840_000, "added_at": None,
        "added_by": "Ingrid Solberg", "shape": 150,
    }  # fmt: skip
    return Made(**bare | more)


def _files(today: date) -> list[Made]:
    soon, over = Made(until=today + timedelta(days=20)), Made(until=today - timedelta(days=2))
    return [
        _file(1, "library.jpg", alt=ALT),
        _file(2, "harbour.jpg"),
        _file(3, "council.mp4", alt="The council votes", captions_given=[
            Made(pk=key(1), name="council.vtt", language_name="Norwegian", made_by="machine"),
        ]),
        _file(4, "budget.pdf"),
        _file(5, "market.jpg", alt="Stalls in the snow", rights=soon),
        _file(6, "poster-of-the-festival-of-2019.jpg", alt="A poster", rights=over),
    ]  # fmt: skip


def _panel(name: str, channel: Any) -> Made:
    picture, film, paper, bare = (_file(n, name, alt=alt) for n, name, alt in (
        (11, "library.jpg", ALT), (12, "council.mp4", "The council votes"), (13, "budget.pdf", ""),
        (14, "harbour.jpg", ""),
    ))  # fmt: skip
    film.captions_given = [Made(pk=key(1), name="council.vtt", language_name="Norwegian", made_by="machine")]
    shots = [(one, one.alt, "", one) for one in ((picture, bare, film, paper) if channel is None else ())]
    first = Made(
        key="1",
        number=1,
        text=WORDS,
        shots=shots,
        troubles=["“poster.tiff” is of a type that cannot be sent."] * (channel is None),
    )
    parts = [first, Made(key="2", number=2, text="The reading room stays open until eight.", shots=[], troubles=[])]
    return Made(key=name, channel=channel, kinship="2 words differ", parts=parts if channel is None else parts[1:])


def _notes() -> list[Made]:
    passage = Made(panel="all", part="1", start=0, words="winther", media="", mend="mend:1", fix="winter")
    return [
        Made(hue="done", icon="circle-check", about="", sentence="Every picture is described.", passage=None),
        Made(hue="unsure", icon="triangle-alert", about="Spelling:", sentence="Is “winther” meant?", passage=passage),
        Made(hue="wrong", icon="circle-alert", about="@halden", sentence="14 characters too many.", passage=None),
        Made(hue="draft", icon="info", about="", sentence="No link: nothing is counted.", passage=None),
    ]  # fmt: skip


def _checked(number: int, channel: Made) -> Made:
    counts = (57, 287, 314, 57, 57, 57)
    count, limit = counts[number % 6], 300
    worst = Made(count=count, limit=limit, part=0, over=max(count - limit, 0), is_near=count in (287,))
    look = channel.kind.seen_as()
    cards = {
        "large": Made(has_picture=True, name="card", host="halden.example", title="Winter hours",
            description="When each branch is open."),
        "small": Made(has_picture=True, name="card", host="halden.example", title="Winter hours", description=""),
        "bar": Made(has_picture=False, name="", host="halden.example", title="Winter hours",
            description="Without a picture."),
    }  # fmt: skip
    tiles = [
        Made(media=_file(20 + n, "library.jpg"), alt=ALT, shape=150, kept=(5, 5))
        for n in range((1, 3, 2, 1, 1, 1)[number % 6])
    ]
    said = Made(
        pieces=[Piece("", "The library’s winter hours begin on Monday. "), Piece("tag", "#HaldenReads")],
        folded=[Piece("", "The reading room stays open until eight.")] if number in (1, 2) else [], rest=0,
        hidden=4 * (number == 1),
        tiles=tiles, cropped="sides" if number == 1 else "", captions="", is_empty=False, link="", card=None,
    )  # fmt: skip
    linked = Made(
        **vars(said) | {"tiles": [], "folded": [], "card": cards.get(look.card), "link": "https://halden.example/hours"}
    )
    awaited = Made(**vars(linked) | {"card": None})
    seen = Made(
        look=look, title="Winter hours at the library" if look.frame in ("headline", "article") else "",
        warning="Flashing lights" if number == 0 else "",
        parts=[said, linked, awaited][: 3 if look.card != "none" else 1],
        answers=["Mondays", "Thursdays, until eight in the evening"] if number == 0 else (),
        comment="More on our page." if number == 2 else "",
        others=[("Language", "English")] if number == 3 else (),
    )  # fmt: skip
    return Made(
        panel="all", channel=channel, worst=worst, counts=[worst, worst] if number == 1 else [worst], preview=seen,
        cost="$0.01" if number == 1 else "", price=Made(what="a text post"),
    )  # fmt: skip


def _options(channels: list[Made]) -> list[Made]:
    def choice(name: str, label: str, kind: str, **more: Any) -> Made:
        told = {"choices": (), "required": False, "default": "", "help": ""} | more
        return Made(
            option=Made(name=name, label=label, kind=kind, **told), channels=channels[:1], value=None, most="",
            seconds=86400,
            answers=["Mondays", "Thursdays", ""],
        )  # fmt: skip

    made = [
        choice("who", "Who can see it", "choice", choices=[("public", "Everybody"), ("followers", "Followers")]),
        choice("warning", "Content warning", "text", help="Shown before the words."),
        choice("poll", "Poll", "poll"),
        choice("cover", "Cover", "moment", help="Seconds from the beginning."),
    ]
    return [Made(network=channels[0].network, label=channels[0].label, channels=[channels[0].pk], choices=made)]


def _conflict(now: datetime) -> Made:
    def question(name: str, theirs: str, mine: str, proposed: str) -> Made:
        return Made(
            name=name,
            before="begins on ",
            theirs=theirs,
            mine=mine,
            after=" at nine ",
            proposed=proposed,
            can_be_both=True,
        )

    asked = [question("1", "Monday", "Tuesday", "mine"), question("2", "", "for everybody", "theirs")]
    return Made(
        gone=False, myself=False, by="Amir Haddad", at=now, subjects=[Made(title="All channels", questions=asked)]
    )


def _change() -> Made:
    kept, gone, come = Piece("", "The library opens on "), Piece("del", "Monday"), Piece("ins", "Tuesday")
    return Made(title="The words", pieces=[kept, gone, come, Piece("", " at nine.")])


def _help() -> dict[str, Any]:
    return {
        "assist": Made(model="a small model", host="localhost", takes_pictures=True),
        "tones": list(zip(TONES, ("Plainer", "Warmer", "More formal"), strict=True)),
        "made": Made(model="a small model", parts=["The library opens on Tuesday."]), "languages": ["Norwegian"],
        "thread": Made(model="a small model",
            parts=["The library opens on Tuesday.", "The reading room stays open until eight."]),
        "over": ["12 characters too many on @halden."],
    }  # fmt: skip


def _stages(now: datetime) -> list[Stage]:
    def call(hue: str, icon: str, sentence: str, *evidence: dict[str, Any]) -> Call:
        return Call(now - timedelta(minutes=2), "send", hue, icon, sentence, 0.4, "worker 1", evidence)

    asked = {
        "line": "POST /api/v1/statuses",
        "request": '{"status": "…"}',
        "status": "503",
        "seconds": 0.41,
        "error": "",
        "answer": "busy",
    }
    late = call("unsure", "circle-question-mark", "It did not answer in time.", asked)
    return [
        Stage("The picture is there", "library.jpg", "done", now - timedelta(minutes=3), "",
            (call("done", "circle-check", "Taken."),)),
        Stage("The post", "", "working", None, "", (late,)),
        Stage("Seen by the public", "", "scheduled", None, "", ()),
    ]  # fmt: skip


def _kit(channels: list[Made]) -> dict[str, Any]:
    handles = Made(all=[Made(network=one.network, text="@mayor@halden.example") for one in channels[:2]])
    return {
        "people": [Made(mark="@mayor", name="The mayor", handles=handles),
            Made(mark="@choir", name="Choir", handles=Made(all=[]))],
        "groups": [Made(name="Winter", tags="#Halden #Winter #Ice")], "used": [("#HaldenReads", 14), ("#Traffic", 3)],
        "snippets": [Made(pk=1, name="Road works", text="{{street}} is closed until {{day}}.",
                asked=["street", "day"])],
        "templates": [Made(pk=key(1), name="Council meeting", summary="The council meets tonight at 18:00.")],
    }  # fmt: skip


def _bars(today: date) -> list[Made]:
    counts = [0, 3, 8, 2, 0, 0, 5, 12, 30, 22, 9, 4, 0, 1, 6, 18, 9, 3, 2, 0, 0, 4, 7, 11, 5, 2, 1, 8, 14, 6]
    return [
        Made(x=n * 10 + 1, y=41 - max(count, 1), height=max(count, 1), count=count, day=today - timedelta(days=29 - n))
        for n, count in enumerate(counts)
    ]  # fmt: skip
