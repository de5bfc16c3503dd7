"""The first minute: an empty folder, and a notice that the public reads."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from playwright.sync_api import Page, expect

from .house import House, read, read_json
from .person import Person

ALT = "The new library on a bright day, seen from the square."
NOTICE = "The library opens its doors\n\nOn Saturday at 11 the mayor cuts the ribbon."


def test_a_newcomer_publishes_a_notice_with_a_picture(come, empty_house: House, picture: Path) -> None:
    ingrid = come(empty_house)
    sets_up(ingrid)
    ingrid.sees("Your first post, in a minute")

    ingrid.page.get_by_role("link", name="Write the first notice").click()
    ingrid.types(NOTICE)
    ingrid.hangs_up(picture, alt=ALT)
    ingrid.publishes()
    ingrid.sees("Published", inside=ingrid.region("On each channel"))

    board = the_public_reads(ingrid)
    expect(board.get_by_role("article")).to_contain_text("On Saturday at 11 the mayor cuts the ribbon.")
    shown = board.get_by_role("img", name=ALT)
    # The file itself: what the picture says of its own width is made to fit the page's choice among sizes.
    whole = "async img => (await createImageBitmap(await (await fetch(img.currentSrc)).blob())).width"
    assert shown.evaluate(whole) == 640

    board.get_by_role("article").get_by_role("link").first.click()
    expect(board.get_by_role("heading", level=1)).to_contain_text("The library opens its doors")
    expect(board.get_by_role("img", name=ALT)).to_be_visible()
    the_feeds_have_it(board, permalink=board.url)


def sets_up(ingrid: Person) -> None:
    ingrid.opens("/")
    ingrid.sees_heading("Set up Clarion")
    ingrid.page.get_by_label("Organisation").fill("City of Halden")
    ingrid.page.get_by_label("Workspace").fill("Press office")
    expect(ingrid.page.get_by_label("Time zone")).to_have_value("Europe/Oslo")  # this computer's own
    ingrid.page.get_by_label("Your name").fill("Ingrid Solberg")
    ingrid.page.get_by_label("Your e-mail").fill("ingrid@halden.example")
    ingrid.page.get_by_label("Password").fill("a boat on the lake at nine")
    ingrid.presses("Open Clarion")
    ingrid.sees_heading("Today")


def the_public_reads(ingrid: Person) -> Page:
    """The noticeboard, in the tab that Today opens."""
    ingrid.goes_to("Today")
    with ingrid.page.context.expect_page() as opened:
        ingrid.page.get_by_role("link", name="Your noticeboard").click()
    return opened.value


def the_feeds_have_it(board: Page, *, permalink: str) -> None:
    links = {
        link.get_attribute("type"): link.get_attribute("href") for link in board.locator("link[rel=alternate]").all()
    }
    atom = ElementTree.fromstring(read(links["application/atom+xml"]))
    space = {"a": "http://www.w3.org/2005/Atom"}
    (entry,) = atom.findall("a:entry", space)
    assert permalink in [link.get("href") for link in entry.findall("a:link", space)]
    content = "".join(entry.find("a:content", space).itertext())
    assert "the mayor cuts the ribbon" in content and ALT in content

    (item,) = read_json(links["application/feed+json"])["items"]
    assert item["url"] == permalink
    assert "the mayor cuts the ribbon" in item["content_html"] and ALT in item["content_html"]
