"""A film with captions: given in the composer while one writes, and shown to everybody who watches it."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from clarion.testing.videos import WORDS

from .browsers import PHONE
from .house import House, read
from .person import Person
from .test_every_page import barriers


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "council.mp4"
    path.write_bytes(b"\0\0\0\x20ftypisom" + bytes(5000))
    return path


def gives(person: Person, path: Path, language: str) -> None:
    box = person.page.get_by_role("group", name="Captions").first
    box.get_by_label("Caption file").set_input_files(path)
    box.get_by_label("Language of the captions").fill(language)
    person.presses("Add", inside=box)


def test_a_film_is_published_with_the_captions_that_were_left(person: Person, film: Path, tmp_path: Path) -> None:
    (tmp_path / "council.vtt").write_text(WORDS)
    (tmp_path / "council.srt").write_text("1\n00:00:01,000 --> 00:00:04,250\nThe bridge is open.\n")
    person.begins_to_write()
    person.chooses("Noticeboard")
    person.types("The council, from beginning to end.")
    person.hangs_up(film, alt="The council at its table")
    gives(person, tmp_path / "council.vtt", "nb")
    person.sees("Captions: Norwegian Bokmal")
    gives(person, tmp_path / "council.srt", "en")
    person.sees("Captions: Norwegian Bokmal, English")

    page = person.page
    page.evaluate(AXE_SCRIPT)
    assert barriers(page) == []
    page.set_viewport_size(PHONE["viewport"])
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")

    person.presses("Remove the captions in Norwegian Bokmal")
    expect(page.get_by_role("link", name="Norwegian Bokmal")).to_have_count(0)
    person.publishes()
    person.sees("Published", inside=person.region("On each channel"), within=60)
    board = page.get_by_role("region", name="On each channel").get_by_role("link").first
    board.click()
    notice = page.get_by_role("link", name="See it on Noticeboard").get_attribute("href")
    assert notice and 'srclang="en" label="English" default' in read(notice)


def test_a_channels_own_words_take_the_film_with_its_captions_along(
    person: Person, house: House, film: Path, tmp_path: Path
) -> None:
    (tmp_path / "council.vtt").write_text(WORDS)
    person.begins_to_write()
    person.types("The council.")
    person.hangs_up(film, alt="The council at its table")
    gives(person, tmp_path / "council.vtt", "nb")
    person.sees("Captions: Norwegian Bokmal")
    person.page.get_by_text("Other words for").click()
    person.page.locator("[data-vary]").first.click()
    own = person.page.locator("[data-panel]:visible").get_by_role("group", name="Captions")
    expect(own.get_by_role("link", name="Norwegian Bokmal")).to_be_visible()
    person.presses("Remove the captions in Norwegian Bokmal", inside=own)
    expect(person.page.locator("[data-list] li")).to_have_count(0)
