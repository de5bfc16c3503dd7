"""The calendar by mouse, by keyboard alone and on a phone: a post is moved, and put back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import FloatRect, Locator, expect

from .browsers import PHONE
from .house import House, Office
from .person import Person
from .test_without_a_mouse import FURTHEST, Hands, nothing_sticks_out

OSLO = ZoneInfo("Europe/Oslo")
TEXT = "The market moves to the harbour on Friday."


@pytest.fixture
def at(house: House, office: Office) -> datetime:
    """A post at nine o’clock on the 12th or 13th of next month: not on a Monday, so that its week has a day before."""
    first = (datetime.now(OSLO).replace(day=1) + timedelta(days=32)).replace(day=1)
    at = first.replace(day=12, hour=9, minute=0, second=0, microsecond=0)
    at = at if at.weekday() else at + timedelta(days=1)
    (board,) = house.ask("channels", "list", "--workspace", office.workspace)
    words = ("--channel", board["id"], "--text", TEXT, "--at", at.isoformat(timespec="seconds"))
    house.ask("posts", "add", "--workspace", office.workspace, *words)
    return at


def month(person: Person, at: datetime, **more: str) -> None:
    workspace = person.page.url.split("/w/")[1].split("/")[0]
    query = "&".join(f"{name}={value}" for name, value in {"month": f"{at:%Y-%m}", **more}.items())
    person.opens(f"/w/{workspace}/calendar?{query}")
    person.page.wait_for_load_state()


def chip(person: Person) -> Locator:
    return person.page.locator(".chip", has_text="The market moves")


def cell(person: Person, day: date) -> Locator:
    return person.page.locator(f"[data-day='{day:%Y-%m-%d}']")


def place_of(what: Locator) -> FloatRect:
    """Where it is drawn; for a moment it is nowhere, while the calendar is drawn anew."""
    for _look in range(50):
        expect(what).to_be_visible()
        if (place := what.bounding_box()) is not None:
            return place
    raise AssertionError("it is never drawn")


def carries(person: Person, post: Locator, target: Locator, *, x: float = 60, y: float = 70) -> None:
    """By mouse, from where the post is to a point of the target, when what was moved before has come to rest."""
    person.page.wait_for_load_state("networkidle")
    expect(person.page.locator("#calendar:not([aria-busy])")).to_be_visible()
    mouse, start, end = person.page.mouse, place_of(post), place_of(target)
    mouse.move(start["x"] + 20, start["y"] + 8)
    mouse.down()
    mouse.move(start["x"] + 40, start["y"] + 20, steps=3)
    mouse.move(end["x"] + x, end["y"] + y, steps=6)
    mouse.up()


def stands(person: Person, day: date, time: str) -> None:
    """The post is there, as the server draws it."""
    expect(cell(person, day).locator(".chip[data-at] time")).to_have_text(time)
    expect(person.page.locator(".chip")).to_have_count(1)


def test_a_post_is_carried_by_mouse_and_put_back(person: Person, house: House, office: Office, at) -> None:
    month(person, at)
    to = at.date() + timedelta(days=8)
    carries(person, chip(person), cell(person, to))
    person.sees(f"Moved to {to:%A} {to.day}")
    stands(person, to, "09:00")
    person.presses("Undo", exact=False)
    person.sees("It is back at its old time")
    stands(person, at.date(), "09:00")
    assert "/calendar" in person.page.url, "what was carried was not also opened"

    month(person, at, view="week", day=f"{at:%Y-%m-%d}")
    hour = cell(person, at.date()).locator("[data-hour='14']")
    carries(person, chip(person), hour, y=30)
    person.sees("Moved to")
    expect(hour.locator(".chip[data-at] time")).to_contain_text("14:")
    person.page.keyboard.press("Control+z")
    person.sees("It is back at its old time")
    stands(person, at.date(), "09:00")

    (told,) = house.deliveries(office)
    house.ask("deliveries", "reschedule", told["id"], "--at", at.replace(hour=11).isoformat(timespec="seconds"))
    carries(person, chip(person), hour, y=30)
    person.sees("somebody moved it, or took it back")
    expect(cell(person, at.date()).locator("[data-hour='9'] .chip")).to_have_count(1)

    hour.click(position={"x": 70, "y": 30})
    person.sees_heading("Write a post")
    expect(person.page.get_by_label("Date", exact=True)).to_have_value(f"{at:%Y-%m-%d}")
    expect(person.page.get_by_label("Time", exact=True)).to_have_value("14:30")


def test_a_post_is_moved_by_the_keyboard_alone(person: Person, at) -> None:
    month(person, at)
    hands = Hands(person.page)
    hands.reach("09:00 Scheduled The market moves to the harbour on Friday.", role="link")
    hands.press("m")
    expect(person.dialog.get_by_label("Date")).to_be_focused()
    for _part in range(FURTHEST):  # a browser's field of date and time has a stop for each of its parts
        if person.dialog.get_by_label("Time").evaluate("field => field === document.activeElement"):
            break
        hands.press("Tab")
    hands.type("0430PM")
    hands.press("Enter")
    person.sees("Moved to")
    stands(person, at.date(), "16:30")
    expect(chip(person)).to_be_focused()
    hands.press("Control+z")
    person.sees("It is back at its old time")
    stands(person, at.date(), "09:00")
    hands.press("ArrowRight")
    expect(cell(person, at.date() + timedelta(days=1)).get_by_role("link")).to_be_focused()

    here = person.page.locator("h1")
    title = here.inner_text()
    person.page.get_by_role("link", name="The month after").focus()
    hands.press("Enter")
    expect(here).not_to_have_text(title)
    expect(person.page.get_by_role("link", name="The month after")).to_be_focused()
    person.page.go_back()
    expect(here).to_have_text(title)
    person.page.locator("summary", has_text="Every state").focus()
    hands.press("Enter")
    hands.reach("Published", role="checkbox")
    hands.press("Space")
    person.sees("Nothing in this month fits what you chose")
    expect(person.page.get_by_label("Published")).to_be_focused()
    person.page.go_back()
    expect(chip(person)).to_be_visible()


def test_on_a_phone_a_long_press_carries_a_post(come, house: House, office: Office, at) -> None:
    ingrid = come(house, **PHONE)
    ingrid.signs_in(office)
    month(ingrid, at)
    nothing_sticks_out(ingrid)
    month(ingrid, at, view="week", day=f"{at:%Y-%m-%d}")
    nothing_sticks_out(ingrid)
    finger = ingrid.page.context.new_cdp_session(ingrid.page)

    def touch(kind: str, *points: dict[str, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    chip(ingrid).scroll_into_view_if_needed()
    box = chip(ingrid).bounding_box()
    x, y = box["x"] + 90, box["y"] + 14
    touch("touchStart", {"x": x, "y": y})
    expect(ingrid.page.locator(".ghost")).to_have_count(1)
    touch("touchEnd")
    expect(ingrid.dialog).to_be_visible()
    ingrid.presses("Go back", inside=ingrid.dialog)

    day_before = at.date() - timedelta(days=1)
    end = cell(ingrid, day_before).bounding_box()
    touch("touchStart", {"x": x, "y": y})
    expect(ingrid.page.locator(".ghost")).to_have_count(1)
    for step in range(1, 7):
        touch("touchMove", {"x": x, "y": y + (end["y"] + 12 - y) * step / 6})
    touch("touchEnd")
    ingrid.sees("Moved to")
    stands(ingrid, day_before, "09:00")


def test_a_note_a_blackout_and_what_it_catches(person: Person, at) -> None:
    month(person, at)
    cell(person, at.date()).get_by_role("link").first.focus()
    person.page.keyboard.press("n")
    person.dialog.get_by_label("Note", exact=True).fill("Handball cup")
    person.presses("Add it", inside=person.dialog)
    person.sees("Handball cup", inside=cell(person, at.date()))

    person.page.get_by_label("More of the calendar").click()
    person.page.get_by_role("link", name="Declare a blackout").click()
    person.dialog.get_by_label("Name").fill("Election day")
    person.dialog.get_by_label("Blocks").check()
    person.dialog.get_by_label("From").fill(f"{at:%Y-%m-%d}")
    person.dialog.get_by_label("Until").fill(f"{at:%Y-%m-%d}")
    person.presses("Declare it", inside=person.dialog)
    person.sees("1 delivery is scheduled in it")
    person.presses("Hold them back")
    person.sees("1 delivery is held back")
    month(person, at)
    person.sees("Election day", inside=cell(person, at.date()))
    expect(chip(person)).to_contain_text("Held back")

    carries(person, chip(person), cell(person, at.date() + timedelta(days=8)))
    person.sees("Moved to")
    carries(person, chip(person), cell(person, at.date()))
    person.sees("“Election day” lets nothing go out until")
    stands(person, at.date() + timedelta(days=8), "09:00")
