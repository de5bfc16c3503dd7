"""Finding one network among many while one types, by the keyboard alone, and taking its redirect address along."""

from __future__ import annotations

from playwright.sync_api import expect

from .house import Office
from .person import Person


def shown(person: Person) -> list[str]:
    return person.page.locator("#networks li:visible strong").all_inner_texts()


def test_a_network_is_found_by_another_name_and_opened_by_enter(person: Person, office: Office) -> None:
    person.opens(f"/w/{office.workspace}/channels/connect")
    person.page.get_by_role("searchbox", name="Find a network").focus()
    everything = shown(person)
    assert len(everything) > 30
    person.page.keyboard.type("myspace")
    person.sees("Nothing of that name.")
    assert shown(person) == []
    person.page.keyboard.press("Enter")  # there is nothing to open
    person.sees_heading("Connect a channel")
    person.page.keyboard.press("Control+A")
    person.page.keyboard.type("Twitt")
    assert shown(person) == ["X"]
    assert person.page.get_by_role("heading", level=2).filter(visible=True).all_inner_texts() == ["Social networks"]
    person.page.keyboard.press("Control+A")
    person.page.keyboard.press("Delete")
    assert shown(person) == everything
    person.page.keyboard.type("twitter")
    person.page.keyboard.press("Enter")
    person.sees_heading("Connect X")


def test_the_redirect_address_is_taken_along(person: Person, office: Office) -> None:
    person.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    person.opens(f"/w/{office.workspace}/channels/connect/x")
    person.presses("Copy")
    expect(person.page.get_by_role("button", name="Copied")).to_be_visible()
    assert person.page.evaluate("navigator.clipboard.readText()") == f"{person.house.url}/connect/back"
