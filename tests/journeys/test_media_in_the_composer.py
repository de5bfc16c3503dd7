"""Media in the composer: from the library and a device, over a line that breaks; cut by mouse, by keys, by finger."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, Request, expect

from clarion.web.demo_pictures import drawn

from ..engines.installation import until
from .browsers import PHONE
from .house import House, Office
from .person import Person
from .test_library import Line, adds, tile
from .test_without_a_mouse import Hands, nothing_sticks_out


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.png"
    path.write_bytes(drawn("bridge"))  # 1200 by 800
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Three megabytes that begin as a film does."""
    path = tmp_path / "council.mp4"
    path.write_bytes(b"\0\0\0\x20ftypisom" + bytes(3_000_000))
    return path


def shots(page: Page) -> Locator:
    return page.locator("[data-panel=all] [data-shot]")


def done_to(page: Page) -> dict[str, object]:
    """What the form says is done to the first picture."""
    typed = shots(page).first.locator("[data-edited]").input_value()
    found: dict[str, object] = json.loads(typed or "{}")
    return found


def kept(page: Page) -> None:
    expect(page.locator("#kept")).to_contain_text("saved")
    expect(page.locator("#apart")).to_be_hidden()


def says(request: Request, word: str) -> bool:
    """Whether this keeps the post, and says this word of it."""
    return request.url.endswith("/write/keep") and word in (request.post_data or "")


def pastes(page: Page, picture: bytes) -> None:
    """As browsers paste what is copied from another page."""
    page.get_by_label("Text of part 1").evaluate(
        """(area, bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(bytes)], "image.png", { type: "image/png" }));
          area.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        list(picture),
    )


def resting(thing: Locator) -> Any:
    """Where it lies, once it has stopped growing: a dialog is laid out again when its picture is there."""
    boxes: list[Any] = []

    def rests() -> bool:
        boxes.append(thing.bounding_box())
        return boxes[-1] is not None and boxes[-3:] == [boxes[-1]] * 3

    until(rests, seconds=20, what="it lies still")
    return boxes[-1]


def test_pictures_come_from_the_library_and_are_cut_for_one_post(person: Person, bridge: Path, film: Path) -> None:
    page = person.page
    person.goes_to("Library")
    adds(person, bridge)
    expect(tile(person, "bridge.png")).to_be_visible()

    person.begins_to_write()
    person.types("The bridge is open again.")
    person.presses("Add pictures from the library")
    person.dialog.get_by_label("bridge.png").check()
    person.presses("Take", inside=person.dialog)
    page.get_by_label("Description bridge.png").fill("The old bridge")

    pastes(page, drawn("snow"))
    expect(page.get_by_label("Description image.png")).to_be_visible()
    page.get_by_label("Remove the file").nth(1).click()

    line = Line(page)
    line.breaks_after = 1
    page.get_by_label("Add files").set_input_files(film)
    person.sees("tried again in a moment", inside=page.locator(".shot.busy"))
    kept(page)
    page.once("dialog", lambda asked: asked.accept())  # files are on their way
    page.reload()
    person.sees("“council.mp4” stopped at")
    line.breaks_after = None
    page.get_by_label("Add files").set_input_files(film)
    expect(shots(page)).to_have_count(2)
    assert line.offsets[-1] > 0, "it went on from where it was"

    person.presses("Edit bridge.png")
    box = resting(person.dialog.locator("canvas"))
    grip = person.dialog.locator("[data-grip=se]").bounding_box()
    assert box and grip
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    expect(person.dialog.get_by_role("status")).to_have_text(
        re.compile(r"0 % from the left, 0 % from above: (599|600|601) × (399|400|401) pixels stay\.")
    )
    person.dialog.get_by_role("radio", name="1:1 shown", exact=False).first.check()
    person.presses("Turn right", inside=person.dialog)
    person.presses("Undo", inside=person.dialog)
    person.dialog.get_by_label("Description").fill("Half of the old bridge")
    with page.expect_response(lambda answer: says(answer.request, "crop")):
        person.presses("Use it so", inside=person.dialog)
    expect(page.get_by_label("Description bridge.png")).to_have_value("Half of the old bridge")
    left, top, width, height = done_to(page)["crop"]  # type: ignore[misc]
    assert abs(width * 1200 - height * 800) < 12 * 1200, "it is square"
    image = shots(page).first.locator("img")
    assert image.get_attribute("width") == image.get_attribute("height")
    kept(page)
    page.reload()
    assert done_to(page)["crop"] == [left, top, width, height]


def test_a_picture_is_cut_with_keys_alone(person: Person, bridge: Path) -> None:
    page, hands = person.page, Hands(person.page)
    person.begins_to_write()
    person.types("The bridge is open again.")
    person.hangs_up(bridge, alt="The bridge")
    hands.reach("Edit bridge.png", role="button")
    hands.press("Enter")
    cut = person.dialog.get_by_role("application", name="What stays of the picture")
    expect(cut).to_be_focused()
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate("axe.run('#editor')")["violations"] == []
    for _ in range(10):
        hands.press("Shift+ArrowLeft")
    for _ in range(5):
        hands.press("ArrowRight")
    said = person.dialog.get_by_role("status")
    expect(said).to_have_text("5 % from the left, 0 % from above: 1080 × 800 pixels stay.")
    hands.press("Tab")
    expect(person.dialog.get_by_role("application", name="Focal point")).to_be_focused()
    hands.press("ArrowUp")
    expect(said).to_have_text("The focal point lies 50 % from the left, 49 % from above.")
    hands.press("Control+z")
    hands.press("ArrowDown")
    hands.reach("Use it so", role="button")
    hands.press("Enter")
    expect(person.dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Edit bridge.png")).to_be_focused()
    assert done_to(page) == {"crop": [500, 0, 9000, 10000], "focus": [5000, 5100]}
    hands.press("Enter")
    hands.press("Escape")
    assert done_to(page)["focus"] == [5000, 5100], "nothing was taken over"


def test_a_phone_takes_a_picture_and_cuts_it_with_a_finger(come, house: House, office: Office, bridge: Path) -> None:
    person = come(house, **PHONE)
    page = person.page
    person.signs_in(office)
    person.begins_to_write()
    person.types("The bridge is open again.")
    with page.expect_file_chooser() as asked:
        page.get_by_role("button", name="Take a picture").tap()
    assert page.locator("#camera").get_attribute("capture") == "environment"
    asked.value.set_files(bridge)
    page.get_by_role("button", name="Edit bridge.png").tap()
    person.dialog.get_by_role("button", name="Turn left").tap()
    expect(person.dialog.get_by_role("status")).to_have_text(re.compile("800 × 1200 pixels stay"))
    nothing_sticks_out(person)
    person.dialog.get_by_role("button", name="Use it so").tap()
    expect(person.dialog).to_be_hidden()
    assert done_to(page) == {"turn": 270}
