"""Every network's page tells the same things in the same order, and names all that a person has to tick, paste, set."""

from __future__ import annotations

import re

import pytest

from clarion.networks.base import OAuth
from clarion.networks.registry import all as all_networks

from . import ROOT, words

FOLDER = ROOT / "docs" / "networks"
ORDER = ("Connect", "What works", "What does not", "Limits", "Once", "Costs", "Unproved", "When something is wrong")
KINDS = list(all_networks())


def page(kind):
    return words(FOLDER / f"{kind.name}.md")


def of_each(name, kinds=KINDS):
    return pytest.mark.parametrize(name, kinds, ids=lambda kind: kind.name)


@of_each("kind")
def test_a_page_tells_everything_in_the_usual_order(kind):
    headings = ["Connect" if one.startswith("Connect") else one for one in re.findall(r"(?m)^## (.+)$", page(kind))]
    usual = [one for one in dict.fromkeys(headings) if one in ORDER]
    assert usual == list(ORDER)
    assert page(kind).startswith(f"# {kind.label}")


def own_application(kind):
    return any(isinstance(way, OAuth) and not way.at_each_server for way in kind.sign_in)


@of_each("kind", [kind for kind in KINDS if own_application(kind)])
def test_who_makes_an_application_finds_its_redirect_address_its_keys_and_its_settings(kind):
    told = page(kind)
    assert "`CLARION_BASE_URL` with" in " ".join(told.split()) or "/connect/back" in told
    for setting in ("CLIENT_ID", "CLIENT_SECRET"):
        assert f"CLARION_{kind.name.upper()}_{setting}" in told
    assert re.search(r"(?m)^1\. ", told.split("## Connect")[1]), "step by step"


@of_each("kind")
def test_every_permission_is_named(kind):
    asked = {scope.rpartition("/")[2] for way in kind.sign_in for scope in way.scopes}
    assert {scope for scope in asked if scope not in " ".join(page(kind).split())} == set()


@of_each("kind")
def test_the_class_against_doubles_is_the_one_that_the_code_declares(kind):
    if kind.by_hand:
        return
    told = page(kind).split("## Once")[1].split("\n## ")[0]
    said = {"KEY": "key", "HANDLE": "handle", "LOOKUP": "look(ed |-)up", "NONE": "none"}
    assert re.search(rf"class: {said[kind.once.kind]}", told.casefold())


@of_each("kind", [kind for kind in KINDS if kind.rules.text.limit < 90_000])
def test_the_limit_of_a_text_is_the_one_that_holds(kind):
    assert f"{kind.rules.text.limit:,}" in page(kind)


def test_every_setting_of_an_application_is_on_the_page_of_settings():
    told = words(ROOT / "docs" / "settings.md")
    named = set(re.findall(r"`CLARION_([A-Z_]+)_CLIENT_ID` \| `CLARION_\1_CLIENT_SECRET`", told))
    assert named == {kind.name.upper() for kind in KINDS if own_application(kind)}


def test_the_first_page_names_every_network():
    """A second way into the same network (“… via …”, “… (webhook)”) is not another network to a reader."""
    told = words(ROOT / "README.md").casefold()
    names = {re.split(r" via | \(", kind.label)[0] for kind in KINDS}
    assert {name for name in names if name.casefold() not in told} == set()


def test_the_page_about_channels_leads_to_every_network():
    told = words(ROOT / "docs" / "channels.md")
    assert [kind.name for kind in KINDS if f"(networks/{kind.name}.md)" not in told] == []
