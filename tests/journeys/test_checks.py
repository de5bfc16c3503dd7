"""What the checks find is underlined where it stands and mended by one press: by mouse, by keyboard, on the phone."""

from __future__ import annotations

from playwright.sync_api import expect

from clarion.testing.servers.mastodon import MastodonServer

from .browsers import PHONE
from .house import House, Office
from .person import Person


def words(person: Person):
    return person.page.locator("textarea.area").first


def settles_a_gate(person: Person) -> None:
    person.page.get_by_role("link", name="People", exact=True).first.click()
    person.page.get_by_role("link", name="Rules of the house").first.click()
    person.page.get_by_role("link", name="Rules of writing").click()
    person.sees_heading("Rules of writing")
    rule = person.page.get_by_role("group", name="Hashtags of several words without capitals")
    rule.get_by_text("Gate").click()
    person.presses("Save the rules")
    person.sees("The rules hold from now on.")


def test_a_gate_is_settled_told_and_satisfied_by_one_press(
    person: Person, house: House, office: Office, town: MastodonServer
):
    house.channel(office, town)
    settles_a_gate(person)
    person.begins_to_write()
    person.chooses("@cityhall")
    person.types("Open late on Friday. #libraryhours")
    mark = person.page.locator(".underlines mark")
    expect(mark).to_have_text("#libraryhours")
    expect(mark).to_have_class("wrong")
    assert words(person).evaluate("field => field.selectionStart") == len("Open late on Friday. #libraryhours")
    person.presses("Schedule")
    person.sees("It was not saved yet")
    assert house.deliveries(office) == []
    # by keyboard alone: the press, and the browser's own way back
    person.page.get_by_role("button", name="Change").focus()
    person.page.keyboard.press("Enter")
    expect(words(person)).to_have_value("Open late on Friday. #LibraryHours")
    expect(words(person)).to_be_focused()
    expect(mark).to_have_count(0)
    person.page.keyboard.press("Control+z")
    expect(words(person)).to_have_value("Open late on Friday. #libraryhours")
    person.page.keyboard.press("Control+Shift+z")
    expect(words(person)).to_have_value("Open late on Friday. #LibraryHours")
    expect(person.page.get_by_role("button", name="Change")).to_have_count(0)
    person.presses("Schedule")
    person.sees("It goes out on")


def test_the_underline_follows_while_one_types_on_the_phone(come, house: House, office: Office, town: MastodonServer):
    house.channel(office, town)
    person = come(house, **PHONE)
    person.signs_in(office)
    person.begins_to_write()
    person.types("#libraryhours")
    mark = person.page.locator(".underlines mark")
    expect(mark).to_have_text("#libraryhours")
    before = mark.bounding_box()
    words(person).evaluate("field => field.setSelectionRange(0, 0)")
    person.page.keyboard.type("Open: ")
    expect(mark).to_have_text("#libraryhours")
    after = mark.bounding_box()
    assert before and after
    assert after["x"] > before["x"]
    person.page.get_by_role("button", name="Change").tap()
    expect(words(person)).to_have_value("Open: #LibraryHours")
