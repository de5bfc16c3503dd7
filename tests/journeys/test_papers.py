"""A paper: hung up like a picture, not asked to be described, and there for everybody to take."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from clarion.testing.documents import pdf

from .house import House, read
from .person import Person
from .test_every_page import barriers


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "The budget of the town for 2027, as the council has it.pdf"
    path.write_bytes(pdf())
    return path


def test_a_paper_is_published_as_it_is(house: House, person: Person, paper: Path) -> None:
    person.begins_to_write()
    person.chooses("Noticeboard")
    person.types("The budget.")
    page = person.page
    page.get_by_label("Add files").first.set_input_files(paper)
    words = page.get_by_label(f"Description {paper.name}")
    expect(words).to_have_attribute("placeholder", "Say what is in it, if you like")
    person.sees("It fits the channel.")
    assert page.get_by_text("has no description").count() == 0
    page.evaluate(AXE_SCRIPT)
    assert barriers(page) == []
    person.publishes()
    person.sees("Published", inside=person.region("On each channel"), within=60)
    notice = person.region("On each channel").get_by_role("link", name="See it").get_attribute("href")
    assert notice and f'download="{paper.name}"' in read(notice)
