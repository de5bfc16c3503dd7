"""clarion pause, resume, pauses."""

from __future__ import annotations

import pytest

from clarion.deliveries.models import Delivery, State
from clarion.organisations.models import Organisation

from . import test_command_line as terminal
from .test_command_line import soon, tick

pytestmark = pytest.mark.django_db
clarion, office, channel = terminal.clarion, terminal.office, terminal.channel


def test_pause_and_resume(clarion, channel):
    clarion("posts", "add", "--workspace", "Press office", "--channel", channel["id"], "--text", "x", "--at", "now")
    clarion("pause", "--organisation", "City of Halden", "--because", "flood")
    tick()
    assert Delivery.objects.get().state == State.SCHEDULED
    clarion("resume", "--organisation", "City of Halden")
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.code) == (State.HELD, "paused")


def test_the_whole_installation_is_paused_with_an_announced_end_and_resumed(clarion, channel):
    given = ("--workspace", "Press office", "--channel", channel["id"], "--text", "x", "--at")
    clarion("posts", "add", *given, soon(hours=1))
    (told,) = clarion.json("pause", "--all", "--because", "stolen keys", "--until", soon(hours=3), "--nobody")
    assert (told["organisation"], told["lets"], told["resumed_at"]) == (None, False, None)
    assert told["until"] > told["paused_at"]
    assert Organisation.objects.get(name="City of Halden").is_paused
    (again,) = clarion.json("pause", "--all", "--because", "twice")
    assert again["pause"] == told["pause"] and again["because"] == "stolen keys"
    (ended,) = clarion.json("resume", "--all", "--hold", "120")
    assert ended["was_paused_since"] == told["paused_at"]
    assert Delivery.objects.get().code == "paused"
    (listed,) = clarion.json("pauses")
    assert (listed["pause"], listed["seconds_to_stop"], listed["workers"]) == (told["pause"], None, 0)
    assert clarion.json("resume", "--all")[0]["was_paused_since"] is None


def test_a_drill_from_the_command_line_stops_nothing_and_what_is_meant_must_be_said(clarion, channel):
    (told,) = clarion.json("pause", "--organisation", "City of Halden", "--because", "monthly", "--drill")
    assert (told["kind"], told["stops"]) == ("drill", False)
    assert not Organisation.objects.get(name="City of Halden").is_paused
    assert "--all" in clarion.refused("pause", "--because", "x")
    assert "--all" in clarion.refused("pause", "--organisation", "City of Halden", "--all", "--because", "x")
    assert "--until" in clarion.refused("pause", "--all", "--because", "x", "--until", "tomorrow-ish")
    clarion("resume", "--organisation", "City of Halden", "--drill")
    assert clarion.json("pauses", "--organisation", "City of Halden")[0]["resumed_at"]
