"""What comes in: a table by mouse, many posts by keyboard alone, and ideas under a finger on the phone."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Locator, expect

from .browsers import PHONE
from .house import House, Office
from .person import Person
from .test_without_a_mouse import Hands, nothing_sticks_out


def test_a_table_is_mended_imported_and_undone(person: Person, house: House, office: Office, tmp_path: Path) -> None:
    day = datetime.now() + timedelta(days=9)
    file = tmp_path / "plan.csv"
    person.goes_to("Posts")
    person.page.get_by_role("main").get_by_role("link", name="Imports").click()
    rows = [f"{day:%Y-%m-%d} 09:00,The library is open.", "in the morning,The pool is closed."]
    for rows_now in (rows, [rows[0], f"{day:%Y-%m-%d} 10:00,The pool is closed."]):
        file.write_text("\n".join(["Date,Message", *rows_now]))
        person.page.get_by_label("CSV or Excel file").set_input_files(file)
        person.presses("Look at it")
        person.sees_heading("plan.csv")
        if rows_now is rows:
            person.presses("Check every row")
            person.sees("1 row needs mending")
            person.sees("A3", inside=person.region("Rows"))
            person.page.get_by_role("link", name="Imports").click()
    person.presses("Check every row")
    person.presses("Import 2 posts")
    person.sees("It is in")
    assert {one["state"] for one in house.deliveries(office)} == {"scheduled"}
    person.presses("Undo the import")
    person.presses("Take it back")
    person.sees("off the desk again")
    assert {one["state"] for one in house.deliveries(office)} == {"cancelled"}


def test_many_posts_are_held_and_put_back_by_keyboard_alone(person: Person, house: House, office: Office) -> None:
    (board,) = house.ask("channels", "list", "--workspace", office.workspace)
    at = (datetime.now().astimezone() + timedelta(days=3)).isoformat(timespec="seconds")
    for text in ("One.", "Two.", "Three."):
        words = ("--channel", board["id"], "--text", text, "--at", at)
        house.ask("posts", "add", "--workspace", office.workspace, *words)
    person.goes_to("Posts")
    hands = Hands(person.page)
    expect(person.page.get_by_role("button", name="Hold back")).to_be_hidden()
    for text in ("Three.", "Two."):
        hands.reach(f"Tick “{text}”", role="checkbox")
        hands.press("Space")
    expect(person.page.get_by_role("status").filter(has_text="Ticked: 2")).to_be_visible()
    hands.reach("Hold back", role="button")
    hands.press("Enter")
    person.sees("2 posts are held back.", inside=person.page.locator(".flashes"))
    assert sorted(one["state"] for one in house.deliveries(office)) == ["held", "held", "scheduled"]
    hands.reach("Undo the change of 2 posts", role="button")
    hands.press("Enter")
    person.sees("2 posts are as they were before.", inside=person.page.locator(".flashes"))
    assert {one["state"] for one in house.deliveries(office)} == {"scheduled"}


def test_ideas_are_carried_by_finger_and_become_a_draft(come, house: House, office: Office) -> None:
    person = come(house, **PHONE)
    person.signs_in(office)
    workspace = person.page.url.split("/w/")[1].split("/")[0]
    for text in ("The tree is lit.", "The ice carries."):
        person.opens(f"/w/{workspace}/ideas/new?title={text}")
        person.page.get_by_role("button", name="Put it on the board").tap()
        person.sees(text)
    nothing_sticks_out(person)
    card, column = person.page.locator("[data-idea]").first, person.page.locator("[data-column='ready']")
    _carried(person, card, column)
    expect(column.get_by_text("The tree is lit.")).to_be_visible()
    person.page.reload()
    expect(column.get_by_text("The tree is lit.")).to_be_visible()
    # a mouse does it at once, and the menu of a card without either
    other = person.page.locator("[data-column='idea'] [data-idea]")
    other.get_by_label("More for").tap()
    other.get_by_role("button", name="Move to Shaping").tap()
    expect(person.page.locator("[data-column='shaping']").get_by_text("The ice carries.")).to_be_visible()
    column.get_by_role("button", name="Draft").tap()
    person.sees("Nothing goes out until you schedule it.")
    expect(person.page.get_by_text("The tree is lit.").first).to_be_visible()


def _carried(person: Person, card: Locator, column: Locator) -> None:
    """A finger rests on the card, carries it over the column, and lets go."""
    card.scroll_into_view_if_needed()
    column.scroll_into_view_if_needed()
    start, end = card.bounding_box(), column.bounding_box()
    assert start and end
    touch = person.page.context.new_cdp_session(person.page)

    def points(kind: str, x: float, y: float) -> None:
        some = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": some})

    points("touchStart", start["x"] + 60, start["y"] + 20)
    expect(card).to_have_class("sheet idea dragged")
    (from_x, from_y), (x, y) = (start["x"] + 60, start["y"] + 20), (end["x"] + 60, end["y"] + end["height"] - 12)
    for step in range(1, 6):
        points("touchMove", from_x + (x - from_x) * step / 5, from_y + (y - from_y) * step / 5)
    points("touchEnd", x, y)
