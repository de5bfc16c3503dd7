"""What differs between the words of two people, and how it becomes one text again."""

from __future__ import annotations

import random

import pytest

from clarion.posts.diff import Passage, joined, passages, pieces

BEFORE = "The library opens at ten on Monday. The children's floor stays closed until noon."


def test_the_way_from_one_version_to_the_next_names_the_words():
    found = pieces("The market moves on Friday.", "The market moves to the harbour on Friday.")
    assert [(one.kind, one.text) for one in found] == [
        ("same", "The market moves"),
        ("ins", " to the harbour"),
        ("same", " on Friday."),
    ]


def test_two_changes_in_different_places_need_no_choice():
    mine = BEFORE.replace("ten", "nine")
    theirs = BEFORE.replace("noon", "one o'clock")
    found = passages(mine, theirs, base=BEFORE)
    assert [one.by for one in found if not one.is_same] == ["mine", "theirs"]
    assert joined(found, []) == BEFORE.replace("ten", "nine").replace("noon", "one o'clock")


def test_a_passage_that_both_changed_is_kept_from_either_or_from_both():
    mine, theirs = BEFORE.replace("ten", "nine"), BEFORE.replace("ten", "eleven")
    found = passages(mine, theirs, base=BEFORE)
    assert [one.by for one in found if not one.is_same] == ["both"]
    assert joined(found, ["mine"]) == mine
    assert joined(found, ["theirs"]) == theirs
    assert "eleven nine" in joined(found, ["both"])


def test_what_both_added_alike_is_no_question():
    found = passages("It moves to the harbour at nine.", "It moves to the harbour.", base="It moves.")
    assert [(one.mine, one.theirs) for one in found if not one.is_same] == [(" at nine", "")]


def test_without_a_common_beginning_every_word_of_both_is_there():
    found = passages("Snow tonight.", "Rain tonight, at last.")
    assert "".join(one.mine for one in found) == "Snow tonight."
    assert "".join(one.theirs for one in found) == "Rain tonight, at last."


def test_changes_with_a_word_between_them_are_one_passage():
    found = passages("one 2 three 4 five six seven", "one two three four five six seven")
    assert [one for one in found if not one.is_same] == [Passage(" 2 three 4", " two three four", "mine")]


def test_scripts_without_spaces_are_compared_by_letters():
    found = [one for one in pieces("図書館は月曜日に開きます", "図書館は火曜日に開きます") if one.kind != "same"]
    assert [(one.kind, one.text) for one in found] == [("del", "月"), ("ins", "火")]


@pytest.mark.parametrize("seed", range(30))
def test_whatever_two_people_write_no_word_of_either_is_lost(seed):
    dice = random.Random(seed)
    vocabulary = ["snow", "road", "the ", "a\n", "  ", "café", "🚧", ",", "12:30", "道"]

    def some(count):
        return [dice.choice(vocabulary) for _ in range(count)]

    def changed(text):
        for _ in range(dice.randint(0, 6)):
            at = dice.randint(0, len(text))
            text = text[:at] + some(dice.randint(0, 3)) + text[at + dice.randint(0, 3) :]
        return text

    base = some(dice.randint(0, 60))
    mine, theirs = "".join(changed(base)), "".join(changed(base))
    found = passages(mine, theirs, base="".join(base))
    differ = sum(not one.is_same for one in found)
    assert joined(found, ["mine"] * differ) == mine
    assert joined(found, ["theirs"] * differ) == theirs
    new = pieces(mine, theirs)
    assert "".join(one.text for one in new if one.kind != "ins") == mine
    assert "".join(one.text for one in new if one.kind != "del") == theirs


def test_a_hundred_thousand_characters_are_compared_line_by_line():
    lines = [f"Line {number} of the council's minutes, as they were read.\n" for number in range(2_000)]
    theirs = [*lines[:500], "A motion was added.\n", *lines[501:]]
    mine = [*lines[:1500], "A vote was taken.\n", *lines[1501:]]
    found = passages("".join(mine), "".join(theirs), base="".join(lines))
    assert [one.by for one in found if not one.is_same] == ["theirs", "mine"]
    assert len("".join(one.mine for one in found)) > 100_000
