"""The first minute with the keyboard alone: Tab, Space, Enter and letters; and again on a phone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .browsers import PHONE
from .house import House, Office
from .person import Person

NOTICE = "The town hall is closed on Friday."
FURTHEST = 60
"""Presses of Tab after which a control counts as out of reach."""


class Hands:
    """Nothing but keys."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, name: str, *, role: str) -> None:
        """Tabs on until the thing with this name has the focus, and can be seen to have it."""
        for _ in range(FURTHEST):
            self.page.keyboard.press("Tab")
            if self._has(name, role):
                seen = self.page.evaluate(
                    "const s = getComputedStyle(document.activeElement);"
                    "s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1 || s.boxShadow !== 'none'"
                )
                assert seen, f"the focus on “{name}” cannot be seen"
                return
        raise AssertionError(f"“{name}” is not within {FURTHEST} presses of Tab")

    def _has(self, name: str, role: str) -> bool:
        held = self.page.locator("*:focus")
        return held.and_(self.page.get_by_role(role, name=name)).count() == 1

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)


def test_the_first_minute_needs_no_mouse(come, empty_house: House) -> None:
    ingrid = come(empty_house)
    hands = Hands(ingrid.page)
    ingrid.opens("/")
    expect(ingrid.page.get_by_label("Organisation")).to_be_focused()
    hands.type("City of Halden")
    hands.reach("Your name", role="textbox")
    hands.type("Ingrid Solberg")
    hands.reach("Your e-mail", role="textbox")
    hands.type("ingrid@halden.example")
    hands.page.keyboard.press("Tab")
    expect(ingrid.page.get_by_label("Password")).to_be_focused()
    hands.type("a boat on the lake at nine")
    hands.press("Enter")
    ingrid.sees_heading("Today")

    hands.reach("Skip to the page", role="link")  # the first thing on the page, for those who know it
    hands.press("Enter")
    hands.reach("Write the first notice", role="link")
    hands.press("Enter")
    ingrid.sees_heading("Write a post")
    hands.reach("Text of part 1", role="textbox")
    hands.type(NOTICE)
    hands.reach("Publish now", role="button")
    hands.press("Enter")
    hands.reach("Publish now", role="button")
    expect(ingrid.dialog.get_by_role("button", name="Publish now")).to_be_focused()
    hands.press("Enter")
    ingrid.sees("It goes out now")
    ingrid.sees("Published", inside=ingrid.region("On each channel"))


def test_a_post_is_written_and_published_on_a_phone(come, house: House, office: Office) -> None:
    ingrid = come(house, **PHONE)
    ingrid.signs_in(office)
    nothing_sticks_out(ingrid)
    ingrid.page.get_by_role("link", name="Write", exact=True).tap()
    ingrid.sees_heading("Write a post")
    ingrid.types(NOTICE)
    nothing_sticks_out(ingrid)
    ingrid.page.get_by_role("button", name="Publish now").tap()
    ingrid.dialog.get_by_role("button", name="Publish now").tap()
    ingrid.sees("Published", inside=ingrid.region("On each channel"))
    nothing_sticks_out(ingrid)


def nothing_sticks_out(person: Person) -> None:
    wide = person.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide[0] <= wide[1], f"the page scrolls sideways: {wide}"
