"""What the gallery of components shows: made-up rows, a form, every state and every icon."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django import forms

from clarion.web import states
from clarion.web.icons import lucide, marks

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


class Example(forms.Form):
    name = forms.CharField(label="Name", help_text="As people know it.")
    address = forms.EmailField(label="E-mail", required=False)
    zone = forms.ChoiceField(label="Time zone", choices=[("Europe/Oslo", "Europe/Oslo"), ("UTC", "UTC")])
    text = forms.CharField(label="Text", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    tick = forms.BooleanField(label="Ask for a description of every picture", required=False)


class Named(SimpleNamespace):
    """A channel by its network's name."""

    def __str__(self) -> str:
        return str(self.network)


def examples(now: datetime) -> dict[str, Any]:
    networks = [*marks(), "unheard-of"]
    house = SimpleNamespace(name="City of Halden", paused_because="A fire on Storgata.")
    place = SimpleNamespace(pk=UUID(int=0), name="Press office", tz=None, zone="Europe/Oslo", organisation=house)
    other = SimpleNamespace(pk=UUID(int=1), name="Library", organisation=house)
    shell = SimpleNamespace(
        workspace=place, workspaces=[place, other], member=SimpleNamespace(may=lambda what: True), needs=3,
        ticked_ago=0.4, is_ticking=True, sign_ins=[], is_demo=True, is_paused=False,
    )  # fmt: skip
    rows = [
        SimpleNamespace(
            at=now + timedelta(minutes=minutes), past=minutes < 0, state=state, words=words, by=by,
            deliveries=[
                SimpleNamespace(state=one, channel=Named(network=network))
                for network, one in zip(networks, said, strict=False)
            ],
        )
        for minutes, state, words, by, said in ROWS
    ]  # fmt: skip
    return {
        "shell": shell, "here": "today", "now": now, "states": list(states.STATES), "icons": sorted(lucide()),
        "networks": networks, "rows": rows, "form": Example(),
        "wrong": Example({"name": "", "address": "nonsense", "zone": "nowhere"}),
    }  # fmt: skip
