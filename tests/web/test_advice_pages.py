"""Rules of good writing on the page: settled by managers, told in the composer, mended by one press, held by a gate."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse

from clarion.deliveries.models import Delivery
from clarion.posts.models import Advice, Post
from clarion.web.commands import posts
from clarion.web.said import Said

from .desk import a_channel, composed, form, signed_in, text_of, tomorrow

pytestmark = pytest.mark.django_db


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def write(cityhall):
    return reverse("composer_new", args=[cityhall.pk])


@pytest.fixture
def gated(cityhall, ingrid):
    return Advice.objects.settle(cityhall, forces={"hashtag_capitals": "gate"}, known=[], by=ingrid)


def test_a_manager_settles_the_rules_and_a_contributor_only_reads_them(ingrid, amir, cityhall):
    page = reverse("advice", args=[cityhall.pk])
    answer = signed_in(ingrid).post(
        page, {"rule:emoji": "off", "rule:letters": "gate", "known": "RFD, KOR\n#HaldenReads"}
    )
    assert answer.status_code == 302
    advice = Advice.objects.get()
    assert (advice.force("emoji"), advice.force("letters"), advice.known) == (
        "off",
        "gate",
        ["#HaldenReads", "KOR", "RFD"],
    )
    theirs = signed_in(amir)
    assert theirs.get(page).status_code == 200
    assert theirs.post(page, {"rule:emoji": "gate"}).status_code == 403
    assert Advice.objects.get().force("emoji") == "off"


def test_an_outsider_sees_no_rules(outsider, cityhall):
    assert signed_in(outsider).get(reverse("advice", args=[cityhall.pk])).status_code == 404


def test_the_composer_tells_and_one_press_changes_it_without_scripts(ingrid, halden, write, now):
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "Open late 😀 #libraryhours", "date": tomorrow(now)})
    page = client.post(write, {**data, "do": "look"})
    assert "#LibraryHours: screen readers" in text_of(page)
    mend = re.search(r'value="(mend:all:[^"]+)"', text_of(page)).group(1)
    after = client.post(write, {**data, "do": mend})
    assert form(after)["text:all:0"] == ["Open late 😀 #LibraryHours"]
    assert "#LibraryHours: screen readers" not in text_of(after)
    again = client.post(write, {**data, "text:all:0": "Other words", "do": mend})
    assert form(again)["text:all:0"] == ["Other words"]


def test_passages_are_told_in_the_units_of_browsers(ingrid, cityhall, halden, write, now):
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "😀😀 #libraryhours", "date": tomorrow(now)})
    found = client.post(reverse("composer_check", args=[cityhall.pk]), data).json()
    assert 'data-start="5" data-words="#libraryhours"' in found["checks"]
    assert 'data-fix="#LibraryHours"' in found["checks"]


def test_a_gate_stops_scheduling_and_the_next_slot_but_not_a_draft(ingrid, halden, write, gated, now):
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "Open late #libraryhours", "date": tomorrow(now)})
    for do in ("schedule", "now", "queue"):
        answer = client.post(write, {**data, "do": do})
        assert answer.status_code == 422
        assert "does not let it go out like this" in text_of(answer)
    assert not Delivery.objects.exists()
    assert client.post(write, {**data, "do": "save"}).status_code == 302
    assert Post.objects.count() == 1


def test_the_command_line_is_held_by_the_gate_as_well(cityhall, halden, gated, capsys):
    given = {
        "workspace": cityhall.name, "channels": [halden.handle], "texts": ["Open #libraryhours"], "media": [],
        "captions": [], "late": "ask", "key": None, "options": [], "json": True,
    }  # fmt: skip
    with pytest.raises(Said, match="#LibraryHours"):
        posts.add(at="now", **given)
    assert not Post.objects.exists()
    posts.add(at=None, **given)
    assert json.loads(capsys.readouterr().out)["deliveries"] == []


def test_a_rule_that_is_off_is_not_told(ingrid, cityhall, halden, write, now):
    Advice.objects.settle(cityhall, forces={"hashtag_capitals": "off"}, known=[], by=ingrid)
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "Open late #libraryhours", "date": tomorrow(now)})
    assert "#LibraryHours" not in text_of(client.post(write, {**data, "do": "look"}))
