"""A guest approves on a phone: a letter, its link, a comment, a yes to exactly this, and the post goes out."""

from __future__ import annotations

import re
from collections.abc import Callable

from clarion.testing.servers.mastodon import MastodonServer

from ..engines.installation import until
from .browsers import PHONE
from .house import House, Mailbox, Office
from .person import Person

TEXT = "The harbour is open for visiting boats again from Friday."
GUEST = "harbour.master@coast.example"


def test_a_guest_approves_on_a_phone(
    come: Callable[..., Person], person: Person, house: House, office: Office, town: MastodonServer, mailbox: Mailbox
) -> None:
    house.channel(office, town)
    person.opens(f"/w/{office.workspace}/workflows")
    person.page.get_by_role("link", name="The client approves").click()
    person.page.get_by_label("Take this one out").first.check()
    person.page.get_by_label("Guests without an account").last.fill(GUEST)
    person.presses("Set it up")
    person.sees(GUEST)

    person.opens(f"/w/{office.workspace}/")
    person.begins_to_write()
    person.chooses("cityhall")
    person.types(TEXT)
    person.presses("Publish now")
    person.presses("Publish now", inside=person.dialog)
    person.sees("Waits for a yes")
    person.opens(f"/w/{office.workspace}/approvals?shelf=all")
    person.page.get_by_role("link", name=TEXT).click()
    person.page.get_by_label("Write a comment").fill("Between us: is he back from his holidays?")
    person.presses("Keep the comment")
    person.sees("Between us")

    person.opens(f"/w/{office.workspace}/guests")
    person.presses("Write a new link")
    person.sees("is written a new link")
    (letter,) = until(lambda: mailbox.about(TEXT, to=GUEST), seconds=60, what="the guest is written to")
    guest = come(house, **PHONE)
    guest.opens(re.search(rf"{house.url}/g/\S+", letter)[0])
    guest.sees_heading("1 post waits for your yes")
    guest.sees(TEXT)
    assert guest.page.get_by_text("Between us").count() == 0
    assert not town.statuses, "looking decides nothing"

    guest.page.get_by_label("Write a comment").fill("Good news at last.")
    guest.presses("Keep the comment")
    guest.sees("Those who wrote it read it")
    guest.presses("Yes, to exactly this")
    guest.sees_heading("Nothing waits for you")
    guest.sees("What you answered")
    until(lambda: [status.text for status in town.statuses.values()] == [TEXT], seconds=60, what="it goes out")

    person.opens(f"/w/{office.workspace}/approvals?shelf=decided")
    person.page.get_by_role("link", name=TEXT).click()
    person.sees("Good news at last.")
    person.sees(f"Yes of {GUEST}")
