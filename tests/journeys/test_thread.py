"""Compose, schedule, published: a thread with a picture on a channel that was connected in the page."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from clarion.testing.servers.mastodon import MastodonServer

from .house import House, Office
from .person import Person

ALT = "A snow plough on Storgata at dawn."
THREAD = (
    "Snow tonight: which roads are cleared first, and why.",
    "The hospital and the schools come before everything else.",
    "Side streets follow by noon. Please leave room for the plough.",
)


@pytest.mark.long
def test_a_thread_is_scheduled_and_appears_once(
    person: Person, house: House, office: Office, town: MastodonServer, picture: Path
) -> None:
    person.goes_to("Channels")
    person.page.get_by_role("link", name="Connect a channel").click()
    person.page.get_by_role("main").get_by_role("link", name="Mastodon").click()
    person.connects_mastodon(server=town.url, token=town.token)
    person.sees("is connected")

    person.begins_to_write()
    person.chooses("cityhall")
    person.types(*THREAD)
    person.hangs_up(picture, alt=ALT)
    at = next_minute("Europe/Oslo")
    person.schedules(at)
    person.sees("It goes out on")
    person.sees("Scheduled", inside=person.region("On each channel"))
    assert town.statuses == {}  # nothing leaves early

    # Nobody touches the page: it says so by itself.
    person.sees("Published", inside=person.region("On each channel"), within=100)

    statuses = list(town.statuses.values())
    assert [status.text for status in statuses] == list(THREAD)
    assert [status.parent_id for status in statuses] == ["", statuses[0].id, statuses[1].id]
    assert [[media.alt for media in status.media] for status in statuses] == [[ALT], [], []]
    assert min(status.at for status in statuses) >= at

    person.page.get_by_role("region", name="On each channel").get_by_role("link", name="@cityhall").first.click()
    person.sees_heading("Published")
    expect(person.page.get_by_role("link", name="See it on Mastodon")).to_have_attribute(
        "href", f"{town.url}/@cityhall/{statuses[0].id}"
    )
    (told,) = house.deliveries(office)
    assert (told["state"], told["remote_id"]) == ("published", statuses[0].id)


def next_minute(zone: str) -> datetime:
    """The next full minute that leaves time to press the button: the page asks for no seconds."""
    now = datetime.now(ZoneInfo(zone))
    return (now + timedelta(seconds=75 if now.second > 50 else 60)).replace(second=0, microsecond=0)
