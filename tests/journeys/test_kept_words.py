"""Words are kept by themselves: without a press, without a connection, and beside those of somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from .house import House, Office
from .person import Person

TEXT = "The market moves to the harbour on Friday."


def box(person: Person):
    return person.page.get_by_label("Text of part 1")


def kept(person: Person) -> None:
    expect(person.page.locator("#kept")).to_contain_text("saved")


def test_a_new_post_is_a_draft_after_the_first_words(person: Person) -> None:
    person.begins_to_write()
    person.types(TEXT)
    person.page.wait_for_url("**/posts/*/edit")
    kept(person)
    person.sees_heading(TEXT)
    person.page.reload()
    expect(box(person)).to_have_value(TEXT)


def test_a_lost_connection_loses_no_word(person: Person) -> None:
    person.begins_to_write()
    person.types("The market moves.")
    person.page.wait_for_url("**/posts/*/edit")
    person.page.route("**/write/keep", lambda route: route.abort())
    person.page.route("**/write/check", lambda route: route.abort())
    box(person).fill(TEXT)
    person.sees("No connection. Your words are kept in this browser")
    person.presses("Save draft")  # leaves the page as it is
    expect(box(person)).to_have_value(TEXT)
    person.page.reload()
    person.sees("These are your words that had not reached Clarion.")
    expect(box(person)).to_have_value(TEXT)
    person.sees("No connection.")
    person.page.unroute_all()
    expect(person.page.get_by_text("No connection.")).to_be_hidden()
    person.opens(person.page.url)
    expect(box(person)).to_have_value(TEXT)


def test_a_scheduled_post_goes_out_as_it_was_saved(person: Person, house: House, office: Office) -> None:
    person.begins_to_write()
    person.types(TEXT)
    person.schedules(datetime.now(ZoneInfo("Europe/Oslo")) + timedelta(days=1))
    person.sees("It goes out on")
    person.page.get_by_role("link", name="Edit", exact=True).click()
    box(person).fill("Half a sen")
    kept(person)
    person.sees("not yet in what goes out")
    person.page.reload()
    expect(box(person)).to_have_value("Half a sen")
    person.sees("Your changes are not yet in what goes out.")
    person.presses("Drop my changes")
    person.sees("Your changes are dropped.")
    expect(box(person)).to_have_value(TEXT)


def test_two_people_make_one_text_of_both(person: Person, house: House, office: Office) -> None:
    person.begins_to_write()
    person.types("The market moves on Friday. Bring a bag.")
    person.page.wait_for_url("**/posts/*/edit")
    kept(person)
    other = Person(person.page.context.new_page(), house)
    other.opens(person.page.url)
    box(other).fill("The market moves to the harbour on Friday. Bring a bag.")
    kept(other)
    expect(other.page.get_by_role("heading", level=1)).to_contain_text("harbour")

    box(person).fill("The market moves on Friday. Bring a bag and a coat.")
    person.sees("Somebody saved another version. Your words are kept beside it.")
    person.presses("Look at both")
    person.sees("You saved this post in another page while you were writing here.")
    person.presses("Make one text of both")
    person.sees("Both texts are one now.")
    expect(box(person)).to_have_value("The market moves to the harbour on Friday. Bring a bag and a coat.")
