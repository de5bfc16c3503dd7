"""Did it appear? The answer was lost, and the server does not let us look: a person decides, by one of two buttons."""

from __future__ import annotations

from typing import Any

import pytest

from clarion.testing.servers.base import Fault
from clarion.testing.servers.mastodon import MastodonServer

from ..engines.installation import until
from .house import House, Mailbox, Office
from .person import Person

TEXT = "The ice rink opens on Saturday at ten. Bring gloves."


@pytest.fixture
def asked(person: Person, house: House, office: Office, town: MastodonServer, request: pytest.FixtureRequest) -> Person:
    """The press officer, on Today, with a post of which nobody can tell whether it appeared."""
    house.channel(office, town)
    town.faults.arm(Fault(request.param, lambda method, path: (method, path) == ("POST", "/api/v1/statuses")))
    forbidden = b'{"error": "This action is not allowed"}'
    for _ in range(3):
        town.faults.arm(
            Fault("answer", lambda method, path: path.endswith("/statuses") and method == "GET", 403, forbidden)
        )
    person.begins_to_write()
    person.chooses("cityhall")
    person.types(TEXT)
    person.publishes()
    person.sees("we cannot look", inside=person.region("On each channel"))
    person.goes_to("Today")
    person.sees("Did it appear on Mastodon?", inside=person.region("Needs you"))
    return person


@pytest.mark.parametrize("asked", ["lose_answer"], indirect=True)
def test_it_is_there_and_nothing_is_sent_again(
    asked: Person, house: House, office: Office, town: MastodonServer, mailbox: Mailbox
) -> None:
    (letter,) = until(lambda: mailbox.about(TEXT, to=office.email), seconds=60, what="the author is told by e-mail")
    assert "Did it appear on Mastodon?" in letter and "Nothing was sent again" in letter
    (there,) = town.statuses.values()
    link = f"{town.url}/@cityhall/{there.id}"

    needs = asked.region("Needs you")
    needs.get_by_text("It is there", exact=True).click()
    needs.get_by_label("Its link").fill(link)
    asked.presses("It counts as published", inside=needs)
    asked.sees("Nothing was sent again")
    asked.sees("Nothing needs you")

    (told,) = until(lambda: published(house, office), seconds=30, what="it counts as published")
    assert told["url"] == link
    assert [status.text for status in town.statuses.values()] == [TEXT]


@pytest.mark.parametrize("asked", ["lose_request"], indirect=True)
def test_it_is_not_there_and_is_sent(asked: Person, house: House, office: Office, town: MastodonServer) -> None:
    assert town.statuses == {}
    town.faults.clear()
    asked.presses("It is not there: send")
    asked.sees("it will appear twice", inside=asked.dialog)  # said before it is done
    asked.presses("It is not there: send", inside=asked.dialog)
    asked.sees("It is being sent again")

    until(lambda: published(house, office), seconds=30, what="it is published")
    assert [status.text for status in town.statuses.values()] == [TEXT]
    asked.goes_to("Today")
    asked.sees("Nothing needs you")


def published(house: House, office: Office) -> list[dict[str, Any]]:
    """The worker carries on after the person's word: its deliveries, once they are out."""
    return [told for told in house.deliveries(office) if told["state"] == "published"]
