"""A category with slots of its own, and a post that goes out again from it: on a desk, by keyboard, and on a phone."""

from __future__ import annotations

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from clarion.testing.servers.mastodon import MastodonServer

from .browsers import PHONE
from .house import House, Office
from .person import Person
from .test_every_page import barriers
from .test_queue import opens_the_queue


def test_a_post_goes_out_again_from_its_category(person: Person, house: House, office: Office, town: MastodonServer):
    house.channel(office, town)
    page = person.page
    opens_the_queue(person)
    page.get_by_role("link", name="Categories").click()
    page.get_by_label("Name").fill("Tips")
    page.get_by_text("Moss").click()
    person.presses("Make it")
    person.sees("The category is there.")

    opens_the_queue(person)
    page.get_by_role("navigation", name="Channels").get_by_role("link", name="@cityhall").click()
    for box in page.get_by_role("group", name="Add a slot").get_by_role("checkbox").all():
        box.check()
    page.get_by_label("For", exact=True).select_option(label="only Tips")
    person.presses("Add")
    person.sees("7 slots are new.")
    person.sees("Free for Tips")

    person.begins_to_write()
    person.types("Three bins, three colours.")
    person.chooses("@cityhall")
    expect(page.get_by_role("button", name="Next slot")).to_have_count(0)
    page.get_by_text("Options and labels").first.click()
    page.get_by_label("Category").select_option(label="Tips")
    expect(page.get_by_role("button", name="Next slot")).to_be_visible()
    # by keyboard alone: the tick, then how far apart
    page.get_by_label("Post again from time to time").focus()
    page.keyboard.press("Space")
    page.get_by_label("At least").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("1")
    person.publishes()
    expect(page.get_by_text("1 of 1 is out").or_(page.get_by_text("1 of 1 are out"))).to_be_visible(timeout=30_000)

    page.set_viewport_size(PHONE["viewport"])
    page.get_by_role("link", name="How it goes out again").click()
    person.sees("Nothing else waits for this slot")
    page.get_by_label("More other words").fill("What goes where, on one page.")
    person.presses("Keep it")
    person.sees("It goes out again from time to time, as you said.")
    page.get_by_role("link", name="Tips").click()
    person.sees("2 wordings")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AXE_SCRIPT)
        assert barriers(page) == []
    person.presses("Pause Three bins, three colours.")
    person.sees("Paused")
