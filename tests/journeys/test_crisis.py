"""A bad afternoon: everything is stopped by phone, one statement leaves, and nothing fires when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from clarion.testing.servers.mastodon import MastodonServer

from ..engines.installation import until
from .browsers import DESK, PHONE
from .house import House, Office
from .person import Person
from .test_every_page import barriers
from .test_words import tool

STATEMENT = "We know, and we are finding out."


def is_reached(person: Person) -> None:
    """No barrier, in light and in dark, and no scrolling sideways."""
    for scheme in ("light", "dark"):
        person.page.emulate_media(color_scheme=scheme)
        person.page.evaluate(AXE_SCRIPT)
        assert barriers(person.page) == []
    assert person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_everything_is_stopped_by_phone_and_nothing_fires_when_it_is_over(
    person: Person, house: House, office: Office, town: MastodonServer
):
    house.channel(office, town)
    page, board = person.page, f"/w/{office.workspace}/crisis"

    # prepared on a quiet day: a holding statement, and who may say it
    person.opens(f"/w/{office.workspace}/")
    person.begins_to_write()
    person.types(STATEMENT)
    tool(person, "Snippets and templates")
    person.dialog.get_by_label("Keep this post as a template").fill("First word")
    person.presses("Keep", inside=person.dialog)
    person.sees("“First word” is a template now.")
    person.opens(f"/w/{office.workspace}/kit/templates")
    page.get_by_role("link", name="First word", exact=True).click()
    page.get_by_label("A holding statement for emergencies").check()
    person.presses("Keep it")
    person.opens(f"/w/{office.workspace}/")
    person.begins_to_write()
    person.types("The market opens at six. Come and dance!")
    person.chooses("@cityhall")
    person.schedules(datetime.now(UTC).astimezone(ZoneInfo("Europe/Oslo")) + timedelta(minutes=30))
    person.sees("It goes out on")

    # the switch, under a thumb
    page.set_viewport_size(PHONE["viewport"])
    person.opens(board)
    person.sees("First word")
    page.get_by_label("Put somebody on the list").select_option(index=1)
    person.presses("Add", inside=person.region("Who may still publish"))
    person.sees("may still publish while everything is paused.")
    is_reached(person)
    page.get_by_label("Why?").fill("A fire in the harbour")
    page.get_by_label("How long, probably?").select_option(label="About two hours")
    person.presses("Pause everything")
    person.sees("Everything is paused.")
    person.sees("A fire in the harbour")
    expect(page.get_by_text("1 of 1")).to_be_visible(timeout=15_000)
    is_reached(person)

    # one word leaves, by keyboard alone
    page.set_viewport_size(DESK["viewport"])
    page.get_by_role("link", name="Open it First word").focus()
    page.keyboard.press("Enter")
    person.sees_heading("Write a post")
    expect(page.get_by_label("Text of part 1")).to_have_value(STATEMENT)
    page.wait_for_load_state()
    page.get_by_role("button", name="Publish now", exact=True).focus()
    page.keyboard.press("Enter")
    person.dialog.get_by_role("button", name="Publish now", exact=True).focus()
    page.keyboard.press("Enter")
    person.sees("It goes out now")
    until(lambda: town.statuses, seconds=30, what="the statement is out")
    assert [status.text for status in town.statuses.values()] == [STATEMENT]

    # over: nothing fires, and each post is decided upon
    page.set_viewport_size(PHONE["viewport"])
    person.opens(board)
    person.presses("Resume and review")
    person.sees("Resumed. Nothing was sent by itself")
    person.sees("1 delivery waits for a decision")
    is_reached(person)
    page.get_by_role("button", name="Drop The market opens at six.").click()
    person.sees("1 is dropped.")
    person.sees("Nothing waits for a decision")
    states = sorted(one["state"] for one in house.deliveries(office))
    assert states == ["cancelled", "published", "published"], "the statement is on the noticeboard, too"
    assert len(town.statuses) == 1
