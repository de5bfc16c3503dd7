"""Tools for words in the composer: hashtags, snippets, mentions, emoji, short links; by mouse, by keys, on a phone."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

from playwright.sync_api import expect

from ..engines.installation import until
from .browsers import PHONE
from .house import House, Office
from .person import Person

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
TARGET = "https://www.halden.example/streets/storgata"


def keeps(person: Person, office: Office, shelf: str, **fields: str) -> None:
    """Something on a shelf of the kit, by its form."""
    person.opens(f"/w/{office.workspace}/kit/{shelf}/new")
    for label, value in fields.items():
        person.page.get_by_role("textbox", name=label, exact=True).fill(value)
    person.presses("Keep it")
    person.sees("is in the kit.")


def tool(person: Person, name: str) -> None:
    person.presses(name, inside=person.page.get_by_role("group", name="Tools"))


def box(person: Person):
    return person.page.get_by_label("Text of part 1")


def test_what_the_kit_has_goes_into_a_post_and_its_link_counts(person: Person, office: Office, house: House) -> None:
    keeps(person, office, "tags", Name="Traffic", Hashtags="halden, #RoadWorks")
    keeps(person, office, "snippets", Name="Closed", Words="{street} is closed. More: {link}")
    keeps(person, office, "people", Name="Kari Nordmann")
    person.begins_to_write()
    tool(person, "Snippets and templates")
    person.dialog.get_by_role("button", name="Closed").click()
    person.dialog.get_by_label("street").fill("Storgata")
    person.dialog.get_by_label("Link").fill(TARGET)
    person.presses("Put it in", inside=person.dialog)
    expect(box(person)).to_have_value(f"Storgata is closed. More: {TARGET}")
    tool(person, "Hashtags")
    person.dialog.get_by_role("button", name="Traffic").click()
    tool(person, "Mentions")
    person.dialog.get_by_role("button", name="Kari Nordmann").click()
    tool(person, "Emoji")
    person.dialog.get_by_label("Search emoji").fill("construction")
    person.dialog.get_by_role("button", name="construction", exact=True).click()
    expect(box(person)).to_have_value(f"Storgata is closed. More: {TARGET} #halden #RoadWorks @[Kari Nordmann]🚧")
    tool(person, "How links go out")
    person.page.get_by_label("Links", exact=True).select_option("short")
    person.sees("One link gets its short address")
    person.publishes()
    person.opens(f"/w/{office.workspace}/links")
    person.sees("/streets/storgata")
    person.page.locator(".links a.cover").first.click()
    address = person.page.get_by_label("Address").input_value()
    assert address.startswith(f"{house.url}/l/")
    follows(address)

    def counted() -> bool:
        person.page.reload()
        return person.page.get_by_role("heading", name="1 click in 30 days").is_visible()

    until(counted, seconds=20, what="the click is counted")
    person.page.get_by_role("link", name="Storgata is closed").click()
    person.sees(f"{TARGET} #halden")
    person.opens(f"/w/{office.workspace}/")
    board = person.page.get_by_role("link", name="Your noticeboard").get_attribute("href")
    assert board
    person.opens(board)
    expect(person.page.get_by_role("main")).to_contain_text(f"More: {address} #halden #RoadWorks Kari Nordmann🚧")


def follows(address: str) -> None:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args, **kwargs):
            return None

    try:
        urllib.request.build_opener(Stay).open(urllib.request.Request(address, headers={"User-Agent": BROWSER}))
    except urllib.error.HTTPError as answer:
        assert (answer.code, answer.headers["Location"]) == (302, TARGET)
    else:
        raise AssertionError("it did not lead on")


def test_words_are_put_in_by_keys_alone(person: Person, office: Office) -> None:
    for name in ("Kari Nordmann", "Karl Berg"):
        keeps(person, office, "people", Name=name)
    keeps(person, office, "tags", Name="Traffic", Hashtags="#RoadWorks")
    person.begins_to_write()
    keys = person.page.keyboard
    box(person).focus()
    keys.type("Thanks to @kar")
    offers = person.page.get_by_role("listbox")
    expect(offers.get_by_role("option")).to_have_count(2)
    keys.press("ArrowDown")
    expect(offers.get_by_role("option", selected=True)).to_contain_text("Karl Berg")
    keys.press("Enter")
    keys.type("and @k")
    expect(offers).to_be_visible()
    keys.press("Escape")
    expect(offers).to_be_hidden()
    expect(box(person)).to_have_value("Thanks to @[Karl Berg] and @k")
    keys.type(" #roa")
    expect(offers.get_by_role("option")).to_have_text(["#RoadWorksTraffic"])
    keys.press("Tab")
    expect(box(person)).to_have_value("Thanks to @[Karl Berg] and @k #RoadWorks ")
    person.page.get_by_role("button", name="Emoji", exact=True).focus()
    keys.press("Enter")
    search = person.dialog.get_by_label("Search emoji")
    expect(search).to_be_focused()
    keys.type("waving hand")
    expect(person.dialog.get_by_role("button", name="waving hand", exact=True)).to_be_visible()
    keys.press("Tab")
    keys.press("Tab")
    expect(person.dialog.get_by_role("radio", name="no skin tone")).to_be_focused()
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    keys.press("Shift+Tab")
    expect(person.dialog.get_by_role("button", name="waving hand", exact=True)).to_be_focused()
    keys.press("Enter")
    expect(person.dialog).to_be_hidden()
    expect(box(person)).to_be_focused()
    expect(box(person)).to_have_value(re.compile("👋🏽$"))
    person.page.get_by_role("button", name="Emoji", exact=True).focus()
    keys.press("Enter")
    expect(search).to_be_focused()
    keys.press("ArrowDown")
    lately = person.dialog.get_by_role("group", name="Used lately").get_by_role("button", name="waving hand")
    expect(lately).to_be_focused()
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    focused = person.page.locator("*:focus")
    expect(focused).to_have_attribute("aria-label", "grinning face with big eyes")
    keys.press("ArrowUp")
    keys.press("ArrowUp")
    expect(search).to_be_focused()
    keys.press("Escape")
    expect(person.dialog).to_be_hidden()
    person.page.get_by_role("button", name="Mentions", exact=True).focus()
    keys.press("Enter")
    expect(person.dialog.get_by_role("button", name="Kari Nordmann")).to_be_focused()
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(box(person)).to_have_value(re.compile(r"👋🏽 @\[Karl Berg\]$"))


def test_on_a_phone_the_tools_are_sheets_and_a_template_begins_the_next_post(
    come, house: House, office: Office
) -> None:  # fmt: skip
    person = come(house, **PHONE)
    person.signs_in(office)
    keeps(person, office, "tags", Name="Library", Hashtags="#Halden")
    person.begins_to_write()
    person.types("Open until eight")
    tool(person, "Hashtags")
    person.dialog.get_by_role("button", name="Library").wait_for()
    person.page.wait_for_function("document.getElementById('tool').getAnimations().length === 0")
    edge = person.dialog.bounding_box()
    assert edge is not None
    assert (round(edge["x"]), round(edge["width"]), round(edge["y"] + edge["height"])) == (0, 390, 844)
    person.dialog.get_by_role("button", name="Library").click()
    expect(box(person)).to_have_value("Open until eight #Halden")
    tool(person, "Snippets and templates")
    person.dialog.get_by_label("Keep this post as a template").fill("Opening hours")
    person.presses("Keep", inside=person.dialog)
    person.sees("“Opening hours” is a template now.")
    expect(box(person)).to_have_value("Open until eight #Halden")
    person.opens(f"/w/{office.workspace}/kit/templates")
    person.page.get_by_role("link", name="Write from it").click()
    person.sees_heading("Write a post")
    expect(box(person)).to_have_value("Open until eight #Halden")
    assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
