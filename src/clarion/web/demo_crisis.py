"""What the demo's city has prepared for a bad day: statements, who may still speak, and last month's drill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from clarion.channels.models import Channel
from clarion.organisations.models import Acknowledgement, Pause, Spokesperson, Workspace
from clarion.posts.models import Template

STATEMENTS = (
    (
        "First word",
        "We know that something has happened in Halden, and we are finding out what. Please keep the roads free. "
        "More here within the hour.",
    ),
    ("Follow the police", "The police lead the work. What they ask of you comes first: @politiet. We repeat it here."),
    ("All clear", "The danger is over. Thank you for your patience, and to everybody who helped."),
)
DRILL = "Monthly drill: the water is not fit to drink"


def prepare(place: Workspace, *, by: Any, channels: Mapping[str, Channel], now: datetime) -> None:
    """Puts all of it into the workspace. ``channels``: by their letters."""
    for name, text in STATEMENTS:
        whole = {
            "words": {"parts": [{"text": text, "shots": []}], "options": {}}, "variants": {}, "labels": [],
            "new_labels": "", "channels": [str(one.pk) for one in channels.values()], "late": "send",
            "late_minutes": "60",
        }  # fmt: skip
        Template.objects.make(workspace=place, name=name, whole=whole, by=by, for_emergencies=True)
    Spokesperson.objects.appoint(organisation=place.organisation, user=by, by=by, now=now)
    began = now - timedelta(days=19, hours=3)
    drill = Pause.objects.begin(
        organisation=place.organisation, by=by, because=DRILL, now=began, kind=Pause.Kind.DRILL, stops=False
    )
    assert drill is not None, "the folder is new"
    seen, stopped = began + timedelta(milliseconds=310), began + timedelta(milliseconds=480)
    Acknowledgement.objects.create(pause=drill, worker="serve-halden", seen_at=seen, stopped_at=stopped)
    drill.rehearse(STATEMENTS[0][1], workspace=place, channels=len(channels), by=by, now=began + timedelta(seconds=74))
    drill.end(by=by, now=began + timedelta(minutes=4))
