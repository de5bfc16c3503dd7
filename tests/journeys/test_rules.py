"""A rule of the house: tried before it is kept, met while one writes, and overridden with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import expect

from .person import Person


def test_a_rule_is_tried_kept_met_by_keyboard_and_overridden(person: Person) -> None:
    page = person.page
    person.goes_to("People")
    page.get_by_role("link", name="Rules of the house").click()
    page.get_by_role("link", name="Write the first rule").click()
    page.get_by_role("link", name="Personal data").click()
    page.get_by_label("Name", exact=True).fill("Private numbers")
    page.get_by_label("Telephone numbers").check()
    page.get_by_label("Stops").check()
    page.locator("#sample").fill("Call +47 900 12 345.")
    person.presses("Try it")
    person.sees("is against telephone numbers", inside=page.locator("#tried"))
    expect(page.get_by_label("Name", exact=True)).to_have_value("Private numbers")  # tried, and nothing else changed
    person.presses("Make the rule")
    person.sees("Private numbers", inside=person.region("Words, data and links"))

    person.begins_to_write()
    person.types("The winter is coming. Call +47 900 12 345.")
    checks = page.locator("#checks")
    person.sees("is against telephone numbers", inside=checks)
    expect(page.locator(".underlines mark.wrong")).to_have_text("+47 900 12 345")
    person.schedules(datetime.now() + timedelta(days=1))
    expect(page).to_have_url(page.url)
    person.sees("is against telephone numbers", inside=page.locator("#checks"))

    why = page.get_by_label("Let it go out all the same?")
    why.focus()
    page.keyboard.type("It is the line for the shelter.")
    page.get_by_role("button", name="Schedule", exact=True).press("Enter")
    person.sees("It goes out on")
    person.sees("It is the line for the shelter.", inside=person.region("Let out all the same"))
