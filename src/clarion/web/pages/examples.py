"""What the gallery of components shows: made-up rows, a form, every state and every icon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms

from clarion.networks import registry
from clarion.web import assets, states
from clarion.web.icons import lucide, marks
from clarion.web.kinds import Kind, Tile
from clarion.web.pages.examples_approvals import approvals
from clarion.web.pages.examples_plan import MADE_UP, key, plans
from clarion.web.pages.examples_write import writing
from clarion.web.steps import Step

ROWS = (
    # minutes from now, state, words, by, states of its channels
    (-108, "published", "Storgata closed between 9 and 12 while the water main is repaired", "Ingrid Solberg · Traffic",
     ("published", "published", "published")),
    (-78, "failed", "Council meeting tonight at 18:00, live and with captions", "Amir Haddad · Council",
     ("published", "failed")),
    (12, "scheduled", "The library’s winter hours begin on Monday: here is what changes", "Ingrid Solberg · Culture",
     ("scheduled", "scheduled")),
    (87, "held", "Flu vaccination for everyone over 65: no appointment needed", "Jonas Lie · Health",
     ("held", "held")),
)  # fmt: skip


MESSAGES = (
    ("success", "It is scheduled for 11:00 on three channels."), ("error", "Too late: it is published already."),
    ("warning", "Saved, but no channel is chosen."), ("info", "The network asks us to slow down. Next try in 2 min."),
)  # fmt: skip


class Example(forms.Form):
    name = forms.CharField(label="Name", help_text="As people know it.")
    address = forms.EmailField(label="E-mail", required=False)
    zone = forms.ChoiceField(label="Time zone", choices=[("Europe/Oslo", "Europe/Oslo"), ("UTC", "UTC")])
    text = forms.CharField(label="Text", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    tick = forms.BooleanField(label="Ask for a description of every picture", required=False)


class Said(SimpleNamespace):
    def __str__(self) -> str:
        return str(self.text)


class Named(SimpleNamespace):
    """A channel by its handle, or where it has none by its network's name."""

    def __str__(self) -> str:
        return f"{self.handle} ({self.label})" if hasattr(self, "handle") else str(self.network)


@dataclass(frozen=True)
class Section:
    """``key`` names its part: parts/design_<key>.html."""

    key: str
    title: str

    @property
    def part(self) -> str:
        return f"parts/design_{self.key}.html"


SECTIONS = (
    Section("type", "Type and colour"), Section("marks", "Marks and states"), Section("buttons", "Buttons and menus"),
    Section("forms", "Forms"), Section("lists", "Lists"), Section("calendar", "Calendar and queue"),
    Section("composer", "Composer"), Section("library", "Library"), Section("messages", "Messages"),
    Section("approvals", "Approvals"), Section("talk", "Comments, guests and pauses"),
    Section("account", "Account and signing in"), Section("empty", "Empty and busy"),
    Section("long", "Long words and Arabic"),
)  # fmt: skip
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
ARABIC = "تُفتح المكتبة يوم الاثنين من التاسعة صباحًا حتى الثامنة مساءً، والدخول مجاني للجميع"
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="800" viewBox="0 0 12 8">'
    '<path fill="#b9d9f2" d="M0 0h12v8H0z"/><path fill="#62b1cf" d="M0 3.8h12V8H0z"/>'
    '<path fill="#5b9a69" d="M0 5h12v3H0z"/>'
    '<path fill="#f1e5d2" d="M3.9 3.1 6 1.8l2.1 1.3h-.4v2.5H4.3V3.1z"/>'
    '<path fill="#3d5b82" d="M4.8 3.8h.5v.9h-.5zm.95 0h.5v1.8h-.5zm.95 0h.5v.9h-.5z"/></svg>'
)
"""The picture of everything that is made up: their workspace is nobody's, and so are its files."""


def colours() -> list[str]:
    """The names of the colours among the tokens, as the style sheet has them."""
    sheet = assets.assets().files["clarion.css"].body.decode()
    return list(dict.fromkeys(re.findall(r"(--[a-z0-9-]+): (?:light-dark|oklch)\(", sheet)))


def made_up() -> SimpleNamespace:
    """The shell of the gallery: a workspace of nobody, with a member who may do everything."""
    house = SimpleNamespace(name="City of Halden")
    place = SimpleNamespace(
        pk=MADE_UP, name="Press office", slug="press-office", tz=None, zone="Europe/Oslo", organisation=house,
        alt_text_required=True,
    )  # fmt: skip
    other = SimpleNamespace(pk=key(1), name="Library", organisation=house)
    member = SimpleNamespace(may=lambda what, on=None: True, may_somewhere=lambda what: True)
    return SimpleNamespace(
        workspace=place, workspaces=[place, other], member=member, needs=3, asks=2, unread=4, ticked_ago=0.4,
        is_ticking=True, sign_ins=[], is_demo=True, officer=None, organisation=None, is_paused=False, pauses=[],
    )  # fmt: skip


def examples(now: datetime) -> dict[str, Any]:
    networks, shell = [*marks(), "unheard-of"], made_up()
    return {
        "shell": shell, "here": "today", "now": now, "sections": SECTIONS, "states": list(states.STATES),
        "icons": sorted(lucide()), "networks": networks, "colours": colours(), "rows": _rows(now, networks),
        "filled": Example(),
        "wrong": Example({"name": "", "address": "nonsense", "zone": "nowhere"}, auto_id="wrong_%s"),
        "refused": _refused(),
        "yeses": approvals(now), "plan": plans(now), "writing": writing(now), "desk": _desk(now, networks, shell),
        "long_word": LONG, "arabic": ARABIC,
    }  # fmt: skip


def _refused() -> forms.Form:
    form = Example({"name": "Halden", "zone": "UTC"}, auto_id="refused_%s")
    form.add_error(None, "Nobody of this name may sign in.")
    return form


def _rows(now: datetime, networks: list[str]) -> list[SimpleNamespace]:
    return [
        SimpleNamespace(
            at=now + timedelta(minutes=minutes), past=minutes < 0, state=state, words=words, by=by,
            deliveries=[
                SimpleNamespace(state=one, channel=Named(network=network))
                for network, one in zip(networks, said, strict=False)
            ],
        )
        for minutes, state, words, by, said in ROWS
    ]  # fmt: skip


def _desk(now: datetime, networks: list[str], shell: Any) -> dict[str, Any]:
    """What stands on Today, and on the pages of channels and of one delivery."""
    kinds = list(registry.all())
    budget = SimpleNamespace(in_use=True, limit=300, left=38, sentence="38 of 300 posts left until midnight")
    channels = [
        _channel(n, standing, network, budget=budget if standing == "connected" else None)
        for n, (standing, network) in enumerate(
            zip(("connected", "ending", "lacking", "sign_in_again"), networks, strict=False)
        )
    ]  # fmt: skip
    steps = [
        Step("Write a notice", "It appears on your noticeboard.", "Write", "#", True),
        Step("Connect a channel", "An account of yours elsewhere.", "Connect", "#", False),
        Step("Invite somebody", "Two pairs of eyes see more.", "Invite", "#", False),
    ]
    return {
        "channels": channels, "steps": steps, "next": steps[1], "budget": budget, "rules": kinds[0].rules,
        "needs": [_delivery(n, state, code, channels[0], now) for n, (state, code) in enumerate(
            (("unknown", ""), ("failed", ""), ("missed", ""), ("held", "sign_in"), ("held", "by_hand"))
        )],
        "delivery": _delivery(9, "unknown", "", channels[0], now),
        "ending": SimpleNamespace(workspace=shell.workspace, member=shell.member, sign_ins=channels[1:]),
        "paused": _paused(shell, now),
        "tiles": [Tile(Kind.of(kind), int(n == 0), needs_app=n == 1) for n, kind in enumerate(kinds[:4])],
        "permissions": [("write:statuses", "write posts"), ("https://example.org/auth/media.upload", "")],
        "record": [
            SimpleNamespace(by="Amir Haddad", verb="held it back", because="Not today.", at=now),
            SimpleNamespace(by="Ingrid Solberg", verb="scheduled it", because="", at=now - timedelta(hours=2)),
        ],
        "messages": [Said(level_tag=tag, text=text) for tag, text in MESSAGES], "remarks": _remarks(now),
    }  # fmt: skip


def _remarks(now: datetime) -> list[SimpleNamespace]:
    """Two colleagues, and a guest."""
    plain = {"guest_id": None, "for_guests": False, "answers_id": None, "resolved_at": None, "quote": "", "at": now}
    return [
        SimpleNamespace(**plain | more, pk=key(500 + n))
        for n, more in enumerate((
            {"said_by": "Amir Haddad", "quote": "on Thursday", "text": "Is that still right?"},
            {"said_by": "Jonas Lie", "text": "It is.", "answers_id": key(500)},
            {"said_by": "Per, harbour master", "text": "Berth 7 is free.", "guest_id": key(9), "resolved_at": now},
        ))
    ]  # fmt: skip


def _paused(shell: Any, now: datetime) -> SimpleNamespace:
    """A pause and a drill, as every page tells of them."""
    pause = {
        "pk": key(400), "organisation_id": key(2), "workspace_id": None, "stops": True, "lets": True,
        "until": None, "is_drill": False, "is_ours": True,
    }  # fmt: skip
    return SimpleNamespace(
        workspace=shell.workspace, member=shell.member, speakers=["Ingrid Solberg", "Amir Haddad"], may_speak=True,
        pauses=[
            SimpleNamespace(**{**pause, "because": "A fire on Storgata.", "until": now + timedelta(hours=2)}),
            SimpleNamespace(**{**pause, "because": "Monthly", "is_drill": True, "stops": False}),
        ],
    )  # fmt: skip


def _channel(number: int, standing: str, network: str, *, budget: Any) -> SimpleNamespace:
    return Named(
        pk=key(200 + number), network=network, name="City of Halden", handle="@halden",
        label=registry.get(network).label, standing=standing,
        days={"ending": 6, "connected": 80}.get(standing), is_ours=False, url="", budget=budget,
        sign_in_because="", lacks=["delete posts"], needs_sign_in=standing == "sign_in_again",
        days_left=lambda now: 6, last_success_at=None,
    )  # fmt: skip


def _delivery(number: int, state: str, code: str, channel: Any, now: datetime) -> SimpleNamespace:
    return SimpleNamespace(
        pk=key(300 + number), key=f"example-{number}", state=state, code=code, channel=channel, channel_id=channel.pk,
        due_at=now - timedelta(minutes=40), post_id=key(1), reason="The answer was lost. Nothing was sent again.",
        post=SimpleNamespace(summary="Library winter hours begin on Monday"), can_be_moved=state != "unknown",
        can_be_cancelled=True, needs_a_person=True,
    )  # fmt: skip
