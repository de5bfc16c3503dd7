"""Second thoughts: a post is taken back before it leaves, and two people write in one draft."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from .house import House, Office
from .person import Person

TEXT = "The market moves to the harbour on Friday."


def test_a_scheduled_post_is_taken_back(person: Person, house: House, office: Office) -> None:
    person.begins_to_write()
    person.types(TEXT)
    person.schedules(datetime.now(ZoneInfo("Europe/Oslo")) + timedelta(days=1))
    person.sees("It goes out on")
    person.page.get_by_label("More", exact=True).click()
    person.presses("Take back", exact=False)
    person.sees("It does not go out where it has not left yet", inside=person.dialog)
    person.presses("Take it back", inside=person.dialog)
    person.sees("Taken back on 1 channel")

    assert [told["state"] for told in house.deliveries(office)] == ["cancelled"]
    person.goes_to("Today")
    person.sees("Nothing leaves today")


def test_two_tabs_on_one_draft_lose_nobodys_words(come, house: House, office: Office) -> None:
    ingrid = come(house)
    ingrid.signs_in(office)
    ingrid.begins_to_write()
    ingrid.types("The market moves.")
    ingrid.presses("Save draft")
    ingrid.sees("The draft is kept")

    other = Person(ingrid.page.context.new_page(), house)
    other.opens(ingrid.page.url)
    other.types("The market moves to the harbour.")
    other.presses("Save draft")
    other.sees("The draft is kept")

    mine = "The market moves to the harbour on Friday at nine."
    ingrid.types(mine)
    ingrid.presses("Save draft")
    ingrid.sees("You saved this post in another page while you were writing here.")
    expect(ingrid.page.locator("ins")).to_contain_text("on Friday at nine")  # what mine has and theirs has not
    expect(ingrid.page.get_by_label("Text of part 1")).to_have_value(mine)  # and mine, still in the box

    ingrid.presses("Save draft")
    ingrid.sees("The draft is kept")
    expect(ingrid.page.get_by_label("Text of part 1")).to_have_value(mine)
    ingrid.page.get_by_role("link", name="History").click()
    ingrid.sees_heading("History")
    expect(ingrid.page.locator("#v2 ins")).to_contain_text("to the harbour")  # replaced, and kept
