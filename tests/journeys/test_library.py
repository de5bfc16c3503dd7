"""The library, by mouse, by keyboard alone and on a phone; and uploads that lose the line, and the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from clarion.testing.pictures import png

from .browsers import PHONE
from .house import House, Office
from .person import Person
from .test_without_a_mouse import Hands, nothing_sticks_out

MB = 1_000_000


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    found = []
    for number, name in enumerate(("fog.png", "harbour.png", "rink.png")):
        path = tmp_path / name
        path.write_bytes(png(640, 400, (60 + 60 * number, 110, 90)))
        found.append(path)
    return found


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """Six megabytes that begin as a film does."""
    path = tmp_path / "council.mp4"
    path.write_bytes(b"\0\0\0\x20ftypisom" + bytes(6 * MB))
    return path


def adds(person: Person, *paths: Path) -> None:
    person.page.wait_for_load_state()  # the page's scripts listen from then on
    person.page.get_by_label("Upload", exact=True).set_input_files(list(paths))


def tile(person: Person, name: str):
    return person.page.get_by_role("list", name="Files").get_by_role("listitem").filter(has_text=name)


def uploads(person: Person):
    return person.region("Uploads")


def test_pictures_are_added_described_sorted_and_taken_out_again(person: Person, pictures: list[Path]) -> None:
    person.goes_to("Library")
    adds(person, *pictures)
    for path in pictures:
        expect(tile(person, path.name)).to_be_visible()
    adds(person, pictures[0])
    person.sees("It was here already", inside=uploads(person))
    person.page.wait_for_load_state("networkidle")  # the list is drawn anew behind the upload

    tile(person, "fog.png").get_by_role("link").click()
    person.sees_heading("fog.png")
    person.page.get_by_label("Description").fill("Fog over the harbour")
    person.page.get_by_label("May be used until").fill("2035-06-01")
    person.presses("Keep the rights")
    person.sees("until 1 Jun 2035")
    person.page.get_by_label("Description").fill("Fog over the harbour")
    person.presses("Keep")
    person.sees("described it")

    person.goes_to("Library")
    person.page.get_by_label("More").click()
    person.page.get_by_label("A new folder").fill("Winter")
    person.presses("Open it")
    person.sees_heading("Winter")
    person.goes_to("Library")
    tile(person, "rink.png").hover()
    tile(person, "rink.png").get_by_role("checkbox").check()
    tile(person, "harbour.png").get_by_role("checkbox").check()
    expect(person.page.get_by_text("2 chosen")).to_be_visible()
    person.page.locator("summary", has_text="Move").click()
    person.page.get_by_label("Into").select_option("Winter")
    person.presses("Move them")
    person.sees("2 files lie in “Winter” now.")
    expect(tile(person, "rink.png")).to_have_count(0)

    person.page.get_by_role("searchbox").fill("rink")  # it is searched while one types, in all folders
    expect(tile(person, "rink.png")).to_be_visible()
    expect(tile(person, "fog.png")).to_have_count(0)
    tile(person, "rink.png").get_by_role("checkbox").check()
    person.presses("Take out")
    person.sees("1 file is out of the library.")
    person.presses("Put back")
    person.sees("1 file is back where it was.")


class Line:
    """The line between the browser and the house, which breaks when it is told to."""

    def __init__(self, page: Page) -> None:
        self.offsets: list[int] = []
        self.breaks_after: int | None = None
        page.route(re.compile(r"/uploads/"), self._pass)

    def _pass(self, route: Route) -> None:
        if route.request.method == "PATCH":
            if self.breaks_after is not None and len(self.offsets) >= self.breaks_after:
                route.abort("connectionreset")
                return
            self.offsets.append(int(route.request.headers["upload-offset"]))
        route.continue_()


def test_an_upload_goes_on_when_the_line_is_back(person: Person, film: Path) -> None:
    person.goes_to("Library")
    line = Line(person.page)
    line.breaks_after = 2
    adds(person, film)
    person.sees("The server does not answer: it is tried again.", inside=uploads(person))
    line.breaks_after = None
    person.sees("It is here", inside=uploads(person))
    expect(tile(person, "council.mp4")).to_be_visible()


def test_an_upload_survives_a_reload_and_a_second_tab(person: Person, film: Path) -> None:
    person.goes_to("Library")
    line = Line(person.page)
    line.breaks_after = 2
    adds(person, film)
    person.sees("The server does not answer", inside=uploads(person))
    person.page.once("dialog", lambda dialog: dialog.accept())  # the browser asks whether to leave
    person.page.reload()
    person.sees("choose the same file again", inside=uploads(person))
    line.breaks_after = None
    adds(person, film)
    person.sees("It is here", inside=uploads(person))
    assert line.offsets[2] > line.offsets[1] > 0  # what had come was not sent again
    expect(uploads(person).get_by_role("listitem")).to_have_count(1)


def test_what_is_cancelled_is_gone(person: Person, film: Path) -> None:
    person.goes_to("Library")
    line = Line(person.page)
    line.breaks_after = 1
    adds(person, film)
    person.sees("The server does not answer", inside=uploads(person))
    with person.page.expect_response(lambda answer: answer.request.method == "DELETE"):
        person.page.get_by_label("Cancel council.mp4").click()
    expect(uploads(person)).to_be_hidden()
    person.page.reload()
    expect(uploads(person)).to_be_hidden()


def test_the_library_needs_no_mouse(come, house: House, office: Office, pictures: list[Path]) -> None:
    ingrid: Person = come(house)
    ingrid.signs_in(office)
    ingrid.goes_to("Library")
    adds(ingrid, *pictures)
    expect(tile(ingrid, "rink.png")).to_be_visible()
    ingrid.page.reload()
    hands = Hands(ingrid.page)
    hands.reach("Search names, descriptions, labels", role="searchbox")
    hands.type("fog")
    expect(tile(ingrid, "rink.png")).to_have_count(0)
    hands.reach("fog.png", role="link")
    hands.press("Enter")
    ingrid.sees_heading("fog.png")
    hands.reach("Description", role="textbox")
    hands.type("Fog over the harbour")
    hands.reach("Keep", role="button")
    hands.press("Enter")
    ingrid.sees("It is kept.")
    hands.reach("Library", role="link")
    hands.press("Enter")
    ingrid.sees_heading("Library")
    hands.reach("Choose rink.png", role="checkbox")
    hands.press("Space")
    hands.reach("Take out", role="button")
    hands.press("Enter")
    ingrid.sees("1 file is out of the library.")
    hands.reach("Put back", role="button")
    hands.press("Enter")
    ingrid.sees("1 file is back where it was.")


def test_the_library_fits_a_phone(come: Callable[..., Person], house: House, office: Office, pictures) -> None:
    ingrid = come(house, **PHONE)
    ingrid.signs_in(office)
    ingrid.page.get_by_role("navigation", name="Main").get_by_role("link", name="Library").tap()
    ingrid.sees_heading("Library")
    adds(ingrid, *pictures)
    expect(tile(ingrid, "rink.png")).to_be_visible()
    nothing_sticks_out(ingrid)
    tile(ingrid, "rink.png").locator(".tick-it").tap()
    expect(ingrid.page.get_by_text("1 chosen")).to_be_visible()
    nothing_sticks_out(ingrid)
    tile(ingrid, "fog.png").get_by_role("link").tap()
    ingrid.sees_heading("fog.png")
    nothing_sticks_out(ingrid)


DIALOG = """async (address) => {
  const button = document.createElement("button");
  button.textContent = "From the library";
  button.setAttribute("hx-get", address);
  button.setAttribute("hx-target", "#picker");
  button.setAttribute("hx-swap", "innerHTML");
  const dialog = Object.assign(document.createElement("dialog"), { className: "box wide", id: "picker" });
  document.querySelector("main").prepend(button, dialog);
  htmx.process(button);
  const base = document.querySelector('script[src*="clarion.js"]').src;
  await import(base.replace("clarion.js", "picker.js"));
  dialog.addEventListener("picked", (event) => { window.picked = event.detail; });
}"""


def test_files_are_picked_in_a_dialog_across_searches(person: Person, pictures: list[Path]) -> None:
    """As the composer will: a button that asks for the dialog, and an event that brings the answer."""
    person.goes_to("Library")
    adds(person, *pictures)
    expect(tile(person, "rink.png")).to_be_visible()
    person.page.reload()
    person.page.evaluate(DIALOG, person.page.url.split("?")[0] + "/pick?for=part-1")
    person.presses("From the library")
    dialog = person.dialog
    expect(dialog).to_be_visible()
    dialog.get_by_label("rink.png").check()
    dialog.get_by_role("searchbox").fill("fog")
    expect(dialog.get_by_label("rink.png")).to_have_count(0)
    dialog.get_by_label("fog.png").check()
    person.presses("Take", inside=dialog)
    expect(dialog).to_be_hidden()
    picked = person.page.evaluate("window.picked")
    assert (picked["for"], [one["name"] for one in picked["media"]]) == ("part-1", ["rink.png", "fog.png"])
    assert picked["media"][0]["small"].endswith("?small") and picked["media"][0]["width"] == 640


def test_posts_are_found_while_one_types(person: Person) -> None:
    for text in ("The library opens at nine.", "The pool opens at ten."):
        person.begins_to_write()
        person.types(text)
        person.presses("Save draft")
        person.sees("The draft is kept")
    person.goes_to("Posts")
    expect(person.region("Posts").get_by_role("listitem")).to_have_count(2)
    person.page.wait_for_load_state()
    person.page.get_by_role("searchbox").fill("lib")
    expect(person.region("Posts").get_by_role("listitem")).to_have_count(1)
    expect(person.page.locator("#said")).to_have_text("1 post is shown")  # for those who cannot see it
    person.sees("The library opens at nine.")
    person.page.get_by_role("searchbox").fill("pool")
    person.sees("The pool opens at ten.")
    person.page.get_by_role("searchbox").fill("lib")
    person.sees("The library opens at nine.")
    person.page.get_by_role("link", name="Scheduled").click()
    person.sees("No post has these words")
    person.page.go_back()
    person.sees("The library opens at nine.")
