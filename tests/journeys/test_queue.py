"""A queue: slots are given once, posts take them in one press, and a hand puts them in another order."""

from __future__ import annotations

from playwright.sync_api import expect

from clarion.testing.servers.mastodon import MastodonServer

from .browsers import PHONE
from .house import House, Office
from .person import Person


def opens_the_queue(person: Person) -> None:
    person.page.get_by_role("navigation", name="Main").get_by_role("link", name="Calendar").click()
    person.page.get_by_role("navigation", name="View").get_by_role("link", name="Queue").click()
    person.sees_heading("Queue")


def queues(person: Person, *texts: str) -> None:
    for text in texts:
        person.begins_to_write()
        person.types(text)
        person.chooses("@cityhall")
        button = person.page.get_by_role("button", name="Next slot")
        expect(button).to_be_visible()
        button.click()
        person.sees("It goes out on")


def rows(person: Person) -> list[str]:
    return person.page.locator(".slot-place[data-delivery] > a").all_inner_texts()


def test_posts_take_the_next_slots_and_are_put_in_another_order(
    person: Person, house: House, office: Office, town: MastodonServer
):
    house.channel(office, town)
    opens_the_queue(person)
    person.page.get_by_role("navigation", name="Channels").get_by_role("link", name="@cityhall").click()
    person.presses("Every day at 10")
    person.sees("7 slots are new.")
    queues(person, "One.", "Two.", "Three.")
    opens_the_queue(person)
    assert rows(person) == ["One.", "Two.", "Three."]
    places = person.page.locator(".slot-place[data-delivery]")
    places.nth(2).drag_to(places.nth(0))
    expect(places.first.get_by_role("link")).to_have_text("Three.")
    assert rows(person) == ["Three.", "One.", "Two."]
    # by keyboard alone: the second goes to the front
    places.nth(1).get_by_role("button", name="Earlier").focus()
    person.page.keyboard.press("Enter")
    expect(places.first.get_by_role("link")).to_have_text("One.")
    assert {one["state"] for one in house.deliveries(office)} == {"scheduled"}


def test_a_day_is_paused_on_the_phone(come, house: House, office: Office, town: MastodonServer):
    house.channel(office, town)
    person = come(house, **PHONE)
    person.signs_in(office)
    opens_the_queue(person)
    person.page.get_by_role("navigation", name="Channels").get_by_role("link", name="@cityhall").click()
    person.presses("Every day at 10")
    person.sees("7 slots are new.")
    first = person.page.locator(".slot-day").first
    first.locator("summary").tap()
    first.get_by_label("Why").fill("Mourning")
    first.get_by_role("button", name="Only this channel").tap()
    person.sees("The day is paused.")
    person.sees("Mourning")
